"""The numbers of a text, each once: what its key and its question make plain says how they are to be read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from harness.scorers.matching.numbers.digits import digits, multiples, ordinals, powers
from harness.scorers.matching.numbers.han import han, han_ordinals
from harness.scorers.matching.numbers.number import PLAIN, Manner, Number
from harness.scorers.matching.numbers.roman import parse_roman, romans
from harness.scorers.matching.numbers.separators import decimal_sign
from harness.scorers.matching.numbers.words import cardinals, said_in, words

# Most sentences hold no number; asking that first is many times quicker than the patterns.
_ANY_DIGIT = re.compile(r"\d")
_KANA = re.compile("[\u3041-\u30fa]")
_TWO_READINGS = re.compile(r"(?<![\d.,])\d{1,3}[.,]\d{3}(?![.,]?\d)")
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
    r"|\bin (?:which|what) (?:place|position|order)\b|第幾|第几|何番目|何位|몇 번째|몇 등",
    re.I,
)
_COUNT = re.compile(
    r"\bhow many\b|wie viele|combien de|cuánt[oa]s|quant[oa]s|quant[ie]|hoeveel|hur många|сколько|berapa banyak", re.I
)
_ASKS_ROMAN = re.compile(r"\broman\b|羅馬|罗马|ローマ", re.I)
_IS_FRACTION = re.compile(r"/|分之|分の|[%％½⅓⅔¼¾]")
_IS_ORDINAL = re.compile(r"\W*(?:第.{1,9}|\d{1,9}(?:st|nd|rd|th)|[\w-]{0,20}(?:first|second|third|th))\W*", re.I)
Find = Callable[[str], Sequence[Number]]


def numbers_in(text: str, manner: Manner = PLAIN) -> list[Number]:
    """The numbers of a plain text (see normalizing.plain) in its order; labels are none, ordinals where asked for."""
    if manner.only_romans:
        return list(romans(text))
    found = [number for number in _found(text, manner) if math.isfinite(number.value)]
    return _each_once(found) if len(found) > 1 else found


def _found(text: str, manner: Manner) -> Iterator[Number]:
    """What holds other numbers goes before them: 2^10, 四分之三, two thirds, the twenty-first."""
    in_digits, said = _ANY_DIGIT.search(text), said_in(text)
    if in_digits or "π" in text:
        yield from multiples(text)
        yield from powers(text)
    if not text.isascii():
        yield from han(text, manner)
        if manner.ordinals:
            yield from han_ordinals(text)
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
        if all(taken.get(place, span) == span for place in range(*span)):
            taken.update(dict.fromkeys(range(*span), span))
            kept.append(number)
    return sorted(kept, key=lambda number: number.start)


@lru_cache(maxsize=4096)
def parse_number(text: str, question: str = "") -> Number | None:
    """The first number of an answer key, read as the question's language writes it; None where there is none."""
    # A file's own number has a point, whatever the language.
    told = _TWO_READINGS.search(text) and not _PLAIN_NUMBER.fullmatch(text)
    sign = decimal_sign(text, question) if told else "."
    manner = Manner(fractions=True, decimal=sign, japanese=bool(_KANA.search(text)))
    ordered = _IS_ORDINAL.fullmatch(text)
    found = numbers_in(text, Manner(ordinals=True)) if ordered else []
    return next(iter(found or numbers_in(text, manner)), None) or parse_roman(text)


def reader(keys: Sequence[str], question: str, answer: str) -> Find:
    """What finds the numbers of an answer's sentences: keys, question and answer as plain texts, or as they stand."""
    return _Reader(_manner(tuple(keys), question), answer, question)


class _Reader:
    """Looks at language and currency only where a number has two readings."""

    def __init__(self, manner: Manner, answer: str, question: str) -> None:
        self._manner = manner
        if _TWO_READINGS.search(answer):
            self._manner = Manner(**{**vars(manner), "decimal": decimal_sign(answer, question)})

    def __call__(self, text: str) -> list[Number]:
        return numbers_in(text, self._manner)


@lru_cache(maxsize=1024)
def _manner(keys: tuple[str, ...], question: str) -> Manner:
    parsed = [number for number in (parse_number(key, question) for key in keys) if number]
    broken = any(number.percent or number.value != int(number.value) for number in parsed)
    roman = any(parse_roman(key) for key in keys)
    units = (("K", _KELVIN), ("M", _MOLAR), ("B", _BYTES))
    return Manner(
        fractions=broken or any(_IS_FRACTION.search(key) for key in keys),
        coins=bool(_COINS.search(question) and _CHANGE.search(question)),
        ordinals=bool(_ORDER.search(question)) or any(_IS_ORDINAL.fullmatch(key) for key in keys),
        romans=roman,
        only_romans=roman and bool(_ASKS_ROMAN.search(question)),
        units=frozenset(letter for letter, sign in units if sign.search(question)),
        counts=bool(_COUNT.search(question)),
        years=any(1100 <= number.value < 2100 for number in parsed),
        japanese=bool(_KANA.search(question)),
    )
