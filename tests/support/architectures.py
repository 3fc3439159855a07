"""Tiny random models of many architectures, each with a tokenizer of its own kind and a chat template of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.pocket import pairs_path
from tests.support.chat_templates import FAMILIES, Family

WIDTH = 64
_PAIRS = 24


@dataclass(frozen=True)
class Architecture:
    """A model's sizes, and what it reads and writes with."""

    model_type: str
    sizes: Mapping[str, Any]
    tokenizer: str
    """A kind of TOKENIZERS."""
    family: str
    """A chat template of tests/support/chat_templates.py."""
    targets: str | tuple[str, ...] = "all-linear"
    """What PEFT adapts."""
    left_out: tuple[str, ...] = ()
    """Weights of experts that all-linear passes over."""


_LLAMA = {
    "hidden_size": WIDTH, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 32, "max_position_embeddings": 512, "tie_word_embeddings": False,
}  # fmt: skip
_TIED = {**_LLAMA, "tie_word_embeddings": True}
_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 48}
_WIDE = {
    "hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 512,
}  # fmt: skip
_LOCAL = {"sliding_window": 16, "layer_types": ["sliding_attention", "full_attention"]}

ARCHITECTURES = {
    "GPT-2": Architecture(
        "gpt2", {"n_embd": WIDTH, "n_layer": 2, "n_head": 2, "n_positions": 512}, "byte-level BPE", "alpaca"
    ),
    "Llama": Architecture("llama", _LLAMA, "byte-level BPE", "llama 3"),
    "Mistral": Architecture("mistral", {**_LLAMA, "sliding_window": 16}, "BPE with byte fallback", "mistral"),
    "Qwen2": Architecture("qwen2", _TIED, "byte-level BPE", "chatml"),
    "Qwen3": Architecture("qwen3", _TIED, "byte-level BPE", "chatml"),
    "Gemma 2": Architecture("gemma2", {**_TIED, **_LOCAL}, "BPE with byte fallback", "gemma"),
    "Gemma 3": Architecture("gemma3_text", {**_TIED, **_LOCAL}, "Unigram", "gemma"),
    "Phi-3": Architecture("phi3", _LLAMA, "BPE with byte fallback", "phi"),
    "OLMo": Architecture("olmo", _LLAMA, "byte-level BPE", "vicuna"),
    "OLMo 2": Architecture("olmo2", _LLAMA, "byte-level BPE", "chatml"),
    "Mixtral": Architecture(
        "mixtral", {**_LLAMA, "num_local_experts": 4, "num_experts_per_tok": 2}, "BPE with byte fallback", "mistral"
    ),
    "Qwen2-MoE": Architecture(
        "qwen2_moe", {**_LLAMA, **_EXPERTS, "shared_expert_intermediate_size": 48}, "byte-level BPE", "chatml",
        left_out=("mlp.experts.gate_up_proj", "mlp.experts.down_proj"),
    ),
    "Qwen3-MoE": Architecture("qwen3_moe", {**_LLAMA, **_EXPERTS}, "byte-level BPE", "chatml"),
    "DeepSeek-V3": Architecture(
        "deepseek_v3",
        {
            "hidden_size": WIDTH, "intermediate_size": 96, "moe_intermediate_size": 48, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 2, "n_routed_experts": 4, "num_experts_per_tok": 2,
            "n_group": 2, "topk_group": 1, "first_k_dense_replace": 1, "kv_lora_rank": 16, "q_lora_rank": 24,
            "qk_rope_head_dim": 16, "qk_nope_head_dim": 16, "v_head_dim": 32, "max_position_embeddings": 512,
        },
        "byte-level BPE", "deepseek",
    ),
    "GPT-NeoX": Architecture("gpt_neox", {**_WIDE, "intermediate_size": 96}, "byte-level BPE", "alpaca"),
    "GPT-J": Architecture(
        "gptj", {"n_embd": WIDTH, "n_layer": 2, "n_head": 2, "n_positions": 512, "rotary_dim": 16},
        "byte-level BPE", "alpaca",
    ),
    "Falcon": Architecture("falcon", {**_WIDE, "new_decoder_architecture": False}, "byte-level BPE", "vicuna"),
    "OPT": Architecture("opt", {**_WIDE, "ffn_dim": 96, "word_embed_proj_dim": 48}, "WordLevel", "alpaca"),
    "Bloom": Architecture("bloom", {"hidden_size": WIDTH, "n_layer": 2, "n_head": 2}, "byte-level BPE", "vicuna"),
    "StableLM": Architecture("stablelm", {**_WIDE, "intermediate_size": 96, "num_key_value_heads": 2}, "Unigram",
                             "chatml"),
    "Cohere": Architecture("cohere", {key: value for key, value in _TIED.items() if key != "head_dim"},
                           "byte-level BPE", "chatml"),
    "Granite": Architecture("granite", {key: value for key, value in _TIED.items() if key != "head_dim"},
                            "byte-level BPE", "chatml"),
    "Mamba": Architecture(
        "mamba", {"hidden_size": WIDTH, "num_hidden_layers": 2, "state_size": 8, "time_step_rank": 4},
        "byte-level BPE", "alpaca", targets=("in_proj", "x_proj"),
    ),
    "LFM2": Architecture(
        "lfm2", {**_TIED, "layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": False},
        "byte-level BPE", "chatml",
    ),
}  # fmt: skip
"""By the names that docs/models.md has."""


