"""The share of a text that repeats an earlier passage but for a counter, a number, a name or a few words.

What counts words in rows (rep_n) does not see it: each copy differs. Near-duplicates of documents are found alike, by
shingles first and then by how much of one is in the other (Broder 1997); here they are passages of one text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from harness.scorers.repeating.passages import prose, tokenised, weight

ALIKE = 0.65
"""Share of the tokens of the longer of two passages that stand in both in one order, from which on they are alike."""
MANY = 0.4
"""From this share on a reader calls a text near-repeating: calibrated on texts with labels."""
WORDS = 4
"""So many a passage must have besides numbers: "12 − 5 = 7" has none."""
LEAST = 5
"""Tokens of a passage at least."""


def near_repetition(text: str) -> float | None:
    """Share of the letters and figures, 0 to 1, in passages that are like an earlier one; None for a text without any.

    Takes time in proportion to the text: a passage is held against two earlier ones at most, those with which it
    shares most pairs of neighbouring tokens.
    """
    said, left_out = prose(text)
    seen = _Seen()
    total, repeated = left_out, 0
    for found in tokenised(said):
        size = sum(map(len, found))
        total += size
        if len(found) >= LEAST and seen.add(found):
            repeated += size
    return repeated / total if total else None


class _Seen:
    """The passages so far, found again by their pairs of tokens."""

    def __init__(self) -> None:
        self._passages: list[list[str]] = []
        self._known: set[tuple[str, str]] = set()
        self._pairs: dict[tuple[str, str], int] = {}
        self._placed = 0
        """So many passages are in _pairs: most texts have none that is held against another."""

    def add(self, found: list[str]) -> bool:
        """Takes a passage in; whether it is like an earlier one."""
        pairs = list(pairwise(found))
        alike = False
        if 3 * sum(map(self._known.__contains__, pairs)) >= len(pairs):
            self._place()
            shared = [self._pairs[pair] for pair in pairs if pair in self._pairs]
            alike = self._alike(found, shared) and weight(found) >= WORDS
        self._known.update(pairs)
        self._passages.append(found)
        return alike

    def _place(self) -> None:
        for number in range(self._placed, len(self._passages)):
            self._pairs.update(dict.fromkeys(pairwise(self._passages[number]), number))
        self._placed = len(self._passages)

    def _alike(self, found: Sequence[str], shared: Sequence[int]) -> bool:
        for number, pairs in Counter(shared).most_common(2):
            other = self._passages[number]
            shorter, longer = sorted((len(found), len(other)))
            if 3 * pairs < len(found) - 1 or shorter < ALIKE * longer:
                continue
            if longest_common(found, other) >= ALIKE * longer:
                return True
        return False


def longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, by bit vectors (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for number, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << number
    row = every = (1 << len(first)) - 1
    for word in second:
        met = row & places.get(word, 0)
        row = (row + met | row - met) & every
    return len(first) - row.bit_count()
