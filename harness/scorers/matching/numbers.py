"""Numbers in a text, in digits and in words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0,
    "k": 1e3, "萬": 1e4, "万": 1e4, "億": 1e8, "亿": 1e8,
}  # fmt: skip
_HAN_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "兩": 2, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}

_DIGITS = re.compile(
    r"(?<![A-Za-z\d_^])(?<![0-9][.,])(?<![_^][{\-+])"
    r"(?P<sign>(?<![\w)\]%])[-+])?"
    r"(?P<number>\d{1,3}(?:,\d{3}){1,20}(?![\d,])(?:\.\d+)?|0,\d+|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?|\.\d+)"
    r"(?!\.?\d|\^)(?!(?:st|nd|rd|th)\b)"
    r"(?:[eE](?P<e>[-+]?\d{1,3})(?!\w)|\s*[×x*·]\s*10\^\{?(?P<ten>[-+]?\d{1,3})\}?)?"
    r"(?:(?P<mixed>\s+\d{1,4})?\s*/\s*(?P<under>\d+(?:\.\d+)?)(?![\d/]))?"
    r"(?P<scale>\s*(?:k\b|萬|万|億|亿)|[\s-]*(?:hundred|thousand|million|billion|trillion|dozen)\b)?"
    r"(?P<percent>\s*(?:%|percent\b|per cent\b))?",
    re.IGNORECASE,
)
_POWER_OF_TEN = re.compile(r"(?<![\w.])10\^\{?([-+]?\d{1,3})\}?")
_WORD = (
    rf"(?:{'|'.join((*_TENS, *reversed(_SMALL), 'hundred', 'thousand', 'million', 'billion', 'trillion', 'dozen'))})"
)
_SPELLED = re.compile(
    rf"(?<![\w-])(?P<sign>minus |negative )?(?P<words>(?:an? (?=hundred|thousand|million|billion|dozen))?{_WORD}\b"
    rf"(?:[\s-]++(?:and[\s-]++)?{_WORD}\b)*+)"
    rf"(?P<point>\s+point(?:\s++(?:{'|'.join(_SMALL[:10])})\b)++)?(?P<half>\s+and\s+a\s+half\b)?"
    r"(?P<percent>\s*(?:%|percent\b|per cent\b))?",
    re.IGNORECASE,
)
_HAN = re.compile(r"(?P<percent>百分之)?(?P<han>[零〇一二兩两三四五六七八九十百千]+)(?P<scale>[萬万億亿])?")
# "one of", "no one", "one can": a pronoun.
_PRONOUN_AFTER = re.compile(
    r"\s+(?:of|can|could|must|should|would|may|might|who|that|another|has|needs|day)\b|'s", re.I
)
_PRONOUN_BEFORE = re.compile(r"\b(?:no|the|this|that|each|every|any|which|another|last|first|only|some)\s+$", re.I)
# "Step 2", "Eq. 3": a label.
_LABEL = re.compile(
    r"\b(?:step|part|equation|eq|figure|fig|table|case|option|question|example|section|chapter|item|note)s?\.?\s*"
    r"(?:[#(]\s*)?$",
    re.I,
)
_LABELS = re.compile(r"step|part|eq|fig|table|case|option|question|example|section|chapter|item|note", re.I)
_DEGREES = re.compile(r"\s*(?:°|(?:\^\s*)?circ\b|degrees?\b)")
_YEAR = re.compile(r"1[0-9]{3}|20[0-9]{2}")
_IN_YEAR = re.compile(r"(?:^|[,;(.]\s*)(?:in|since|by|until)\s+(?:the year\s+)?$", re.I)

# Most sentences hold no number; asking that first is many times quicker than the patterns above.
_ANY_DIGIT = re.compile(r"\d")
_LETTERS = re.compile("[a-z]+")
_NUMBER_WORDS = frozenset(_WORDS) | {"hundred", "thousand", "million", "billion", "trillion", "dozen"}


@dataclass(frozen=True)
class Number:
    """A number where it stands in a text."""

    value: float
    percent: bool
    start: int
    end: int
    aside: bool = False
    """An angle or a year, which answers only a question about such."""


def numbers_in(text: str) -> list[Number]:
    """The numbers of a plain text (see normal.plain) in its order; labels and ordinals are none."""
    found: list[Number] = []
    if _ANY_DIGIT.search(text):
        written = list(_DIGITS.finditer(text))
        found += [*_in_digits(text, written), *_powers(text, written)]
    if not _NUMBER_WORDS.isdisjoint(_LETTERS.findall(text.lower())):
        found += _spelled(text)
    if not text.isascii():
        found += _han(text)
    return sorted((number for number in found if math.isfinite(number.value)), key=lambda number: number.start)


@lru_cache(maxsize=4096)
def parse_number(text: str) -> Number | None:
    """The first number of an answer key; None where there is none."""
    return next(iter(numbers_in(text)), None)


def equal(number: Number, key: Number, tolerance: float | None, percentage_asked: bool = False) -> bool:
    """Whether a number is the key's, as a share or as a percentage; without a tolerance, to nine digits."""
    if number.percent and not key.percent:
        as_share = _near(number.value / 100, key.value, tolerance)
        # A key of 40 to "how many percent" is met by "40 %"; a key of 0.34 is not met by "0.34 %".
        return as_share or ((abs(key.value) > 1 or percentage_asked) and _near(number.value, key.value, tolerance))
    if key.percent and not number.percent:
        return _near(number.value, key.value, tolerance) or _near(100 * number.value, key.value, tolerance)
    return _near(number.value, key.value, tolerance)


