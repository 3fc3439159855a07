"""Where a text gives its answer: the one place that says which of several numbers or ratios counts.

docs/grading.md has the rule in full, with worked lines. In short, of the model's own turn without what it repeats of
the question: what stands behind a correction, before what it takes back; there the last explicit marker ("the answer
is", "####", a box); without one an opening statement, which a later conclusion ("therefore …"), a simplification or a
later sentence on the quantity that is asked for overrules; otherwise the last sentence that speaks of that quantity, or
the last that holds a value at all. Notes, checks and asides behind it do not count.

Within a sentence, numbers that the question gave count only where there is no other, brackets only where nothing stands
outside them, angles and years only where nothing else stands, and a denied value ("not 6 but 7") never. Reasons
("because …") state nothing where a value stands before them; of clauses set against each other the one on what is asked
counts (see clauses.on_topic), and of several values the one that the asked quantity's name stands beside. What follows
"=", "≈" or "is" goes before others. Of values joined by "or" all count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

from harness.scorers.matching.arithmetic import calculates
from harness.scorers.matching.grades import Grade, Rule
from harness.scorers.matching.reading import (
    ECHOED,
    AskedFor,
    asked_for,
    blank,
    corrections,
    denials,
    is_check,
    is_conceded,
    is_conclusion,
    is_note,
    is_offer,
    markers,
    on_topic,
    own_turn,
    sentences,
    speaks_of_before,
    stem,
    stems,
    without_echo,
    without_late_reason,
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
_RELATION = re.compile(r"(?:[=≈~]|\bequals?|\bis equal to)\s*$")
# "y/2", "2x = 10", "2(1/2)x": a value among unknowns is none of its own.
_IS = re.compile(r"\b(?:is|are|was|were|ist|war|est|es|é)\b|[是為为]|は|은|는", re.IGNORECASE)
_ALGEBRA = re.compile(r"\d\)?[a-zA-Z]\b|\b[a-zA-Z]\s?[*/+]\s?\d|\b[b-zB-Z]\s?\+|[)\d]\s?[*/+]\s?[b-zB-Z]\b")
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
_COMPARED = re.compile(
    r"\b(?:compared (?:to|with)|as against|frente a|contra|contre|gegenüber|versus)\s$|"
    r"\b(?:(?:less|more|greater|smaller|larger|higher|lower|fewer|bigger|longer|shorter) than"
    r"|exceeds|compared (?:to|with)"
    r"|(?:kleiner|größer|weniger|mehr|höher|niedriger) als|(?:plus|moins) (?:grand|petit|élevé)\w{0,2} que"
    r"|(?:mayor|menor|más|menos|maior|mais) (?:que|de|do que))\s(?:the |a |\$|about ){0,2}$",
    re.IGNORECASE,
)
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
# A sentence in brackets.
_ASIDE = re.compile(r"[^\w(]{0,3}+\([^()]*+\)\W*+\Z")
_BRACKETS = re.compile(r"\([^()]*\)")
_EAST = re.compile("[\u2e80-\u9fff\uac00-\ud7af]")
_SHORT = 6
"""Words of an opening that is a statement by its shortness."""
_PER_WORD = 6
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
# "It is 7" speaks of what was named before.

_REFERS = re.compile(
    r"\b(?:it|this|that|which|they|these|those|he|she|his|her)\b|[它這这那]|それ|これ|그것|이것|\b(?:es|das|dies"
    r"|cela|ça|ce"
    r"|esto|eso)\b",
    re.IGNORECASE,
)
# "Per person it is 125" adds to a total.
_SHARE = re.compile(r"\W*(?:per|each|for each|for every|pro|par|por)\b|每[個个人]", re.IGNORECASE)
_PART = re.compile(
    r"[,;、](?!\d)|[。]|\s(?=(?:and|but|while|und|aber|et|mais|y|pero)\s)|(?=但|而(?!且))", re.IGNORECASE
)
_BECAUSE = re.compile(r"\W*(?:because|since|as|for|due to|因為|因为|weil|da|parce que|car|porque)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Claims(Generic[S]):
    """What a text gives as its answer: several values where it leaves open which ("six or seven"), or none."""

    values: tuple[S, ...] = ()
    read: str = ""
    """The statement that was read; the values stand in it."""
    rule: Rule = "nothing"
    """Why that one was read, and no other."""

    @property
    def taken(self) -> tuple[str, ...]:
        """The values as they are written."""
        return tuple(dict.fromkeys(self.read[value.start : value.end].strip() for value in self.values))

    def graded(self, fault: str | None) -> Grade:
        """Right, or wrong for that reason."""
        return Grade(float(fault is None), fault, read=self.read, rule=self.rule, taken=self.taken)


@dataclass(frozen=True)
class _Stated:
    text: str
    first: bool
    """It is the text's opening statement or a marked answer, not the end of a calculation."""
    rule: Rule


