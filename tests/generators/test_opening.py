"""What "auto" means where there is a card: which backend, in which precision."""

from __future__ import annotations

import pytest

from harness.config import Serving
from harness.errors import HarnessError
from harness.generators import choose_precision, opening
from harness.machine import Card

HOPPER = Card("0", "H100", "GPU-1", 80 * 2**30, 79 * 2**30, (9, 0), "580.1", "13.0")
TURING = Card("0", "T4", "GPU-2", 16 * 2**30, 15 * 2**30, (7, 5), "580.1", "13.0")


@pytest.mark.parametrize(
    ("card", "backend", "dtype", "kept", "adapters", "chosen"),
    [
        (None, "auto", "auto", "bfloat16", True, ("transformers", "float32")),
        (None, "vllm", "float32", "bfloat16", True, ("vllm", "float32")),
        (HOPPER, "auto", "auto", "bfloat16", True, ("vllm", "auto")),
        # vLLM's kernels for adapters know 16 bits alone, those for the base any precision.
        (HOPPER, "auto", "auto", "float32", True, ("vllm", "bfloat16")),
        (HOPPER, "auto", "auto", "float32", False, ("vllm", "auto")),
        (HOPPER, "auto", "float32", "bfloat16", True, ("transformers", "float32")),
        (HOPPER, "vllm", "float32", "bfloat16", False, ("vllm", "float32")),
        (HOPPER, "transformers", "float32", "bfloat16", True, ("transformers", "float32")),
        (TURING, "vllm", "auto", "float32", True, ("vllm", "float16")),
    ],
)
def test_backend_and_precision_fit_the_card_and_what_is_served(
    card: Card | None,
    backend: str,
    dtype: str,
    kept: str,
    adapters: bool,
    chosen: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "cards", lambda: [card] if card else [])
    assert opening.choose_precision(backend, Serving.model_validate({"dtype": dtype}), kept, adapters) == chosen


def test_adapters_in_float32_by_vllm_on_a_card_are_refused_with_what_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "cards", lambda: [HOPPER])
    with pytest.raises(
        HarnessError, match=r"serving.dtype is float32. Set it to bfloat16, or .*--backend transformers"
    ):
        choose_precision("vllm", Serving(dtype="float32"), "float32", has_adapters=True)
