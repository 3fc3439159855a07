"""Numbers in German, French, Spanish and Portuguese words: einundzwanzig, deux tiers, tres docenas, cento e vinte."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache

from harness.scorers.matching.numbers.digits import below_zero, is_label, negated_from
from harness.scorers.matching.numbers.number import Manner, Number
from harness.scorers.matching.numbers.vocabularies import ENGLISH, VOCABULARIES, Vocabulary

_WORD = re.compile(r"[^\W\d_]++")
_LOOKED_AT = 600
"""Characters of a text that its language is told from."""
_NO_ZERO = (
    r"(?<!bajo\s)(?<!sobre\s)(?<!sous\s)(?<!unter\s)"
    r"(?<!über\s)(?<!abaixo\sde\s)(?<!acima\sde\s)(?<!dessous\sde\s)"
)
_HANGUL = re.compile("[가-힣]")
_ANY_DIGIT = re.compile(r"\d")


def language_of(text: str) -> str:
    """Of the languages with a vocabulary the one that most of a text's words are of; "" where another is as likely.

    Korean is told by its letters.
    """
    text = text[:_LOOKED_AT].lower()
    if _HANGUL.search(text):
        return "ko"
    said = frozenset(_WORD.findall(text))
    ranked = sorted(((len(said & known.common), name) for name, known in VOCABULARIES.items()), reverse=True)
    most, name = ranked[0]
    return name if most and most > ranked[1][0] and most > len(said & ENGLISH) else ""


@lru_cache(maxsize=1024)
def language_asked(question: str) -> str:
    """The language of a question, as language_of says."""
    return language_of(question)


def spelled(text: str, manner: Manner) -> Iterator[Number]:
    """The numbers that a text says in words of its language; articles are one only where nothing else is a number."""
    reading = _reading(manner.language)
    small = text.lower()
    if len(small) != len(text):
        return
    found = list(reading.numbers(small, manner))
    said = [number for number in found if number.slack >= 0]
    if not said and len(found) == 1 and manner.ones and not _ANY_DIGIT.search(text):
        said = [replace(found[0], slack=0.0)]
    for number in said:
        yield _signed(small, number)


def _signed(text: str, number: Number) -> Number:
    begin, below = negated_from(text, number.start), below_zero(text, number.end)
    if begin is None and below is None:
        return number
    return replace(number, value=-number.value, start=number.start if begin is None else begin, end=below or number.end)


@cache
def _reading(language: str) -> _Reading:
    return _Reading(VOCABULARIES[language])


def _bare(word: str) -> str:
    """Without accents: people leave them out."""
    return unicodedata.normalize("NFC", "".join(
        sign for sign in unicodedata.normalize("NFD", word) if sign not in "\u0301\u0302\u0300\u0303"
    ))  # fmt: skip


def _either(words: Mapping[str, float]) -> dict[str, float]:
    return {_bare(word): float(value) for word, value in words.items()} | {
        word: float(value) for word, value in words.items()
    }


def _any_of(words: Collection[str]) -> str:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "(?>" + "|".join(re.escape(word).replace(r"\ ", r"\s").replace(r"\-", r"[\s-]") for word in ordered) + ")"


class _Reading:
    """The patterns of one vocabulary, compiled when a text needs them."""

    def __init__(self, words: Vocabulary) -> None:
        self._cardinals, self._scales = _either(words.cardinals), _either(words.scales)
        self._articles, self._glued = words.articles, words.glued
        self._parts, self._shares = _either(words.parts), _either(words.shares)
        self._phrases, self._ordinals = _either(words.phrases), _either(words.ordinals)
        known = self._cardinals | self._scales
        joint = rf"{words.joint}[\s-]++"
        self._token = re.compile(rf"{_any_of(known)}|und" if words.glued else rf"(?<!\w){_any_of(known)}(?!\w)")
        # A dozen and a million alone are no number, nor is a hundred behind digits ("3 mil") or in "por ciento".
        plural = {word for word, value in self._scales.items() if value not in (100, 1000)}
        small = {word for word, value in self._scales.items() if value in (100, 1000)} | {"ciento", "cento"}
        alone = rf"(?!{_any_of(plural)}(?!\w))(?!(?:(?<=\d\s)|(?<=por\s)|(?<=pour\s)){_any_of(small)})"
        word = rf"(?:{_any_of(known)}(?!\w))"
        if words.glued:
            # einundzwanzigtausend: any of the words in a row, and "und" between two of them.
            word = rf"(?:(?:{_any_of(known)}(?:und)?+){{1,12}}(?!\w)(?<!und))"
        # Brazilians set a comma behind thousands.
        run = rf"{alone}{word}(?:(?:\s++|-|(?<=mil),\s(?=\w{{0,9}}(?:[cz]ent|quinhent)))(?:{joint})?+{word}){{0,20}}+"
        half = rf"(?:\s++(?:{joint})(?P<half>{_any_of(words.halves)})(?!\w))?+" if words.halves else r"(?P<half>\B\b)?"
        self._run = re.compile(
            rf"(?<![\w-]){_NO_ZERO}(?P<run>{run})"
            rf"(?:\s++(?:{words.point})\s++(?P<places>{word}(?:(?:\s++|-)(?:{joint})?+{word}){{0,9}}+))?+{half}"
            r"(?P<percent>\s*+(?:%|prozent\b|pour\scent\b|por\sciento\b|por\scien\b|por\scento\b))?+(?!\w)"
        )
        over = word if words.glued else run
        self._part = re.compile(
            rf"(?<![\w.,/-])(?:(?P<whole>{word}|\d{{1,4}}+)\s(?:{joint}))?+"
            rf"(?:(?P<over>{over}|\d{{1,4}}+)[\s-]|(?P<one>das|le|el|o)\s|(?P<share>la|a)\s(?={_any_of(self._parts)}\sparte))"
            rf"(?P<under>{_any_of(self._parts)})(?:\spartes?)?+(?!\w)"
        )
        self._avos = re.compile(
            rf"(?<![\w-])(?P<over>{word}|\d{{1,3}}+)\s(?P<under>{word}(?:\s{joint}{word})?+)\savos\b"
        )
        self._share = re.compile(rf"(?<![\w-]){_any_of(self._shares)}(?!\w)")
        self._phrase = re.compile(rf"(?<![\w-]){_any_of(self._phrases)}(?!\w)")
        self._ordinal = re.compile(rf"(?<![\w-]){_any_of(self._ordinals)}(?!\w)")

    def numbers(self, text: str, manner: Manner) -> Iterator[Number]:
        """What holds other numbers goes before them; the slack of a lone article is -1."""
        for match in self._phrase.finditer(text):
            yield Number(self._phrases[_spaced(match[0], self._phrases)], False, *match.span())
        yield from self._fractions(text, manner)
        if manner.ordinals:
            for match in self._ordinal.finditer(text):
                yield Number(self._ordinals[_spaced(match[0], self._ordinals)], False, *match.span())
        for match in self._run.finditer(text):
            if is_label(text, match.start()):
                continue
            values, last = self._values(match["run"])
            if match["places"]:
                values[-1] += self._places(match["places"])
            if match["half"]:
                values[-1] += 0.5 * (last if last in (12, 1e6, 1e9, 1e12) else 1)
            lone = match["run"] in self._articles and not match["half"] and not match["percent"] and not match["places"]
            for value in values:
                yield Number(value, bool(match["percent"]), *match.span(), slack=-1.0 if lone else 0.0)

    def _fractions(self, text: str, manner: Manner) -> Iterator[Number]:
        for match in self._avos.finditer(text) if "avos" in text else ():
            if under := self._value(match["under"]):
                yield Number(self._value(match["over"]) / under, False, *match.span())
        for match in self._part.finditer(text):
            under = self._parts[_spaced(match["under"], self._parts)]
            over = self._value(match["over"]) if match["over"] else 1.0
            whole = self._value(match["whole"]) if match["whole"] else 0.0
            # "Una cuarta" and "ein Viertel" are parts where parts are asked for.
            if under and over < 1000 and (manner.fractions or whole or over > 1):
                yield Number(whole + over / under, False, *match.span())
        if manner.fractions:
            for match in self._share.finditer(text):
                yield Number(self._shares[match[0]], False, *match.span())

    def _value(self, run: str) -> float:
        return float(run) if run.isdecimal() else self._values(run)[0][-1]

    def _places(self, run: str) -> float:
        """The decimal places that words name: one by one ("eins vier") or as a number ("vingt-cinq")."""
        named = "".join(f"{value:g}" for value in self._values(run)[0])
        return float(f"0.{named}") if named.isdecimal() else 0.0

    def _values(self, run: str) -> tuple[list[float], float]:
        """The values of words in a row, and the last scale: "trois cent cinq" is one number, "six sept" are two."""
        tokens = [_spaced(token, self._cardinals) for token in self._token.findall(run)]
        values: list[float] = []
        total = part = 0.0
        room, largest, last = float("inf"), float("inf"), 1.0
        at = 0
        while at < len(tokens):
            token = tokens[at]
            scale = self._scales.get(token)
            if scale is not None:
                last = scale
                if scale == 100:
                    unit = part % 100
                    part = part - unit + (unit or 1) * 100
                elif scale > largest:
                    total, part, largest = (total + part) * scale, 0.0, scale
                else:
                    total, part, largest = total + (part or 1.0) * scale, 0.0, scale
                room = scale
                at += 1
                continue
            value = self._cardinals.get(token)
            if value is None:
                at += 1
                continue
            if self._glued and value < 10 and tokens[at + 1 : at + 2] == ["und"] and at + 2 < len(tokens):
                tens = self._cardinals.get(tokens[at + 2])
                if tens and tens >= 20:
                    value, at = value + tens, at + 2
            if value >= room:
                values.append(total + part)
                total = part = 0.0
                largest = float("inf")
            part += value
            room = self._room(value)
            at += 1
        return [*values, total + part], last

    def _room(self, value: float) -> float:
        """What is less may follow: behind sixty and eighty the French go on to nineteen, the Germans go no further."""
        if value >= 100:
            return 100.0
        if value < 20 or value % 10:
            return 0.0
        if self._glued:
            return 0.0
        return 20.0 if value in (60, 80) and "soixante" in self._cardinals else 10.0


def _spaced(word: str, known: Mapping[str, float]) -> str:
    """The word as its table has it: quatre-vingt, however it is joined."""
    word = " ".join(word.split())
    return word if word in known else word.replace(" ", "-")
