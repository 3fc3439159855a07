"""What vLLM's engine is opened with, by the card that it runs on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.config import Serving
from harness.generators.engine_settings import engine_settings, served_dtype, share_of_card
from harness.machine import Card
from harness.models import Adapter, find_base, load_tokenizer, read_adapter

GIB = 1024**3
HOPPER = Card("0", "H100", "GPU-1", 80 * GIB, 79 * GIB, (9, 0), "580.1", "13.0")
TURING = replace(HOPPER, name="T4", capability=(7, 5), total_bytes=16 * GIB, free_bytes=15 * GIB)


@pytest.mark.parametrize(
    ("free", "share"),
    [
        # 0.9 × (79 − 0.586) / 80 is 0.882, more than it may ever take.
        (79, 0.85),
        # 0.9 × (20 − 0.586) / 80 is 0.21841, down to three places.
        (20, 0.218),
        (0, 0.01),
    ],
)
def test_the_share_of_a_card_goes_by_what_is_free(free: int, share: float) -> None:
    assert share_of_card(replace(HOPPER, free_bytes=free * GIB)) == share


def test_vllm_starts_whatever_others_hold_of_the_card() -> None:
    for free in range(2, 80):
        share = share_of_card(replace(HOPPER, free_bytes=free * GIB))
        # Its own rule, once its process has begun CUDA: what is free must be what it is told to take.
        assert share * HOPPER.total_bytes <= free * GIB - 600 * 1024**2


def test_a_share_that_is_wished_is_taken() -> None:
    assert share_of_card(replace(HOPPER, free_bytes=GIB), 0.97) == 0.97


@pytest.mark.parametrize(
    ("asked", "kept", "card", "served"),
    [
        ("auto", "torch.bfloat16", HOPPER, "bfloat16"),
        ("auto", "torch.float32", HOPPER, "float32"),
        ("auto", "torch.float16", HOPPER, "float16"),
        ("auto", None, HOPPER, "auto"),
        ("auto", "torch.bfloat16", TURING, "float16"),
        ("bfloat16", "torch.float32", TURING, "bfloat16"),
        ("float32", "torch.bfloat16", HOPPER, "float32"),
        ("auto", "torch.bfloat16", None, "float32"),
        ("float16", "torch.bfloat16", None, "float16"),
    ],
)
def test_weights_are_served_as_they_are_kept_where_the_card_can(
    asked: str, kept: str | None, card: Card | None, served: str
) -> None:
    assert served_dtype(asked, kept, card) == served


@pytest.fixture
def adapters(trained: Path) -> list[Adapter]:
    return [read_adapter(name, trained / "runs" / "train" / name) for name in ("dpo", "orpo")]


@pytest.mark.parametrize(("card", "places", "eager"), [(None, 3, True), (HOPPER, 2, False)])
def test_a_card_sets_aside_what_the_adapters_need_and_a_cpu_one_place_more(
    adapters: list[Adapter], card: Card | None, places: int, eager: bool
) -> None:
    base = find_base("pocket")
    found = engine_settings(base, adapters, Serving(memory=0.5), card, load_tokenizer(base))
    assert (found["max_loras"], found["enforce_eager"]) == (places, eager)
    assert found.get("gpu_memory_utilization") == (0.5 if card else None)
    assert engine_settings(base, [], Serving(), card, load_tokenizer(base)).get("max_loras") is None


@pytest.mark.parametrize(("most", "length"), [(None, -1), (300, 300), (10**6, 1024)])
def test_a_length_is_a_limit_and_lengthens_no_model(most: int | None, length: int) -> None:
    base = find_base("pocket")
    found = engine_settings(base, [], Serving(max_model_len=most), HOPPER, load_tokenizer(base))
    assert found["max_model_len"] == length
