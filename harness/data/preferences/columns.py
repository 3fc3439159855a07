"""What columns are called: the parts of a preference by the names that datasets give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeGuard

from harness.errors import unknown

Row = Mapping[str, Any]

PAIRS = (
    ("chosen", "rejected"), ("chosen_response", "rejected_response"), ("chosen_messages", "rejected_messages"),
    ("chosen_conversations", "rejected_conversations"), ("chosen_answer", "rejected_answer"),
    ("preferred_output", "non_preferred_output"), ("preferred", "dispreferred"), ("accepted", "rejected"),
    ("better_response", "worse_response"), ("response_j", "response_k"), ("response", "rejected_response"),
)  # fmt: skip
"""(the better answer, the worse one)."""
SYSTEMS = ("system", "system_prompt", "system_message")
TALKS = ("prompt", "messages", "conversations", "conversation", "context", "input", "question")
"""Where messages stand."""
TEXTS = ("question", "prompt", "instruction", "query", "input", "history")
"""Where a question stands as a text; where a row fills several, the first."""
_SCORED = tuple(
    (pattern.format("chosen"), pattern.format("rejected"))
    for pattern in ("score_{}", "{}_score", "{}-rating", "{}_rating", "rating_{}", "{}_avg_rating", "{}_reward")
)
_PARTS = (
    "system", "messages", "question", "prompt", "instruction", "input", "chosen", "rejected", "completion", "label",
    "generations", "ratings", "score_chosen", "score_rejected", "margin",
)  # fmt: skip
"""What `columns` may say of the data's own."""
_ASKING = {*TALKS, *TEXTS}
_KNOWN = (
    ("prompt", "chosen", "rejected"), ("question", "chosen", "rejected"),
    ("instruction", "input", "chosen", "rejected"), ("conversations", "chosen", "rejected"),
    ("instruction", "generations", "ratings"), ("prompt", "answers"),
    ("input", "preferred_output", "non_preferred_output"), ("instruction", "chosen_response", "rejected_response"),
    ("prompt", "response_0", "response_1", "better_response_id"),
    ("context", "response1", "response2", "overall_preference"),
    ("question", "response_j", "response_k"), ("messages", "rejected_response"),
    ("prompt", "completion", "label"), ("messages", "label"),
)  # fmt: skip
"""Shapes by their columns, for who has none of them."""
_LOOKED_AT = 100


def first(row: Row, names: Sequence[str]) -> tuple[str, Any]:
    """(name, value) of the first of the columns that is not null; ("", None) where none is."""
    for name in names:
        if row.get(name) is not None:
            return name, row[name]
    return "", None


def margin_of(row: Row) -> float | None:
    """By how much the chosen answer scored higher, by the scores or the margin beside the answers."""
    for better, worse in _SCORED:
        if better in row and is_number(row[better]) and is_number(row.get(worse)):
            return float(row[better]) - float(row[worse])
    return float(row["margin"]) if is_number(row.get("margin")) else None


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether it is a number, which True and NaN are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def renamed(rows: Iterable[Any], columns: Mapping[str, str]) -> Iterator[Any]:
    """Rows with the harness's names for the data's own; refuses a name that neither knows.

    What a row calls so itself, or holds in another place for the same part, is left out.
    """
    if strange := [part for part in columns if part not in _PARTS]:
        unknown("part of a preference", strange[0], _PARTS)
    if not columns:
        yield from rows
        return
    rows = iter(rows)
    beginning = list(islice(rows, _LOOKED_AT))
    known = [row for row in beginning if isinstance(row, Mapping)]
    found = {str(name) for row in known for name in row}
    found |= {name for name in columns.values() if any(_at(row, name) is not None for row in known)}
    if missing := [name for name in columns.values() if name not in found]:
        unknown("column", missing[0], found)
    rivals = _rivals(columns)
    for row in chain(beginning, rows):
        yield _renamed(row, columns, rivals) if isinstance(row, Mapping) else row


def _renamed(row: Row, columns: Mapping[str, str], rivals: set[str]) -> Row:
    kept = {name: value for name, value in row.items() if name not in rivals}
    said = {part: _at(row, name) for part, name in columns.items()}
    return {**kept, **{part: value for part, value in said.items() if value is not None}}


def _at(row: Any, name: str) -> Any:
    """What a column holds, or, of a name with dots, what lies in objects within one; None where nothing does."""
    if not isinstance(row, Mapping):
        return None
    if name in row:
        return row[name]
    outer, dot, inner = name.partition(".")
    return _at(row.get(outer), inner) if dot else None


def _rivals(columns: Mapping[str, str]) -> set[str]:
    groups = [group for group in (_ASKING, {*SYSTEMS}) if group & {*columns}]
    return {*columns}.union(*groups)


def nearest_shape(found: Iterable[str]) -> str:
    """What is missing to the nearest known shape, as a sentence; "" where nothing is near."""
    columns = set(found)
    near = max(_KNOWN, key=lambda shape: (len(columns & {*shape}), -len({*shape} - columns)))
    missing = [name for name in near if name not in columns]
    if not columns & {*near} or not missing:
        return ""
    return f" The nearest shape is {', '.join(near)}; what is missing is {', '.join(missing)}."
