"""Where a text gives its answer: the one place that says which of several numbers or names counts.

1. Only the model's own turn is read: a later line such as "Question:" or "### Human:" begins a turn that it made up.
   What repeats the question (six and more words in a row, or a whole sentence of it) is taken out.
2. The last explicit marker wins: "the answer is", "Answer:", "#### 7", a box. An "Answer:" that the text begins with
   says nothing about where in it the answer stands, and is passed over.
3. Without one, an opening statement counts: the first sentence that holds a value, where it is the only one, is at most
   six words long, speaks of what is asked (names its quantity, or shares half of its content words), or counts the very
   thing that "how many" asks for in a text that does not calculate; never one that calculates itself, asks, or speaks
   of what was at first ("initially, …"). A conclusion ("therefore", "so", …) that speaks of what is asked overrules it,
   and so does a later simplification ("this simplifies to …").
4. Otherwise the text reasons first, and the last sentence that holds a value counts; notes and checks behind it do not.

Within a sentence, numbers that the question gave count only where there is no other, brackets only where nothing stands
outside them, angles and years only where nothing else stands, and a denied value ("not 6 but 7") never. Reasons
("because …") state nothing where a value stands before them; of clauses set against each other the one on what is asked
counts (see clauses.on_topic). What follows "=", "≈" or "is" goes before others. Of values joined by "or" all count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol, TypeVar

from harness.scorers.matching.arithmetic import calculates
from harness.scorers.matching.clauses import is_note, on_topic, speaks_of_before, without_late_reason
from harness.scorers.matching.passages import (
    WORD,
    blank,
    denials,
    markers,
    own_turn,
    sentences,
    without_echo,
    without_opening_marker,
)


class Span(Protocol):
    """Anything that stands somewhere in a text."""

    @property
    def start(self) -> int:
        """Where it begins, in characters of the text."""
        ...

    @property
    def end(self) -> int:
        """Where it is over: the first character behind it."""
        ...


S = TypeVar("S", bound=Span)
Find = Callable[[str], Sequence[S]]

_CONCLUSION = re.compile(
    r"\b(?:therefore|thus|hence|in conclusion|consequently|finally|in total|altogether)\b|^\W*so\b|∴"
    r"|因此|所以|故此|總共|总共",
    re.IGNORECASE,
)
_CALCULATES = re.compile(
    r"[=≈]|\bstep\s*\d|\b(?:therefore|thus|hence|total of|leaving|leaves|remaining)\b|\bso\b[ ,]", re.I
)
_SIMPLER = re.compile(
    r"\bsimplif(?:y|ies|ied|ying)\b(?! (?:explanation|terms))|^\W*+combined\b|化簡|化简", re.IGNORECASE
)
_SIMPLIFIED = re.compile(
    r"[\s,(]*(?:which |and |that )?(?:can be |may be |is )?(?:simplif|reduc)\w{1,20} (?:further )?(?:to|as)[\s:]*"
    r"|[^.;\n]{0,30}\bdividing\b[^.;\n]{0,40}\b(?:gives|yields|is|to)\s+",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:chang|go|went|drop|shift|reduc|decreas|increas|ris|rose|fell|fall)\w{0,20}\b[^.\n]{0,30}\bfrom\s+$",
    re.IGNORECASE,
)
# "Numerator: 500" is a step, "Result: 500" is none.
_LABELLED = re.compile(r"\W*(?!(?:final|result|total|solution|ans)\b)[^\W\d_][\w ]{2,30}:\s", re.IGNORECASE)
_RELATION = re.compile(r"[=≈~]\s*$")
_HEDGE = (
    r"(?:about|approximately|approx\.?|around|roughly|nearly|almost|exactly|equal to|only|just|still|at least|the|an?)"
)
_COPULA = re.compile(
    rf"(?:\b(?:is|are|was|were|be|equals?|gives?|has|have|get|makes?|costs?|of|to)\b|'s\b|是|為|为|有)[ ,:]{{0,30}}+"
    rf"(?:(?:{_HEDGE}|traditionally|typically|usually|generally|commonly)\s++){{0,9}}+[\s(]{{0,30}}+$",
    re.IGNORECASE,
)
_GRAVITY = re.compile(r"\bg\s*(?:=|≈|is|of)\s*(?:about\s+|approximately\s+)?$")
_OR = re.compile(
    r"(?:\s+[^\W\d_]{1,12})?,?\s+(?:or|to)\s+(?:even\s+|about\s+|maybe\s+)?|\s*(?:-|~|至|到|或)\s*", re.IGNORECASE
)
_BETWEEN = re.compile(r"\bbetween\s+$", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_QUESTION_WORD = re.compile(r",\s+(?=(?:what|how|which|who)\b)", re.IGNORECASE)
_QUANTITY = re.compile(r"\bwhat\s+\w+(?:\s+be)?(?:\s+now)?\s+the\s+((?:\w+\s+){1,3}?)of\b", re.IGNORECASE)
_COUNTED = re.compile(r"\bhow many\s+(\w+)", re.IGNORECASE)
# So far behind a value may stand what it counts.
_BEHIND = 200
_STOP = frozenset(
    "a an and are as at be by can did do does for from had has have he her his how if in is it its many much of on or "
    "she so such than that the their them there they this to was were what when where which who will with would you "
    "your did we i".split()
)


@dataclass(frozen=True)
class _Asked:
    """What a question asks for, as stems."""

    focus: frozenset[str]
    """Its content words."""
    head: frozenset[str]
    """The quantity's own name: of "what is the new ratio of …", ratio."""
    counted: str | None
    """What "how many" counts."""


