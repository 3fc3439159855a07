"""The beginning of an answer for paper: so many characters, and what says itself again is told instead of printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.report.view import Segment

_TOKEN = re.compile(r"\s*+(?:[a-zA-Z\d\u00c0-\u024f]++|\S)|\s++")
"""A word or a sign with the white before it."""
_BLANKS = re.compile(r"\n(?:[ \t]*+\n)+")
_LONGEST = 160
"""Tokens of the longest passage that is looked for again behind itself."""
_LOOKED_AT = 4000
"""Tokens in which a repeat has to begin; what is printed ends long before."""
_SLICE = 512
_SPARED = 24
"""Characters that a fold has to save, to be shorter than what is told in their place."""
_WITHIN = re.compile(r"(\S{1,8}?)\1{11,}")
"""The same few letters again and again, inside what counts as one word."""


@dataclass(frozen=True)
class Fold:
    """What is left out, text[start:end]: the passage before it, so many times again."""

    start: int
    end: int
    times: int


def folds(text: str) -> list[Fold]:
    """Passages that follow themselves at once, ascending and apart; each is kept where it stands first."""
    found = sorted([*_letters(text), *_passages(text)], key=lambda fold: (fold.start, -fold.end))
    kept: list[Fold] = []
    for fold in found:
        if not kept or fold.start >= kept[-1].end:
            kept.append(fold)
    return kept


def excerpt(
    pieces: Sequence[Segment], characters: int, lines: int, told: Callable[[int], str]
) -> tuple[tuple[Segment, ...], int]:
    """(the beginning with repeats as pieces of the kind folded, characters that are left out behind it).

    `told` says a number of times. Blank lines are left out, for paper is scarce. The beginning ends after so many
    characters or line ends, whichever comes first.
    """
    text = "".join(piece.text for piece in pieces)
    out: list[Segment] = []
    place, room, ends = 0, characters, lines
    for fold in [*folds(text), Fold(len(text), len(text), 0)]:
        part = "\n".join(text[place : min(fold.start, place + room)].split("\n")[:ends])
        out += _between(pieces, place, place + len(part))
        room, ends, place = room - len(part), ends - part.count("\n"), place + len(part)
        if place < fold.start or not fold.times:
            break
        out.append(Segment(told(fold.times), "folded"))
        place = fold.end
        if room <= 0 or ends <= 0:
            break
    return tuple(_without_blanks(out)), len(text) - place


def _without_blanks(pieces: Sequence[Segment]) -> Iterator[Segment]:
    """One line end where several follow each other, in one piece or across several."""
    ended = True
    for piece in pieces:
        shown = _BLANKS.sub("\n", piece.text)
        if ended:
            shown = shown.lstrip("\n") if piece.kind != "folded" else shown
        if shown:
            yield replace(piece, text=shown)
            ended = shown.endswith("\n")


def _between(pieces: Sequence[Segment], start: int, end: int) -> list[Segment]:
    out, place = [], 0
    for piece in pieces:
        shown = piece.text[max(0, start - place) : max(0, end - place)]
        if shown:
            out.append(replace(piece, text=shown, cut=piece.cut and place + len(piece.text) <= end))
        place += len(piece.text)
        if place >= end:
            break
    return out


def _letters(text: str) -> list[Fold]:
    found = _WITHIN.finditer(text)
    return [
        Fold(it.start() + len(it[1]), it.end(), len(it[0]) // len(it[1]) - 1)
        for it in found
        if len(it[0]) - len(it[1]) >= _SPARED
    ]


def _passages(text: str) -> list[Fold]:
    places = [found.span() for found in _TOKEN.finditer(text)]
    words = [text[start:end].strip() for start, end in places]
    spans: list[tuple[int, int, int]] = []
    for period in range(1, min(_LONGEST, len(words) // 2) + 1):
        spans += _runs(words, period)
    # Where runs overlap the first is told; of those that begin alike the longest, by its shortest passage.
    spans.sort(key=lambda run: (run[0], -run[1], run[2]))
    out: list[Fold] = []
    for start, end, period in spans:
        if out and places[start][0] < out[-1].end:
            continue
        start += _to_line(text, [place for place, _ in places[start : min(start + period, end - 2 * period + 1)]])
        times = (end - start) // period - 1
        fold = Fold(places[start + period - 1][1], places[start + (times + 1) * period - 1][1], times)
        if fold.end - fold.start >= _SPARED:
            out.append(fold)
    return out


def _to_line(text: str, places: Sequence[int]) -> int:
    """By how many tokens a passage begins later where it is to begin with a line, as the reader sees it; 0 without."""
    for number, place in enumerate(places):
        token = _TOKEN.match(text, place)
        if place == 0 or (token is not None and "\n" in token[0]):
            return number
    return 0


def _runs(words: Sequence[str], period: int) -> list[tuple[int, int, int]]:
    """Stretches that say the passage of so many tokens twice at least: (start, end, period)."""
    out, length = [], 0
    last = min(len(words), _LOOKED_AT)
    for place in range(period, last + 1):
        if place < last and words[place] == words[place - period]:
            length += 1
            continue
        if length >= period:
            end = place if place < last else _end(words, place, period)
            out.append((place - length - period, end, period))
        length = 0
    return out


def _end(words: Sequence[str], place: int, period: int) -> int:
    """How far a run goes on behind what was looked at, in slices: of a megabyte that loops each token would cost."""
    while place < len(words) and words[place : place + _SLICE] == words[place - period : place - period + _SLICE]:
        place += _SLICE
    while place < len(words) and words[place] == words[place - period]:
        place += 1
    return min(place, len(words))
