"""The table of backends: which there are, which this machine takes, and how one is opened."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from harness.config import Serving
from harness.errors import HarnessError, unknown
from harness.generators.protocol import Generator
from harness.models import Adapter, Weights
from harness.resources import named

BACKENDS = {
    "transformers": "harness.generators.transformers_engine:TransformersEngine",
    "vllm": "harness.generators.vllm_engine:VllmEngine",
}


def choose_backend(backend: str) -> str:
    """What "auto" means on this machine: vLLM on a GPU where it is installed, Transformers otherwise."""
    if backend != "auto":
        if backend not in BACKENDS:
            unknown("backend", backend, ["auto", *BACKENDS])
        return backend
    import torch

    return "vllm" if torch.cuda.is_available() and importlib.util.find_spec("vllm") else "transformers"


def open_generator(backend: str, base: Weights, adapters: Sequence[Adapter], serving: Serving) -> Generator:
    """The backend of that name with the base and all adapters loaded; refuses what it cannot serve.

    What is added later must be of a shape that these adapters have: vLLM sets ranks and modules aside when it starts.
    """
    try:
        engine: Generator = named(BACKENDS[choose_backend(backend)])(base, adapters, serving)
    except ModuleNotFoundError as error:
        raise HarnessError(f"The backend '{backend}' needs {error.name}. Install it with: make setup") from None
    return engine
