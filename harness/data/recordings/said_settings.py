"""What a file of answers says of how they were generated: settings, model, versions; what it does not say is absent.

They stand in the head of a log (inspect's, promptfoo's, HELM's, LightEval's), in the request beside each answer, or in
columns of their own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from harness.data.recordings.inspect_logs import read_head

_NAMES = {
    "max_new_tokens": (
        "max_new_tokens", "max_tokens", "max_completion_tokens", "max_output_tokens", "max_gen_toks", "maxOutputTokens",
        "generation_size", "num_predict",
    ),
    "temperature": ("temperature",),
    "top_p": ("top_p", "topP"),
    "top_k": ("top_k", "topK", "top_k_per_token"),
    "seed": ("seed", "random_seed"),
    "stop": ("stop", "stop_sequences", "stop_seqs", "stopSequences", "until"),
    "repetition_penalty": ("repetition_penalty", "repeat_penalty"),
    "frequency_penalty": ("frequency_penalty",),
    "presence_penalty": ("presence_penalty",),
    "do_sample": ("do_sample",),
    "num_beams": ("num_beams",),
    "dtype": ("dtype", "torch_dtype", "precision", "model_dtype"),
    "quantization": ("quantization", "load_in_4bit", "load_in_8bit"),
    "model": ("model", "model_name", "model_name_or_path", "modelId"),
    "revision": ("model_revision", "revision", "model_sha"),
    "versions": ("versions", "packages"),
}  # fmt: skip
"""Our name → the names that others have for it."""
_WHOLE = ("max_new_tokens", "top_k", "seed", "num_beams")
_FIGURES = (*_WHOLE, "temperature", "top_p", "repetition_penalty", "frequency_penalty", "presence_penalty")
_PLACES = (
    "request", "request.body", "body", "request.generationConfig", "params", "parameters", "options", "sampling_params",
    "generation", "generation_config", "generation_kwargs", "gen_kwargs", "generation_parameters", "decoding_kwargs",
    "config", "settings", "doc", "model_config", "response.body", "response",
)  # fmt: skip
"""Where a row, or the head of a file, may hold them, beside its own columns."""
_HEADS = (
    "plan.config", "eval.model_generate_config", "eval", "adapter_spec", "config_general",
    "config_general.model_config", "config_general.model_config.generation_parameters",
    "config_general.generation_parameters",
)  # fmt: skip
_LOOKED_AT = 20
"""Rows of which one has a setting where any has; a million rows without any are not gone through twice."""
_MOST = 5
"""Values of one setting that are kept where rows differ."""


@dataclass(frozen=True)
class SaidSettings:
    """How answers were generated, as far as their file says it."""

    values: Mapping[str, Any]
    """By our names; a list where rows differ."""
    source: str
    """Where in the file it stands: its head, or its rows."""


def said_settings(path: Path, rows: Sequence[Mapping[str, Any]]) -> SaidSettings | None:
    """What the file's head says, and its rows, which are nearer to the answers; None where neither says anything."""
    head = _of_head(_head(path))
    own = _of_rows(rows) if any(map(_of_row, islice(rows, _LOOKED_AT))) else {}
    if not head and not own:
        return None
    places = [place for place, found in (("head", head), ("rows", own)) if found]
    return SaidSettings({**head, **own}, f"{path.name}, {' and '.join(places)}")


def _head(path: Path) -> Mapping[str, Any]:
    """What a log says before its samples; {} of a file without a head."""
    if path.suffix == ".eval":
        return read_head(path)
    try:
        with path.open(encoding="utf-8-sig") as file:
            if path.suffix.lower() != ".json" or not file.read(64).lstrip().startswith("{"):
                return {}
            whole = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    # An object of answers by id has no head.
    return whole if isinstance(whole, dict) and not all(isinstance(it, str) for it in whole.values()) else {}


def _of_head(head: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table in (head, *_tables(head, _PLACES), *_providers(head), *_tables(head, _HEADS)):
        found |= _known(table)
    return found


def _providers(head: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """promptfoo's, where there is one: of several, nobody knows whose answers these are."""
    config = head.get("config")
    named = config.get("providers") if isinstance(config, Mapping) else None
    if isinstance(named, list) and len(named) == 1 and isinstance(named[0], Mapping):
        yield from (it for it in (named[0], named[0].get("config")) if isinstance(it, Mapping))


def _of_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Each setting of any row: the value, or as many as there are where rows differ."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in _of_row(row).items():
            held = found.setdefault(name, [])
            if value not in held and len(held) < _MOST:
                held.append(value)
    return {name: held[0] if len(held) == 1 else held for name, held in found.items()}


def _of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table in (*reversed(list(_tables(row, _PLACES))), row):
        found |= _known(table)
    return found


def _tables(whole: Mapping[str, Any], places: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for place in places:
        part: Any = whole
        for name in place.split("."):
            part = part.get(name) if isinstance(part, Mapping) else None
        if isinstance(part, Mapping):
            yield part


def _known(table: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, others in _NAMES.items():
        for other in others:
            if other in table and (value := _value(name, other, table[other])) is not None:
                found.setdefault(name, value)
    return found


def _value(name: str, other: str, value: Any) -> Any:
    """The setting's value; None of what says nothing, or is of another kind."""
    if name in _FIGURES:
        return _figure(value, name in _WHOLE)
    if name == "do_sample":
        return value if isinstance(value, bool) else None
    if other.startswith("load_in_"):
        return other.removeprefix("load_in_") if value is True else None
    if name == "stop":
        listed = [value] if isinstance(value, str) else value
        return (
            list(listed) if isinstance(listed, list) and listed and all(isinstance(it, str) for it in listed) else None
        )
    if name == "versions":
        known = {str(key): it for key, it in value.items() if isinstance(it, str)} if isinstance(value, Mapping) else {}
        return known or None
    return value if isinstance(value, str) and value.strip() else None


def _figure(value: Any, whole: bool) -> int | float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if whole:
        return int(value) if value == int(value) else None
    return value
