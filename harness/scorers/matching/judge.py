"""Is an answer right: one judge a matching kind."""

from __future__ import annotations

from collections.abc import Callable

from harness.records import Match, Question
from harness.scorers.matching.choices import chosen
from harness.scorers.matching.grades import RIGHT, Grade
from harness.scorers.matching.names import claim_of
from harness.scorers.matching.normalizing import bare, plain
from harness.scorers.matching.passages import markers, own_turn, readable, without_echo
from harness.scorers.matching.patterns import is_found
from harness.scorers.matching.quantities import judge_math, judge_number, judge_ratio, keys_of, question_text


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
    keys = {bare(key) for key in keys_of(question)}
    said = [bare(answer), *(bare(rest) for rest in markers(own_turn(plain(answer)))[-1:])]
    return RIGHT if keys & set(said) else Grade(0.0, f"not exactly {question.answer}")


def _contains(question: Question, answer: str) -> Grade:
    """A key stands as whole words in what the answer claims, and is neither denied nor left open there."""
    text = without_echo(own_turn(plain(answer)), question_text(question.question))
    if not bare(text):
        return Grade(0.0, "repeats the question" if bare(answer) else "no word", answered=False)
    found = claim_of(keys_of(question), text)
    return RIGHT if found == "claimed" else Grade(0.0, f"{question.answer} is {found}")


def _choice(question: Question, answer: str) -> Grade:
    wanted = {key.strip(" ()[].").upper() for key in keys_of(question)}
    picked = chosen(answer, question)
    if picked in wanted or bare(answer) in {bare(key) for key in question.aliases}:
        return RIGHT
    if picked is None:
        return Grade(0.0, "no choice", answered=False)
    return Grade(0.0, f"chooses {picked}" if picked else "chooses several")


def _regex(question: Question, answer: str) -> Grade:
    """The pattern, or one of the aliases as patterns, is found in the answer as written (see patterns.is_found)."""
    try:
        return RIGHT if is_found(keys_of(question), answer) else Grade(0.0, "no match")
    except ValueError as error:
        return Grade(None, f"the answer key is no usable regular expression ({error})")
    except TimeoutError as error:
        return Grade(None, str(error))


JUDGES: dict[Match, Callable[[Question, str], Grade]] = {
    "exact": _exact,
    "contains": _contains,
    "number": judge_number,
    "ratio": judge_ratio,
    "math": judge_math,
    "choice": _choice,
    "regex": _regex,
}
