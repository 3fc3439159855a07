"""Judges of quantities: is the number, or the ratio, that an answer settles on the key's."""

from __future__ import annotations

import re
from functools import lru_cache

from harness.records import Question
from harness.scorers.matching.claims import final_claims
from harness.scorers.matching.grades import Grade, keys_of
from harness.scorers.matching.normalizing import plain
from harness.scorers.matching.numbers import Number, equal, numbers_in, parse_number
from harness.scorers.matching.ratios import is_quotient, is_rounded, parse_ratio, ratios_in, same_ratio

_ASKS_FOR_ASIDES = re.compile(r"\b(?:year|when|date|century|angle|degrees?|temperature|hot|cold)\b|°", re.IGNORECASE)


def judge_number(question: Question, answer: str) -> Grade:
    """The number that an answer settles on is a key, or within the tolerance of one."""
    keys = [key for key in (parse_number(plain(key)) for key in keys_of(question)) if key]
    if not keys:
        return Grade(None, f"the answer key {question.answer!r} is no number")
    asked = question_text(question.question)
    known = _numbers_of(asked)

    def given(number: Number) -> bool:
        return (number.value, number.percent) in known or (number.aside and not _ASKS_FOR_ASIDES.search(asked))

    found = final_claims(plain(answer), asked, numbers_in, given)
    claims = found.values
    if not claims:
        return Grade(0.0, "no number", answered=False)
    percentage = "%" in asked or "percent" in asked.lower()
    # Who leaves several values open is right only when each of them would be.
    if all(any(equal(claim, key, question.tolerance, percentage) for key in keys) for claim in claims):
        return found.graded(None)
    return found.graded("says " + " or ".join(f"{claim.value:g}{'%' if claim.percent else ''}" for claim in claims))


def judge_ratio(question: Question, answer: str) -> Grade:
    """The ratio that an answer settles on is a key, reduced or not."""
    keys = [key.terms for key in (parse_ratio(plain(key)) for key in keys_of(question)) if key]
    if not keys:
        return Grade(None, f"the answer key {question.answer!r} is no ratio")
    text, asked = plain(answer), question_text(question.question)
    found = final_claims(text, asked, ratios_in, lambda _: False)
    claims = found.values
    if not claims:
        numbers = final_claims(text, asked, numbers_in, lambda _: False)
        if any(is_quotient(f"{number.value!r}", key) for number in numbers.values for key in keys):
            return numbers.graded(None)
        return Grade(0.0, "no ratio", answered=False)
    if all(any(same_ratio(claim.terms, key) or is_rounded(claim.terms, key) for key in keys) for claim in claims):
        return found.graded(None)
    return found.graded("says " + " or ".join(":".join(f"{term:g}" for term in claim.terms) for claim in claims))


question_text = lru_cache(maxsize=1024)(plain)


@lru_cache(maxsize=1024)
def _numbers_of(question: str) -> frozenset[tuple[float, bool]]:
    return frozenset((number.value, number.percent) for number in numbers_in(question))
