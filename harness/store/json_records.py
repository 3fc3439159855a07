"""A frozen record beside the JSON table that it was read from: nothing that a file says is lost when it is rewritten.

A record's field `kept` is the table that it was read from, None where the harness has just made it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from harness.errors import HarnessError

Record = TypeVar("Record")


@dataclass(frozen=True)
class _Shape:
    hints: Mapping[str, Any]
    """field → its type, but for `kept`."""
    optional: frozenset[str]
    """Fields that may be left out."""
    keeps: bool
    """Whether the record has the field `kept`."""


def from_row(kind: type[Record], row: object, where: str) -> Record:
    """The record that a table of that file holds; a key that is missing there, or of another type, is empty in it."""
    table = row if isinstance(row, Mapping) else {}
    shape = _shape(cast(Any, kind))
    known = {
        name: _value(hint, table.get(name), where)
        for name, hint in shape.hints.items()
        if name in table or name not in shape.optional
    }
    return kind(**known, **({"kept": dict(table)} if shape.keeps else {}))


def made(kind: type[Record], row: Mapping[str, Any], where: object) -> Record:
    """The record of a line, which has all keys that it needs and no others."""
    try:
        return kind(**row)
    except TypeError as error:
        fault = str(error).partition("__init__() ")[2] or str(error)
        raise HarnessError(
            f"{where} holds a line that is no {kind.__name__.lower()} as this harness knows it: {fault}."
        ) from None


def to_row(record: Any) -> dict[str, Any]:
    """The table that a file gets: of one that was read what has changed since, and all else as it was."""
    kind: Any = type(record)
    shape = _shape(kind)
    own = {name: getattr(record, name) for name in shape.hints}
    kept = record.kept if shape.keeps else None
    if kept is not None:
        before = from_row(kind, kept, "")
        return {**kept, **{name: _plain(value) for name, value in own.items() if value != getattr(before, name)}}
    absent = shape.optional if shape.keeps else frozenset()
    return {name: _plain(value) for name, value in own.items() if value is not None or name not in absent}


@cache
def _shape(kind: Any) -> _Shape:
    hints = get_type_hints(kind)
    optional = frozenset(field.name for field in fields(kind) if field.default is not MISSING)
    return _Shape({name: hint for name, hint in hints.items() if name != "kept"}, optional, "kept" in hints)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return None if value is None else _value(next(part for part in parts if part is not NoneType), value, where)
    if is_dataclass(hint):
        return from_row(cast("type[Any]", hint), value, where)
    if origin is Literal:
        if value not in parts:
            raise HarnessError(f"{where} holds {value!r}, where one of {', '.join(map(str, parts))} is expected.")
        return value
    if origin is tuple:
        return tuple(_value(parts[0], item, where) for item in value) if isinstance(value, list | tuple) else ()
    if isinstance(origin, type) and issubclass(origin, Mapping):
        table = value if isinstance(value, Mapping) else {}
        return {key: _value(parts[1], item, where) for key, item in table.items()}
    if hint is str:
        return "" if value is None else str(value)
    if hint in (int, float, bool):
        # null is how the harness writes what is not finite.
        return value if isinstance(value, int | float) else math.nan if hint is float else hint()
    return value


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return to_row(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
