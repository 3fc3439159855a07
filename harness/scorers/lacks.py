"""What is told of a text in which no answer stands: one wording for each case, the same wherever it is told."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal, get_args

from harness.scorers.reading import ReadText
from harness.scorers.turns import SpecialTokens, without_special_tokens

Empty = Literal["nothing written", "only white space", "only special tokens", "only a thought"]
Unbegun = Literal["nothing before the template", "nothing before another role"]
Lack = Empty | Unbegun
EMPTY: frozenset[str] = frozenset(get_args(Empty))
"""Nothing was written for a reader."""
UNBEGUN: frozenset[str] = frozenset(get_args(Unbegun))
"""Something was written, and another turn begins at once."""


def lack_of(text: str, special: SpecialTokens, reading: ReadText, named: Iterable[str] = ()) -> Lack | None:
    """Why no answer stands in the text; None where one does.

    named: texts whose special tokens are words of an answer, since the question asks for them.
    """
    if not _is_blank(without_special_tokens(reading.answer, named)):
        return None
    if reading.end is not None:
        return "nothing before the template" if reading.leak == reading.end else "nothing before another role"
    if reading.thoughts:
        return "only a thought"
    if special or not _is_blank(text):
        return "only special tokens"
    return "only white space" if text else "nothing written"


def _is_blank(text: str) -> bool:
    """Whether it holds nothing that can be seen."""
    return all(sign.isspace() or unicodedata.category(sign) in ("Cf", "Cc") for sign in text)
