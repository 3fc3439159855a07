"""What "auto" means, with a card and without: a backend that serves all that is asked, and its precision."""

from __future__ import annotations

import ast
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.config import Serving
from harness.errors import HarnessError
from harness.generators import choose_serving, opening
from harness.machine import Card
from harness.models import Adapter, Weights

HOPPER = Card("0", "H100", "GPU-1", 80 * 2**30, 79 * 2**30, (9, 0), "580.1", "13.0")
TURING = Card("0", "T4", "GPU-2", 16 * 2**30, 15 * 2**30, (7, 5), "580.1", "13.0")
SMOLLM2 = {
    "architectures": ["LlamaForCausalLM"], "hidden_size": 576, "num_hidden_layers": 30, "vocab_size": 49152,
    "dtype": "bfloat16",
}  # fmt: skip
SINGLE = {**SMOLLM2, "dtype": "float32"}
POCKET = {**SINGLE, "hidden_size": 128, "num_hidden_layers": 4, "vocab_size": 2048}
GPT2 = {**SMOLLM2, "architectures": ["GPT2LMHeadModel"]}
OWN_CODE = {**SMOLLM2, "auto_map": {"AutoModelForCausalLM": "modeling.Own"}}
NF4 = {**SMOLLM2, "quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}
MANY = 100_000
PLAIN = Adapter("plain", Path("plain"), "0", 8, ("q_proj",), None)
DORA = replace(PLAIN, name="dora", config={"use_dora": True})


def weights(folder: Path, config: dict[str, Any]) -> Weights:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    return Weights("model", str(folder), "0")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    def have(card: Card | None, vllm: bool = True) -> None:
        monkeypatch.setattr(opening, "cards", lambda: [card] if card else [])
        monkeypatch.setattr(opening, "_has_vllm", lambda: vllm)

    return have


@pytest.mark.parametrize(
    ("card", "backend", "dtype", "base", "adapters", "chosen"),
    [
        (None, "vllm", "float32", SMOLLM2, True, ("vllm", "float32")),
        (None, "auto", "auto", SMOLLM2, False, ("vllm", "float32")),
        (None, "auto", "auto", SMOLLM2, True, ("transformers", "float32")),
        (HOPPER, "auto", "auto", SMOLLM2, True, ("vllm", "auto")),
        # vLLM's kernels for adapters know 16 bits alone, those for the base any precision.
        (HOPPER, "auto", "auto", SINGLE, True, ("vllm", "bfloat16")),
        (HOPPER, "auto", "auto", SINGLE, False, ("vllm", "auto")),
        (HOPPER, "auto", "float32", SMOLLM2, True, ("transformers", "float32")),
        (HOPPER, "vllm", "float32", SMOLLM2, False, ("vllm", "float32")),
        (HOPPER, "transformers", "float32", SMOLLM2, True, ("transformers", "float32")),
        (TURING, "vllm", "auto", SINGLE, True, ("vllm", "float16")),
    ],
)
def test_backend_and_precision_fit_the_card_and_what_is_served(
    card: Card | None,
    backend: str,
    dtype: str,
    base: dict[str, Any],
    adapters: bool,
    chosen: tuple[str, str],
    machine: Any,
    tmp_path: Path,
) -> None:
    machine(card)
    found = choose_serving(
        backend, Serving.model_validate({"dtype": dtype}), [weights(tmp_path / "b", base)], [], adapters, MANY
    )
    assert (found.backend, found.dtype) == chosen


@pytest.mark.parametrize(
    ("card", "models", "serving", "adapters", "backend", "why"),
    [
        (None, [SMOLLM2], {}, [], "vllm", "half a minute"),
        # Without a card, its kernels for adapters are slow.
        (None, [SMOLLM2], {}, [PLAIN], "transformers", ""),
        (HOPPER, [POCKET], {}, [PLAIN], "vllm", ""),
        # Its operations are over before an engine has begun; a model of a size is asked beside it all the same.
        (None, [POCKET], {}, [], "transformers", ""),
        (None, [POCKET, SMOLLM2], {}, [], "vllm", "half a minute"),
        (HOPPER, [SMOLLM2], {}, [PLAIN, DORA], "transformers", "'dora' cannot be served by vLLM: it has DoRA"),
        (HOPPER, [GPT2], {}, [PLAIN], "transformers", "adapters of a GPT2LMHeadModel"),
        (HOPPER, [GPT2], {}, [], "vllm", ""),
        (None, [GPT2], {}, [], "transformers", "GPT2LMHeadModel"),
        (None, [SMOLLM2, NF4], {}, [], "transformers", "quantized"),
        (None, [SMOLLM2], {"quantization": "nf4"}, [], "transformers", "quantized"),
        (HOPPER, [SMOLLM2], {"quantization": "nf4"}, [PLAIN], "vllm", ""),
        (HOPPER, [OWN_CODE], {"trust_remote_code": True}, [], "transformers", "code of its own"),
    ],
)
def test_auto_takes_no_backend_that_refuses_what_the_other_serves_and_says_why(
    card: Card | None,
    models: list[dict[str, Any]],
    serving: dict[str, Any],
    adapters: list[Adapter],
    backend: str,
    why: str,
    machine: Any,
    tmp_path: Path,
) -> None:
    machine(card)
    given = [weights(tmp_path / str(number), config) for number, config in enumerate(models)]
    found = choose_serving("auto", Serving.model_validate(serving), given, adapters, bool(adapters), MANY)
    assert found.backend == backend
    assert why in found.why and bool(why) == bool(found.why)


def test_without_a_card_few_tokens_are_not_worth_an_engines_start(machine: Any, tmp_path: Path) -> None:
    base = weights(tmp_path / "base", SMOLLM2)
    for card, tokens, backend in ((None, 5_000, "transformers"), (None, MANY, "vllm"), (HOPPER, 2, "vllm")):
        machine(card)
        assert choose_serving("auto", Serving(), [base], [], False, tokens).backend == backend


def test_without_vllm_auto_is_transformers_whatever_the_machine(machine: Any, tmp_path: Path) -> None:
    base = weights(tmp_path / "base", SMOLLM2)
    for card in (None, HOPPER):
        machine(card, vllm=False)
        found = choose_serving("auto", Serving(), [base], [PLAIN], True, MANY)
        assert (found.backend, found.why) == ("transformers", "")


def test_adapters_in_float32_by_vllm_on_a_card_are_refused_with_what_to_change(machine: Any, tmp_path: Path) -> None:
    machine(HOPPER)
    with pytest.raises(
        HarnessError, match=r"serving.dtype is float32. Set it to bfloat16, or .*--backend transformers"
    ):
        choose_serving("vllm", Serving(dtype="float32"), [weights(tmp_path / "b", SINGLE)], [], True, MANY)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
def test_vllm_serves_adapters_of_every_architecture_that_auto_takes_it_for() -> None:
    spec = importlib.util.find_spec("vllm")
    folder = Path((spec.submodule_search_locations or [""])[0]) / "model_executor" / "models"  # type: ignore[union-attr]
    registry = ast.parse((folder / "registry.py").read_text())
    known = next(
        ast.literal_eval(node.value)
        for node in registry.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_TEXT_GENERATION_MODELS"
    )
    for architecture in opening._WITH_ADAPTERS:
        module, name = known[architecture]
        assert _serves_adapters(folder, module, name), architecture


def _serves_adapters(folder: Path, module: str, name: str) -> bool:
    """Whether a class of vLLM's source, or one that it is made from, is marked as serving adapters."""
    tree = ast.parse((folder / f"{module}.py").read_text())
    elsewhere = {
        alias.name: node.module.rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    (own,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    here = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    bases = [ast.unparse(base) for base in own.bases]
    return "SupportsLoRA" in bases or any(
        _serves_adapters(folder, module if base in here else elsewhere[base], base)
        for base in bases
        if base in here or (folder / f"{elsewhere.get(base, '')}.py").is_file()
    )
