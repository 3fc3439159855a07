"""Where an answer repeats itself and where another turn begins in it, as pieces of its text."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from harness.report.view import Segment
from harness.scorers import SpecialTokens, leak_spans, words_of

_RUN = 4

Span = tuple[int, int]


def segments(
    text: str,
    headers: Sequence[str],
    special: SpecialTokens = (),
    thoughts: Sequence[Span] = (),
    roles: Sequence[Span] = (),
) -> tuple[Segment, ...]:
    """The whole text in order: plain, repeat, leak (a template line), role (one of these), after (behind the first).

    What was thought stands in pieces of its own, and nothing in it is a leak.
    """
    leaks = [leak for leak in leaked(text, headers, special) if not _within(leak, thoughts)]
    repeats = repeated(text)
    turns = sorted([*((*span, "leak") for span in leaks), *((*span, "role") for span in roles if span[0] < span[1])])
    first = turns[0][0] if turns else len(text)
    kinds = _paint(text, repeats, turns)
    out: list[Segment] = []
    for start, end, kind in kinds:
        if kind == "plain" and start >= first:
            kind = "after"
        if kind == "plain" and end > first > start:
            out += [Segment(text[start:first], "plain"), Segment(text[first:end], "after")]
        else:
            out.append(Segment(text[start:end], kind))
    return tuple(_by_thoughts(out, thoughts)) if thoughts else tuple(out)


def folded(pieces: Sequence[Segment], characters: int) -> tuple[Segment, ...]:
    """The pieces with at most so many characters of each thought, for paper, where nothing unfolds."""
    out: list[Segment] = []
    left = characters
    for piece in pieces:
        if not piece.thought:
            left = characters
            out.append(piece)
        elif left > 0:
            out.append(replace(piece, text=piece.text[:left], cut=len(piece.text) > left))
            left -= len(piece.text)
    return tuple(out)


def _within(leak: Span, thoughts: Sequence[Span]) -> bool:
    return any(start <= leak[0] < end for start, end in thoughts)


def _by_thoughts(pieces: Sequence[Segment], thoughts: Sequence[Span]) -> Iterator[Segment]:
    """The pieces, cut where thoughts begin and end."""
    edges = deque(edge for span in thoughts for edge in span)
    place, inside = 0, False
    for piece in pieces:
        start = place
        while edges and edges[0] < place + len(piece.text):
            edge = edges.popleft()
            if edge > start:
                yield replace(piece, text=piece.text[start - place : edge - place], thought=inside)
                start = edge
            inside = not inside
        yield replace(piece, text=piece.text[start - place :], thought=inside)
        place += len(piece.text)


def repeated(text: str) -> list[Span]:
    """Spans of words that belong to a run of four that occurred before."""
    words = words_of(text)
    places = _places(text, words)
    seen: set[tuple[str, ...]] = set()
    spans: list[Span] = []
    for index in range(len(words) - _RUN + 1):
        run = tuple(words[index : index + _RUN])
        if run in seen:
            start, end = places[index][0], places[index + _RUN - 1][1]
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        seen.add(run)
    return spans


def leaked(text: str, headers: Sequence[str], special: SpecialTokens = ()) -> list[Span]:
    """Spans of template lines that reappear, ascending."""
    return [(end - len(text[start:end].lstrip()), end) for start, end in leak_spans(text, headers, special)]


def _places(text: str, words: Sequence[str]) -> list[Span]:
    places: list[Span] = []
    place = 0
    for word in words:
        start = text.index(word, place)
        place = start + len(word)
        places.append((start, place))
    return places


def _paint(text: str, repeats: Sequence[Span], turns: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans over the whole text; where a repeat holds a line that begins a turn, that line is shown."""
    spans = [*repeats, *((start, end) for start, end, _ in turns)]
    edges = sorted({0, len(text), *(edge for span in spans for edge in span)})
    painted: list[tuple[int, int, str]] = []
    past = len(text) + 1
    repeat, turn = iter([*repeats, (past, past)]), iter([*turns, (past, past, "")])
    now_repeat, now_turn = next(repeat), next(turn)
    for start, end in pairwise(edges):
        while now_repeat[1] <= start:
            now_repeat = next(repeat)
        while now_turn[1] <= start:
            now_turn = next(turn)
        kind = now_turn[2] if now_turn[0] <= start else "repeat" if now_repeat[0] <= start else "plain"
        painted.append((start, end, kind))
    return painted
