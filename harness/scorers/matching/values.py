"""Which of a statement's values is its claim, and which others it leaves open beside it.

Numbers that the question gave count only where there is no other, brackets only where nothing stands outside them,
angles and years only where nothing else stands. Of clauses set against each other the one on what is asked counts (see
clauses.on_topic), and of several values the one that the asked quantity's name stands beside. What follows "=", "≈" or
"is" goes before others. Of values joined by "or" all count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from harness.scorers.matching.reading import ECHOED, AskedFor, blank, on_topic, stem, without_late_reason


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

_SIMPLIFIED = re.compile(
    r"[\s,(]*(?:which |and |that )?(?:can be |may be |is )?(?:simplif|reduc)\w{1,20} (?:further )?(?:to|as)[\s:]*"
    r"|[^.;\n]{0,30}\bdividing\b[^.;\n]{0,40}\b(?:gives|yields|is|to)\s+",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:chang|go|went|drop|shift|reduc|decreas|increas|ris|rose|fell|fall)\w{0,20}\b[^.\n]{0,30}\bfrom\s+$",
    re.IGNORECASE,
)
_RELATION = re.compile(r"(?:[=≈~]|\bequals?|\bis equal to)\s*$")
_HEDGE = (
    r"(?:about|approximately|approx\.?|around|roughly|nearly|almost|exactly|equal to|only|just|still|at least"
    r"|the|an?)"
)
_COPULA = re.compile(
    rf"(?:\b(?:is|are|was|were|be|equals?|gives?|has|have|get|makes?|costs?|of|to|leaves?|leaving|comes to|yields?"
    rf"|works out (?:as|at)|ist|sind|beträgt|betragen|lautet|ergibt|ergeben|macht|bleib\w{{1,3}}|est|sont|vaut|donne"
    rf"|fait|reste(?:nt)?|es|son|queda[n]?|é|são|dá|sobra[m]?)\b|'s\b"
    rf"|(?:[是為为有得剩は은는]|等[於于]|得[到出]|剩下|[還还只]剩|[餘余]下|[則则就]是|合[計计]"
    rf"|つまり)(?:\([은는]\))?)[ ,:]{{0,30}}+"
    rf"(?:de\s)?(?:人民[币幣]|新?[臺台]?幣|[A-Z]{{0,3}}[$€£¥₹]|Rs\.?)?"
    rf"(?:(?:{_HEDGE}|traditionally|typically|usually|generally|commonly)\s++){{0,9}}+[\s(]{{0,30}}+$",
    re.IGNORECASE,
)
_GRAVITY = re.compile(r"\bg\s*(?:=|≈|is|of)\s*(?:about\s+|approximately\s+)?$")
_PERHAPS = (
    r"(?:even|about|maybe|perhaps|possibly|else|(?:it|that)\s(?:might|could|may)\sbe|de|von|bei|vielleicht|auch|eventuell"
    r"|möglicherweise|bien|peut-être|encore|quizás?|acaso|tal\svez|incluso|talvez|quem\ssabe|até|em|en|the|die|der|das|la|le"
    r"|el|a|o)\s+"
)
_EITHER = (
    r"[.ºª]{0,2}(?:\s+[^\W\d_]{1,12})?,?\s+(?:(?:or|oder|ou|o|u|bzw\.|beziehungsweise)\s+|"
    r"(?:sein,\s)?aber\sauch\s+|(?<=,\s)(?:maybe|perhaps|possibly|vielleicht|peut-être|quizás?|talvez|tal\svez|soit)\s+)"
    rf"(?:{_PERHAPS}){{0,3}}"
    r"|[^\W\d_]{0,8}[,、]?\s*(?:或者?(?:是)?|還是|还是|抑或是?|[也又]?(?:可能|也許|也许|或許|或许)是?|要[麼么嘛]是?"
    r"|か、?(?:それとも|あるいは)?|または|もしくは|あるいは|かも(?:しれないし|しれません|しれず)、?"
    r"|でしょうか、それとも|또는|혹은|아니면|이?거나"
    r"|일 ?수도 있고|인지|이나|나)\s*"
)
_OR = re.compile(
    rf"{_EITHER}|(?:\s+[^\W\d_]{{1,12}})?,?\s+to\s+(?:even\s+|about\s+)?|\s*(?:-|~|至|到)\s*", re.IGNORECASE
)
_LEFT_OPEN = re.compile(_EITHER, re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|zwischen|entre)\s+(?:(?:the|le|la|el|o|a|de|den|der)\s+)?$", re.IGNORECASE)
_AND = re.compile(r"(?:\s+[^\W\d_]{1,12})?\s+(?:and|und|et|y|e)\s+(?:(?:the|le|la|el|o|a|de)\s+)?", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
EAST = re.compile("[\u2e80-\u9fff\uac00-\ud7af]")
# So far behind a value may stand what it counts.
_BEHIND = 200
# "A profit of 70,000", "the profit is $70,000", "利潤是7萬"; "70,000 in profit".
_NAME_BEFORE = re.compile(
    r"(\w{1,40})\s?(?:(?:\b(?:of|is|was|were|are|equals|amounts to|comes to|totals|will be|would be|ist|war|beträgt"
    r"|von|est|de|es|fue)\b)|[:=]|是|為|为|有|は|은|는|이|가)\s?"
    r"(?:(?:about|approximately|roughly|exactly|now|then|just|only|therefore|also)\s)?[(]?$",
    re.IGNORECASE,
)
_NAME_BEHIND = re.compile(
    r"\s?(?:(?:dollars?|euros?|pounds?|cents?|yuan|元|€|£)\s?)?(?:(?:of|in|as|的)\s?)?(\w{1,40})", re.IGNORECASE
)
_PART = re.compile(
    r"[,;、](?!\d)|[。]|\s(?=(?:and|but|while|und|aber|et|mais|y|pero)\s)|(?=但|而(?!且))", re.IGNORECASE
)


def counts(sentence: str, value: Span, asked: AskedFor) -> bool:
    """Whether what "how many" asks for stands right behind the value."""
    return asked.counted is not None and asked.counted in map(
        stem, sentence[value.end : value.end + _BEHIND].split()[:3]
    )


def settled(statement: str, is_first: bool, asked: AskedFor, find: Find[S], given: Callable[[S], bool]) -> list[S]:
    """The value of a statement, with the alternatives it is joined to by "or".

    is_first: it is the text's opening or a marked one, and not the end of a calculation.
    """
    text = without_late_reason(statement, lambda clause: not all(map(given, find(clause))))
    # A denial may stand in another clause than what it denies.
    undenied = find(text)
    if is_first:
        # Of "the three schools" the number is a part of their name.
        bare = _without(text, [value for value in undenied if text[value.start].isascii() or not given(value)])

        def overlap(begin: int, end: int) -> tuple[int, ...]:
            return (ECHOED in bare[begin:end], *asked.closeness(bare[begin:end])[:2], -asked.strayed(bare[begin:end]))

        is_open = EAST.search(text) and any(
            _LEFT_OPEN.fullmatch(_opened(text)[one.end : other.start]) for one, other in pairwise(undenied)
        )
        text = (
            text
            if is_open
            else _only(text, *on_topic(text, [(value.start, given(value)) for value in undenied], overlap))
        )
    places = {(value.start, value.end) for value in undenied}
    outside = _BRACKETS.sub(blank, text)
    values = list(find(outside)) or list(find(text))
    values = [value for value in values if (value.start, value.end) in places] or values
    values = [value for value in values if not follows(_GRAVITY, text, value, 40)] or values
    if not values:
        return []
    results = [value for value in values if follows(_RELATION, text, value, 16)]
    if results and not is_first:
        return results[-1:]  # what a calculation comes to counts, even where the question named the same number
    all_, values = values, [value for value in values if not given(value)] or values
    kept = _of_the_quantity(text, values, asked)
    kept = [value for value in kept if counts(text, value, asked)] or kept
    if asked.is_unit or asked.counted:
        kept = kept if any(counts(text, it, asked) for it in kept) else _counting(text, all_, asked) or kept
    chosen = kept[_chosen(text, kept, is_first)]
    if chosen not in values:
        return [chosen]
    text = _opened(text)
    return _with_given(text, _alternatives(text, values.index(chosen), values), all_)


def _opened(text: str) -> str:
    """The text with "不是7就是8" as "不是7或者8", place for place."""
    return text.replace("就是", "或者") if "不是" in text else text


def _only(text: str, begin: int, end: int) -> str:
    """The text with all else blank, so that places stay what they are."""
    return " " * begin + text[begin:end] + " " * (len(text) - end)


def _without(text: str, values: Sequence[Span]) -> str:
    """The text with its values blank."""
    for value in values:
        text = text[: value.start] + " " * (value.end - value.start) + text[value.end :]
    return text


def _counting(text: str, values: Sequence[S], asked: AskedFor) -> list[S]:
    """The one value that counts what "how many" asks for, even where the question named the same number."""
    found = [value for value in values if counts(text, value, asked)]
    return found if len(found) == 1 else []


def _of_the_quantity(text: str, values: list[S], asked: AskedFor) -> list[S]:
    """Of several values those that the asked quantity's name stands beside, or shares a part of the sentence with."""
    if len(values) < 2 or not asked.names(text):
        return values
    if beside := [value for value in values if _is_named(text, value, asked)]:
        return beside
    ends = [*(found.start() for found in _PART.finditer(text)), len(text)]
    begin = 0
    kept: list[S] = []
    for end in ends:
        if asked.names(text[begin:end]):
            kept = [value for value in values if begin <= value.start < end] or kept
        begin = end
    return kept or values


