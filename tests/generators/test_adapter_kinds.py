"""Adapters as people publish them: each row of the table in docs/adapters.md, alone and with others."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.config import Serving
from harness.errors import HarnessError
from harness.generators import Generator, open_generator
from harness.models import Adapter, check_fit, find_base, read_adapter
from tests.conftest import ROOT
from tests.support.adapter_kinds import changed, make_adapter, make_base

SERVING = Serving(dtype="float32", batch_size=16)
PAIRS = [((1,), tuple(range(5, 60))), ((1,), tuple(range(100, 150)))]
PATTERN = r"(?:.*?(?:self_attn).*?(?:q_proj|v_proj))"


@dataclass(frozen=True)
class Kind:
    """A row of the table."""

    config: dict[str, Any]
    base: str = "tied"
    vllm: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    """Written over adapter_config.json afterwards; ... takes a key out."""


KINDS = {
    "a list of modules": Kind({}),
    "names with their places": Kind({"target_modules": ["self_attn.q_proj", "model.layers.1.mlp.down_proj"]}),
    "a pattern": Kind({"target_modules": PATTERN}),
    "all linear": Kind({"target_modules": "all-linear"}),
    "all but some": Kind({"target_modules": "all-linear", "exclude_modules": ["down_proj", "gate_proj"]}),
    "all but a pattern": Kind({"target_modules": "all-linear", "exclude_modules": r".*\.mlp\..*"}),
    "some layers": Kind({"layers_to_transform": [0, 2]}),
    "some layers by their list": Kind({"layers_to_transform": [1], "layers_pattern": "layers"}),
    "rank 1": Kind({"r": 1}),
    "rank 64": Kind({"r": 64}),
    "a rank that is no power of two": Kind({"r": 6}),
    "ranks by pattern": Kind({"rank_pattern": {"q_proj": 4, "layers.1.self_attn.v_proj": 16}}),
    "alphas by pattern": Kind({"alpha_pattern": {"q_proj": 64}}),
    "rsLoRA": Kind({"use_rslora": True}),
    "rsLoRA with patterns": Kind({"use_rslora": True, "rank_pattern": {"q_proj": 4}, "alpha_pattern": {"v_proj": 4}}),
    "with dropout": Kind({"lora_dropout": 0.3}),
    "gaussian beginnings": Kind({"init_lora_weights": "gaussian"}),
    "orthogonal beginnings": Kind({"init_lora_weights": "orthogonal"}),
    "MiCA beginnings": Kind({"init_lora_weights": "mica"}),
    "EVA beginnings": Kind({"init_lora_weights": "eva"}),
    "fan_in_fan_out": Kind({"fan_in_fan_out": True}),
    "bfloat16": Kind({"dtype": "bfloat16"}),
    "float16": Kind({"dtype": "float16"}),
    "biases of a base without": Kind({"bias": "all"}),
    "a base with a head of its own": Kind({}, "untied"),
    "keys of a newer PEFT": Kind({}, settings={"a_key_of_tomorrow": {"on": True}, "peft_version": "9.0.0"}),
    "keys of an older PEFT": Kind(
        {},
        settings=dict.fromkeys(
            ["use_rslora", "use_dora", "rank_pattern", "alpha_pattern", "exclude_modules", "lora_bias", "peft_version",
             "megatron_config", "megatron_core", "layer_replication", "loftq_config", "trainable_token_indices"], ...,
        ),
    ),
    "revision and auto_mapping": Kind(
        {}, settings={"revision": "main", "auto_mapping": {"base_model_class": "X", "parent_library": "y"}},
    ),
    "biases of all": Kind({"bias": "all"}, "biased", vllm=False),
    "biases of its modules": Kind({"bias": "lora_only"}, "biased", vllm=False),
    "biases in the LoRA": Kind({"lora_bias": True}, "biased", vllm=False),
    "DoRA": Kind({"use_dora": True}, vllm=False),
    "trained tokens, tied": Kind({"trainable_token_indices": [5, 6, 70]}, vllm=False),
    "trained tokens, untied": Kind({"trainable_token_indices": [5, 6, 70]}, "untied", vllm=False),
    "a saved head, tied": Kind({"modules_to_save": ["lm_head"]}, vllm=False),
    "a saved head, untied": Kind({"modules_to_save": ["lm_head"]}, "untied", vllm=False),
    "a saved embedding, tied": Kind({"modules_to_save": ["embed_tokens"]}, vllm=False),
    "a saved embedding, untied": Kind({"modules_to_save": ["embed_tokens"]}, "untied", vllm=False),
    "both saved, tied": Kind({"modules_to_save": ["embed_tokens", "lm_head"]}, vllm=False),
    "both saved and kept tied": Kind({"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True}, vllm=False),
    "saved norms": Kind({"modules_to_save": ["input_layernorm"]}, vllm=False),
    "LoRA on the embedding, tied": Kind({"target_modules": ["q_proj", "embed_tokens"]}),
    "LoRA on the embedding, untied": Kind({"target_modules": ["q_proj", "embed_tokens"]}, "untied"),
    "LoRA on the head, tied": Kind({"target_modules": ["q_proj", "lm_head"]}, vllm=False),
    "LoRA on the head, untied": Kind({"target_modules": ["q_proj", "lm_head"]}, "untied", vllm=False),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """Kind → (its base, its folder), each made once; "plain BASE" is a neighbour for it."""
    folder = tmp_path_factory.mktemp("kinds")

    def get(name: str) -> tuple[Path, Path]:
        kind = KINDS.get(name) or Kind({}, name.removeprefix("plain "))
        base, place = make_base(folder / kind.base, kind.base), folder / name.replace(" ", "-").replace(",", "")
        if not place.is_dir():
            make_adapter(place, base, seed=len(name), **kind.config)
            changed(place, **kind.settings)
            (place / "optimizer.pt").write_bytes(b"left over")
        return base, place

    return get


def peft_says(base: Path, folder: Path | None) -> list[float]:
    """Log-probabilities of the pairs by PEFT's own loading, with nothing else loaded: the oracle."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    if folder is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = PeftModel.from_pretrained(model, str(folder))
    found = []
    with torch.inference_mode():
        for context, continuation in PAIRS:
            rows = torch.log_softmax(model.eval()(torch.tensor([[*context, *continuation]])).logits[0, :-1], dim=-1)
            found.append(float(rows.gather(1, torch.tensor(continuation)[:, None]).sum()))
    return found


