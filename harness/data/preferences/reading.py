"""Preference pairs, read from any of the usual shapes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.data.preferences.files import PreferenceRow, read_rows
from harness.data.preferences.preference import Preference, Preferences, Turn
from harness.errors import HarnessError
from harness.resources import text_digest

# What no text holds but a broken one: controls other than tab and line ends, and halves of a surrogate pair.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Space, and the signs that take no room at all: a text of nothing else is empty to whoever reads it.
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"

# The columns that hold a prompt, and a system line; where a row fills several, the first.
_ASKED = ("question", "prompt")
_SYSTEMS = ("system", "system_prompt")


class _Unusable(Exception):
    """Why a row cannot be trained on; counted, not raised to the user."""


def read_preferences(
    source: str, split: str = "train", name: str | None = None, columns: Mapping[str, str] | None = None
) -> Preferences:
    """The rows of a JSON, JSONL or Parquet file or of a dataset on the hub; refuses one without the columns.

    A row is used as it is or not at all. It is dropped, and counted, when it has no prompt, chosen and rejected, when
    one of them is not a text or comes from the wrong side of a conversation (wrong type), when the prompt or an answer
    is empty or invisible, when both answers are the same but for the space around them, when a text holds control
    characters, when its two answers answer different prompts, or when it repeats an earlier row (duplicate: the first
    one counts).
    """
    rows = read_rows(source, split)
    if not rows:
        raise HarnessError(f"{source} has no rows.")
    if not any(isinstance(row, Mapping) and _shape(row) for row in rows):
        raise HarnessError(
            f"{source} {_columns(rows[0])}. It needs prompt, chosen, rejected (texts or messages), or "
            "system, question, chosen, rejected."
        )
    dropped: Counter[str] = Counter()
    usable: dict[Preference, None] = {}
    for number, row in enumerate(rows, start=1):
        try:
            preference = _checked(_preference(row, number))
        except _Unusable as reason:
            dropped[str(reason)] += 1
            continue
        if preference in usable:
            dropped["duplicate"] += 1
        usable.setdefault(preference)
    if not usable:
        raise HarnessError(f"{source}: none of its {len(rows)} rows can be trained on ({_counts(dropped)}).")
    digest = text_digest(json.dumps([_digested(preference) for preference in usable]))
    return Preferences(source, len(rows), tuple(usable), digest, dict(dropped))


def _digested(preference: Preference) -> list[Any]:
    said = (preference.system, preference.question, preference.chosen, preference.rejected)
    # Conversations of one turn keep the digest that certificates of before these were taken know.
    return [*said, preference.said_before] if preference.said_before else [*said]


def _columns(row: Any) -> str:
    if isinstance(row, Mapping):
        return f"has the columns {', '.join(sorted(map(str, row)))}"
    return f"begins with a row that is no object but a {type(row).__name__}"


def _preference(row: Any, number: int) -> Preference:
    if not isinstance(row, Mapping):
        raise _Unusable("wrong type")
    read = _shape(row)
    if read is None:
        raise _Unusable("missing columns")
    return replace(read(row), row=number)


def _shape(row: PreferenceRow) -> Callable[[PreferenceRow], Preference] | None:
    """How a row is read, by its columns; each for itself, because a broken first row must not decide for all."""
    columns = set(row)
    if not {"chosen", "rejected"} <= columns:
        return None
    # Whole conversations first: what stands beside them in prompt and question says their beginning once more.
    if any(isinstance(row.get(name), list) for name in ("prompt", "chosen", "rejected")):
        return _messages
    return _plain if columns & {*_ASKED} else None


def _plain(row: PreferenceRow) -> Preference:
    turns = (*_opened(_system(row)), ("user", _text(_first(row, _ASKED))))
    return Preference(turns, _text(row["chosen"]), _text(row["rejected"]))


def _opened(system: str | None) -> tuple[Turn, ...]:
    return () if system is None else (("system", system),)


def _system(row: PreferenceRow) -> str | None:
    """What the row's own column says of how to answer; None where it says nothing."""
    said = _first(row, _SYSTEMS)
    return None if said is None or said == "" else _text(said)


def _first(row: PreferenceRow, names: Sequence[str]) -> Any:
    """The first of the columns that is not null."""
    return next((row[name] for name in names if row.get(name) is not None), None)


def _messages(row: PreferenceRow) -> Preference:
    openings, answers = zip(*(_divided(row, side) for side in ("chosen", "rejected")), strict=True)
    if openings[0] != openings[1]:
        raise _Unusable("prompts differ")
    said = [(message.get("role"), _content(message)) for message in openings[0] if isinstance(message, dict)]
    if len(said) != len(openings[0]) or any(role not in ("system", "user", "assistant") for role, _ in said):
        raise _Unusable("wrong type")
    turns = tuple((role, content) for role, content in said if role != "system")
    if not turns:
        raise _Unusable("empty prompt")
    if turns[-1][0] != "user":
        raise _Unusable("wrong type")
    system = next((content for role, content in said if role == "system"), None)
    return Preference((*_opened(_system(row) if system is None else system), *turns), answers[0], answers[1])


def _divided(row: PreferenceRow, side: str) -> tuple[list[Any], str]:
    """(what was said before, the answer); a prompt in messages wins over the conversation's own beginning."""
    prompt, said = row.get("prompt"), row[side]
    if isinstance(said, str):
        said = [{"role": "assistant", "content": said}]
    if not isinstance(said, list) or not said:
        raise _Unusable("wrong type")
    opening, answer = said[:-1], said[-1]
    asked = _first(row, _ASKED)
    if isinstance(prompt, list) and prompt:
        opening = prompt
    elif isinstance(asked, str) and not opening:
        opening = [{"role": "user", "content": asked}]
    if isinstance(answer, dict) and answer.get("role", "assistant") != "assistant":
        raise _Unusable("wrong type")
    return opening, _content(answer)


def _content(message: Any) -> str:
    if not isinstance(message, dict):
        raise _Unusable("wrong type")
    return _text(message.get("content"))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unusable("wrong type")
    return value


def _checked(preference: Preference) -> Preference:
    if not preference.question.strip(_BLANK):
        raise _Unusable("empty prompt")
    answers = [text for text in (preference.chosen, preference.rejected) if text is not None]
    if not all(answer.strip(_BLANK) for answer in answers):
        raise _Unusable("empty answer")
    if len(answers) == 2 and answers[0].strip(_BLANK) == answers[1].strip(_BLANK):
        raise _Unusable("chosen equals rejected")
    if any(_CONTROL.search(text) for text in (*answers, *(text for _, text in preference.turns))):
        raise _Unusable("control characters")
    return preference


def _counts(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{reason}: {count}" for reason, count in sorted(dropped.items()))
