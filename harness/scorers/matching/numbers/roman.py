"""Roman numerals, for keys that are written so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.scorers.matching.numbers.number import Number

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN = re.compile(
    r"(?<![A-Za-z\u00c0-\u024f\d_'.-])(?=[IVXLCDM])M{0,3}+(?:CM|CD|D?+C{0,3}+)(?:XC|XL|L?+X{0,3}+)(?:IX|IV|V?+I{0,3}+)(?![A-Za-z\u00c0-\u024f\d_'])"
)


def romans(text: str) -> Iterator[Number]:
    """The Roman numerals of a text; a letter that may be a word (I, C, D, L, M) only where it stands alone."""
    bare = text.strip(" \t\n.,;:!#*()[]\"'")
    for match in _ROMAN.finditer(text):
        alone = match[0] == bare
        if len(match[0]) > 1 or match[0] in "VX" or alone:
            yield Number(float(_value(match[0])), False, match.start(), match.end())


def parse_roman(text: str) -> Number | None:
    """The whole text as a Roman numeral; None where it is none."""
    found = _ROMAN.fullmatch(text.strip())
    return Number(float(_value(found[0])), False, 0, len(text)) if found and found[0] else None


def _value(numeral: str) -> int:
    values = [_VALUES[letter] for letter in numeral]
    return sum(-here if here < after else here for here, after in zip(values, [*values[1:], 0], strict=True))