def _is_named(text: str, value: Span, asked: AskedFor) -> bool:
    before = _NAME_BEFORE.search(text, max(0, value.start - 80), value.start)
    if before and asked.names(before[1]):
        return True
    behind = _NAME_BEHIND.match(text, value.end)
    return bool(behind and asked.names(behind[1]))


def _chosen(text: str, values: Sequence[S], first: bool) -> int:
    """The place of the value that stands behind "=" or "is", if there is one."""
    backwards = range(len(values) - 1, -1, -1)
    related = next((at for at in backwards if follows(_RELATION, text, values[at], 8)), -1)
    copied = next((at for at in backwards if follows(_COPULA, text, values[at], 60)), -1)
    if related >= 0 and (copied < 0 or values[related].start > values[copied].start):
        return related
    if copied < 0:
        return 0 if first else len(values) - 1
    return next(at for at in reversed(backwards) if follows(_COPULA, text, values[at], 60)) if first else copied


def follows(pattern: re.Pattern[str], text: str, value: Span, within: int) -> bool:
    """Whether a value stands behind what the pattern ends with, looked for in so many characters before it."""
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


def _with_given(text: str, chain: list[S], values: Sequence[S]) -> list[S]:
    """A value that the question gave is an alternative, too, where an "or" joins it."""
    begin, end = values.index(chain[0]), values.index(chain[-1])
    before = [values[begin - 1]] if begin and _LEFT_OPEN.fullmatch(text[values[begin - 1].end : chain[0].start]) else []
    behind = values[end + 1 : end + 2]
    if not (behind and _LEFT_OPEN.fullmatch(text[chain[-1].end : behind[0].start])):
        behind = []
    return [*before, *chain, *behind]


def _joined(text: str, left: Span, right: Span) -> bool:
    between = text[left.end : right.start]
    if _AND.fullmatch(between):
        return follows(_BETWEEN, text, left, 24)
    return bool(_OR.fullmatch(between) or _SIMPLIFIED.fullmatch(between))
