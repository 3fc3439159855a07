"""What a cell or a JSON value says: one text, or several."""

from __future__ import annotations

import ast
import io
import json
import math
import tokenize
from itertools import pairwise
from typing import Any

from harness.data.suites.tables import is_nan

BETWEEN = "|"
"""Between the texts of a cell that holds several."""


def one(key: str, value: Any, whole: bool = True) -> str | None:
    """The text of a value that is one, None where there is none; `whole`: 3.0 of a column of numbers is 3."""
    if value is None or is_nan(value):
        return None
    if isinstance(value, list | tuple | dict | bytes):
        raise ValueError(f"{key} is neither a text nor a number")
    if whole and isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value)


def several(key: str, value: Any, in_cells: bool) -> tuple[str, ...]:
    """The texts of a list, of a cell that holds one in JSON, or of one that is divided by "|".

    A text that is no cell, and no list, is one. Gaps at the end are left out.
    """
    if isinstance(value, str):
        listed = _listed(key, value)
        value = listed if listed is not None else value.split(BETWEEN) if in_cells else [value]
        value = [item.strip() if isinstance(item, str) else item for item in value]
    if value is None or is_nan(value):
        return ()
    if not isinstance(value, list | tuple):
        value = [value]
    texts = [one(key, item) or "" for item in value]
    while texts and not texts[-1].strip():
        texts.pop()
    if not all(text.strip() for text in texts):
        raise ValueError(f"{key} holds an empty text")
    return tuple(texts)


def number(key: str, value: Any) -> float | None:
    """A number from 0 on."""
    text = one(key, value)
    if text is None:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and found >= 0):
        raise ValueError(f"{key} {_short(text)} is no number from 0 on")
    return found


def nested(value: Any) -> Any:
    """A list that a cell may hold in JSON, else divided by "|"; any other value as it is."""
    if not isinstance(value, str):
        return value
    listed = _listed("points", value)
    return [part.strip() for part in value.split(BETWEEN)] if listed is None else listed


def _listed(key: str, text: str) -> list[Any] | None:
    """The list that a text is, in JSON or as Python prints it; None where it is none."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = _printed(text)
    if not isinstance(found, list):
        raise ValueError(f'{key} {_short(text)} looks like a list and is none in JSON, ["…", "…"]')
    return found


def _printed(text: str) -> Any:
    """Only where commas stand between: NumPy prints ['a' 'b'], which to Python would be ['ab']."""
    try:
        kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(text).readline)]
        beside = any(pair == (tokenize.STRING, tokenize.STRING) for pair in pairwise(kinds))
        return None if beside else ast.literal_eval(text)
    except (ValueError, SyntaxError, tokenize.TokenError, RecursionError, MemoryError):
        return None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "…")