def says(generator: Generator, variant: str) -> list[float]:
    return [row.total for row in generator.loglikelihoods(variant, PAIRS)]


def adapters_of(made: Callable[[str], tuple[Path, Path]], *names: str) -> tuple[Path, list[Adapter]]:
    base = made(names[0])[0]
    return base, [read_adapter(f"n{number}", made(name)[1]) for number, name in enumerate(names)]


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_transformers_serves_each_kind_as_peft_does_alone_and_with_others(
    name: str, made: Callable[[str], tuple[Path, Path]]
) -> None:
    neighbour = f"plain {KINDS[name].base}"
    expected = {kind: peft_says(*made(kind)) for kind in (name, neighbour)}
    bare = peft_says(made(name)[0], None)
    assert max(abs(a - b) for a, b in zip(expected[name], bare, strict=True)) > 1
    for order in ([name], [name, neighbour], [neighbour, name]):
        base, adapters = adapters_of(made, *order)
        check_fit(adapters, find_base(str(base)), "transformers")
        engine = open_generator("transformers", find_base(str(base)), adapters, SERVING)
        for _ in range(2):
            assert says(engine, "base") == pytest.approx(bare, abs=2e-3)
            for kind, adapter in zip(order, adapters, strict=True):
                assert says(engine, adapter.name) == pytest.approx(expected[kind], abs=2e-3), (order, kind)
        left = dict(zip(order, adapters, strict=True))
        for kind in order:
            engine.remove(left.pop(kind).name)
            assert says(engine, "base") == pytest.approx(bare, abs=2e-3)
            for other, adapter in left.items():
                assert says(engine, adapter.name) == pytest.approx(expected[other], abs=2e-3)
        engine.close()


@pytest.mark.slow
@pytest.mark.parametrize("base", ["tied", "untied"])
def test_vllm_serves_its_kinds_as_peft_does_all_in_one_engine(
    base: str, made: Callable[[str], tuple[Path, Path]]
) -> None:
    pytest.importorskip("vllm")
    names = [name for name, kind in KINDS.items() if kind.vllm and kind.base == base]
    folder, adapters = adapters_of(made, *names)
    check_fit(adapters, find_base(str(folder)), "vllm")
    engine = open_generator("vllm", find_base(str(folder)), adapters, SERVING)
    try:
        bare = peft_says(folder, None)
        assert says(engine, "base") == pytest.approx(bare, abs=0.02)
        for name, adapter in zip(names, adapters, strict=True):
            assert says(engine, adapter.name) == pytest.approx(peft_says(*made(name)), abs=0.02), name
        assert says(engine, "base") == pytest.approx(bare, abs=0.02)
    finally:
        engine.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.vllm])
def test_what_vllm_would_not_serve_is_refused_before_it_starts_and_its_neighbour_is_not_blamed(
    name: str, made: Callable[[str], tuple[Path, Path]]
) -> None:
    base, adapters = adapters_of(made, f"plain {KINDS[name].base}", name)
    with pytest.raises(HarnessError, match="'n1' cannot be served by vLLM: .*--backend transformers") as refusal:
        check_fit(adapters, find_base(str(base)), "vllm")
    assert "\n" not in str(refusal.value) and "n0" not in str(refusal.value)


def test_the_table_of_the_documentation_is_the_table_of_the_tests() -> None:
    rows = re.findall(r"^\| (.+?) \| yes \| (yes|no)", (ROOT / "docs" / "adapters.md").read_text(), re.M)
    assert {name: said == "yes" for name, said in rows} == {name: kind.vllm for name, kind in KINDS.items()}
