"""Which options of a multiple-choice question an answer picks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_uppercase

from harness.records import Question
from harness.scorers.matching.alphabets import in_latin, places_in_latin
from harness.scorers.matching.grades import Rule, keys_of
from harness.scorers.matching.letters import Mention, is_affirmed
from harness.scorers.matching.normalizing import EAST_ASIAN, plain
from harness.scorers.matching.options import Offer, offer_of, options
from harness.scorers.matching.reading import (
    conclusions,
    contrasted,
    corrections,
    denials,
    is_note,
    markers,
    own_turn,
    sentences,
    speaks_of_before,
    without_echo,
)

# "A. Iron: wrong", a line each.
_LINE = re.compile(r"^\W{0,9}(?:option |choice |選項|选项)?([A-Z])[).:\]、項项]", re.IGNORECASE)
_FALSE = re.compile(
    r"\b(?:wrong|incorrect|false|no|not|nicht|falsch|faux|fausse|incorrecto|falso)\b|[✗✘❌×]|[錯错]|不[正對对符]"
    r"|오답|틀|誤|間違|✖",
    re.IGNORECASE,
)
_TRUE = re.compile(
    r"\b(?:correct|true|right|yes|richtig|korrekt|vrai|juste|correcto|verdadero)\b|[✓✔✅☑○]|正[確确]|[對对]|符合"
    r"|정답|맞|옳|正し",
    re.IGNORECASE,
)

_RUN = re.compile(r"(?<![A-Za-z0-9_'])[A-Z]{2,26}+(?![A-Za-z0-9_'])(?! \d)")
_GLUE = re.compile(
    r"[\W_]|\b(?:and|both|und|et|y|options?)\b|[和跟與与及以と와과や故選选項项]|그리고|です|입니다", re.IGNORECASE
)
_COMPARES = re.compile(
    r"\b(?:first|comparison|compared|contrast|erste[rs]?|vergleich|premi[eè]re?|comparaison|primer[oa]?|comparación|primeir[oa]"
    r"|comparação|note|notar|señalar|noter)\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"\b[A-Z]\b")
_EITHER = re.compile(r"\b(?:or|oder|ou|o)\b|或|か|또는", re.IGNORECASE)


_EAST = re.compile(f"[{EAST_ASIAN}]")
# "처음 고른 답은 C", "はじめに選んだのはC", "一開始選的是C".
_AT_FIRST = re.compile(r"(?:처음|먼저|はじめ|最初|当初|一[開开]始|起初|第一次|原本|原先|[剛刚]才)[^。.,、\n]{0,14}$")
_CHOSEN_FIRST = re.compile(r"(?:[則则才]?是|は|が)(?:一[開开]始|起初|第一次|原本|はじめ|最初)")


@dataclass(frozen=True)
class ChosenOptions:
    """The letters that an answer settles on, none where it picks none."""

    letters: tuple[str, ...] = ()
    read: str = ""
    """The statement that picks them."""
    rule: Rule = "nothing"
    is_open: bool = False
    """It leaves open which of them: "A or B"."""
    taken: str = ""
    """What picks them, as it is written."""


def picked(answer: str, question: Question) -> ChosenOptions:
    """What the answer settles on, by letters or by the words of options; of a question with one right option, too.

    The rule is that of quantities (docs/grading.md): behind a correction, the last marker, a conclusion, what the text
    opens with; then the last letters that it calls right, the last that it names, the options whose words it claims.
    """
    keys = tuple(keys_of(question))
    text = in_latin(answer, question.question, keys)
    found = _Reader(question).picked(plain(text))
    if found.letters or (places := places_in_latin(text)) == text:
        return found
    return _Reader(question).picked(plain(places))


class _Reader:
    """Reads answers to one question."""

    def __init__(self, question: Question) -> None:
        self.offer: Offer = offer_of(question)
        self.several = question.match == "choices"

    def picked(self, text: str) -> ChosenOptions:
        text = own_turn(text)
        if self.several:
            text = self._spaced(_stated(text))
            if letters := self._only(text):
                return ChosenOptions(letters, text.strip(), "whole", taken=text.strip())
        if whole := self.offer.whole(text):
            return ChosenOptions((whole,), text.strip(), "whole", taken=text.strip())
        corrected = corrections(text, self._takes_back)
        if corrected is None:
            return next(self._readings(text), ChosenOptions())
        found = next(self._readings(corrected), ChosenOptions())
        return ChosenOptions(found.letters, found.read, "correction", found.is_open, found.taken)

    def _readings(self, text: str) -> Iterator[ChosenOptions]:
        """What the rule reads, first things first."""
        letters, is_denied = self.offer.letters, denials(text)
        for rest in reversed(markers(text)):
            yield from self._stated(rest.strip(), "marker")
        yield from self._by_line(text)
        listed = options(text)
        if self.several and 1 < len(listed) < len(self.offer.wordings) and set(listed) <= set(self.offer.wordings):
            yield ChosenOptions(tuple(listed), text.strip(), "listed", taken=", ".join(listed))
        bare = without_echo(self.offer.without_list(text), self.offer.stem)
        for rest in reversed(conclusions(bare)):
            yield from self._concluded(rest)
        # Where several open with their letters, the text lists the options again.
        if len(listed) < 2 and (opening := letters.opening(text, is_denied)):
            yield _of(opening, text, "opening")
        yield from self._anywhere(bare)

    def _takes_back(self, before: str, said: str) -> bool:
        now, then = set(self._letters(said)), set(self._letters(before))
        return bool(now - then) or (self.several and bool(now) and now != then)

    def _letters(self, text: str) -> tuple[str, ...]:
        opening = self.offer.letters.opening(text, denials(text))
        return opening.letters if opening else next(self._anywhere(text), ChosenOptions()).letters

    def _spaced(self, text: str) -> str:
        """The text with "AC" as "A, C", unless an option is worded so."""
        offered = "".join(self.offer.wordings) or ascii_uppercase[:10]
        worded = " ".join(self.offer.wordings.values())

        def apart(found: re.Match[str]) -> str:
            run = found[0]
            is_list = set(run) <= set(offered) and "".join(sorted(set(run))) == run and run not in worded
            return ", ".join(run) if is_list else run

        return _RUN.sub(apart, text)

    def _only(self, text: str) -> tuple[str, ...]:
        """The letters of a text that is nothing but letters, whatever stands between them."""
        parts = _GLUE.sub(" ", text[:200]).split() if not _EITHER.search(text[:200]) else []
        offered = set(self.offer.wordings) or set(ascii_uppercase[:10])
        said = tuple(dict.fromkeys(part.upper() for part in parts))
        return said if len(text) <= 200 and set(said) <= offered else ()

    def _stated(self, rest: str, rule: Rule) -> Iterator[ChosenOptions]:
        """What a sentence behind a marker settles on; nothing where it only leads up to an option."""
        if whole := self.offer.whole(rest):
            yield ChosenOptions((whole,), rest, rule, taken=rest)
        if mention := self.offer.letters.marked(rest):
            yield _of(mention, rest, rule)
        elif _EAST.search(rest) and not self.several:
            kept = self.offer.letters.mentions(self.offer.without_words(rest), denials(rest))
            yield from (_of(one, rest, rule) for one in kept[:1])
        elif self.several:
            yield from self._all(rest, rule)
        yield from self._named(rest, rule)

    def _concluded(self, rest: str) -> Iterator[ChosenOptions]:
        """The same of a conclusion, which may lead up to its option."""
        if (opening := self.offer.letters.opening(rest, denials(rest))) and not opening.is_open:
            yield _of(opening, rest, "conclusion")
        mentions = self.offer.letters.mentions(self.offer.without_words(rest), denials(rest))
        affirmed = [mention for mention in mentions if is_affirmed(rest, mention)]
        if chosen := affirmed or mentions:
            yield _of(chosen[-1], rest, "conclusion")

    def _by_line(self, text: str) -> Iterator[ChosenOptions]:
        """Where each option has a line with a verdict, those that are called right."""
        said = {found[1].upper(): line for line in text.splitlines() if (found := _LINE.match(line))}
        known = {letter: line for letter, line in said.items() if _FALSE.search(line) or _TRUE.search(line)}
        right = tuple(letter for letter, line in known.items() if not _FALSE.search(line))
        if len(known) > 1 and len(known) == len(said) and right:
            yield ChosenOptions(
                right, "\n".join(said[letter].strip() for letter in right), "affirmed", taken=", ".join(right)
            )

    def _anywhere(self, text: str) -> Iterator[ChosenOptions]:
        mentions = self.offer.letters.mentions(self.offer.without_words(text), denials(text))
        mentions = _without_former(text, mentions) if self.several and mentions else mentions
        if affirmed := [mention for mention in mentions if is_affirmed(text, mention)]:
            yield _together(affirmed, text, "affirmed") if self.several else _of(affirmed[-1], text, "affirmed")
        elif mentions and self.several:
            yield from self._all(_sentence(text, mentions[-1]), "last")
        elif mentions:
            yield _of(mentions[-1], text, "last")
        yield from self._named(text, "wording", empty=True)

    def _all(self, text: str, rule: Rule) -> Iterator[ChosenOptions]:
        if mentions := self.offer.letters.mentions(self.offer.without_words(text), denials(text)):
            yield _together(_without_former(text, mentions), text, rule)

    def _named(self, text: str, rule: Rule, empty: bool = False) -> Iterator[ChosenOptions]:
        """The option whose words a text claims; several of them are several options only where those are asked for."""
        found = self.offer.named(text, denials(text))
        if found and (len(found) == 1 or self.several or empty):
            wordings = ", ".join(self.offer.wordings[letter] for letter in found)
            yield ChosenOptions(found, text.strip(), rule, taken=wordings)


def _stated(text: str) -> str:
    """The text without clauses on what was at first, or what the answer is only compared with."""
    if not _COMPARES.search(text):
        return text
    parts = [part for sentence in sentences(text) for part in contrasted(sentence)]
    kept = [part for part in parts if not (speaks_of_before(part) or is_note(part))]
    return " ".join(kept) if any(map(_LETTER.search, kept)) else text


def _without_former(text: str, mentions: list[Mention]) -> list[Mention]:
    """The mentions without those that were chosen at first, where others are left."""
    if not _EAST.search(text):
        return mentions
    kept = [
        one
        for one in mentions
        if not _AT_FIRST.search(text, max(0, one.start - 30), one.start) and not _CHOSEN_FIRST.match(text, one.end)
    ]
    return kept or mentions


def _of(mention: Mention, text: str, rule: Rule) -> ChosenOptions:
    return ChosenOptions(
        mention.letters, _sentence(text, mention), rule, mention.is_open, text[mention.start : mention.end].strip()
    )


def _together(mentions: list[Mention], text: str, rule: Rule) -> ChosenOptions:
    letters = dict.fromkeys(letter for mention in mentions for letter in mention.letters)
    is_open = len(mentions) == 1 and mentions[0].is_open
    read = text.strip() if len(mentions) > 1 else _sentence(text, mentions[0])
    return ChosenOptions(tuple(letters), read, rule, is_open, ", ".join(letters))


def _sentence(text: str, mention: Mention) -> str:
    """The sentence, or line, that a mention stands in."""
    at = 0
    for sentence in sentences(text):
        at = text.find(sentence, at) + len(sentence)
        if at >= mention.end:
            return sentence
    return text.strip()
