"""GGUF files as llama.cpp's converter writes them: of a small random Llama, in any quantization, whole or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

HEADS, KEYS, WIDTH, LAYERS = 4, 2, 256, 2
"""Wide enough for the blocks of 256 that K-quants have."""
_FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q8_0": 7, "BF16": 32}
"""What some files say of themselves, and others do not."""
Change = Callable[[Any], None]
"""Writes further fields with the GGUFWriter."""


def small_llama(rows: int, model_type: str = "llama", **changes: Any) -> Any:
    """A random model of Llama's kind with more heads of queries than of keys, and each of its numbers its own."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(1)
    sizes = {"hidden_size": WIDTH, "intermediate_size": WIDTH, "num_hidden_layers": LAYERS, "vocab_size": rows}
    heads = {"num_attention_heads": HEADS, "num_key_value_heads": KEYS, "rope_theta": 10000.0}
    given = {**sizes, **heads, "max_position_embeddings": 512, "head_dim": WIDTH // HEADS, **changes}
    config = AutoConfig.for_model(model_type, **given)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            # Biases and norms begin at 0 and 1, as if they were not there.
            parameter.copy_(parameter * 3 if parameter.dim() > 1 else torch.rand_like(parameter) + 0.5)
    return model


def write_gguf(
    path: Path,
    model: Any,
    tokenizer: Any | None,
    kind: str = "F32",
    change: Change | None = None,
    architecture: str = "llama",
    blocks: Mapping[str, np.ndarray] | None = None,
    extra: Mapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Writes the model, its matrices in that quantization; gives what they are once they are dequantized again.

    `blocks` are matrices whose blocks are made already, `extra` are tensors beside the model's own.
    """
    from gguf import GGMLQuantizationType, GGUFWriter, dequantize, quantize

    writer = GGUFWriter(path, architecture)
    _describe(writer, model.config, architecture)
    quantization = GGMLQuantizationType[kind]
    if kind in _FILE_TYPES:
        writer.add_file_type(_FILE_TYPES[kind])
    if tokenizer is not None:
        _describe_tokenizer(writer, tokenizer)
    if change is not None:
        change(writer)
    stored: dict[str, np.ndarray] = {}
    for name, tensor in tensors_of(model).items():
        if tensor.ndim == 1 or kind == "F32":
            writer.add_tensor(name, tensor)
            stored[name] = tensor
            continue
        data = blocks[name] if blocks is not None else quantize(tensor, quantization)
        writer.add_tensor(name, data, raw_dtype=quantization)
        stored[name] = dequantize(data, quantization)
    for name, tensor in (extra or {}).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return stored


def _describe(writer: Any, config: Any, architecture: str) -> None:
    writer.add_name("small")
    writer.add_license("mit")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(WIDTH // HEADS)
    writer.add_value_length(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(config.vocab_size)


def _describe_tokenizer(writer: Any, tokenizer: Any) -> None:
    import json

    from gguf import TokenType

    state = json.loads(tokenizer.backend_tokenizer.to_str())
    special = {row["content"] for row in state["added_tokens"]}
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in special else TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in state["model"]["merges"]])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_chat_template(tokenizer.chat_template)


def tensors_of(model: Any) -> dict[str, np.ndarray]:
    """By llama.cpp's names; queries and keys with the rows of a head in llama.cpp's order."""
    from gguf import MODEL_ARCH, get_tensor_name_map

    kind = model.config.model_type
    names = get_tensor_name_map(MODEL_ARCH[kind.upper()], model.config.num_hidden_layers)
    found = {}
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        place, _, last = name.rpartition(".")
        array = tensor.float().numpy().copy()
        heads = {"q_proj": model.config.num_attention_heads, "k_proj": model.config.num_key_value_heads}
        if kind == "llama" and (count := heads.get(place.rpartition(".")[2])):
            array = rows_of_llama_cpp(array, count)
        found[f"{names.get_name(place)}.{last}"] = array
    return found


def rows_of_llama_cpp(weights: np.ndarray, heads: int) -> np.ndarray:
    """Pairs of a rotation beside each other, where Transformers has them in halves (convert_hf_to_gguf's permute)."""
    return weights.reshape(heads, 2, -1, weights.shape[1]).swapaxes(1, 2).reshape(weights.shape)


def rows_of_transformers(weights: np.ndarray, heads: int) -> np.ndarray:
    """The other way round."""
    return weights.reshape(heads, -1, 2, weights.shape[1]).swapaxes(1, 2).reshape(weights.shape)
