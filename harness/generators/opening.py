"""The table of backends: which there are, which this machine takes, and how one is opened."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from harness.config import Serving
from harness.errors import HarnessError, unknown
from harness.foreign_errors import not_installed
from harness.generators.protocol import Generator
from harness.machine import Card, cards, multiplies_bf16
from harness.models import Adapter, Weights, configuration, precision, refuse_form, resolve_dtype
from harness.resources import named

BACKENDS = {
    "transformers": "harness.generators.transformers_engine:TransformersEngine",
    "vllm": "harness.generators.vllm_engine:VllmEngine",
    "recorded": "harness.generators.recorded_engine:RecordedEngine",
}

ENGINES = ("transformers", "vllm")
"""What answers on this machine."""
CHOICES = ("auto", *ENGINES)
"""What a user may ask with; recorded answers come in by `harness import`."""

_LARGE, _MANY = 20e6, 20_000
"""Parameters, and tokens to be written, from which vLLM's start is worth it without a GPU: see docs/performance.md.

Its kernels for adapters are slower there than Transformers and PEFT are."""
_WITH_ADAPTERS = frozenset(
    f"{name}ForCausalLM"
    for name in (
        "Cohere", "Cohere2", "DeepseekV2", "DeepseekV3", "Exaone4", "Gemma", "Gemma2", "Gemma3", "Glm4", "Granite",
        "GraniteMoe", "InternLM2", "Llama", "Mistral", "Mixtral", "Nemotron", "OPT", "Olmoe", "Phi3", "Qwen2",
        "Qwen2Moe", "Qwen3", "Qwen3Moe",
    )
)  # fmt: skip
"""Architectures whose adapters vLLM 0.32 serves; of others, some are refused when its engine starts."""


def known_backend(backend: str) -> str:
    """The name, where a user may ask with it."""
    if backend not in CHOICES:
        hint = "Answers that were written elsewhere come in with: harness import" if backend in BACKENDS else ""
        unknown("backend", backend, CHOICES, hint)
    return backend


@dataclass(frozen=True)
class ServingChoice:
    """What "auto" means for one evaluation."""

    backend: str
    dtype: str
    why: str = ""
    """What a user should know who left the backend to the machine."""


def choose_serving(
    backend: str,
    serving: Serving,
    weights: Sequence[Weights],
    adapters: Sequence[Adapter],
    has_adapters: bool,
    tokens: int,
) -> ServingChoice:
    """Backend and precision with both "auto" decided for this machine, the base and the full models to be asked.

    Adapters may come that are not named yet; tokens are the most that all answers may have. On a GPU, vLLM's kernels
    for adapters compute in 16 bits alone.
    """
    card = next(iter(cards()), None)
    base, *_ = weights
    chosen, why = (backend, "") if backend != "auto" else _auto(serving, weights, adapters, has_adapters, tokens, card)
    dtype = resolve_dtype(serving.dtype, card is not None, card is None or card.has_bf16)
    if card is None and serving.dtype == "bfloat16" and not multiplies_bf16():
        logging.getLogger("harness").warning(
            "This processor does not multiply bfloat16 by itself: serving.dtype bfloat16 is slower here than float32."
        )
    served = precision(base, serving) if dtype == "auto" else dtype
    if card is None or chosen != "vllm" or not has_adapters or served != "float32":
        return ServingChoice(chosen, dtype, why)
    if dtype == "auto":
        return ServingChoice(chosen, "bfloat16", why)
    if backend == "auto":
        return ServingChoice("transformers", dtype)
    raise HarnessError(
        "On a GPU vLLM serves adapters in 16 bits alone, and serving.dtype is float32. Set it to bfloat16, or ask with "
        "--backend transformers."
    )


def _auto(
    serving: Serving,
    weights: Sequence[Weights],
    adapters: Sequence[Adapter],
    has_adapters: bool,
    tokens: int,
    card: Card | None,
) -> tuple[str, str]:
    """(vLLM where it is installed, worth its start, and serves all that is asked, Transformers otherwise; why)."""
    if not _has_vllm():
        return "transformers", ""
    if card is None and (has_adapters or max(map(_parameters, weights)) < _LARGE or tokens < _MANY):
        return "transformers", ""
    refused = next((why for one in weights if (why := _unserved(one, serving, has_adapters, card))), "")
    refused = refused or next((why for one in adapters if (why := _unserved_form(one))), "")
    if refused:
        return "transformers", f"Asked with Transformers, which is slower than vLLM: {refused}"
    return (
        "vllm",
        "" if card else "Asked with vLLM, which takes half a minute to start, as --backend transformers does not.",
    )


def _has_vllm() -> bool:
    return importlib.util.find_spec("vllm") is not None


def _unserved(weights: Weights, serving: Serving, has_adapters: bool, card: Card | None) -> str:
    """Why vLLM may not serve a model as it is; "" where it does."""
    config = configuration(weights)
    architecture = next(iter(config.get("architectures") or ()), "unnamed")
    if serving.trust_remote_code and config.get("auto_map"):
        return f"{weights.name} brings code of its own."
    if card is None and (serving.quantization or config.get("quantization_config")):
        return f"vLLM serves no quantized weights without a GPU, and those of {weights.name} are."
    if architecture not in _WITH_ADAPTERS and (has_adapters or card is None):
        return f"it is not known to serve {'adapters of ' if has_adapters else ''}a {architecture}."
    return ""


def _unserved_form(adapter: Adapter) -> str:
    try:
        refuse_form(adapter, "vllm")
    except HarnessError as error:
        return str(error).partition(" Ask with ")[0]
    return ""


def _parameters(weights: Weights) -> float:
    """About how many a decoder has: 12 d² a layer, and d for each token that it knows (Kaplan et al. 2020, table 1)."""
    config = configuration(weights)
    found = [config.get(key) for key in ("hidden_size", "num_hidden_layers", "vocab_size")]
    # What is no number is refused where the model is loaded.
    width, layers, tokens = (value if isinstance(value, int) else 0 for value in found)
    return 12 * layers * width**2 + tokens * width


def open_generator(backend: str, base: Weights, adapters: Sequence[Adapter], serving: Serving) -> Generator:
    """The backend of that name with the base and all adapters loaded; refuses what it cannot serve.

    What is added later must be of a shape that these adapters have: vLLM sets ranks and modules aside when it starts.
    """
    try:
        engine: Generator = named(BACKENDS[backend])(base, adapters, serving)
    except ModuleNotFoundError as error:
        raise not_installed(str(error.name), f"The backend '{backend}'", error) from None
    return engine
