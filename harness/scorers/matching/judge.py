"""Is an answer right: one judge a matching kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from harness.records import Match, Question
from harness.scorers.matching.alphabets import in_latin, places_in_latin
from harness.scorers.matching.choices import Picked, picked
from harness.scorers.matching.grades import RIGHT, Grade, keys_of
from harness.scorers.matching.names import claim_of
from harness.scorers.matching.normalizing import bare, plain
from harness.scorers.matching.patterns import is_found
from harness.scorers.matching.quantities import judge_number, judge_ratio, question_text
from harness.scorers.matching.reading import markers, own_turn, readable, without_echo

_LETTER = re.compile("[A-Z]")
_AND = re.compile(r"\b(?:and|und|et|y|both|options?)\b", re.IGNORECASE)


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
    wanted = _letters_wanted(question)
    found = picked(answer, question)
    if (len(found.letters) == 1 and set(found.letters) <= wanted) or _is_alias(question, answer):
        return _graded(found, None)
    if not found.letters:
        return Grade(0.0, "no choice", answered=False)
    return _graded(found, f"chooses {found.letters[0]}" if len(found.letters) == 1 else "chooses several")


def _choices(question: Question, answer: str) -> Grade:
    """Exactly the options of the key, or of an alias, in any order."""
    keys = [letters for key in keys_of(question) if (letters := _letters_of(key, question))]
    if not keys:
        return Grade(None, f"the answer key {question.answer!r} names no letters")
    found = picked(answer, question)
    if not found.letters:
        return Grade(0.0, "no choice", answered=False)
    said = frozenset(found.letters)
    if found.is_open:
        return _graded(found, f"leaves {_listed(said)} open")
    return _graded(found, None if said in keys else _difference(said, keys[0]))


def _difference(said: frozenset[str], key: frozenset[str]) -> str:
    parts = [
        f"lacks {_listed(key - said)}" if key - said else "",
        f"{_listed(said - key)} too much" if said - key else "",
    ]
    return f"chooses {_listed(said)}: {', '.join(part for part in parts if part)}"


def _listed(letters: Iterable[str]) -> str:
    return ", ".join(sorted(letters))


def _letters_of(key: str, question: Question) -> frozenset[str]:
    """The letters of a key: A,C or AC, "A and C", ①③, or the words of one option."""
    latin = places_in_latin(in_latin(key, question.question, tuple(keys_of(question))))
    return frozenset(_LETTER.findall(_AND.sub(" ", plain(latin)).upper()))


def _letters_wanted(question: Question) -> set[str]:
    keys = tuple(keys_of(question))
    return {places_in_latin(in_latin(key, question.question, keys)).strip(" ()[].").upper() for key in keys}


def _is_alias(question: Question, answer: str) -> bool:
    return bare(answer) in {bare(key) for key in question.aliases}


def _graded(found: Picked, fault: str | None) -> Grade:
    return Grade(
        float(fault is None), fault, read=found.read, rule=found.rule, taken=(found.taken,) if found.taken else ()
    )


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
    "choice": _choice,
    "choices": _choices,
    "regex": _regex,
}
