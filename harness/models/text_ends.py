"""Where an answer ends, and what else a model's folder says of how answers are to be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from harness.models.adapters import Adapter
from harness.models.base_model import Weights, hub_file
from harness.models.own_tokenizer import own_chat_template, own_end
from harness.store import Json, read_json

_SAID = "SAID"
_NO_SETTING = {
    "transformers_version", "eos_token_id", "bos_token_id", "pad_token_id", "decoder_start_token_id", "use_cache",
    # Sampling's: what is greedy knows none of them, and what is sampled is asked with the suite's own.
    "do_sample", "temperature", "top_p", "top_k", "min_p", "top_h", "typical_p", "epsilon_cutoff", "eta_cutoff",
    # How much is written is the suite's to say, and how it is computed changes no answer.
    "max_length", "max_new_tokens", "early_stopping", "cache_implementation", "cache_config", "max_cache_len",
    "length_penalty", "num_return_sequences", "return_dict_in_generate", "chat_format", "trust_remote_code",
}  # fmt: skip
_IN_CONFIG = (
    "repetition_penalty", "no_repeat_ngram_size", "num_beams", "min_length", "min_new_tokens", "bad_words_ids",
    "suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id", "forced_eos_token_id", "stop_strings",
)  # fmt: skip
"""What older folders say in config.json."""
_NEUTRAL: Mapping[str, Any] = {
    "repetition_penalty": 1.0, "encoder_repetition_penalty": 1.0, "num_beams": 1, "num_beam_groups": 1,
    "no_repeat_ngram_size": 0, "encoder_no_repeat_ngram_size": 0, "min_length": 0, "diversity_penalty": 0.0,
    "guidance_scale": 1.0,
}  # fmt: skip
"""The values that change nothing."""


def text_ends(base: Weights, tokenizer: Any, adapters: Sequence[Adapter] = ()) -> dict[int, str]:
    """Token id → token of all that end an answer: one set, whatever backend serves the model.

    The tokenizer's end of text, which trainings put behind an answer; those of generation_config.json, or where there
    is none of config.json; the token that the chat template puts behind an answer; and what tokenizers that were saved
    with adapters name, where the base has that token. Empty where nothing says any.
    """
    generation, whole = _file(base, "generation_config.json"), _file(base, "config.json")
    config = {**whole, **(whole.get("text_config") or {})}
    said = [*_ids(tokenizer.eos_token_id), *_ids(generation.get("eos_token_id", config.get("eos_token_id")))]
    said += [*_ids(chat_end(tokenizer, tokenizer.chat_template)), *_ends_of(adapters, tokenizer)]
    rows, found = config.get("vocab_size"), sorted(set(said))
    return {token: str(tokenizer.convert_ids_to_tokens(token)) for token in found if rows is None or token < rows}


def chat_end(tokenizer: Any, template: str | None) -> int | None:
    """The special token that the chat template puts behind an answer; None where what stands there opens a turn."""
    if not template:
        return None
    question, answer = ({"role": role, "content": _SAID} for role in ("user", "assistant"))
    going_on = {"add_generation_prompt": True}
    try:
        said = tokenizer.apply_chat_template([question, answer], chat_template=template, tokenize=False)
        asked = tokenizer.apply_chat_template([question], chat_template=template, tokenize=False, **going_on)
    except (TemplateError, ValueError, TypeError):
        return None
    behind = said.rpartition(_SAID)[2].strip()
    ids: list[int] = tokenizer(behind, add_special_tokens=False)["input_ids"] if behind else []
    token = tokenizer.added_tokens_decoder.get(ids[0]) if ids else None
    if token is None or not token.special or not behind.startswith(str(token)):
        return None
    rest = behind.removeprefix(str(token))
    # A word behind it is a role's or a header's: "<|im_start|>assistant", "### Response:" with ### as a token.
    names_a_role = rest and rest[0] not in "\n\r" and ids[1:] and ids[1] not in tokenizer.added_tokens_decoder
    opens = names_a_role or (not rest and asked.rstrip().endswith(behind))
    return None if opens else ids[0]


def generation_settings(base: Weights) -> Json:
    """What the folder brings that would change a greedy answer: no backend is asked with it."""
    config = _file(base, "config.json")
    said = {key: config[key] for key in _IN_CONFIG if key in config} | _file(base, "generation_config.json")
    return {
        key: value
        for key, value in sorted(said.items())
        if not (key in _NO_SETTING or key.startswith(("_", "output_")) or value in (None, False, [], {}))
        and value != _NEUTRAL.get(key)
    }


def _ends_of(adapters: Sequence[Adapter], tokenizer: Any) -> Iterator[int]:
    known = tokenizer.get_vocab()
    for adapter in adapters:
        yield from _ids(known.get(own_end(adapter)))
        yield from _ids(chat_end(tokenizer, own_chat_template(adapter)))


def _file(base: Weights, name: str) -> Json:
    folder = Path(base.path)
    path = folder / name if folder.is_dir() else hub_file(base.path, name)
    return read_json(path) if path is not None and path.is_file() else {}


def _ids(said: Any) -> Iterator[int]:
    yield from (token for token in (said if isinstance(said, list) else [said]) if isinstance(token, int))
