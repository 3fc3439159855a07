"""Where an answer ends, and what else a model's folder says of how answers are to be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from harness.models.base_model import Weights, hub_file
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


def text_ends(base: Weights, tokenizer: Any) -> dict[int, str]:
    """Token id → token of all that end an answer: one set, whatever backend serves the model.

    The tokenizer's end of text, which trainings put behind an answer; those of generation_config.json, or where there
    is none of config.json; and the token that the chat template puts behind an answer. Empty where nothing says any.
    """
    generation, whole = _file(base, "generation_config.json"), _file(base, "config.json")
    config = {**whole, **(whole.get("text_config") or {})}
    said = [*_ids(tokenizer.eos_token_id), *_ids(generation.get("eos_token_id", config.get("eos_token_id")))]
    rows = config.get("vocab_size")
    found = sorted({*said, *_chat_end(tokenizer)})
    return {token: str(tokenizer.convert_ids_to_tokens(token)) for token in found if rows is None or token < rows}


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


def _file(base: Weights, name: str) -> Json:
    folder = Path(base.path)
    path = folder / name if folder.is_dir() else hub_file(base.path, name)
    return read_json(path) if path is not None and path.is_file() else {}


def _ids(said: Any) -> Iterator[int]:
    yield from (token for token in (said if isinstance(said, list) else [said]) if isinstance(token, int))


def _chat_end(tokenizer: Any) -> Iterator[int]:
    """The special token that stands behind an answer in a chat; none where what stands there opens the next turn."""
    if not getattr(tokenizer, "chat_template", None):
        return
    question, answer = ({"role": role, "content": _SAID} for role in ("user", "assistant"))
    try:
        said = tokenizer.apply_chat_template([question, answer], tokenize=False)
        asked = tokenizer.apply_chat_template([question], tokenize=False, add_generation_prompt=True)
    except (TemplateError, ValueError, TypeError):
        return
    behind = said.rpartition(_SAID)[2].strip()
    ids: list[int] = tokenizer(behind, add_special_tokens=False)["input_ids"] if behind else []
    token = tokenizer.added_tokens_decoder.get(ids[0]) if ids else None
    if token is None or not token.special or not behind.startswith(str(token)):
        return
    rest = behind.removeprefix(str(token))
    names_a_role = rest and not rest[0].isspace() and ids[1:] and ids[1] not in tokenizer.added_tokens_decoder
    if not (names_a_role or rest.startswith(" ") or (not rest and asked.rstrip().endswith(behind))):
        yield ids[0]
