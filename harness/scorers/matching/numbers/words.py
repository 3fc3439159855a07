"""Numbers in English words: cardinals, ordinals, fractions, dozens and scores."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from harness.scorers.matching.numbers.digits import SCALES, below_zero, is_label, negated_from
from harness.scorers.matching.numbers.number import Manner, Number

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_UNITS = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_LARGE = "hundred thousand million billion trillion dozen lakhs? crores?".split()
_WORD = rf"(?:{'|'.join((*_TENS, *reversed(_SMALL), *_LARGE))})"
_MANY = "hundred|thousand|million|billion|trillion|dozen|lakh|crore"
_PERCENT = r"(?P<percent>\s*(?:%|percent\b|per cent\b|percentage points?\b))?"
_SPELLED = re.compile(
    rf"(?<![\w-])(?P<words>(?:(?P<halved>half[\s-]an?[\s-](?={_MANY}))|an?\s(?={_MANY}))?{_WORD}\b"
    rf"(?:[\s-]++(?:and[\s-]++)?{_WORD}\b)*+)"
    rf"(?P<point>\s+point(?:\s++(?:{'|'.join(_SMALL[:10])})\b)++)?"
    r"(?P<part>[\s-]and[\s-](?:(?:a|one)[\s-]half|(?:a|one)[\s-](?:quarter|third)|(?:three[\s-]quarters|two[\s-]thirds))\b)?"
    rf"(?P<scale>\s(?:{_MANY})s?\b)?{_PERCENT}",
    re.IGNORECASE,
)
_PARTS = {"half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
          "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "twentieth": 20, "hundredth": 100,
          "thousandth": 1000}  # fmt: skip
_OVER = rf"(?:{'|'.join(_SMALL[1:])}|{'|'.join(_TENS)}|\d{{1,4}})"
_SEVERAL_PARTS = re.compile(
    rf"(?<![\w.,/-])(?:(?P<whole>{_OVER})\s+(?:and\s+)?)?(?P<over>{_OVER})[\s-]"
    rf"(?P<under>halves|(?:{'|'.join(list(_PARTS)[2:])})s)\b(?!\s+(?:place|grade)\b)",
    re.IGNORECASE,
)
_ONE_PART = re.compile(
    rf"(?<![\w.,/-])(?<!and )(?:(?:an?|one|1)[\s-])(?P<under>{'|'.join(list(_PARTS))})\b(?!-)"
    r"|(?<![\w-])(?<!and a )(?<!and one )(?P<half>half)\b(?!-)",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    rf"(?<![\w.,/-])(?P<over>{_OVER})\s+(?:out\s+of|in)\s+(?:every\s+)?(?P<under>{_OVER})\b(?![.,]\d)", re.I
)
_AND_A_HALF = re.compile(
    rf"(?<![\w.,/-])(?P<count>an?|{_OVER})\s(?:hour|day|week|month|year|minute|mile|metre|meter|kilometre|kilometer|litre|liter"
    r"|cup|foot|pound|kilo|pint|gallon|time|page|turn)s?\sand\sa\s(?P<part>half|quarter)\b",
    re.IGNORECASE,
)
_SCORES = re.compile(
    rf"(?<![\w-])(?P<times>{'|'.join(_SMALL[1:])})[\s-]score(?:\s+and\s+(?P<rest>{_WORD}))?\b(?!\s+(?:of\s+\d|points?))",
    re.I,
)
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_ORDINAL_TENS = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth".split()
_ORDINAL = re.compile(
    rf"(?<![\w-])(?:(?P<tens>{'|'.join(_TENS)})[\s-])?"
    rf"(?P<last>{'|'.join((*_ORDINALS, *_ORDINAL_TENS, 'hundredth'))})\b",
    re.I,
)
# "one of", "no one", "one can": a pronoun.
_PRONOUN_AFTER = re.compile(
    r"\s+(?:of|can|could|must|should|would|may|might|who|that|another|has|needs|day)\b|'s", re.I
)
_PRONOUN_BEFORE = re.compile(r"\b(?:no|the|this|that|each|every|any|which|another|last|first|only|some)\s+$", re.I)
_LETTERS = re.compile("[a-z]+")
_CARDINALS = frozenset(_UNITS) | {*_LARGE[:6], "lakh", "crore", "lakhs", "crores"}
WORDS_OF_NUMBERS: frozenset[str]
"""The words without any of which a text spells out no number."""
_FRACTIONS = frozenset(_PARTS) | {f"{part}s" for part in _PARTS}
_ORDINAL_WORDS = frozenset((*_ORDINALS, *_ORDINAL_TENS, "hundredth"))
WORDS_OF_NUMBERS = _CARDINALS | _FRACTIONS | _ORDINAL_WORDS | {"score"}


def said_in(text: str) -> frozenset[str]:
    """The words of a text in small letters, for asking whether any of them is of a number."""
    return frozenset(_LETTERS.findall(text.lower()))


def words(text: str, said: frozenset[str], manner: Manner) -> Iterator[Number]:
    """Fractions, shares, scores and ordinals: what other numbers stand in."""
    if "half" in said or "quarter" in said:
        for match in _AND_A_HALF.finditer(text):
            whole = 1.0 if match["count"].lower() in ("a", "an") else _small(match["count"])
            yield Number(whole + (0.5 if match["part"].lower() == "half" else 0.25), False, match.start(), match.end())
    if manner.fractions and ("of" in said or "in" in said):
        yield from _shares(text)
    if not said.isdisjoint(_FRACTIONS):
        yield from _parts(text, manner)
    if "score" in said:
        yield from _scores(text)
    if manner.ordinals and not said.isdisjoint(_ORDINAL_WORDS):
        for match in _ORDINAL.finditer(text):
            yield Number(_ordinal(match), False, match.start(), match.end())


def cardinals(text: str, said: frozenset[str], manner: Manner) -> Iterator[Number]:
    """Three, one hundred and five, two dozen, half a million."""
    if not said.isdisjoint(_CARDINALS):
        yield from _cardinals(text, manner)


def _parts(text: str, manner: Manner) -> Iterator[Number]:
    for match in _SEVERAL_PARTS.finditer(text):
        part = match["under"].lower()
        if part == "quarters" and manner.coins:
            continue
        under = 2 if part == "halves" else _PARTS[part.removesuffix("s")]
        value = _small(match["over"]) / under + (_small(match["whole"]) if match["whole"] else 0)
        yield _signed(text, Number(value, False, match.start(), match.end()))
    for match in _ONE_PART.finditer(text) if manner.fractions else ():
        under = 2 if match["half"] else _PARTS[match["under"].lower()]
        yield _signed(text, Number(1 / under, False, match.start(), match.end()))


def _shares(text: str) -> Iterator[Number]:
    for match in _OUT_OF.finditer(text):
        over, under = _small(match["over"]), _small(match["under"])
        if over < under <= 1000:
            yield Number(over / under, False, match.start(), match.end())


def _scores(text: str) -> Iterator[Number]:
    for match in _SCORES.finditer(text):
        rest = _UNITS.get((match["rest"] or "zero").lower(), 0)
        yield Number(20.0 * _UNITS[match["times"].lower()] + rest, False, match.start(), match.end())


def _small(word: str) -> float:
    return float(word) if word.isdecimal() else float(_UNITS[word.lower()])


def _ordinal(match: re.Match[str]) -> float:
    last = match["last"].lower()
    tens = _UNITS[match["tens"].lower()] if match["tens"] else 0
    if last == "hundredth":
        return 100.0
    return float(tens + (_ORDINALS.index(last) if last in _ORDINALS else 10 * (_ORDINAL_TENS.index(last) + 2)))


def _cardinals(text: str, manner: Manner) -> Iterator[Number]:
    for match in _SPELLED.finditer(text):
        spelled = [word for word in match["words"].lower().replace("-", " ").split() if word not in ("and", "a", "an")]
        if spelled == ["one"] and _is_pronoun(text, match):
            continue
        if is_label(text, match.start()) or text.startswith(("-digit", "-letter", "-way"), match.end()):
            continue
        values = _values([word for word in spelled if word != "half"])
        # A dozen and a half are 18, two hundred and a half 200.5.
        of = SCALES.get(spelled[-1], 1.0)
        values[-1] += _point(match["point"]) + _added(match["part"]) * (1.0 if of == 100 else of)
        if match["scale"]:
            values[-1] *= SCALES[match["scale"].strip().lower().removesuffix("s")]
        if match["halved"]:
            values[0] /= 2
        if manner.years and len(values) == 2 and 11 <= values[0] <= 20 and 10 <= values[1] <= 99:
            values = [100 * values[0] + values[1]]
        for value in values:
            yield _signed(text, Number(value, bool(match["percent"]), match.start(), match.end()))


def _signed(text: str, number: Number) -> Number:
    begin = negated_from(text, number.start)
    below = below_zero(text, number.end)
    if begin is None and below is None:
        return number
    start, end = number.start if begin is None else begin, below or number.end
    return Number(-number.value, number.percent, start, end)


def _is_pronoun(text: str, match: re.Match[str]) -> bool:
    before = _PRONOUN_BEFORE.search(text, max(0, match.start() - 12), match.start())
    return bool(before or _PRONOUN_AFTER.match(text, match.end()))


def _values(spelled: list[str]) -> list[float]:
    """The values of number words in a row: "one hundred five" is one number, "six seven" are two."""
    values: list[float] = []
    total, part, last = 0.0, 0.0, math.inf
    for word in spelled:
        scale = SCALES.get(word.removesuffix("s"))
        if scale is not None and word not in _UNITS:
            if scale == 100:
                part = (part or 1) * scale
            else:
                total, part = total + (part or 1) * scale, 0.0
            last = scale
            continue
        value = float(_UNITS[word])
        size = 1 if value < 10 else 10 if value >= 20 else 2
        if (last <= 10 and size >= last) or (last == 2):
            values.append(total + part)
            total, part = 0.0, 0.0
        part += value
        last = size
    return [*values, total + part]


def _point(spelled: str | None) -> float:
    places = [str(_UNITS[word]) for word in (spelled or "").lower().split()[1:]]
    return float("0." + "".join(places)) if places else 0.0


def _added(part: str | None) -> float:
    said = (part or "").lower().replace("-", " ").split()
    return (
        {"half": 1 / 2, "quarter": 1 / 4, "third": 1 / 3, "quarters": 3 / 4, "thirds": 2 / 3}[said[-1]] if said else 0.0
    )
