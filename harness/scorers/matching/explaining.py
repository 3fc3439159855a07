"""A verdict with all that it was read from: what was left to read, what could have counted there, and what did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.records import Match, Question
from harness.scorers.matching.alphabets import in_latin
from harness.scorers.matching.grades import Grade, keys_of
from harness.scorers.matching.names import spellings
from harness.scorers.matching.normalizing import plain
from harness.scorers.matching.numbers import ratios_in, reader
from harness.scorers.matching.options import offer_of
from harness.scorers.matching.quantities import question_text
from harness.scorers.matching.reading import denials, own_turn, readable, without_echo
from harness.scorers.matching.values import Span


@dataclass(frozen=True)
class Candidate:
    """Something in an answer that could be its claim."""

    text: str
    is_denied: bool
    """It is only named to be denied: "not 7"."""


@dataclass(frozen=True)
class Explanation:
    """Why an answer is worth what it is."""

    question: Question
    text: str
    """What of the answer was read: its own turn, in plain spelling, without what repeats the question."""
    candidates: tuple[Candidate, ...]
    """What could have counted there, in its order; none for kinds that look at the text as a whole."""
    grade: Grade


def explained(question: Question, answer: str, grade: Grade) -> Explanation:
    """The explanation of a grade that an answer was given."""
    if question.match in ("regex", "open"):
        return Explanation(question, answer, (), grade)
    text = without_echo(own_turn(plain(readable(answer))), question_text(question.question)).strip()
    find = _FINDERS.get(question.match)
    return Explanation(question, text, tuple(find(question, text)) if find else (), grade)


def _numbers(question: Question, text: str) -> Iterator[Candidate]:
    find = reader([plain(key) for key in keys_of(question)], question.question, text)
    yield from _spans(text, find(text))


def _ratios(question: Question, text: str) -> Iterator[Candidate]:
    yield from _spans(text, ratios_in(text))


def _options(question: Question, text: str) -> Iterator[Candidate]:
    offer, is_denied = offer_of(question), denials(text)
    latin = in_latin(text, question.question, tuple(keys_of(question)))
    undenied = {mention.start for mention in offer.letters.mentions(latin, denials(latin))}
    for mention in offer.letters.mentions(latin, lambda start, end: False):
        yield Candidate(latin[mention.start : mention.end], mention.start not in undenied)
    for letter in offer.named(text, is_denied):
        yield Candidate(f"{letter}: {offer.wordings[letter]}", False)


def _names(question: Question, text: str) -> Iterator[Candidate]:
    is_denied = denials(text)
    for spelling in spellings(keys_of(question), text):
        at = text.rfind(spelling)
        yield Candidate(spelling, is_denied(at, at + len(spelling)))


def _spans(text: str, found: Sequence[Span]) -> Iterator[Candidate]:
    is_denied = denials(text)
    for value in found:
        yield Candidate(text[value.start : value.end].strip(), is_denied(value.start, value.end))


_FINDERS: dict[Match, Callable[[Question, str], Iterator[Candidate]]] = {
    "number": _numbers,
    "ratio": _ratios,
    "choice": _options,
    "choices": _options,
    "contains": _names,
}