def final_claims(text: str, question: str, find: Find[S], given: Callable[[S], bool]) -> Claims[S]:
    """The values that a plain text gives as its answer.

    find says which values a text holds, given whether the question itself gave one.
    """
    text = without_opening_marker(without_echo(own_turn(text), question))
    asked = asked_for(question)

    @cache
    def undenied(sentence: str) -> Sequence[S]:
        values = find(sentence)
        if not values:
            return []
        is_denied = denials(sentence)
        return [value for value in values if not is_denied(value.start, value.end)]

    corrected = corrections(text, lambda before, said: _takes_back(before, said, undenied))
    text = text if corrected is None else corrected
    stated = _marked(text, undenied) or _unmarked(text, asked, undenied, given)
    if stated is None:
        return Claims()
    rule = "correction" if corrected is not None and stated.rule in ("only", "opening", "last") else stated.rule
    return Claims(tuple(_settled(stated, asked, undenied, given)), stated.text, rule)


def _takes_back(before: str, said: str, find: Find[S]) -> bool:
    """Whether a sentence behind a "no, …" states a value that is not the one in question."""
    if _BECAUSE.match(said) or is_note(said) or speaks_of_before(said):
        return False
    stated = {said[value.start : value.end].strip() for value in find(said)}
    return bool(stated - {before[value.start : value.end].strip() for value in find(before)})


def _marked(text: str, find: Find[S]) -> _Stated | None:
    return next((_Stated(rest, True, "marker") for rest in reversed(markers(text)) if find(rest)), None)


def _unmarked(text: str, asked: AskedFor, find: Find[S], given: Callable[[S], bool]) -> _Stated | None:
    holding = _holding(text, find)
    if not holding:
        return None
    first = next((at for at, (_, values) in enumerate(holding) if not all(map(given, values))), 0)
    opening, values = holding[first]
    rest = [sentence for sentence, _ in holding[first + 1 :]]
    if len(holding) == 1:
        return _Stated(opening, True, "only")
    if _is_statement(opening, values, text, asked) and not _is_aside(opening, values, rest, asked):
        is_counted = any(_counts(opening, value, asked) for value in values)
        return _overruling(opening, holding[first + 1 :], asked, given, is_counted) or _Stated(opening, True, "opening")
    return _on_the_quantity(holding, asked, given) or _Stated(holding[-1][0], False, "last")


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
) -> _Stated | None:
    """A later conclusion on what is asked, a simplification, or a later statement that is no less about it."""
    closeness = asked.closeness(opening)
    is_on_it = asked.names(opening) or is_counted
    found: list[tuple[tuple[int, int, int], _Stated]] = []
    for sentence, values in rest:
        said = asked.closeness(sentence)
        if is_conclusion(sentence) and (asked.is_met(sentence) or said >= max(closeness, (1, 0, 0))):
            found.append((said, _Stated(sentence, False, "conclusion")))
        elif _SIMPLER.search(sentence):
            found.append((max(said, closeness), _Stated(sentence, False, "simplified")))
        elif is_conceded(sentence) or speaks_of_before(sentence) or sentence.endswith("?") or _ASIDE.match(sentence):
            continue
        elif asked.names(sentence) and said >= closeness:
            found.append((said, _Stated(sentence, False, "asked")))
        elif all(_is_compared(sentence, it) for it in values):
            continue
        elif said > closeness or (said == closeness > (0, 0, 0) and not is_on_it and not all(map(given, values))):
            found.append((said, _Stated(sentence, False, "asked")))
        elif len(rest) == 1 and not any((*said, *closeness)) and _are_of_two(opening, sentence, asked):
            found.append((said, _Stated(sentence, False, "last")))
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
    return _follows(_COMPARED, sentence, value, 40)


