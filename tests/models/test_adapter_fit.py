"""Adapters that are not what they say: refused in one line, before anything is asked, by both backends alike."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.config import Serving
from harness.errors import HarnessError
from harness.generators import open_generator
from harness.models import check_fit, find_base, read_adapter
from harness.pocket import pocket_path
from tests.conftest import run_harness
from tests.support.adapter_kinds import changed, make_adapter, rewritten

POCKET = find_base("pocket")
SERVING = Serving(dtype="float32")
CLASS_NAME = re.compile(r"\b\w*(Error|Exception)\b|Traceback")


def same(name: str) -> str:
    return name


def half(name: str) -> str | None:
    return None if "layers.2." in name or "layers.3." in name else name


def renamed(name: str) -> str:
    return name if half(name) else name.replace("model.layers", "model.language_model.layers")


def put(old: str, new: str) -> Callable[[str], str]:
    return lambda name: name.replace(old, new, 1)


@dataclass(frozen=True)
class Fault:
    """What is wrong with an adapter, and what must be said of it."""

    said: str
    rename: Callable[[str], str | None] = same
    settings: Mapping[str, Any] = field(default_factory=dict)


PREFIX = "base_model.model."
FAULTS = {
    "half renamed": Fault(r"12 of 24 tensors .*matches no module is .*language_model\.layers\.2.*--base", renamed),
    "half lacking": Fault(r"12 of 24 tensors .*missing is .*layers\.2\.self_attn.*Save it again as a whole", half),
    "the prefix twice": Fault(r"0 of 24 tensors .*begin with base_model\.model\., once", put(PREFIX, PREFIX * 2)),
    "no prefix": Fault(r"0 of 24 tensors .*begin with base_model\.model\., once", put(PREFIX, "")),
    "torch.compile": Fault(r"0 of 24 .*_orig_mod\. is .* wrapper.*unwrap_model", put(PREFIX, f"{PREFIX}_orig_mod.")),
    "DeepSpeed": Fault(r"0 of 24 .*module\. is the name", put(PREFIX, f"{PREFIX}module.")),
    "FSDP": Fault(r"18 of 24 .*_fsdp_wrapped_module\.", put("layers.3.", "layers.3._fsdp_wrapped_module.")),
    "checkpointing": Fault(
        r"18 of 24 .*_checkpoint_wrapped_module\.", put("layers.3.", "layers.3._checkpoint_wrapped_module.")
    ),
    "modules that are not there": Fault(r"Target modules .* not found", settings={"target_modules": ["Wqkv"]}),
    "more modules than tensors": Fault(
        r"24 of 32 tensors .*k_proj", settings={"target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"]}
    ),
    "a pattern of more than the tensors": Fault(
        r"12 of 24 tensors", half, {"target_modules": r".*\.(q_proj|v_proj|o_proj)"}
    ),
    "layers that have no tensors": Fault(r"12 of 18 tensors .*layers\.2", half, {"layers_to_transform": [0, 1, 2]}),
    "another rank": Fault(r"lora_A\.weight in .* is 8 × 128, and the model has room for 4 × 128", settings={"r": 4}),
    "settings that exclude each other": Fault(
        r"layers_to_transform", settings={"layers_to_transform": [0], "target_modules": ".*q_proj"}
    ),
    **{
        kind: Fault(rf"init_lora_weights: {kind} in .*\.json.*erge it", settings={"init_lora_weights": kind})
        for kind in ("pissa", "pissa_niter_16", "olora", "corda", "loftq", "lora_ga")
    },
    "KaSA": Fault("KaSA cuts the base's weights", settings={"kasa_config": {"beta": 1e-4, "gamma": 1e-3}}),
    "repeated layers": Fault("repeats layers of the base", settings={"layer_replication": [[0, 3], [2, 4]]}),
}  # fmt: skip
BEYOND_VLLM = {
    "use_dora": True, "modules_to_save": ["lm_head"], "trainable_token_indices": [5], "lora_bias": True,
    "target_parameters": ["x.weight"], "alora_invocation_tokens": [5], "use_qalora": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "sound"
    return make_adapter(folder, pocket_path(), target_modules=["q_proj", "v_proj", "o_proj"])


def faulty(sound: Path, place: Path, fault: Fault) -> Path:
    shutil.copytree(sound, place)
    return changed(rewritten(place, fault.rename), **fault.settings)


@pytest.mark.parametrize("backend", ["transformers", "vllm"])
@pytest.mark.parametrize("name", FAULTS)
def test_an_adapter_that_is_not_what_it_says_is_refused_in_one_line(
    name: str, backend: str, sound: Path, tmp_path: Path
) -> None:
    bad = read_adapter("bad", faulty(sound, tmp_path / "bad", FAULTS[name]))
    good = read_adapter("sound", sound)
    for order in ([bad], [good, bad], [bad, good]):
        with pytest.raises(HarnessError, match=FAULTS[name].said) as refusal:
            check_fit(order, POCKET, backend)
        text = str(refusal.value)
        assert "Adapter 'bad'" in text and "sound" not in text and "\n" not in text and not CLASS_NAME.search(text)


@pytest.mark.parametrize("name", FAULTS)
def test_it_is_refused_as_well_where_only_loading_tells(name: str, sound: Path, tmp_path: Path) -> None:
    bad = read_adapter("bad", faulty(sound, tmp_path / "bad", FAULTS[name]))
    with pytest.raises(HarnessError, match=FAULTS[name].said):
        open_generator("transformers", POCKET, [read_adapter("sound", sound), bad], SERVING)


@pytest.mark.parametrize("setting", BEYOND_VLLM)
def test_what_vllm_leaves_out_is_refused_by_name_before_it_starts(setting: str, sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "bad")
    bad = read_adapter("bad", changed(tmp_path / "bad", **{setting: BEYOND_VLLM[setting]}))
    with pytest.raises(HarnessError, match=rf"'bad' cannot be served by vLLM: .*{setting} in .*--backend transformers"):
        check_fit([read_adapter("sound", sound), bad], POCKET, "vllm")


def with_embedding(folder: Path, name: str, make: Callable[[Any], Any]) -> Path:
    """The same with a tensor of the base's embedding, made of what is there under that name, or of None."""
    from safetensors.torch import load_file, save_file

    file = folder / "adapter_model.safetensors"
    found = load_file(file)
    key = f"base_model.model.model.embed_tokens.{name}"
    save_file({**found, key: make(found.get(key))}, file)
    return folder