def _near(value: float, key: float, tolerance: float | None) -> bool:
    return abs(value - key) <= max(tolerance or 0.0, 1e-9 * max(1.0, abs(key))) * (1 + 1e-9)


def _in_digits(text: str, written: Sequence[re.Match[str]]) -> list[Number]:
    found = []
    labelled = _LABELS.search(text)
    for match in written:
        if not (labelled and _LABEL.search(text, max(0, match.start() - 16), match.start())):
            aside = bool(_DEGREES.match(text, match.end()) or _is_year(text, match))
            found.append(Number(_digits_value(match), bool(match["percent"]), match.start(), match.end(), aside))
    return found


def _is_year(text: str, match: re.Match[str]) -> bool:
    start = match.start()
    return bool(_YEAR.fullmatch(match[0]) and _IN_YEAR.search(text, max(0, start - 16), start))


def _digits_value(match: re.Match[str]) -> float:
    value = _decimal(match["number"])
    if match["under"]:
        under = float(match["under"])
        if under == 0:
            return math.nan
        value = value + float(match["mixed"]) / under if match["mixed"] else value / under
    exponent = match["e"] or match["ten"]
    if exponent:
        value = float(f"{value!r}e{int(exponent)}") if math.isfinite(value) and "e" not in repr(value) else math.nan
    if match["scale"]:
        value *= _SCALES[match["scale"].strip(" \t\n-").lower()]
    return -value if match["sign"] == "-" else value


def _decimal(number: str) -> float:
    """A decimal number with a thousands comma (1,250) or a decimal comma (0,34)."""
    whole, _, rest = number.partition(",")
    if rest and (whole == "0" or len(rest.split(".")[0].split(",")[0]) != 3):
        return float(f"{whole}.{rest}")
    return float(number.replace(",", ""))


def _powers(text: str, written: Sequence[re.Match[str]]) -> list[Number]:
    """The powers of ten that stand alone, not behind a factor ("3 × 10^5")."""
    if "10^" not in text:
        return []
    taken = {match.start("ten") for match in written}
    return [
        Number(float(f"1e{int(match[1])}"), False, match.start(), match.end())
        for match in _POWER_OF_TEN.finditer(text)
        if match.start(1) not in taken
    ]


def _spelled(text: str) -> list[Number]:
    found = []
    for match in _SPELLED.finditer(text):
        words = match["words"].lower().replace("-", " ").split()
        values = _spelled_values([word for word in words if word not in ("and", "a", "an")])
        if words == ["one"] and _is_pronoun(text, match):
            continue
        if _LABEL.search(text, max(0, match.start() - 16), match.start()):
            continue
        values[-1] += _point(match["point"]) + (0.5 if match["half"] else 0.0)
        sign = -1 if match["sign"] else 1
        found += [Number(sign * value, bool(match["percent"]), match.start(), match.end()) for value in values]
    return found


def _is_pronoun(text: str, match: re.Match[str]) -> bool:
    before = _PRONOUN_BEFORE.search(text, max(0, match.start() - 12), match.start())
    return bool(before or _PRONOUN_AFTER.match(text, match.end()))


def _spelled_values(words: list[str]) -> list[float]:
    """The values of number words in a row: "one hundred five" is one number, "six seven" are two."""
    values: list[float] = []
    total, part, last = 0.0, 0.0, math.inf
    for word in words:
        if word in _SCALES:
            scale = _SCALES[word]
            if scale == 100:
                part = (part or 1) * scale
            else:
                total, part = total + (part or 1) * scale, 0.0
            last = scale
            continue
        value = float(_WORDS[word])
        size = 1 if value < 10 else 10 if value >= 20 else 2
        if (last <= 10 and size >= last) or (last == 2):
            values.append(total + part)
            total, part = 0.0, 0.0
        part += value
        last = size
    return [*values, total + part]


def _point(words: str | None) -> float:
    digits = [str(_WORDS[word]) for word in (words or "").lower().split()[1:]]
    return float("0." + "".join(digits)) if digits else 0.0


def _han(text: str) -> list[Number]:
    found = []
    for match in _HAN.finditer(text):
        run = match["han"]
        following = text[match.end() : match.end() + 1]
        # 一 stands in many words (一般, 第一); alone it is a number only before a counter or at the end.
        lonely = run == "一" and following not in ("", "個", "个", "種", "种", "次", "。")
        if lonely or text[max(0, match.start() - 1) : match.start()] == "第" or not set(run) - set("百千"):
            continue
        scale = _SCALES[match["scale"]] if match["scale"] else 1.0
        found.append(Number(_han_value(run) * scale, bool(match["percent"]), match.start(), match.end()))
    return found


def _han_value(run: str) -> float:
    if not set(run) & set(_HAN_UNITS):
        return float("".join(str(_HAN_DIGITS[digit]) for digit in run))
    total, digit = 0, 0
    for character in run:
        if character in _HAN_UNITS:
            total += (digit or 1) * _HAN_UNITS[character]
            digit = 0
        else:
            digit = _HAN_DIGITS[character]
    return float(total + digit)
