"""The numbers of a text, each once: what its key and its question make plain says how they are to be read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from harness.scorers.matching.numbers.digits import digits, multiples, ordinals, powers
from harness.scorers.matching.numbers.han import han, han_ordinals
from harness.scorers.matching.numbers.korean import korean
from harness.scorers.matching.numbers.moments import moments_in
from harness.scorers.matching.numbers.number import PLAIN, Manner, Number
from harness.scorers.matching.numbers.roman import parse_roman, romans
from harness.scorers.matching.numbers.separators import decimal_sign
from harness.scorers.matching.numbers.spelled import language_asked, language_of, spelled
from harness.scorers.matching.numbers.sums import stated
from harness.scorers.matching.numbers.vocabularies import VOCABULARIES
from harness.scorers.matching.numbers.words import WORDS_OF_NUMBERS, cardinals, said_in, words

# Most sentences hold no number; asking that first is many times quicker than the patterns.
_ANY_DIGIT = re.compile(r"\d")
_KANA = re.compile("[\u3041-\u30fa]")
_TWO_READINGS = re.compile(r"\d[.,]\d{3}(?![.,]?\d)")
_PLAIN_NUMBER = re.compile(r"\s*-?\d+\.\d+\s*")
_KELVIN = re.compile(
    r"kelvin|temperature|thermal|\bheat|\bhot\b|\bcold|boil|melt|freez|°|\d ?K\b|溫度|温度|開爾文|开尔文|絕對", re.I
)
_MOLAR = re.compile(r"molar|concentrat|\bmol|solution|\bpH\b|\d ?M\b|magnitude|濃度|浓度", re.I)
_BYTES = re.compile(r"\bbytes?\b|\bbits?\b|storage|memory|boron|magnetic|\d ?B\b", re.I)
_COINS = re.compile(r"\bquarters?\b(?! of)", re.I)
_CHANGE = re.compile(r"\bcoins?\b|\bcents?\b|\bdimes?\b|\bnickels?\b|\bbasketball|\bgame\b", re.I)
_ORDER = re.compile(
    r"\b(?:which|what)\s+(?:place|position|rank|floor|century|day|grade|term|number|row|birthday|anniversary|one)\b"
    r"|\bin (?:which|what) (?:place|position|order)\b|\b(?:rank|ranking|placing)\b|\bwhere (?:did"
    r"|does) \w+ (?:finish|place|rank)"
    r"|\bwhat (?:is|was) \w+'s (?:\w+ )?(?:place|position)\b|第幾|第几|何番目|何位|몇 번째|몇 등",
    re.I,
)
_COUNT = re.compile(
    r"\bhow many\b|wie viele|combien de|cuánt[oa]s|quant[oa]s|quant[ie]|hoeveel|hur många|сколько|berapa banyak", re.I
)
_ASKS_YEAR = re.compile(r"\byear\b|\bwhen\b|哪一?年|何年|몇 년", re.I)
_IN_SCALE = re.compile(
    r"\b(?:in|how many)\s+(thousand|million|billion|trillion|lakh|crore)s?\b|(?:多少|幾|几|何)(萬|万|億|亿)", re.I
)
_SCALES_ASKED = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "lakh": 1e5, "crore": 1e7,
                 "萬": 1e4, "万": 1e4, "億": 1e8, "亿": 1e8}  # fmt: skip
_ASKS_ROMAN = re.compile(r"\broman\b|羅馬|罗马|ローマ", re.I)
_IS_FRACTION = re.compile(r"/|分之|分の|[%％½⅓⅔¼¾]")
_IS_ORDINAL = re.compile(r"\W*(?:第.{1,9}|\d{1,9}(?:st|nd|rd|th)|[\w-]{0,20}(?:first|second|third|th))\W*", re.I)
Find = Callable[[str], Sequence[Number]]


def numbers_in(text: str, manner: Manner = PLAIN) -> list[Number]:
    """The numbers of a plain text (see normalizing.plain) in its order; labels are none, ordinals where asked for."""
    if manner.only_romans:
        return list(romans(text))
    in_digits, said = _ANY_DIGIT.search(text) is not None, said_in(text)
    in_words = not (said.isdisjoint(WORDS_OF_NUMBERS) and text.isascii()) or manner.romans or manner.language
    if not (in_digits or in_words):
        return []
    found = [number for number in _found(text, in_digits, said, manner) if math.isfinite(number.value)]
    if manner.asks_year and len(found) > 1:
        found = _years_alone(text, found)
    found = _each_once(found) if len(found) > 1 else found
    return stated(text, found) if len(found) > 2 else found


def _years_alone(text: str, found: list[Number]) -> list[Number]:
    """The numbers without the days and months of dates that have a year."""
    dates = [moment for moment in moments_in(text) if moment.year is not None]

    def is_day(number: Number) -> bool:
        return any(date.start <= number.start < date.end and number.value != date.year for date in dates)

    return [number for number in found if not is_day(number)]


def _scale(question: str) -> float:
    asked = _IN_SCALE.search(question)
    return _SCALES_ASKED[(asked[1] or asked[2]).lower()] if asked else 0.0


def _found(text: str, in_digits: bool, said: frozenset[str], manner: Manner) -> Iterator[Number]:
    """What holds other numbers goes before them: 2^10, 四分之三, two thirds, the twenty-first."""
    if in_digits or "π" in text:
        yield from multiples(text)
        yield from powers(text)
    if not text.isascii():
        yield from han(text, manner)
        if manner.ordinals:
            yield from han_ordinals(text)
    if manner.language in VOCABULARIES:
        yield from spelled(text, manner)
    elif manner.language == "ko":
        yield from korean(text, manner)
    yield from words(text, said, manner)
    if in_digits:
        if manner.ordinals:
            yield from ordinals(text)
        yield from digits(text, manner)
    yield from cardinals(text, said, manner)
    if manner.romans:
        yield from romans(text)


def _each_once(found: list[Number]) -> list[Number]:
    """In the order of the text; of those that overlap the one that was found first, and all that stand at its place."""
    taken: dict[int, tuple[int, int]] = {}
    kept = []
    for number in found:
        span = (number.start, number.end)
        if taken.get(number.start) == span:
            kept.append(number)
        elif all(place not in taken for place in range(*span)):
            taken.update(dict.fromkeys(range(*span), span))
            kept.append(number)
    return sorted(kept, key=lambda number: number.start)


@lru_cache(maxsize=4096)
def parse_number(text: str, question: str = "") -> Number | None:
    """The first number of an answer key, read as the question's language writes it; None where there is none."""
    # A file's own number has a point, whatever the language.
    told = _TWO_READINGS.search(text) and not _PLAIN_NUMBER.fullmatch(text)
    sign = decimal_sign(text, question) if told else "."
    language = language_asked(question)
    manner = Manner(fractions=True, decimal=sign, japanese=bool(_KANA.search(text)), language=language)
    ordered = _IS_ORDINAL.fullmatch(text)
    found = numbers_in(text, Manner(ordinals=True, language=language)) if ordered else []
    return next(iter(found or numbers_in(text, manner)), None) or parse_roman(text)


