from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.models import find_base, load_model, load_tokenizer
from tests.support.architectures import make_tokenizer
from tests.support.chat_templates import FAMILIES
from tests.support.gguf_files import HEADS, KEYS, rows_of_transformers, small_llama, tensors_of, write_gguf

gguf = pytest.importorskip("gguf", reason="pip install 'preference-harness[smollm2]'")

# Where the blocks of a type hold numbers of 16 bits, which random bytes would make NaN.
SCALES = {"Q4_K": (0, 2), "Q6_K": (208,), "IQ4_XS": (0,), "Q5_0": (0,)}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield tmp_path / "cache"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer("byte-level BPE", FAMILIES["chatml"])


@pytest.fixture(scope="module")
def model(tokenizer: Any) -> Any:
    return small_llama(len(tokenizer))


def same(file: Path, model: Any) -> bool:
    """Whether the base in that file gives the model's logits; with rows in another order they differ by whole units."""
    import torch

    ids = torch.arange(200).reshape(1, -1)
    with torch.no_grad():
        mine, its = (one(input_ids=ids).logits for one in (load_model(find_base(str(file)), "float32", None), model))
    assert float(its.std()) > 0.1
    return float((mine - its).abs().max()) < 1e-3


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3"])
def test_a_file_in_float32_answers_as_the_model_that_it_was_made_of(tmp_path: Path, tokenizer: Any, kind: str) -> None:
    model = small_llama(len(tokenizer), kind)
    write_gguf(tmp_path / "model.gguf", model, tokenizer, architecture=kind)
    assert same(tmp_path / "model.gguf", model)


@pytest.mark.parametrize("kind", ["linear", "yarn"])
def test_stretched_positions_stay_stretched(tmp_path: Path, tokenizer: Any, kind: str) -> None:
    def change(writer: Any) -> None:
        writer.add_rope_scaling_type(gguf.RopeScalingType(kind))
        writer.add_rope_scaling_factor(4.0)
        if kind == "yarn":
            writer.add_rope_scaling_orig_ctx_len(128)

    rope = {"rope_type": kind, "rope_theta": 10000.0, "factor": 4.0}
    trained = {"original_max_position_embeddings": 128} if kind == "yarn" else {}
    model = small_llama(len(tokenizer), rope_parameters={**rope, **trained})
    write_gguf(tmp_path / "model.gguf", model, tokenizer, change=change)
    assert same(tmp_path / "model.gguf", model)


def test_its_tokenizer_and_its_template_are_the_file_s(tmp_path: Path, model: Any, tokenizer: Any) -> None:
    write_gguf(tmp_path / "model.gguf", model, tokenizer)
    mine = load_tokenizer(find_base(str(tmp_path / "model.gguf")))
    asked = [{"role": "user", "content": "What is the river at Lusk called?"}]
    texts = [tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True), "12 apples\n\n34"]
    assert [mine(text)["input_ids"] for text in texts] == [tokenizer(text)["input_ids"] for text in texts]
    assert mine.chat_template == tokenizer.chat_template
    assert (mine.bos_token, mine.eos_token) == (tokenizer.bos_token, tokenizer.eos_token)


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q4_K", "Q6_K", "IQ4_XS"])
def test_weights_are_those_that_gguf_dequantizes(tmp_path: Path, model: Any, tokenizer: Any, kind: str) -> None:
    import torch
    from safetensors.torch import load_file

    stored = write_gguf(tmp_path / "model.gguf", model, tokenizer, kind, blocks=_random_blocks(model, kind))
    base = find_base(str(tmp_path / "model.gguf"))
    found = load_file(Path(base.path) / "model.safetensors")
    dtype = torch.float16 if kind == "F16" else torch.bfloat16
    layer = "model.layers.1.self_attn"
    for name, place, heads in (
        ("blk.1.attn_q", f"{layer}.q_proj", HEADS),
        ("blk.1.attn_k", f"{layer}.k_proj", KEYS),
        ("blk.1.attn_v", f"{layer}.v_proj", None),
        ("blk.0.ffn_down", "model.layers.0.mlp.down_proj", None),
        ("token_embd", "model.embed_tokens", None),
        ("output", "lm_head", None),
    ):
        weights = stored[f"{name}.weight"]
        wanted = torch.from_numpy(rows_of_transformers(weights, heads) if heads else weights).to(dtype)
        assert torch.equal(found[f"{place}.weight"], wanted), name
    assert base.converted_from is not None and base.converted_from.quantization == kind


def _random_blocks(model: Any, kind: str) -> dict[str, np.ndarray] | None:
    """Of types that gguf reads and does not write."""
    if kind not in SCALES:
        return None
    rng = np.random.default_rng(3)
    size, width = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]]
    found = {}
    for name, tensor in tensors_of(model).items():
        if tensor.ndim == 1:
            continue
        blocks = rng.integers(0, 256, (tensor.shape[0], tensor.shape[1] // size, width), dtype=np.uint8)
        for start in SCALES[kind]:
            blocks[:, :, start : start + 2] = np.frombuffer(np.float16(0.01).tobytes(), dtype=np.uint8)
        found[name] = blocks.reshape(tensor.shape[0], -1)
    return found


def test_tied_weights_stay_tied(tmp_path: Path, tokenizer: Any) -> None:
    write_gguf(tmp_path / "model.gguf", small_llama(len(tokenizer), tie_word_embeddings=True), tokenizer, "Q8_0")
    folder = Path(find_base(str(tmp_path / "model.gguf")).path)
    assert json.loads((folder / "config.json").read_text())["tie_word_embeddings"] is True
    model = load_model(find_base(str(folder)), "float32", None)
    assert model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr()


def test_every_token_that_ends_an_answer_is_kept(tmp_path: Path, model: Any, tokenizer: Any) -> None:
    write_gguf(tmp_path / "model.gguf", model, tokenizer, change=lambda writer: writer.add_eot_token_id(7))
    folder = Path(find_base(str(tmp_path / "model.gguf")).path)
    ends = json.loads((folder / "generation_config.json").read_text())["eos_token_id"]
    assert sorted(ends) == sorted({7, tokenizer.eos_token_id})


def test_a_beginning_of_text_is_put_where_the_file_says_so(tmp_path: Path, model: Any, tokenizer: Any) -> None:
    for wanted in (True, False):
        path = tmp_path / f"{wanted}.gguf"
        write_gguf(path, model, tokenizer, change=partial(_begin, wanted))
        begun = load_tokenizer(find_base(str(path)))("Lusk")["input_ids"][0] == tokenizer.bos_token_id
        assert begun is wanted


def _begin(wanted: bool, writer: Any) -> None:
    writer.add_add_bos_token(wanted)


def test_llama_3_s_stretched_positions_are_kept(tmp_path: Path, tokenizer: Any) -> None:
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    rope = {
        "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }  # fmt: skip
    model = small_llama(len(tokenizer), rope_parameters=rope)
    frequencies, _ = ROPE_INIT_FUNCTIONS["llama3"](model.config, "cpu")
    plain = 1.0 / 500000.0 ** (np.arange(0, 64, 2) / 64)
    factors = (plain / frequencies.numpy()).astype(np.float32)
    write_gguf(tmp_path / "model.gguf", model, tokenizer, extra={"rope_freqs.weight": factors})
    assert same(tmp_path / "model.gguf", model)