def make_model(folder: Path, name: str) -> Path:
    """A random model of that architecture with its tokenizer, as save_pretrained writes them; its rows are padded."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    if folder.is_dir():
        return folder
    kind = ARCHITECTURES[name]
    tokenizer = make_tokenizer(kind.tokenizer, FAMILIES[kind.family])
    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    # Rows to spare, as published embeddings have them.
    rows = -(-len(tokenizer) // 64) * 64
    settings = {**kind.sizes, **ids, "pad_token_id": tokenizer.pad_token_id, "vocab_size": rows}
    config = AutoConfig.for_model(kind.model_type, **settings)
    torch.manual_seed(len(name))
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            # At their usual beginnings such small models say nearly the same of every token.
            if parameter.dim() > 1:
                parameter.mul_(3)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_pairs(file: Path) -> Path:
    """A few preference pairs of the embedded model's."""
    file.write_text("".join(pairs_path().read_text().splitlines(keepends=True)[:_PAIRS]))
    return file


def _texts() -> list[str]:
    rows = [json.loads(line) for line in pairs_path().read_text().splitlines()]
    return [f"{row['prompt']}\n{row['chosen']}\n{row['rejected']}" for row in rows]


def make_tokenizer(kind: str, family: Family) -> Any:
    """A small tokenizer of that kind, trained on the embedded model's pairs, with the family's tokens and template."""
    from transformers import PreTrainedTokenizerFast

    special = list(dict.fromkeys(["<unk>", "<pad>", family.bos, family.eos, *family.tokens]))
    made = TOKENIZERS[kind](special)
    # No padding token where the kind usually has none: the harness names one.
    padding = {} if kind == "byte-level BPE" else {"pad_token": "<pad>"}
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="<unk>", bos_token=family.bos, eos_token=family.eos,
        additional_special_tokens=[one for one in family.tokens if one not in (family.bos, family.eos)],
        chat_template=family.template, **padding,
    )  # fmt: skip


def _byte_level(special: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        _texts(), trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet)
    )
    return made


def _byte_fallback(special: list[str]) -> Any:
    from tokenizers import Tokenizer, models, processors, trainers

    made = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    _like_sentencepiece(made)
    made.train_from_iterator(_texts(), trainers.BpeTrainer(vocab_size=400, special_tokens=[*special, *_BYTES]))
    bos = special[2]
    made.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, made.token_to_id(bos))]
    )
    return made


def _unigram(special: list[str]) -> Any:
    from tokenizers import Tokenizer, models, trainers

    made = Tokenizer(models.Unigram())
    _like_sentencepiece(made)
    made.train_from_iterator(
        _texts(), trainers.UnigramTrainer(vocab_size=400, special_tokens=special, unk_token="<unk>")
    )
    return made


def _like_sentencepiece(made: Any) -> None:
    from tokenizers import decoders, normalizers, pre_tokenizers

    made.normalizer = normalizers.Replace(" ", "▁")
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )


def _word_level(special: list[str]) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.WordLevel(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.train_from_iterator(_texts(), trainers.WordLevelTrainer(vocab_size=500, special_tokens=special))
    return made


_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
TOKENIZERS = {
    "byte-level BPE": _byte_level,
    "BPE with byte fallback": _byte_fallback,
    "Unigram": _unigram,
    "WordLevel": _word_level,
}
