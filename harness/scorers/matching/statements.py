"""Which statement of a text is its answer: a marked one, an opening one, one on what is asked, or the last."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.scorers.matching.grades import Rule
from harness.scorers.matching.reading import (
    ECHOED,
    AskedFor,
    calculates,
    is_check,
    is_conceded,
    is_conclusion,
    is_note,
    is_offer,
    markers,
    sentences,
    speaks_of_before,
    stem,
    stems,
)
from harness.scorers.matching.values import EAST, Find, S, Span, counts, follows

_CALCULATES = re.compile(
    r"[=≈]|\bstep\s*\d|\b(?:therefore|thus|hence|total of|leaving|leaves|remaining)\b|\bso\b[ ,]", re.I
)
_SIMPLER = re.compile(
    r"\bsimplif(?:y|ies|ied|ying)\b(?! (?:explanation|terms))|^\W*+combined\b|化簡|化简", re.IGNORECASE
)
# "Numerator: 500" is a step, "Result: 500" is none.
_LABELLED = re.compile(r"\W*(?!(?:final|result|total|solution|ans)\b)[^\W\d_][\w ]{2,30}:\s", re.IGNORECASE)
_IS = re.compile(r"\b(?:is|are|was|were|ist|war|est|es|é)\b|[是為为]|は|은|는", re.IGNORECASE)
# "y/2", "2x = 10", "2(1/2)x": a value among unknowns is none of its own.
_ALGEBRA = re.compile(r"\d\)?[a-zA-Z]\b|\b[a-zA-Z]\s?[*/+]\s?\d|\b[b-zB-Z]\s?\+|[)\d]\s?[*/+]\s?[b-zB-Z]\b")
_COMPARED = re.compile(
    r"\b(?:compared (?:to|with)|as against|frente a|contra|contre|gegenüber|versus)\s$|"
    r"\b(?:(?:less|more|greater|smaller|larger|higher|lower|fewer|bigger|longer|shorter) than"
    r"|exceeds|compared (?:to|with)"
    r"|(?:kleiner|größer|weniger|mehr|höher|niedriger) als|(?:plus|moins) (?:grand|petit|élevé)\w{0,2} que"
    r"|(?:mayor|menor|más|menos|maior|mais) (?:que|de|do que))\s(?:the |a |\$|about ){0,2}$",
    re.IGNORECASE,
)
# A sentence in brackets.
_ASIDE = re.compile(r"[^\w(]{0,3}+\([^()]*+\)\W*+\Z")
_SHORT = 6
"""Words of an opening that is a statement by its shortness."""
_PER_WORD = 6
"""East Asian characters that are as much as a word."""
# "It is 7" speaks of what was named before.
_REFERS = re.compile(
    r"\b(?:it|this|that|which|they|these|those|he|she|his|her)\b|[它這这那]|それ|これ|그것|이것|\b(?:es|das|dies"
    r"|cela|ça|ce"
    r"|esto|eso)\b",
    re.IGNORECASE,
)
# "Per person it is 125" adds to a total.
_SHARE = re.compile(r"\W*(?:per|each|for each|for every|pro|par|por)\b|每[個个人]", re.IGNORECASE)
BECAUSE = re.compile(r"\W*(?:because|since|as|for|due to|因為|因为|weil|da|parce que|car|porque)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ChosenStatement:
    """A statement of a text, and why it was taken."""

    text: str
    first: bool
    """It is the text's opening statement or a marked answer, not the end of a calculation."""
    rule: Rule


def marked(text: str, find: Find[S]) -> ChosenStatement | None:
    """What stands behind the last explicit marker that a value follows."""
    return next((ChosenStatement(rest, True, "marker") for rest in reversed(markers(text)) if find(rest)), None)


def unmarked(text: str, asked: AskedFor, find: Find[S], given: Callable[[S], bool]) -> ChosenStatement | None:
    """The statement that answers where no marker says which; None where no sentence holds a value."""
    holding = _holding(text, find)
    if not holding:
        return None
    first = next((at for at, (_, values) in enumerate(holding) if not all(map(given, values))), 0)
    opening, values = holding[first]
    rest = [sentence for sentence, _ in holding[first + 1 :]]
    if len(holding) == 1:
        return ChosenStatement(opening, True, "only")
    if _is_statement(opening, values, text, asked) and not _is_aside(opening, values, rest, asked):
        is_counted = any(counts(opening, value, asked) for value in values)
        return _overruling(opening, holding[first + 1 :], asked, given, is_counted) or ChosenStatement(
            opening, True, "opening"
        )
    return _on_the_quantity(holding, asked, given) or ChosenStatement(holding[-1][0], False, "last")


def _holding(text: str, find: Find[S]) -> list[tuple[str, Sequence[S]]]:
    """The sentences with a value, without those that only go over the result again, and without notes behind it."""
    holding: list[tuple[str, Sequence[S]]] = []
    for sentence in sentences(text):
        if holding and is_check(sentence):
            break
        if (values := find(sentence)) and not is_offer(sentence):
            holding.append((sentence, values))
    while len(holding) > 1 and is_note(holding[-1][0]):
        holding.pop()
    return holding


