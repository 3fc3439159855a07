"""Cards as the driver tells of them, and what is decided by that: nobody here has one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.machine import Card, Meter, cards, keep_to_one_card, visible_cards
from harness.machine.engine_setup import pinned_version
from harness.models import resolve_dtype
from harness.sweep.local.executor import slots
from harness.training.processes.launch import plan_launch
from tests.support.false_machine import GIB, FalseCard, FalseMachine, FalsePart, false_machine

FIRST, SECOND = FalseCard(uuid="GPU-aaaa1111"), FalseCard(uuid="GPU-aabb2222", millijoules=None)
T4 = FalseCard("Tesla T4", "GPU-cccc3333", 15 * GIB, 14 * GIB, (7, 5))
SHARED = FalseCard(uuid="GPU-dddd4444", parts=(FalsePart(uuid="MIG-1111"), FalsePart(uuid="MIG-2222")))

Here = Callable[..., FalseMachine]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Makes this process one of a false machine; what it answers to CUDA_VISIBLE_DEVICES is asked anew each time."""

    def make(*found: FalseCard, **told: object) -> FalseMachine:
        machine = false_machine(tmp_path / "machine", found, **told)  # type: ignore[arg-type]
        monkeypatch.syspath_prepend(machine.folder)
        monkeypatch.delitem(sys.modules, "pynvml", raising=False)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return machine

    return make


def places() -> list[str]:
    return [card.place for card in cards()]


@pytest.mark.parametrize(
    ("named", "seen"),
    [
        (None, ["0", "1"]), ("", []), ("-1", []), ("1,0", ["1", "0"]), ("0,7,1", ["0"]), (" 1 , 0 ", ["1", "0"]),
        ("1,-1,0", ["1"]), ("0,0", []), ("GPU-aabb2222", ["GPU-aabb2222"]), ("GPU-aaa", ["GPU-aaa"]),
        ("GPU-aa", []), ("GPU-ffff,0", []), ("MIG-1111", []), ("one", []),
    ],
)  # fmt: skip
def test_cards_are_those_that_cuda_would_show(
    here: Here, monkeypatch: pytest.MonkeyPatch, named: str | None, seen: list[str]
) -> None:
    here(FIRST, SECOND)
    if named is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert places() == seen
    # A training of a sweep gets one of them; without any, cores are shared out.
    assert [slot.environment.get("CUDA_VISIBLE_DEVICES") for slot in slots(3, 9)] == [
        seen[number % len(seen)] if seen else None for number in range(3)
    ]


@pytest.mark.parametrize(
    ("named", "seen"),
    [
        (None, ["MIG-1111"]),
        ("0", ["MIG-1111"]),
        ("MIG-2222", ["MIG-2222"]),
        ("MIG-2222,MIG-1111", ["MIG-2222", "MIG-1111"]),
    ],
)
def test_a_gpu_that_is_shared_out_is_its_parts(
    here: Here, monkeypatch: pytest.MonkeyPatch, named: str | None, seen: list[str]
) -> None:
    here(SHARED)
    if named is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    found = cards()
    assert [card.uuid for card in found] == seen
    assert all(card.is_part and card.capability == (9, 0) and card.total_bytes == 10 * GIB for card in found)


def test_a_card_is_told_whole(here: Here) -> None:
    here(T4, driver="535.1", cuda=12020)
    assert cards() == [Card("0", "Tesla T4", "GPU-cccc3333", 15 * GIB, 14 * GIB, (7, 5), "535.1", "12.2")]
    assert not cards()[0].has_bf16


def test_there_are_none_where_the_driver_does_not_answer(here: Here) -> None:
    here(FIRST, broken=True)
    assert cards() == visible_cards() == []


def test_a_torch_for_the_cpu_has_none_whatever_is_there(here: Here) -> None:
    here(FIRST, torch="2.13.0+cpu")
    assert cards() == [] and [card.name for card in visible_cards()] == [FIRST.name]
    assert Meter({}).read()["joules"] is None


def test_one_process_keeps_to_the_first_card(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    here(FIRST, SECOND)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    keep_to_one_card()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1" and places() == ["1"]


def test_each_process_counts_its_own_cards_energy(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    here(FIRST, SECOND)
    # The second does not count; a third process has the first card again.
    found = []
    for rank in ("0", "1", "2"):
        monkeypatch.setenv("LOCAL_RANK", rank)
        found.append(Meter({}).read()["joules"])
    assert found == [0.0, None, 0.0]


@pytest.mark.parametrize(
    ("dtype", "on_gpu", "bf16", "meant"),
    [
        ("auto", False, False, "float32"), ("auto", True, True, "auto"), ("auto", True, False, "float16"),
        ("bfloat16", True, False, "bfloat16"),
    ],
)  # fmt: skip
def test_auto_is_what_the_card_computes_in(dtype: str, on_gpu: bool, bf16: bool, meant: str) -> None:
    assert resolve_dtype(dtype, on_gpu, bf16) == meant


@pytest.mark.parametrize(
    ("found", "count", "configuration", "refusal"),
    [
        ((FIRST,), 2, "ddp", "2 processes need a GPU each, and there are 1. Leave --processes away."),
        ((FIRST, SECOND), 4, "ddp", "4 processes need a GPU each, and there are 2. Give --processes 2"),
        ((), 2, "fsdp-qlora", "FSDP needs GPUs, and there is none here"),
        ((T4, T4), 2, "fsdp-qlora", "which this GPU lacks. Take --accelerate ddp"),
        ((SHARED,), 2, "ddp", "is a part of a GPU, of which a process sees one only"),
    ],
)  # fmt: skip
def test_processes_that_the_cards_cannot_take_are_refused(
    here: Here, found: tuple[FalseCard, ...], count: int, configuration: str, refusal: str
) -> None:
    here(
        *(
            FalseCard(card.name, f"GPU-{n}", capability=card.capability, parts=card.parts)
            for n, card in enumerate(found)
        )
    )
    with pytest.raises(HarnessError, match=refusal):
        plan_launch(count, configuration)


def test_the_vllm_that_is_set_up_is_the_cards(tmp_path: Path) -> None:
    machine = false_machine(tmp_path / "machine", [FIRST])
    program = (
        "from harness.machine import engine_setup as it\nit._pip = lambda *arguments: print(*arguments)\nit.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **machine.environment}, capture_output=True, text=True
    )
    assert f"install vllm=={pinned_version('vllm')}" in done.stdout and done.returncode == 0
