"""How many rows are asked at a time: as many as memory holds, found while asking; no row is lost to one too many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Literal, TypeVar

import torch

from harness.config import USUAL_BATCH
from harness.machine import say
from harness.models import release_memory
from harness.out_of_memory import out_of_memory

_MOST = 256
"""Rows up to which a step of decoding takes as long as reading the weights: there is nothing to win beyond.

An H100 reads 3.35 TB and computes 989 T operations in bf16 a second, so 295 operations a byte; a weight is 2 bytes, and
2 operations a row."""
Row = TypeVar("Row")
Found = TypeVar("Found")


class BatchSize:
    """Begins with what was wished for, halves where memory runs out, and with "auto" doubles on a GPU with room."""

    def __init__(self, wished: int | Literal["auto"], device: torch.device) -> None:
        self._rows = USUAL_BATCH if wished == "auto" else wished
        self._grows_on = device if wished == "auto" and device.type == "cuda" else None
        self._tokens: int | None = None
        """At most so many in a batch, rows times the longest; None until memory ran out."""

    def batches(
        self, rows: Sequence[Row], tokens: Callable[[Row], int], ask: Callable[[Sequence[Row]], Found]
    ) -> Iterator[Found]:
        """What `ask` finds of each batch, in the order of the rows; raises where a single row does not fit."""
        start = 0
        while start < len(rows):
            sizes = [tokens(row) for row in rows[start : start + self._rows]]
            count = self._count(sizes)
            found = _tried(rows[start : start + count], ask, sizes[0])
            if found is None:
                self._halve(count * max(sizes[:count]))
                continue
            start += count
            if count == self._rows:
                self._grow()
            # A list, so that what was found is told from memory that ran out.
            yield found[0]

    def _count(self, sizes: Sequence[int]) -> int:
        """How many of the next rows make a batch."""
        longest = enumerate(accumulate(sizes, max), 1)
        return max((n for n, most in longest if self._tokens is None or n * most <= self._tokens), default=1)

    def _halve(self, tokens: int) -> None:
        self._tokens = tokens // 2
        say(f"{tokens:,} tokens in a batch do not fit the memory: {self._tokens:,} from here on.")

    def _grow(self) -> None:
        if self._grows_on is None or self._rows >= _MOST:
            return
        free, _ = torch.cuda.mem_get_info(self._grows_on)
        # What batches needed up to now: Torch keeps it for the next. Twice as much leaves room for a neighbour.
        taken = torch.cuda.memory_reserved(self._grows_on) - torch.cuda.memory_allocated(self._grows_on)
        if free >= 2 * taken:
            self._rows = min(2 * self._rows, _MOST)


def _tried(batch: Sequence[Row], ask: Callable[[Sequence[Row]], Found], size: int) -> list[Found] | None:
    """[what was found]; None where memory ran out and a part of the batch may still fit."""
    try:
        return [ask(batch)]
    except Exception as error:
        short = out_of_memory(error, f"One text of up to {size:,} tokens at a time")
        if short is None:
            raise
        if len(batch) == 1:
            raise short from error
    # Out here, where the exception no longer holds what the batch had.
    release_memory()
    return None