def _overruling(
    opening: str,
    rest: Sequence[tuple[str, Sequence[S]]],
    asked: AskedFor,
    given: Callable[[S], bool],
    is_counted: bool,
) -> ChosenStatement | None:
    """A later conclusion on what is asked, a simplification, or a later statement that is no less about it."""
    closeness = asked.closeness(opening)
    is_on_it = asked.names(opening) or is_counted
    found: list[tuple[tuple[int, int, int], ChosenStatement]] = []
    for sentence, values in rest:
        said = asked.closeness(sentence)
        if is_conclusion(sentence) and (asked.is_met(sentence) or said >= max(closeness, (1, 0, 0))):
            found.append((said, ChosenStatement(sentence, False, "conclusion")))
        elif _SIMPLER.search(sentence):
            found.append((max(said, closeness), ChosenStatement(sentence, False, "simplified")))
        elif is_conceded(sentence) or speaks_of_before(sentence) or sentence.endswith("?") or _ASIDE.match(sentence):
            continue
        elif asked.names(sentence) and said >= closeness:
            found.append((said, ChosenStatement(sentence, False, "asked")))
        elif all(_is_compared(sentence, it) for it in values):
            continue
        elif said > closeness or (said == closeness > (0, 0, 0) and not is_on_it and not all(map(given, values))):
            found.append((said, ChosenStatement(sentence, False, "asked")))
        elif len(rest) == 1 and not any((*said, *closeness)) and _are_of_two(opening, sentence, asked):
            found.append((said, ChosenStatement(sentence, False, "last")))
    # The last of those that say most of what is asked; a conclusion yields to none that says less.
    return max(reversed(found), key=lambda one: one[0], default=((0, 0, 0), None))[1]


def _are_of_two(opening: str, sentence: str, asked: AskedFor) -> bool:
    """Whether two short statements are each of something of their own: "總成本是8。利潤是4。"."""
    both = (opening, sentence)
    if not opening.isascii() and all(map(str.isascii, asked.focus)):
        return False  # what is asked in another language shares no word with either
    if any(_words(one) > _SHORT or _REFERS.search(one) for one in both) or not all(map(_IS.search, both)):
        return False
    first, second = (frozenset(one for one in stems(text) if not one[:1].isdigit()) for text in both)
    return bool(first and second) and not first & second


def _is_share(sentence: str, asked: AskedFor) -> bool:
    """Whether a sentence tells of each one where the question asks of all."""
    return bool(_SHARE.match(sentence)) and not asked.focus & {"each", "per", "every", "每個", "每人"}


def _is_compared(sentence: str, value: Span) -> bool:
    """Whether a sentence names a value to set another against it: "less than 0.7"."""
    return follows(_COMPARED, sentence, value, 40)


def _on_the_quantity(
    holding: Sequence[tuple[str, Sequence[S]]], asked: AskedFor, given: Callable[[S], bool]
) -> ChosenStatement | None:
    """The last sentence that names the quantity asked for, where those behind it neither name it nor conclude."""
    for sentence, values in reversed(holding):
        if speaks_of_before(sentence) or sentence.endswith("?") or _is_share(sentence, asked):
            continue
        if asked.names(sentence) and (not all(map(given, values)) or _is_closest(sentence, holding, asked)):
            return ChosenStatement(sentence, False, "conclusion" if is_conclusion(sentence) else "asked")
        if is_conclusion(sentence):
            return ChosenStatement(sentence, False, "conclusion")
        if _REFERS.search(sentence) or "=" in sentence or calculates(sentence):
            return None
    return None


def _is_closest(sentence: str, holding: Sequence[tuple[str, Sequence[S]]], asked: AskedFor) -> bool:
    return asked.closeness(sentence) == max(asked.closeness(other) for other, _ in holding)


def _is_aside(opening: str, values: Sequence[Span], rest: Sequence[str], asked: AskedFor) -> bool:
    """Whether an opening speaks of another quantity ("The bank angle is 18.8°") and a later sentence the asked."""
    if _LABELLED.match(opening) and len(rest) > 1:
        return True
    if asked.is_unit and not any(counts(opening, value, asked) for value in values):
        return any(asked.counted in [stem(word) for word in sentence.split()] for sentence in rest)
    said = frozenset(one for one in stems(opening) if one[:1].isalpha())
    return bool(said and asked.head and not said & (asked.head | asked.focus)) and any(map(asked.names, rest))


def _is_statement(sentence: str, values: Sequence[Span], text: str, asked: AskedFor) -> bool:
    if sentence.endswith(("?", "？")) or speaks_of_before(sentence) or BECAUSE.match(sentence):
        return False
    if (
        calculates(sentence)
        or (ECHOED in sentence and "=" in sentence)
        or _ALGEBRA.search(sentence)
        or _is_share(sentence, asked)
    ):
        return False
    if _words(sentence) <= _SHORT and not ("=" in sentence and text.count("=") > 1):
        return True
    if asked.is_met(sentence):
        return True
    return not _CALCULATES.search(text) and any(counts(sentence, value, asked) for value in values)


def _words(sentence: str) -> int:
    """How long a sentence is: of East Asian text six characters count as a word."""
    return len(sentence.split()) + (0 if sentence.isascii() else len(EAST.findall(sentence)) // _PER_WORD)