@dataclass(frozen=True)
class _Stated:
    text: str
    first: bool
    """It is the text's opening statement or a marked answer, not the end of a calculation."""


def final_claims(text: str, question: str, find: Find[S], given: Callable[[S], bool]) -> list[S]:
    """The values that a plain text gives as its answer; several where it leaves open which ("six or seven")."""
    text = without_opening_marker(without_echo(own_turn(text), question))
    asked = _asked(question)

    @cache
    def undenied(sentence: str) -> Sequence[S]:
        values = find(sentence)
        if not values:
            return []
        is_denied = denials(sentence)
        return [value for value in values if not is_denied(value.start, value.end)]

    stated = _marked(text, undenied) or _unmarked(text, asked, undenied, given)
    return _settled(stated, asked, undenied, given) if stated else []


def _marked(text: str, find: Find[S]) -> _Stated | None:
    return next((_Stated(rest, True) for rest in reversed(markers(text)) if find(rest)), None)


def _unmarked(text: str, asked: _Asked, find: Find[S], given: Callable[[S], bool]) -> _Stated | None:
    holding = [(sentence, values) for sentence in sentences(text) if (values := find(sentence))]
    if not holding:
        return None
    while len(holding) > 1 and is_note(holding[-1][0]):
        holding.pop()
    first = next((at for at, (_, values) in enumerate(holding) if not all(map(given, values))), 0)
    opening, values = holding[first]
    rest = [sentence for sentence, _ in holding[first + 1 :]]
    if len(holding) == 1 or (_is_statement(opening, values, text, asked) and not _is_aside(opening, rest, asked)):
        later = (one for one in reversed(rest) if (_CONCLUSION.search(one) and _on(one, asked)) or _SIMPLER.search(one))
        last = next(later, None)
        return _Stated(opening, True) if last is None else _Stated(last, False)
    return _Stated(holding[-1][0], False)


def _is_aside(opening: str, rest: Sequence[str], asked: _Asked) -> bool:
    """Whether an opening speaks of another quantity ("The bank angle is 18.8°") and a later sentence the asked."""
    if _LABELLED.match(opening) and len(rest) > 1:
        return True
    said = frozenset(stem for stem in _stems(opening) if stem[:1].isalpha())
    return bool(said and asked.head and not said & (asked.head | asked.focus)) and any(
        asked.head <= _stems(sentence) for sentence in rest
    )


def _is_statement(sentence: str, values: Sequence[Span], text: str, asked: _Asked) -> bool:
    if sentence.endswith(("?", "？")) or speaks_of_before(sentence):
        return False
    if calculates(sentence):
        return False
    if len(sentence.split()) <= 6 and not ("=" in sentence and text.count("=") > 1):
        return True
    if _on(sentence, asked):
        return True
    return not _CALCULATES.search(text) and any(_counts(sentence, value, asked) for value in values)


