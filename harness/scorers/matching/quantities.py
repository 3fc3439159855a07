"""Judges of quantities: is the number, or the ratio, that an answer settles on the key's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from harness.records import Question
from harness.scorers.matching.claims import final_claims
from harness.scorers.matching.expressions import expressions_in, is_prose, last_words, relation, shown, with_formulas
from harness.scorers.matching.grades import Grade, keys_of
from harness.scorers.matching.normalizing import plain
from harness.scorers.matching.numbers import (
    Number,
    PointInTime,
    equal,
    is_quotient,
    is_rounded,
    joined_dates,
    language_asked,
    language_of,
    moments_in,
    numbers_in,
    parse_moment,
    parse_number,
    parse_ratio,
    ratios_in,
    reader,
    same_moment,
    same_ratio,
)
from harness.scorers.matching.reading import own_turn

_NUMBER_ALONE = re.compile(r"-?[\d.,]++(?:/\d++)?+\s?%?")
# "One half", 三點五, "3.5 million": neither LaTeX nor several values.
_IN_WORDS = re.compile(r"(?=[^\n]{0,200}?[^\W\d_])[^\\{}()\[\],=$^\n]{1,200}")
_TWENTY_FOUR = re.compile(r"(?:0\d|1[3-9]|2[0-3]):")
_FORMULAS = re.compile(r"\$[^$\n]{1,500}+\$")
_ASKS_FOR_ASIDES = re.compile(
    r"\b(?:year|when|date|century|angle|degrees?|temperature|hot|cold|jahr|wann|datum|winkel|grad|temperatur|warm|kalt"
    r"|année|quand|angle|degrés?|température|chaud|froid|año|cuándo|fecha|ángulo|grados?|temperatura|frío|calor|ano|quando"
    r"|data|ângulo|graus?|frio)\b|°|[年角度溫温]|世[紀纪]|いつ|언제|날짜|일자|각도|기온|온도|몇 ?도|몇 ?년",
    re.IGNORECASE,
)


def judge_number(question: Question, answer: str) -> Grade:
    """The number (the date, the time) that an answer settles on is a key, or within the tolerance of one."""
    written = [plain(key) for key in keys_of(question)]
    asked = question_text(question.question)
    moments = [moment for moment in map(parse_moment, map(joined_dates, written)) if moment]
    if len(moments) == len(written):
        return _moment(moments, asked, answer)
    keys = [key for key in (parse_number(key, question.question) for key in written) if key]
    if not keys:
        return Grade(None, f"the answer key {question.answer!r} is no number")
    find = reader(written, question.question, answer)
    known = frozenset((number.value, number.percent) for number in find(asked))

    def given(number: Number) -> bool:
        return (number.value, number.percent) in known or (number.aside and not _ASKS_FOR_ASIDES.search(asked))

    found = final_claims(plain(answer), asked, find, given)
    claims = found.values
    if not claims:
        return Grade(0.0, "no number", answered=False)
    percentage = "%" in asked or "percent" in asked.lower() or "百分" in asked
    # Who leaves several values open is right only when each of them would be.
    if all(any(equal(claim, key, question.tolerance, percentage) for key in keys) for claim in claims):
        return found.graded(None)
    return found.graded("says " + " or ".join(f"{claim.value:g}{'%' if claim.percent else ''}" for claim in claims))


def _moment(keys: list[PointInTime], asked: str, answer: str) -> Grade:
    text = joined_dates(plain(answer))
    given = moments_in(asked)
    if any(one.hour is not None and _TWENTY_FOUR.match(asked, one.start) for one in given):
        # The question counts twenty-four hours, and so does its key: 10:00 is no 10 p.m.
        keys = [key if key.hour is None or key.late is not None else replace(key, late=key.hour >= 12) for key in keys]
    found = final_claims(text, asked, moments_in, frozenset(given).__contains__)
    if not found.values:
        return Grade(0.0, "no date or time", answered=False)
    is_right = all(any(same_moment(claim, key) for key in keys) for claim in found.values)
    return found.graded(None if is_right else "says another date or time")


def judge_ratio(question: Question, answer: str) -> Grade:
    """The ratio that an answer settles on is a key, reduced or not."""
    keys = [key.terms for key in (parse_ratio(plain(key)) for key in keys_of(question)) if key]
    if not keys:
        return Grade(None, f"the answer key {question.answer!r} is no ratio")
    text, asked = plain(answer), question_text(question.question)
    language = language_asked(asked) or language_of(text)
    found = final_claims(text, asked, lambda part: ratios_in(part, language), lambda _: False)
    claims = found.values
    if not claims:
        numbers = final_claims(text, asked, numbers_in, lambda _: False)
        if any(is_quotient(f"{number.value!r}", key) for number in numbers.values for key in keys):
            return numbers.graded(None)
        return Grade(0.0, "no ratio", answered=False)
    if all(any(same_ratio(claim.terms, key) or is_rounded(claim.terms, key) for key in keys) for claim in claims):
        return found.graded(None)
    return found.graded("says " + " or ".join(":".join(f"{term:g}" for term in claim.terms) for claim in claims))


def judge_math(question: Question, answer: str) -> Grade:
    """The expression that an answer settles on equals a key's: as math-verify says, or as a number in any spelling."""
    keys = keys_of(question)
    found, said = final_expression(question.question, answer)
    if not said:
        return Grade(0.0, "no expression", answered=False)
    if said in keys:
        return found
    plainly = [plain(text).strip() for text in (said, *keys)]
    if all(map(_NUMBER_ALONE.fullmatch, plainly)) and not any("/" in text for text in plainly):
        return judge_number(question, said)
    try:
        relations = [relation(key, said) for key in keys]
        if "same" in relations or _each_is(keys, found.taken):
            return found
    except TimeoutError as error:
        return Grade(None, str(error))
    if all(found == "no key" for found in relations):
        return Grade(None, f"the answer key {question.answer!r} is no expression")
    if _IN_WORDS.fullmatch(said) and all(_NUMBER_ALONE.fullmatch(plain(key).strip()) for key in keys):
        return judge_number(question, said)
    if all(found == "no expression" for found in relations):
        return Grade(0.0, "no expression", answered=False)
    return replace(found, value=0.0, note=f"says {said}")


def _each_is(keys: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether of several expressions each is a key: "$1/2$ or $0.5$"."""
    return len(parts) > 1 and all(any(relation(key, part) == "same" for key in keys) for part in parts)


def final_expression(asked: str, answer: str) -> tuple[Grade, str]:
    """What an answer's final claim says, as a grade that holds it right; "" where the answer holds no expression.

    Expressions that the question gave count only where there is no other.
    """
    text = with_formulas(own_turn(answer))
    known = frozenset(part for one in expressions_in(with_formulas(asked)) for part in one.parts)
    # Without its formulas: an answer that begins with what it simplifies repeats no words.
    words = _FORMULAS.sub(" ", with_formulas(asked))
    claims = final_claims(text, words, expressions_in, lambda one: known.issuperset(one.parts))
    parts = tuple(dict.fromkeys(part for one in claims.values for part in one.parts))
    if parts:
        return replace(claims.graded(None), read=shown(claims.read), taken=parts), ", ".join(parts)
    said = shown(last_words(text))
    said = "" if is_prose(said) else said
    return Grade(1.0, read=said, rule="only", taken=(said,)), said


question_text = lru_cache(maxsize=1024)(plain)