def _on_the_quantity(
    holding: Sequence[tuple[str, Sequence[S]]], asked: AskedFor, given: Callable[[S], bool]
) -> _Stated | None:
    """The last sentence that names the quantity asked for, where those behind it neither name it nor conclude."""
    for sentence, values in reversed(holding):
        if speaks_of_before(sentence) or sentence.endswith("?") or _is_share(sentence, asked):
            continue
        if asked.names(sentence) and (not all(map(given, values)) or _is_closest(sentence, holding, asked)):
            return _Stated(sentence, False, "conclusion" if is_conclusion(sentence) else "asked")
        if is_conclusion(sentence):
            return _Stated(sentence, False, "conclusion")
        if _REFERS.search(sentence) or "=" in sentence or calculates(sentence):
            return None
    return None


def _is_closest(sentence: str, holding: Sequence[tuple[str, Sequence[S]]], asked: AskedFor) -> bool:
    return asked.closeness(sentence) == max(asked.closeness(other) for other, _ in holding)


def _is_aside(opening: str, values: Sequence[Span], rest: Sequence[str], asked: AskedFor) -> bool:
    """Whether an opening speaks of another quantity ("The bank angle is 18.8°") and a later sentence the asked."""
    if _LABELLED.match(opening) and len(rest) > 1:
        return True
    if asked.is_unit and not any(_counts(opening, value, asked) for value in values):
        return any(asked.counted in [stem(word) for word in sentence.split()] for sentence in rest)
    said = frozenset(one for one in stems(opening) if one[:1].isalpha())
    return bool(said and asked.head and not said & (asked.head | asked.focus)) and any(map(asked.names, rest))


def _is_statement(sentence: str, values: Sequence[Span], text: str, asked: AskedFor) -> bool:
    if sentence.endswith(("?", "？")) or speaks_of_before(sentence) or _BECAUSE.match(sentence):
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
    return not _CALCULATES.search(text) and any(_counts(sentence, value, asked) for value in values)


def _words(sentence: str) -> int:
    """How long a sentence is: of East Asian text six characters count as a word."""
    return len(sentence.split()) + (0 if sentence.isascii() else len(_EAST.findall(sentence)) // _PER_WORD)


def _counts(sentence: str, value: Span, asked: AskedFor) -> bool:
    """Whether what "how many" asks for stands right behind the value."""
    return asked.counted is not None and asked.counted in map(
        stem, sentence[value.end : value.end + _BEHIND].split()[:3]
    )


def _settled(stated: _Stated, asked: AskedFor, find: Find[S], given: Callable[[S], bool]) -> list[S]:
    """The value of a sentence, with the alternatives it is joined to by "or"."""
    text = without_late_reason(stated.text, lambda clause: not all(map(given, find(clause))))
    # A denial may stand in another clause than what it denies.
    undenied = find(text)
    if stated.first:
        # Of "the three schools" the number is a part of their name.
        bare = _without(text, [value for value in undenied if text[value.start].isascii() or not given(value)])

        def overlap(begin: int, end: int) -> tuple[int, ...]:
            return (ECHOED in bare[begin:end], *asked.closeness(bare[begin:end])[:2], -asked.strayed(bare[begin:end]))

        is_open = _EAST.search(text) and any(
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
    values = [value for value in values if not _follows(_GRAVITY, text, value, 40)] or values
    if not values:
        return []
    results = [value for value in values if _follows(_RELATION, text, value, 16)]
    if results and not stated.first:
        return results[-1:]  # what a calculation comes to counts, even where the question named the same number
    all_, values = values, [value for value in values if not given(value)] or values
    kept = _of_the_quantity(text, values, asked)
    kept = [value for value in kept if _counts(text, value, asked)] or kept
    if asked.is_unit or asked.counted:
        kept = kept if any(_counts(text, it, asked) for it in kept) else _counting(text, all_, asked) or kept
    chosen = kept[_chosen(text, kept, stated.first)]
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
    found = [value for value in values if _counts(text, value, asked)]
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
        return _follows(_BETWEEN, text, left, 24)
    return bool(_OR.fullmatch(between) or _SIMPLIFIED.fullmatch(between))
