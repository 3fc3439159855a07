"""Is an answer right: one judge a matching kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from harness.records import Match, Question
from harness.scorers.matching.alphabets import in_latin, places_in_latin
from harness.scorers.matching.choices import ChosenOptions, picked
from harness.scorers.matching.grades import Grade, Rule, keys_of
from harness.scorers.matching.names import claim_of, names_anew
from harness.scorers.matching.normalizing import bare, plain
from harness.scorers.matching.patterns import found_in
from harness.scorers.matching.quantities import judge_math, judge_number, judge_ratio, question_text
from harness.scorers.matching.reading import (
    conclusions,
    corrections,
    markers,
    own_turn,
    readable,
    sentences,
    without_echo,
)

# "It is Lyon", "Lyonです": what stands around a name that is stated.
_LEAD = re.compile(
    r"\A\W{0,9}(?:it(?:'s| is)|that(?:'s| is)|es ist|c'est|es|[應应][該该]?是|[應应]?[為为]|是)\s?", re.IGNORECASE
)
_COPULA = re.compile(r"\s?(?:です|でした|である|だ|입니다|이다|이에요|예요)[.。!]?\s{0,3}$")
_SAID = re.compile(r"[^\W_]")
_LETTER = re.compile("[A-Z]")
_AND = re.compile(r"\b(?:and|und|et|y|both|options?)\b", re.IGNORECASE)


def grade(question: Question, answer: str) -> Grade:
    """Judges an answer by the question's matching kind; an empty answer is wrong, an open question is not judged."""
    if question.match == "open" or question.answer is None:
        return Grade(None, "open question: no answer key")
    if not answer.strip():
        return Grade(0.0, "nothing written", answered=False)
    # A pattern is searched in the answer as it stands, and has a limit of its own.
    return JUDGES[question.match](question, answer if question.match == "regex" else readable(answer))


def _exact(question: Question, answer: str) -> Grade:
    """The whole answer, or what it settles on ("Answer: …"), is a key but for case, articles, punctuation."""
    keys = {bare(key) for key in keys_of(question)}
    text = own_turn(plain(answer))
    whole = bare(answer) in keys
    read, rule = _settled(text)
    if whole:
        read, rule = answer.strip(), "whole"
    right = whole if rule == "whole" else not keys.isdisjoint((bare(read), bare(_COPULA.sub("", read))))
    fault = None if right else f"not exactly {question.answer}"
    return Grade(float(fault is None), fault, read=read, rule=rule, taken=(read,))


def _settled(text: str) -> tuple[str, Rule]:
    """What a text gives as its answer, and why: behind a correction, the last marker, or a conclusion; else all."""
    corrected = corrections(text, names_anew)
    if rests := markers(text if corrected is None else corrected):
        return rests[-1], "marker"
    if corrected is not None:
        return _LEAD.sub("", sentences(corrected)[0]), "correction"
    rests = conclusions(text)
    return (rests[-1], "conclusion") if rests and text.rstrip().endswith(rests[-1]) else (text.strip(), "whole")


def _contains(question: Question, answer: str) -> Grade:
    """A key stands as whole words in what the answer claims, and is neither denied nor left open there."""
    text = without_echo(own_turn(plain(answer)), question_text(question.question))
    if not _SAID.search(text):
        return Grade(0.0, "repeats the question" if _SAID.search(answer) else "no word", answered=False)
    found = claim_of(keys_of(question), text, question_text(question.question))
    fault = None if found.says == "claimed" else f"{question.answer} is {found.says}"
    return Grade(float(fault is None), fault, read=found.read.strip(), rule=found.rule, taken=found.spellings)


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
    return bool(question.aliases) and bare(answer) in {bare(key) for key in question.aliases}


def _graded(found: ChosenOptions, fault: str | None) -> Grade:
    return Grade(
        float(fault is None), fault, read=found.read, rule=found.rule, taken=(found.taken,) if found.taken else ()
    )


def _regex(question: Question, answer: str) -> Grade:
    """The pattern, or one of the aliases as patterns, is found in the answer as written (see patterns.found_in)."""
    try:
        found = found_in(answer, keys_of(question))
    except ValueError as error:
        return Grade(None, f"the answer key is no usable regular expression ({error})")
    except TimeoutError as error:
        return Grade(None, str(error))
    return Grade(0.0, "no match") if found is None else Grade(1.0, read=found, rule="pattern", taken=(found,))


JUDGES: dict[Match, Callable[[Question, str], Grade]] = {
    "exact": _exact,
    "contains": _contains,
    "number": judge_number,
    "ratio": judge_ratio,
    "math": judge_math,
    "choice": _choice,
    "choices": _choices,
    "regex": _regex,
}
