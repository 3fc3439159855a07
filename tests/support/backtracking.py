"""What in a regular expression lets it search for longer than its text is long.

Python's engine tries one way after the other. A pattern takes linear time when each repeat without a small bound (LONG)

1. holds nothing that may be read in several ways, unless it keeps what it has read (`(?:…)*+`);
2. cannot begin inside its own run, where what follows may fail: else each start, or each way that what stands before it
   can be read in, reads the run again;

and when the bounded ones multiply to few ways (WAYS). It walks the tree of the standard library's own parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

LONG = 256
"""From this many times on, a repeat counts as one without a bound."""
WAYS = 2_000
_SIGNS = frozenset(map(chr, range(128))) | frozenset("éß我是，。：７²½\u00a0\u3000\u0301∴")
_WORD = frozenset(sign for sign in _SIGNS if re.fullmatch(r"\w", sign))
Node = tuple[Any, Any]
Chars = frozenset[str]
_NONE: Chars = frozenset()
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s", op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_ASSERTIONS = (op.AT, op.ASSERT, op.ASSERT_NOT)


@dataclass(frozen=True)
class _Place:
    """What stands around a part of a pattern."""

    before: Chars
    """What the character before it may be; none where it can begin in few places of a text."""
    after: Chars
    fails: bool
    """Whether what follows can fail, so that this part is asked for another way."""
    flags: int


def faults(pattern: re.Pattern[str], anchored: bool = False) -> list[str]:
    """The reasons why a pattern may take more than linear time; anchored where it is matched and never searched."""
    tree = _parser.parse(pattern.pattern, pattern.flags)
    place = _Place(_NONE if anchored else _SIGNS, _SIGNS, False, tree.state.flags)
    ways = _ways(list(tree), place)
    return [*_faults(list(tree), place), *([f"{ways} ways"] if ways > WAYS else [])]


def _faults(nodes: Sequence[Node], place: _Place) -> Iterator[str]:
    for node, here in _placed(nodes, place):
        kind, detail = node
        if kind in _REPEATS:
            yield from _faults_of_repeat(node, here)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _faults(list(detail[1]), replace(here, after=_SIGNS, fails=True))
        else:
            for part, flags in _parts(node, here.flags):
                yield from _faults(part, replace(here, flags=flags, fails=here.fails and kind is not op.ATOMIC_GROUP))


def _faults_of_repeat(node: Node, here: _Place) -> Iterator[str]:
    kind, (_, most, body) = node
    inner, read = list(body), _read(list(body), here.flags)
    keeps = kind is op.POSSESSIVE_REPEAT
    if most >= LONG:
        if not keeps and any(_varies(part) for part in inner):
            yield f"repeat in a repeat: {inner}"
        if here.fails and read & here.before:
            yield f"begins in its own run: {inner}: {_some(read & here.before)}"
    again = _first(inner, here.flags)[0] if most > 1 else _NONE
    # Before a second time stands what the first ended with; a few times are few places.
    last = _last(inner, here.flags)[0] if most > 1 and (here.before or most >= LONG or _wanders(inner)) else _NONE
    fails = (here.fails and not keeps) or node[1][0] > 1
    yield from _faults(inner, replace(here, before=here.before | last, after=here.after | again, fails=fails))


def _placed(nodes: Sequence[Node], place: _Place) -> Iterator[tuple[Node, _Place]]:
    """Each node of a sequence with what stands around it."""
    before = place.before
    for at, node in enumerate(nodes):
        rest = nodes[at + 1 :]
        first, empty = _first(rest, place.flags)
        after = first | place.after if empty else first
        fails = place.fails or not all(_gives_way(one) for one in rest)
        yield node, _Place(before & _allowed_before(nodes[at:], place.flags), after, fails, place.flags)
        before = _after(node, before & _allowed_before(nodes[at:], place.flags), place.flags)


def _after(node: Node, before: Chars, flags: int) -> Chars:
    """What stands before the next node."""
    last, skipped = _last([node], flags)
    if node[0] in _ASSERTIONS or (not before and not _wanders([node])):
        return before
    return before | last if skipped else last


def _wanders(nodes: Sequence[Node]) -> bool:
    """Whether what follows a sequence may begin in many places, once the sequence itself begins in one."""
    for kind, detail in nodes:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT) and (detail[1] >= LONG or _wanders(detail[2])):
            return True
        if kind in (op.SUBPATTERN, op.BRANCH) and any(_wanders(part) for part, _ in _parts((kind, detail), 0)):
            return True
    return False


def _allowed_before(nodes: Sequence[Node], flags: int) -> Chars:
    """What a lookbehind, a line's begin or a word's edge at the head of a sequence lets stand before it."""
    allowed = _SIGNS
    for at, (kind, detail) in enumerate(nodes):
        if kind is op.AT and detail in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            multiline = detail is op.AT_BEGINNING and flags & re.MULTILINE
            allowed &= frozenset("\n") if multiline else frozenset()
        elif kind is op.AT and detail is op.AT_BOUNDARY:
            first, empty = _first(nodes[at + 1 :], flags)
            if not empty and first <= _WORD:
                allowed -= _WORD
            elif not empty and not first & _WORD:
                allowed &= _WORD
        elif kind in (op.ASSERT, op.ASSERT_NOT) and detail[0] < 0:
            inner = list(detail[1])
            if kind is op.ASSERT:
                allowed &= _last(inner, flags)[0]
            elif len(inner) == 1 and inner[0][0] in (op.LITERAL, op.NOT_LITERAL, op.IN):
                allowed -= _read(inner, flags)
        elif kind not in _ASSERTIONS:
            break
    return allowed


def _ways(nodes: Sequence[Node], place: _Place) -> int:
    """How many ways the bounded repeats of a sequence have to divide a text between them, at most."""
    ways = kept = 1
    for node, here in _placed(nodes, place):
        kind, detail = node
        if kind is op.MAX_REPEAT or kind is op.MIN_REPEAT:
            least, most, body = detail
            inner = list(body)
            each = _ways(inner, replace(here, after=here.after | _first(inner, here.flags)[0], fails=True))
            shared = kind is op.MIN_REPEAT or bool(_read(inner, here.flags) & here.after)
            count = most - least + 1 if here.fails and most < LONG and (shared or most > 9) else 1
            ways *= count if each == 1 else each ** min(most, 9) * count
        elif kind in (op.POSSESSIVE_REPEAT, op.ATOMIC_GROUP):
            inner = list(detail[2] if kind is op.POSSESSIVE_REPEAT else detail)
            kept = max(kept, _ways(inner, replace(here, fails=False)))
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            kept = max(kept, _ways(list(detail[1]), replace(here, fails=True)))
        elif kind is op.BRANCH:
            ways *= max(1, max(_ways(list(one), here) for one in detail[1]))
        else:
            for part, flags in _parts(node, here.flags):
                ways *= _ways(part, replace(here, flags=flags))
    return max(ways, kept)


def _parts(node: Node, flags: int) -> list[tuple[list[Node], int]]:
    """The sequences that a node holds, but for repeats and assertions."""
    kind, detail = node
    if kind is op.BRANCH:
        return [(list(one), flags) for one in detail[1]]
    if kind is op.SUBPATTERN:
        return [(list(detail[3]), (flags | detail[1]) & ~detail[2])]
    if kind is op.ATOMIC_GROUP:
        return [(list(detail), flags)]
    assert kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.AT), f"{kind} is not known here"
    return []


def _varies(node: Node) -> bool:
    """Whether a node may read its text in more than one length."""
    kind, detail = node
    if kind is op.POSSESSIVE_REPEAT or kind in (op.ASSERT, op.ASSERT_NOT, op.ATOMIC_GROUP):
        return False
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        return bool(detail[0] != detail[1]) or any(_varies(part) for part in detail[2])
    if kind is op.BRANCH:
        return True
    return any(_varies(inner) for part, _ in _parts(node, 0) for inner in part)


def _gives_way(node: Node) -> bool:
    """Whether a node can be passed over, so that nothing before it is asked for another way."""
    kind, detail = node
    if kind in _REPEATS:
        return bool(detail[0] == 0)
    if kind is op.BRANCH:
        return any(all(map(_gives_way, one)) for one in detail[1])
    return kind is op.SUBPATTERN and all(map(_gives_way, detail[3]))


def _first(nodes: Sequence[Node], flags: int) -> tuple[Chars, bool]:
    return _edge(nodes, flags, last=False)


def _last(nodes: Sequence[Node], flags: int) -> tuple[Chars, bool]:
    return _edge(nodes, flags, last=True)


def _edge(nodes: Sequence[Node], flags: int, last: bool) -> tuple[Chars, bool]:
    """The characters that a sequence may begin (or end) with, and whether it may be empty."""
    found: Chars = frozenset()
    for node in reversed(nodes) if last else nodes:
        signs, empty = _edge_of(node, flags, last)
        found |= signs
        if not empty:
            return found, False
    return found, True


def _edge_of(node: Node, flags: int, last: bool) -> tuple[Chars, bool]:
    kind, detail = node
    if kind in _ASSERTIONS:
        return frozenset(), True
    if kind in _REPEATS:
        signs, empty = _edge(list(detail[2]), flags, last)
        return signs, empty or detail[0] == 0
    parts = _parts(node, flags)
    if not parts:
        return _signs(kind, detail, flags), False
    edges = [_edge(part, flags, last) for part, flags in parts]
    return frozenset().union(*(signs for signs, _ in edges)), any(empty for _, empty in edges)


def _read(nodes: Sequence[Node], flags: int) -> Chars:
    """Every character that a sequence may read."""
    found: Chars = frozenset()
    for kind, detail in nodes:
        if kind in _REPEATS:
            found |= _read(list(detail[2]), flags)
        elif kind not in _ASSERTIONS:
            parts = _parts((kind, detail), flags)
            found |= _signs(kind, detail, flags) if not parts else frozenset()
            for part, inner in parts:
                found |= _read(part, inner)
    return found


def _signs(kind: Any, detail: Any, flags: int) -> Chars:
    if kind is op.ANY:
        return _SIGNS if flags & re.DOTALL else _SIGNS - {"\n"}
    if kind in (op.LITERAL, op.NOT_LITERAL):
        found = _cased(frozenset(chr(detail)), flags)
        return found if kind is op.LITERAL else _SIGNS - found
    negated = detail[0][0] is op.NEGATE
    found = _cased(frozenset().union(*(_of_set(*one) for one in detail[negated:])), flags)
    return _SIGNS - found if negated else found


def _of_set(kind: Any, detail: Any) -> Chars:
    if kind is op.LITERAL:
        return frozenset(chr(detail))
    if kind is op.RANGE:
        return frozenset(sign for sign in _SIGNS if detail[0] <= ord(sign) <= detail[1])
    return _category(_CATEGORIES[detail])


@cache
def _category(escape: str) -> Chars:
    return frozenset(sign for sign in _SIGNS if re.fullmatch(escape, sign))


def _cased(signs: Chars, flags: int) -> Chars:
    return signs | {form for sign in signs for form in (sign.lower(), sign.upper())} if flags & re.IGNORECASE else signs


def _some(signs: Chars) -> str:
    return repr("".join(sorted(signs)[:12]))
