"""Ratios in a text: 10:115, 10 to 115, 10/115, "2 for every 23", 10比115."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.scorers.matching.numbers.number import Manner
from harness.scorers.matching.numbers.reading import numbers_in

# What a part has read it keeps ((?>…), ++): a shorter reading could only end in the middle of a number or a word.
_TERM = r"(?>\d{1,3}(?:,\d{3}){1,20}(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_UNIT = (
    r"(?:\s++(?!(?:to|for|and|or|is|are|vs|versus|against|but|zu|auf|gegen|und|oder|aber|sondern|ist|à|contre|et|ou|mais"
    r"|est|a|para|contra|y|o|pero|sino|es|e|mas|é|por|pour|für)\b)[^\W\d_]++){1,3}"
)
# "Step 1: 20 oranges" is no ratio; otherwise a colon binds with spaces on both sides, on none, or behind it only.
_COLON = rf"(?:(?:(?:\s*\(\w+\))?+{_UNIT}+)?+\s++:\s++|:|{_UNIT}+:(?=\d)|(?<!Step \d)(?<!step \d):\s)"
# A Han character may stand right before a number, a letter may not.
_START = r"(?<![A-Za-z\d_.,:/^-])"
_BY_COLON = re.compile(rf"{_START}{_TERM}(?:{_COLON}{_TERM}){{1,99}}(?!\d|[.,]\d)")
_BY_SLASH = re.compile(rf"{_START}{_TERM}(?:\s*/\s*|{_UNIT}+\s+/\s+){_TERM}(?!\d|[.,]\d|\s*/)")
_TO = r"(?:\s++(?:(?:compared\s+)?to|vs\.?|versus|against|zu|gegen|auf|à|contre|a|para|contra|por|pour)\s++|-to-)"
_EACH = r"(?:(?:every|each|je|jeden?|chaque|cada)\s+)?"
_BY_WORD = re.compile(
    rf"(?<!from )(?<!between ){_START}{_TERM}(?:{_UNIT}+)?+{_TO}{_EACH}{_TERM}"
    rf"(?:(?:{_UNIT}+)?+(?:\s++(?:to|zu|à|a|para)\s++|-to-){_TERM}){{0,99}}(?!\d|[.,]\d|\s*%|(?:{_UNIT}+)?+\s*\+)",
    re.IGNORECASE,
)
_FOR_EVERY = re.compile(rf"{_START}({_TERM})(?:{_UNIT})?\s+(?:for|per|to)\s+every\s+({_TERM})(?!\d|[.,]\d)", re.I)
_EVERY = re.compile(
    rf"\bfor\s+every\s+({_TERM})(?:{_UNIT})?,?\s+(?:there\s+(?:are|is|will be|would be)\s+)?({_TERM})", re.I
)
_BY_HAN = re.compile(rf"{_START}{_TERM}(?:\s*[個个顆颗])?\s*[比对對対대]\s*{_TERM}(?!\d|[.,]\d)")
_NUMBER = re.compile(_TERM)
_TWO_NUMBERS = re.compile(r"\d\D+\d")
_PLACES = re.compile(r"\.(\d+)")


@dataclass(frozen=True)
class Ratio:
    """A ratio where it stands in a text."""

    terms: tuple[float, ...]
    start: int
    end: int


def ratios_in(text: str, language: str = "") -> list[Ratio]:
    """The ratios of a plain text (see normalizing.plain) in its order; number words count as their digits."""
    places: list[tuple[int, int]] = []
    text = _in_digits(text, language, places)
    if not _TWO_NUMBERS.search(text):
        return []
    found: list[Ratio] = []
    taken = bytearray(len(text))
    for pattern in (_EVERY, _FOR_EVERY, _BY_COLON, _BY_WORD, _BY_HAN, _BY_SLASH):
        for match in pattern.finditer(text):
            start, end = match.span()
            if taken.find(1, start, end) < 0:
                found.append(Ratio(_terms(match[0]), _back(start, places), _back(end, places)))
                taken[start:end] = b"\1" * (end - start)
    return sorted(found, key=lambda ratio: ratio.start)


@lru_cache(maxsize=4096)
def parse_ratio(text: str) -> Ratio | None:
    """The first ratio of an answer key; None where there is none."""
    return next(iter(ratios_in(text)), None)


def same_ratio(terms: Sequence[float], key: Sequence[float]) -> bool:
    """Whether two ratios have as many terms and the same proportions: 2:23 is 10:115, 10:60:40:15 is not."""
    if len(terms) != len(key) or not any(terms) or not any(key):
        return False
    scale, wanted = max(map(abs, terms)), max(map(abs, key))
    return all(abs(a / scale - b / wanted) <= 1e-9 for a, b in zip(terms, key, strict=True))


def is_quotient(text: str, key: Sequence[float]) -> bool:
    """Whether a decimal number is the key's quotient, rounded to the places it was given with (three at least)."""
    places = _PLACES.search(text)
    if len(key) != 2 or not key[1] or not places or len(places[1]) < 3:
        return False
    return any(abs(number.value - key[0] / key[1]) <= 0.5 * 10 ** -len(places[1]) * 1.01 for number in numbers_in(text))


def is_rounded(terms: Sequence[float], key: Sequence[float]) -> bool:
    """Whether a ratio to one ("0.087 : 1") is the key rounded."""
    if len(terms) != 2 or len(key) != 2:
        return False
    if terms[1] == 1:
        return is_quotient(repr(terms[0]), key)
    return terms[0] == 1 and is_quotient(repr(terms[1]), key[::-1])


def _terms(text: str) -> tuple[float, ...]:
    return tuple(float(term.replace(",", "")) for term in _NUMBER.findall(text))


def _in_digits(text: str, language: str, places: list[tuple[int, int]]) -> str:
    """The text with "two to twenty-three" as "2 to 23"; places says where each change ends, there and in the text."""
    parts, end, length = [], 0, 0
    for number in numbers_in(text, Manner(language=language)):
        written = text[number.start : number.end]
        if number.start >= end and written[:1].isalpha() and number.value.is_integer() and abs(number.value) < 1e9:
            digits = str(int(number.value))
            parts += [text[end : number.start], digits]
            length += number.start - end + len(digits)
            end = number.end
            places.append((length, end))
    return "".join([*parts, text[end:]])


def _back(place: int, places: Sequence[tuple[int, int]]) -> int:
    """Where a place of the text in digits stands in the text itself."""
    before = bisect_right(places, (place, sys.maxsize))
    there, here = places[before - 1] if before else (0, 0)
    return here + place - there
