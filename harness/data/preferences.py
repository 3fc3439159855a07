"""Preference pairs: read from any of the usual shapes, rendered once, and cut to length by one rule."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.data.preference_files import PreferenceRow, read_rows
from harness.errors import HarnessError
from harness.resources import text_digest

# What no text holds but a broken one: controls other than tab and line ends, and halves of a surrogate pair.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Space, and the signs that take no room at all: a text of nothing else is empty to whoever reads it.
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"

# The columns that hold a prompt, and a system line; where a row fills several, the first.
_ASKED = ("question", "prompt")
_SYSTEMS = ("system", "system_prompt")


@dataclass(frozen=True)
class Preference:
    """One question with a better and a worse answer."""

    question: str
    chosen: str
    rejected: str
    system: str | None = None
    row: int = field(default=0, compare=False)
    """Its place in the dataset, counted from 1."""


@dataclass(frozen=True)
class PreferencePair:
    """A preference as token ids: what every trainer sees, and the same prompt ids that an evaluation asks."""

    prompt_ids: list[int]
    chosen_ids: list[int]
    rejected_ids: list[int]
    row: int = field(default=0, compare=False)
    """Its place in the dataset, counted from 1."""


@dataclass(frozen=True)
class Preferences:
    """The usable rows of a dataset, and why the others are not."""

    source: str
    rows: int
    usable: tuple[Preference, ...]
    digest: str
    """sha256 over the usable rows."""
    dropped: Mapping[str, int] = field(default_factory=dict)


class _Unusable(Exception):
    """Why a row cannot be trained on; counted, not raised to the user."""


def read_preferences(source: str, split: str = "train") -> Preferences:
    """The rows of a JSON, JSONL or Parquet file or of a dataset on the hub; refuses one without the columns.

    A row is used as it is or not at all. It is dropped, and counted, when it has no prompt, chosen and rejected, when
    one of them is not a text or comes from the wrong side of a conversation (wrong type), when the prompt or an answer
    is empty or invisible, when both answers are the same but for the space around them, when a text holds control
    characters, when it is a conversation of several turns, when its two answers answer different prompts, or when it
    repeats an earlier row (duplicate: the first one counts).
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
    digest = text_digest(json.dumps([[p.system, p.question, p.chosen, p.rejected] for p in usable]))
    return Preferences(source, len(rows), tuple(usable), digest, dict(dropped))


def tokenize(
    preferences: Iterable[Preference],
    render: Callable[[str, str | None], str],
    prompt_ids: Callable[[str], list[int]],
    tokenizer: Any,
    max_length: int,
) -> tuple[list[PreferencePair], dict[str, int], int]:
    """(pairs, rows dropped by reason, answers cut at max_length), by one rule for every method.

    A prompt is never cut: a row whose prompt leaves no room is dropped. An answer is cut at max_length, and its end
    of text with it: a cut answer teaches no stop. A row whose answers are the same once they are cut is dropped.
    """
    # What is longer than that many of the longest tokens need not be taken apart: 50 MB would take minutes and 8 GB.
    longest = max(map(len, tokenizer.get_vocab()))
    pairs: list[PreferencePair] = []
    dropped: Counter[str] = Counter()
    cut = 0
    for preference in preferences:
        text = render(preference.question, preference.system)
        prompt = prompt_ids(text) if len(text) <= max_length * longest else []
        room = max_length - len(prompt) if prompt else 0
        # One token of an answer is no lesson, and ORPO divides by the number of answer tokens.
        if room < 2:
            dropped["prompt too long"] += 1
            continue
        seen = (room + 2) * longest
        opening: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        both = (preference.chosen[:seen], preference.rejected[:seen])
        answers = [_completion_ids(tokenizer, text, opening, answer) for answer in both]
        chosen, rejected = (answer[:room] for answer in answers)
        if chosen == rejected:
            dropped["answers equal when cut"] += 1
            continue
        cut += sum(len(answer) > room for answer in answers)
        pairs.append(PreferencePair(prompt, chosen, rejected, preference.row))
    return pairs, dict(dropped), cut


def _completion_ids(tokenizer: Any, text: str, opening: list[int], answer: str) -> list[int]:
    whole: list[int] = tokenizer(text + answer, add_special_tokens=False)["input_ids"]
    if whole[: len(opening)] == opening:
        ids = whole[len(opening) :]
    else:
        # The answer's first letters merged into the prompt's last token; asked for real, they never do.
        ids = tokenizer(answer, add_special_tokens=False)["input_ids"]
    return [*ids, tokenizer.eos_token_id]


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
    return Preference(_text(_first(row, _ASKED)), _text(row["chosen"]), _text(row["rejected"]), _system(row))


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
    turns = [(role, content) for role, content in said if role != "system"]
    if len(turns) != 1:
        raise _Unusable("several turns" if turns else "empty prompt")
    if turns[0][0] != "user":
        raise _Unusable("wrong type")
    system = next((content for role, content in said if role == "system"), None)
    return Preference(turns[0][1], answers[0], answers[1], _system(row) if system is None else system)


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
    chosen, rejected = preference.chosen.strip(_BLANK), preference.rejected.strip(_BLANK)
    if not chosen or not rejected:
        raise _Unusable("empty answer")
    if chosen == rejected:
        raise _Unusable("chosen equals rejected")
    texts = (preference.question, preference.chosen, preference.rejected, preference.system or "")
    if any(_CONTROL.search(text) for text in texts):
        raise _Unusable("control characters")
    return preference


def _counts(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{reason}: {count}" for reason, count in sorted(dropped.items()))
