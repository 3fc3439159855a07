"""Rows drawn from a dataset of any size while it passes, every row as likely as every other."""

from __future__ import annotations

import random
from heapq import heappop, heappush

from harness.data.preferences import Preference

ROWS, LETTERS = 500, 500_000
"""At most so many rows and letters: a tokenizer takes a second or two for them."""


class DrawnRows:
    """The rows with the smallest of the numbers that a seed deals out, one to each; the others are not kept.

    Whatever the length of a row is, so is the memory: where long ones fill it, fewer are kept (bottom-k sampling).
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._kept: list[tuple[float, int, Preference]] = []
        self._letters = 0

    def offer(self, row: Preference) -> None:
        """Draws the row, or does not."""
        number = self._random.random()
        if len(self._kept) == ROWS and number > -self._kept[0][0]:
            return
        heappush(self._kept, (-number, row.row, row))
        self._letters += _letters(row)
        while len(self._kept) > ROWS or (self._letters > LETTERS and len(self._kept) > 1):
            self._letters -= _letters(heappop(self._kept)[2])

    def rows(self) -> list[Preference]:
        """Those that were drawn, in no order that has to do with their places."""
        return [row for _, _, row in sorted(self._kept, reverse=True)]


def _letters(row: Preference) -> int:
    return sum(len(text) for _, text in row.turns) + len(row.chosen or "") + len(row.rejected or "")
