"""The table of backends: which there are, which this machine takes, and how one is opened."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence

from harness.config import Serving
from harness.errors import HarnessError, unknown
from harness.foreign_errors import not_installed
from harness.generators.protocol import Generator
from harness.machine import cards, multiplies_bf16
from harness.models import Adapter, Weights, resolve_dtype
from harness.resources import named

BACKENDS = {
    "transformers": "harness.generators.transformers_engine:TransformersEngine",
    "vllm": "harness.generators.vllm_engine:VllmEngine",
    "recorded": "harness.generators.recorded_engine:RecordedEngine",
}

CHOICES = ("auto", "transformers", "vllm")
"""What a user may ask with; recorded answers come in by `harness import`."""


def known_backend(backend: str) -> str:
    """The name, where a user may ask with it."""
    if backend not in CHOICES:
        hint = "Answers that were written elsewhere come in with: harness import" if backend in BACKENDS else ""
        unknown("backend", backend, CHOICES, hint)
    return backend


def choose_backend(backend: str) -> str:
    """What "auto" means on this machine: vLLM on a GPU where it is installed, Transformers otherwise."""
    if backend != "auto":
        return backend
    return "vllm" if cards() and importlib.util.find_spec("vllm") else "transformers"


def choose_precision(backend: str, serving: Serving, kept: str, has_adapters: bool) -> tuple[str, str]:
    """(backend, precision) with both "auto" decided for this machine; the base's weights are kept in one.

    On a GPU, vLLM's kernels for adapters compute in 16 bits alone.
    """
    card = next(iter(cards()), None)
    chosen = choose_backend(backend)
    dtype = resolve_dtype(serving.dtype, card is not None, card is None or card.has_bf16)
    if card is None and serving.dtype == "bfloat16" and not multiplies_bf16():
        logging.getLogger("harness").warning(
            "This processor does not multiply bfloat16 by itself: serving.dtype bfloat16 is slower here than float32."
        )
    served = kept if dtype == "auto" else dtype
    if card is None or chosen != "vllm" or not has_adapters or served != "float32":
        return chosen, dtype
    if dtype == "auto":
        return chosen, "bfloat16"
    if backend == "auto":
        return "transformers", dtype
    raise HarnessError(
        "On a GPU vLLM serves adapters in 16 bits alone, and serving.dtype is float32. Set it to bfloat16, or ask with "
        "--backend transformers."
    )


def open_generator(backend: str, base: Weights, adapters: Sequence[Adapter], serving: Serving) -> Generator:
    """The backend of that name with the base and all adapters loaded; refuses what it cannot serve.

    What is added later must be of a shape that these adapters have: vLLM sets ranks and modules aside when it starts.
    """
    try:
        engine: Generator = named(BACKENDS[backend])(base, adapters, serving)
    except ModuleNotFoundError as error:
        raise not_installed(str(error.name), f"The backend '{backend}'", error) from None
    return engine
