"""Which columns of a file say what of a question: by their own names, by usual other names, or as suite.yaml says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from harness.data.suites.settings import QUESTION_KEYS, Columns
from harness.data.suites.tables import QuestionTable, Row
from harness.errors import HarnessError

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("question_id", "qid"),
    "question": ("prompt", "instruction", "query", "problem", "input"),
    "answer": (
        "gold",
        "target",
        "answerkey",
        "answer_key",
        "correct_answer",
        "expected",
        "ideal",
        "answers",
        "correct_option",
    ),
    "choices": ("options",),
}
"""How other people's files call what a question has, where they do not call it as we do."""
# An option a column: A, B, C; option_a, option_b; opa, opb; choice1, choice2.
_OPTION = re.compile(r"(?:(?:option|choice|opt|op)_?)?([a-z]|\d)")
_SHOWN = 8


@dataclass(frozen=True)
class Chosen:
    """The columns that are read."""

    used: Columns
    notes: tuple[str, ...] = ()

    @property
    def numbered(self) -> bool:
        """Whether the choices' columns count them from 1: option1, option2."""
        names = self.used.get("choices", ())
        return len(names) > 1 and all(name.endswith(str(place)) for place, name in enumerate(names, start=1))

    def values(self, row: Row) -> dict[str, Any]:
        """What a row says, by the keys of a question."""
        found = {key: [_at(row, name) for name in names] for key, names in self.used.items()}
        asked = found.get("question", [])
        if len(asked) > 1 and all(part is None or isinstance(part, str) for part in asked):
            found["question"] = ["\n\n".join(part for part in asked if part and part.strip()) or None]
        return {key: held[0] if len(held) == 1 else held for key, held in found.items()}


def choose_columns(table: QuestionTable, given: Columns | None) -> Chosen:
    """The columns of a table that say something of a question, and what is ignored, told.

    Of JSON lines of ours every key counts: what is unknown there is a fault of its row.
    """
    if table.kind == "ours":
        return Chosen({key: (key,) for key in QUESTION_KEYS})
    columns = table.columns
    _refuse_missing(table, given or {}, columns)
    own = {key: (name,) for key in QUESTION_KEYS if (name := _named(columns, (key,)))}
    usual = {} if given is not None else dict(_by_other_names(columns, own))
    found = {**usual, **own}
    if "choices" in found and "answer" not in found and (right := _named(columns, ("correct",))):
        found["answer"] = (right,)
    used = {key: names for key, names in {**found, **(given or {})}.items() if names}
    if columns and "question" not in used:
        raise HarnessError(
            f"{table.where} has no column of questions. It has: {_listed(columns)}. Say which in suite.yaml beside it: "
            "columns: {question: NAME, answer: NAME}"
        )
    read = {part for names in used.values() for name in names for part in (name, name.partition(".")[0])}
    ignored = [name for name in columns if name not in read]
    _refuse_misspelt(table, given, ignored, used)
    told = {key: names for key, names in used.items() if key not in (given or {}) and [*map(_folded, names)] != [key]}
    return Chosen(used, tuple(_notes(told, ignored, used, given is None and "answer" not in used)))


def _notes(told: Columns, ignored: Sequence[str], used: Columns, is_open: bool) -> Iterator[str]:
    if told:
        yield f"read as {', '.join(f'{key}: {_listed(names)}' for key, names in told.items())}"
    if ignored and is_open:
        yield (
            "no column says what is right, so every question is open; one is named in suite.yaml beside it: "
            "columns: {answer: NAME}"
        )
    if ignored:
        near = {name: _near(name, used) for name in ignored}
        meant = [f"{name} (did you mean {key}?)" if key else name for name, key in near.items()]
        yield f"ignored columns: {_listed(meant)}"


def _refuse_missing(table: QuestionTable, given: Columns, columns: Sequence[str]) -> None:
    absent = [n for names in given.values() for n in names if n not in columns and n.partition(".")[0] not in columns]
    if absent and table.rows:
        near = get_close_matches(absent[0], columns, n=1, cutoff=0.5)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        raise HarnessError(f"{table.where} has no column '{absent[0]}'.{meant} It has: {_listed(columns)}.")


def _refuse_misspelt(table: QuestionTable, given: Columns | None, ignored: Sequence[str], used: Columns) -> None:
    """Of JSON lines, which people write by hand, a key that is nearly one of ours is meant to be that."""
    misspelt = [(name, near) for name in ignored if (near := _near(name, used))]
    if table.unit == "line" and given is None and misspelt:
        name, near = misspelt[0]
        raise HarnessError(
            f"{table.where}: unknown key '{name}': did you mean {near}? If not, say in suite.yaml beside it which are "
            "read: columns: {question: NAME, answer: NAME}"
        )


def _near(name: str, used: Columns) -> str | None:
    found = get_close_matches(name.casefold(), [key for key in QUESTION_KEYS if key not in used], n=1, cutoff=0.8)
    return found[0] if found else None


def _by_other_names(columns: Sequence[str], own: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, names in OTHER_NAMES.items():
        if key not in own and (name := _named(columns, names)):
            # An instruction of Alpaca's is half of what is asked.
            beside = _named(columns, ("input",)) if key == "question" and _folded(name) == "instruction" else None
            yield key, (name, beside) if beside else (name,)
        elif key == "choices" and key not in own and (several := _option_columns(columns)):
            yield key, several


def _option_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """The longest row of columns that are an option each, from the first on."""
    ends = {name: found[1] for name in columns if (found := _OPTION.fullmatch(_folded(name)))}
    for first in ("a", "1", "0"):
        by_end = {end: name for name, end in ends.items()}
        several: list[str] = []
        while (end := chr(ord(first) + len(several))) in by_end:
            several.append(by_end[end])
        if len(several) > 1:
            return tuple(several)
    return ()


def _named(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The first column that is called so, whatever its capitals."""
    by_name = {_folded(column): column for column in reversed(columns)}
    return next((column for name in names if (column := name if name in columns else by_name.get(name))), None)


def _folded(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _at(row: Row, name: str) -> Any:
    """What stands under a name, or under a path of names (answers.text)."""
    if name in row:
        return row[name]
    found: Any = row
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
