"""Does a text end in a loop: the same characters, words or whole blocks over and over, the last copy cut or not.

A suffix of length L that repeats with period p is a loop when it holds enough copies (L / p) and is long enough:

| the pattern                          | copies | characters |
|--------------------------------------|--------|------------|
| no letter or digit in it (a rule)    | 3      | 200        |
| a single character                   | 3      | 100        |
| shorter than 100 characters          | 3      | 80         |
| 100 characters and longer (a block)  | 2.5    | 250        |

"...", "!!!", a table's rule, a laugh and a refrain that is sung twice stay below that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Loops of longer blocks than half of this are not looked for; it bounds the time for any text.
_WINDOW = 20_000
_SEED = 12
_COUNTER = re.compile(r"^[ \t]*\d{1,4}[.):]", re.MULTILINE)
_WORD = re.compile(r"\S+")
_READABLE = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Loop:
    """The loop that a text ends in."""

    unit: str
    """characters, or words where the copies differ in white space or in the number of a list."""
    period: int
    """Length of one copy, in that unit."""
    copies: float
    start: int
    """Where the loop begins, in characters of the text."""


def find_loop(text: str) -> Loop | None:
    """The loop of the shortest period that a text ends in; None where it ends like a text."""
    body = text.rstrip()
    found = _suffix_loop(body)
    if found:
        period, length = found
        return Loop("characters", period, length / period, len(body) - length)
    flat = " ".join(_COUNTER.sub("#", body).split())
    # Same text, same verdict: the second look is for copies that differ in white space or in their numbers only.
    found = None if flat == body else _suffix_loop(flat)
    if not found:
        return None
    period, length = found
    words = max(1, len(flat[len(flat) - period :].split()))
    return Loop("words", words, length / period, _place(body, flat, len(flat) - length))


def _suffix_loop(text: str) -> tuple[int, int] | None:
    """(period, length) of the repeating suffix with the shortest period that is long enough."""
    end = len(text)
    for period in _periods(text):
        pattern = text[end - period :]
        if text[end - 2 * period : end - period] == pattern:
            length = _extent(text, pattern)
            if _is_loop(pattern, length):
                return period, length
    return None


def _periods(text: str) -> Iterator[int]:
    """Periods that the end of the text may have, shortest first: where its last characters stood before."""
    size = min(len(text), _WINDOW)
    yield from range(1, min(_SEED, size // 2 + 1))
    if size < 2 * _SEED:
        return
    seed, end = text[-_SEED:], len(text) - 1
    while (place := text.rfind(seed, len(text) - size, end)) >= 0:
        period = len(text) - len(seed) - place
        if 2 * period > size:
            return
        if period >= _SEED:
            yield period
        end = place + len(seed) - 1


def _extent(text: str, pattern: str) -> int:
    """How many characters at the end of the text repeat the pattern, its first copy in part."""
    period, start = len(pattern), len(text)
    while start >= period and text.startswith(pattern, start - period):
        start -= period
    rest = 0
    while rest < period and start - rest > 0 and text[start - rest - 1] == pattern[period - rest - 1]:
        rest += 1
    return len(text) - start + rest


def _is_loop(pattern: str, length: int) -> bool:
    copies = length / len(pattern)
    if not _READABLE.search(pattern):
        return copies >= 3 and length >= 200
    if len(pattern) == 1:
        return length >= 100
    return copies >= 3 and length >= 80 if len(pattern) < 100 else copies >= 2.5


def _place(body: str, flat: str, position: int) -> int:
    """Where the word at a position of the flattened text begins in the text itself."""
    skip = flat.count(" ", 0, position + 1)
    starts = [word.start() for word in _WORD.finditer(body)]
    return starts[min(skip, len(starts) - 1)]
