"""Rows of text in columns, as wide as a terminal shows them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from harness.words.safe_text import plain


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns, each cell on one line and without anything that a terminal obeys."""
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in shown) for column in range(len(shown[0]))]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    )


def _width(text: str) -> int:
    """Columns of a terminal: an East Asian character takes two, a mark upon a letter none."""
    return sum(
        0 if unicodedata.category(letter) in ("Mn", "Me", "Cf") else 1 + (unicodedata.east_asian_width(letter) in "FW")
        for letter in text
    )