def reader(keys: Sequence[str], question: str, answer: str) -> Find:
    """What finds the numbers of an answer's sentences: keys, question and answer as plain texts, or as they stand."""
    return _Reader(_manner(tuple(keys), question), answer, question)


class _Reader:
    """Looks at language and currency only where a number has two readings."""

    def __init__(self, manner: Manner, answer: str, question: str) -> None:
        self._manner = manner
        if _TWO_READINGS.search(answer):
            self._manner = replace(self._manner, decimal=decimal_sign(answer, question))
        if not manner.language and (language := language_of(answer)):
            self._manner = replace(self._manner, language=language)

    def __call__(self, text: str) -> list[Number]:
        return numbers_in(text, self._manner)


@lru_cache(maxsize=1024)
def _manner(keys: tuple[str, ...], question: str) -> Manner:
    parsed = [number for number in (parse_number(key, question) for key in keys) if number]
    broken = any(number.percent or number.value != int(number.value) for number in parsed)
    roman = any(parse_roman(key) for key in keys)
    years = any(1100 <= number.value < 2100 for number in parsed)
    units = (("K", _KELVIN), ("M", _MOLAR), ("B", _BYTES))
    return Manner(
        fractions=broken or any(_IS_FRACTION.search(key) for key in keys),
        coins=bool(_COINS.search(question) and _CHANGE.search(question)),
        ordinals=roman or bool(_ORDER.search(question)) or any(_IS_ORDINAL.fullmatch(key) for key in keys),
        romans=roman,
        only_romans=roman and bool(_ASKS_ROMAN.search(question)),
        units=frozenset(letter for letter, sign in units if sign.search(question)),
        counts=bool(_COUNT.search(question)),
        years=years,
        asks_year=years and bool(_ASKS_YEAR.search(question)),
        scale=_scale(question),
        wholes=frozenset(str(int(number.value)) for number in parsed if 1e3 <= number.value < 1e15),
        japanese=bool(_KANA.search(question)),
        language=language_asked(question),
        ones=any(number.value == 1 for number in parsed),
    )
