"""The tokenizer that a GGUF file describes: Transformers', and what of the description it does not take up."""

from __future__ import annotations

import logging
from typing import Any

from harness.models.gguf.looking import GgufFile

_DIGITS_ALONE = {"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"}
"""tokenizer.ggml.pre of those that cut digits one by one, and then as GPT-2 (llama.cpp's src/llama-vocab.cpp)."""
_AS_GPT2 = {"gpt-2", "phi-2", "gigachat", "mpt", "olmo", "jais", "trillion"}
_BEGUN = {"llama3", "llama-v3", "llama-bpe", "falcon3", "pixtral", "tekken"}
"""Those of byte-level BPE that begin a text where the file does not say."""


def file_tokenizer(file: GgufFile) -> Any:
    """The tokenizer, cutting digits and beginning texts as the file says."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(file.path.parent), gguf_file=file.path.name)
    _cut_as_learnt(file, tokenizer)
    _begin(file, tokenizer)
    return tokenizer


def warn_of_rule(file: GgufFile) -> None:
    """Says where texts may be cut otherwise than the model learnt them."""
    from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

    rule = _rule(file)
    if rule is None or rule in GGUF_PRE_TOKENIZER_SPLITS or rule in _DIGITS_ALONE | _AS_GPT2:
        return
    logging.getLogger("harness").warning(
        f"{file.path.name} cuts texts by a rule ({rule}) that neither Transformers nor the harness knows: they are cut "
        "as GPT-2 cuts them, and some token ids may be others than the model learnt."
    )


def _cut_as_learnt(file: GgufFile, tokenizer: Any) -> None:
    """Merges were learnt on texts cut by a rule; cut by another, the model reads what it has never seen."""
    from tokenizers import pre_tokenizers

    if _rule(file) in _DIGITS_ALONE:
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )


def _rule(file: GgufFile) -> str | None:
    """By which a text is cut before merges are looked for; None where the tokenizer is none of byte-level BPE."""
    is_bpe = file.fields.get("tokenizer.ggml.model") == "gpt2"
    return str(file.fields.get("tokenizer.ggml.pre") or "default") if is_bpe else None


def _begin(file: GgufFile, tokenizer: Any) -> None:
    """Puts the beginning of text before what is encoded, where the file says so, or llama.cpp assumes it."""
    from tokenizers import processors

    said = file.fields.get("tokenizer.ggml.add_bos_token")
    model = file.fields.get("tokenizer.ggml.model")
    wanted = bool(said) if said is not None else model == "llama" or _rule(file) in _BEGUN
    bos = tokenizer.bos_token
    begin = f"{bos}:0 $A:0" if wanted and bos else "$A:0"
    again = f"{bos}:1 $B:1" if wanted and bos else "$B:1"
    special = [(bos, tokenizer.bos_token_id)] if wanted and bos else []
    template = processors.TemplateProcessing(single=begin, pair=f"{begin} {again}", special_tokens=special)
    byte_level = type(tokenizer.backend_tokenizer.post_processor).__name__ == "ByteLevel"
    tokenizer.backend_tokenizer.post_processor = (
        processors.Sequence([processors.ByteLevel(trim_offsets=False), template]) if byte_level else template
    )