@pytest.mark.parametrize("backend", ["transformers", "vllm"])
def test_an_embedding_with_more_tokens_than_the_base_is_refused_with_both_sizes(tmp_path: Path, backend: str) -> None:
    import torch

    long = with_embedding(make_adapter(tmp_path / "long", pocket_path()), "weight", lambda _: torch.ones(770, 128))
    said = "embed_tokens.weight in .* is 770 × 128, and the model has room for 768 × 128. .*tokens were added"
    with pytest.raises(HarnessError, match=said if backend == "transformers" else f"{said}|cannot be served by vLLM"):
        check_fit([read_adapter("long", long)], POCKET, backend)


def test_a_saved_embedding_with_more_tokens_is_refused_with_both_sizes(tmp_path: Path) -> None:
    import torch

    place = make_adapter(tmp_path / "long", pocket_path(), modules_to_save=["embed_tokens"])
    with_embedding(place, "weight", lambda _: torch.ones(770, 128))
    with pytest.raises(HarnessError, match="is 770 × 128, and the model has room for 768 × 128. .*tokens were added"):
        check_fit([read_adapter("long", place)], POCKET, "transformers")


def test_an_embedding_beside_a_lora_is_no_fault_where_it_is_the_bases_own(tmp_path: Path) -> None:
    place = make_adapter(tmp_path / "embedding", pocket_path(), target_modules=["q_proj", "embed_tokens"])
    open_generator("transformers", POCKET, [read_adapter("x", place)], SERVING).close()
    with_embedding(place, "base_layer.weight", lambda own: 1.5 * own)
    with pytest.raises(
        HarnessError, match="'x' brings .*embed_tokens.base_layer.weight in .*, which is not the base's own"
    ):
        open_generator("transformers", POCKET, [read_adapter("x", place)], SERVING)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["transformers", "vllm"])
@pytest.mark.parametrize("name", ["half renamed", "half lacking", "another rank", "no prefix", "pissa"])
def test_the_terminal_shows_one_line_and_no_exceptions_name(
    name: str, backend: str, sound: Path, tmp_path: Path
) -> None:
    faulty(sound, tmp_path / "bad", FAULTS[name])
    done = run_harness(
        "evaluate", "--base", "pocket", "--adapters", f"good={sound},bad=bad", "--suite", "pocket", "--limit", "4",
        "--tasks", "", "--backend", backend, "--no-report", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2 and "Adapter 'bad'" in done.stderr and re.search(FAULTS[name].said, done.stderr)
    assert not CLASS_NAME.search(done.stdout + done.stderr) and "'good'" not in done.stderr
