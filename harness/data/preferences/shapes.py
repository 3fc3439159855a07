"""How a row is read: the richest of the known shapes that it has the columns for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.data.preferences.columns import PAIRS, SYSTEMS, Row
from harness.data.preferences.judged import best_of_several, better_of_two, good_or_bad
from harness.data.preferences.opening import Opening, asked_by, is_conversation, preference_of
from harness.data.preferences.preference import Preference, Unusable
from harness.data.preferences.turns import MORE, dialogue, is_talk, turns_of

_ANSWERS = ("completion", "response", "answer", "output")
_BESIDE = ("images", "image", "videos", "audios", "tools")
"""Columns of what is asked with besides texts."""


@dataclass(frozen=True)
class ReadRow:
    """What a row says, and as which shape it was read."""

    shape: str
    preference: Preference
    numeral: str = ""
    """What names the better of two answers that are numbered from 1, where that is a number."""


def read_row(row: Any) -> ReadRow:
    """The preference of a row, each row for itself: a broken first one must not decide for all.

    Raises Unusable with the reason where there is none.
    """
    if not isinstance(row, dict):
        raise Unusable("wrong type")
    filled = {name: value for name, value in row.items() if value is not None}
    if any(_is_something(filled.get(name)) for name in _BESIDE):
        raise Unusable(MORE)
    for read in SHAPES:
        found = read(filled)
        if found is not None:
            return found
    named = any(better in row and worse in row for better, worse in PAIRS)
    raise Unusable("wrong type" if named and len(filled) < len(row) and _asks(row) else "missing columns")


def _is_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(it is not None for it in value.values())
    if isinstance(value, str):
        return value.strip() not in ("", "[]", "{}", "null", "None")
    return value is not None and value != []


def _asks(row: Row) -> bool:
    try:
        return asked_by({name: "" if value is None else value for name, value in row.items()}) is not None
    except Unusable:
        return True


def _pair(row: Row) -> ReadRow | None:
    """Columns for the better and the worse answer, whatever asks."""
    names = next((names for names in PAIRS if names[0] in row and names[1] in row), None)
    if names is None:
        return None
    chosen, rejected = row[names[0]], row[names[1]]
    if not isinstance(chosen, str | list | dict) and not isinstance(rejected, str | list | dict):
        return None
    if is_conversation(chosen) and is_conversation(rejected):
        return ReadRow("conversations with a shared prompt", preference_of(row, _beside(row), chosen, rejected))
    asked = asked_by(row)
    if asked is None and isinstance(chosen, str) and isinstance(rejected, str):
        if not (dialogue(chosen) and dialogue(rejected)):
            return None
        return ReadRow("dialogues with a shared prompt", preference_of(row, None, chosen, rejected))
    return ReadRow(_named(row, asked, names), preference_of(row, asked, chosen, rejected))


def _beside(row: Row) -> Opening | None:
    """What stands beside whole conversations; what is no question there is no fault of theirs."""
    try:
        return asked_by(row)
    except Unusable:
        return None


def _named(row: Row, asked: Opening | None, names: tuple[str, ...]) -> str:
    """The shape by its columns, in the order of a conversation."""
    system = tuple(name for name in SYSTEMS if name in row)[:1]
    said = ", ".join((*system, *(asked.columns if asked else ()), *names))
    return f"{said}, asked in messages" if asked and asked.has_roles else said


def _second_answer(row: Row) -> ReadRow | None:
    """A conversation that ends with the better answer, and the worse one beside it (ms-swift's)."""
    talk = row.get("messages")
    rejected = next((name for name in ("rejected_response", "rejected_messages") if name in row), None)
    if rejected is None or not is_talk(talk):
        return None
    preference = preference_of(row, Opening(turns_of(talk)[:-1], ("messages",), True), talk, row[rejected])
    return ReadRow(f"conversations and {rejected}", preference)


def _two_outputs(row: Row) -> ReadRow | None:
    """A list of the better and the worse answer, in this order (LLaMA-Factory's older form)."""
    answers, asked = row.get("output"), asked_by(row) if isinstance(row.get("output"), list) else None
    if asked is None or not isinstance(answers, list) or len(answers) != 2:
        return None
    return ReadRow(_named(row, asked, ("output",)), _paired(row, asked, *answers))


def _paired(row: Row, asked: Opening | None, chosen: Any, rejected: Any, margin: float | None = None) -> Preference:
    if chosen is None or rejected is None:
        raise Unusable("wrong type")
    return preference_of(row, asked, chosen, rejected, margin)


def _judged(row: Row) -> ReadRow | None:
    """Answers of which a judgement says which are better and worse."""
    found = best_of_several(row) or better_of_two(row)
    if found is None:
        return None
    asked = _beside(row) if is_conversation(found.chosen) else asked_by(row)
    if asked is None and not is_conversation(found.chosen):
        return None
    preference = _paired(row, asked, found.chosen, found.rejected, found.margin)
    return ReadRow(_named(row, asked, found.columns), preference, found.numeral)


def _single(row: Row) -> ReadRow | None:
    """One answer with a label that says whether it is good, for KTO."""
    name = next((name for name in _ANSWERS if isinstance(row.get(name), str | list | dict)), None)
    talk = next((it for it in ("messages", "conversations", "conversation") if is_talk(row.get(it))), None)
    name = name or talk
    if name is None or (good := good_or_bad(row)) is None:
        return None
    said = row[name]
    asked = None if name == talk else asked_by(row)
    if asked is None and not is_conversation(said):
        return None
    preference = preference_of(row, asked, *((said, None) if good else (None, said)))
    return ReadRow(_named(row, asked, (name, "label")), preference)


SHAPES: tuple[Callable[[Row], ReadRow | None], ...] = (_pair, _second_answer, _two_outputs, _judged, _single)
"""The richest first: a row may have the columns of several."""