def _counts(sentence: str, value: Span, asked: _Asked) -> bool:
    """Whether what "how many" asks for stands right behind the value."""
    return asked.counted is not None and asked.counted in map(
        _stem, sentence[value.end : value.end + _BEHIND].split()[:3]
    )


@lru_cache(maxsize=1024)
def _asked(question: str) -> _Asked:
    """Read from the last sentence that ends in a question mark."""
    parts = sentences(question)
    asked = next((part for part in reversed(parts) if part.endswith(("?", "？"))), parts[-1])
    # "If …, what is …": what is given goes before the question word.
    asked = _QUESTION_WORD.split(asked)[-1]
    head, counted = _QUANTITY.search(asked), _COUNTED.search(asked)
    return _Asked(
        _stems(asked),
        frozenset((_stem(head[1].split()[-1]),)) if head else frozenset(),
        _stem(counted[1]) if counted else None,
    )


def _on(sentence: str, asked: _Asked) -> bool:
    """Whether a sentence speaks of what is asked: of its quantity by name, or in half of its words."""
    said = _stems(sentence)
    return bool(asked.head and asked.head <= said) or (
        bool(asked.focus) and 2 * len(asked.focus & said) >= len(asked.focus)
    )


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in WORD.findall(text) if word.casefold() not in _STOP)


def _stem(word: str) -> str:
    folded = word.casefold().strip(".,:")
    return folded[:5] if len(folded) > 5 else folded.rstrip("s")


def _settled(stated: _Stated, asked: _Asked, find: Find[S], given: Callable[[S], bool]) -> list[S]:
    """The value of a sentence, with the alternatives it is joined to by "or"."""
    text = without_late_reason(stated.text, lambda clause: not all(map(given, find(clause))))
    if stated.first:
        text = on_topic(
            text,
            lambda clause: not all(map(given, find(clause))),
            lambda clause: len(asked.focus & _stems(clause)),
        )
    outside = _BRACKETS.sub(blank, text)
    values = list(find(outside)) or list(find(text))
    values = [value for value in values if not _follows(_GRAVITY, text, value, 40)] or values
    if not values:
        return []
    results = [value for value in values if _follows(_RELATION, text, value, 8)]
    if results and not stated.first and calculates(text):
        return results[-1:]  # what a calculation comes to counts, even where the question named the same number
    values = [value for value in values if not given(value)] or values
    if stated.first:
        values = [value for value in values if _counts(text, value, asked)] or values
    return _alternatives(text, _chosen(text, values, stated.first), values)


def _chosen(text: str, values: Sequence[S], first: bool) -> int:
    """The place of the value that stands behind "=" or "is", if there is one."""
    backwards = range(len(values) - 1, -1, -1)
    related = next((at for at in backwards if _follows(_RELATION, text, values[at], 8)), -1)
    copied = next((at for at in backwards if _follows(_COPULA, text, values[at], 60)), -1)
    if related >= 0 and (copied < 0 or values[related].start > values[copied].start):
        return related
    if copied < 0:
        return 0 if first else len(values) - 1
    return next(at for at in reversed(backwards) if _follows(_COPULA, text, values[at], 60)) if first else copied


def _follows(pattern: re.Pattern[str], text: str, value: Span, within: int) -> bool:
    return pattern.search(text, max(0, value.start - within), value.start) is not None


def _alternatives(text: str, chosen: int, values: Sequence[S]) -> list[S]:
    """The value with those that it is joined to: "six or seven", "5-7", "between 6 and 7"."""
    # "one two three" are three values at one place; the first of them speaks for it.
    while chosen > 0 and values[chosen - 1].start == values[chosen].start:
        chosen -= 1
    first = last = chosen
    while first > 0 and _joined(text, values[first - 1], values[first]):
        first -= 1
    while last + 1 < len(values) and _joined(text, values[last], values[last + 1]):
        last += 1
    chain = list(values[first : last + 1])
    if len(chain) == 2 and _CHANGE.search(text, max(0, chain[0].start - 60), chain[0].start):
        return chain[1:]
    return chain


def _joined(text: str, left: Span, right: Span) -> bool:
    between = text[left.end : right.start]
    if between.strip() == "and":
        return _follows(_BETWEEN, text, left, 12)
    return bool(_OR.fullmatch(between) or _SIMPLIFIED.fullmatch(between))
