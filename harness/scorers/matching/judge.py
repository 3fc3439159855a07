"""Is an answer right: one judge a matching kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from harness.records import Match, Question
from harness.scorers.matching.choices import chosen
from harness.scorers.matching.claims import final_claims
from harness.scorers.matching.names import claim_of
from harness.scorers.matching.normalizing import bare, plain
from harness.scorers.matching.numbers import Number, equal, numbers_in, parse_number
from harness.scorers.matching.passages import markers, own_turn, readable, without_echo
from harness.scorers.matching.patterns import is_found
from harness.scorers.matching.ratios import is_quotient, is_rounded, parse_ratio, ratios_in, same_ratio


@dataclass(frozen=True)
class Grade:
    """What an answer is worth: 1 right, 0 wrong, None not judged; the note says why it is not right."""

    value: float | None
    note: str | None = None
    answered: bool = True
    """False where the answer holds nothing of the kind that was asked for."""


RIGHT = Grade(1.0)


_ASKS_FOR_ASIDES = re.compile(r"\b(?:year|when|date|century|angle|degrees?|temperature|hot|cold)\b|°", re.IGNORECASE)


def grade(question: Question, answer: str) -> Grade:
    """Judges an answer by the question's matching kind; an empty answer is wrong, an open question is not judged."""
    if question.match == "open" or question.answer is None:
        return Grade(None, "open question: no answer key")
    if not answer.strip():
        return Grade(0.0, "empty answer", answered=False)
    # A pattern is searched in the answer as it stands, and has a limit of its own.
    return JUDGES[question.match](question, answer if question.match == "regex" else readable(answer))


def _exact(question: Question, answer: str) -> Grade:
    """The whole answer, or what follows its last marker ("Answer: …"), is a key but for case, articles, punctuation."""
    keys = {bare(key) for key in _keys(question)}
    said = [bare(answer), *(bare(rest) for rest in markers(own_turn(plain(answer)))[-1:])]
    return RIGHT if keys & set(said) else Grade(0.0, f"not exactly {question.answer}")


def _contains(question: Question, answer: str) -> Grade:
    """A key stands as whole words in what the answer claims, and is neither denied nor left open there."""
    text = without_echo(own_turn(plain(answer)), _question_text(question.question))
    if not bare(text):
        return Grade(0.0, "repeats the question" if bare(answer) else "no word", answered=False)
    found = claim_of(_keys(question), text)
    return RIGHT if found == "claimed" else Grade(0.0, f"{question.answer} is {found}")


def _number(question: Question, answer: str) -> Grade:
    keys = [key for key in (parse_number(plain(key)) for key in _keys(question)) if key]
    if not keys:
        return Grade(None, f"the answer key {question.answer!r} is no number")
    asked = _question_text(question.question)
    known = _numbers_of(asked)

    def given(number: Number) -> bool:
        return (number.value, number.percent) in known or (number.aside and not _ASKS_FOR_ASIDES.search(asked))

    claims = final_claims(plain(answer), asked, numbers_in, given)
    if not claims:
        return Grade(0.0, "no number", answered=False)
    percentage = "%" in asked or "percent" in asked.lower()
    # Who leaves several values open is right only when each of them would be.
    if all(any(equal(claim, key, question.tolerance, percentage) for key in keys) for claim in claims):
        return RIGHT
    return Grade(0.0, "says " + " or ".join(f"{claim.value:g}{'%' if claim.percent else ''}" for claim in claims))


def _ratio(question: Question, answer: str) -> Grade:
    keys = [key.terms for key in (parse_ratio(plain(key)) for key in _keys(question)) if key]
    if not keys:
        return Grade(None, f"the answer key {question.answer!r} is no ratio")
    text, asked = plain(answer), _question_text(question.question)
    claims = final_claims(text, asked, ratios_in, lambda _: False)
    if not claims:
        numbers = final_claims(text, asked, numbers_in, lambda _: False)
        if any(is_quotient(f"{number.value!r}", key) for number in numbers for key in keys):
            return RIGHT
        return Grade(0.0, "no ratio", answered=False)
    if all(any(same_ratio(claim.terms, key) or is_rounded(claim.terms, key) for key in keys) for claim in claims):
        return RIGHT
    return Grade(0.0, "says " + " or ".join(":".join(f"{term:g}" for term in claim.terms) for claim in claims))


def _choice(question: Question, answer: str) -> Grade:
    wanted = {key.strip(" ()[].").upper() for key in _keys(question)}
    picked = chosen(answer, question)
    if picked in wanted or bare(answer) in {bare(key) for key in question.aliases}:
        return RIGHT
    if picked is None:
        return Grade(0.0, "no choice", answered=False)
    return Grade(0.0, f"chooses {picked}" if picked else "chooses several")


def _regex(question: Question, answer: str) -> Grade:
    """The pattern, or one of the aliases as patterns, is found in the answer as written (see patterns.is_found)."""
    try:
        return RIGHT if is_found(_keys(question), answer) else Grade(0.0, "no match")
    except ValueError as error:
        return Grade(None, f"the answer key is no usable regular expression ({error})")
    except TimeoutError as error:
        return Grade(None, str(error))


JUDGES: dict[Match, Callable[[Question, str], Grade]] = {
    "exact": _exact,
    "contains": _contains,
    "number": _number,
    "ratio": _ratio,
    "choice": _choice,
    "regex": _regex,
}


_question_text = lru_cache(maxsize=1024)(plain)


@lru_cache(maxsize=1024)
def _numbers_of(question: str) -> frozenset[tuple[float, bool]]:
    return frozenset((number.value, number.percent) for number in numbers_in(question))


def _keys(question: Question) -> list[str]:
    return [key for key in (question.answer, *question.aliases) if key]
