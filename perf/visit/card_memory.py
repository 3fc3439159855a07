"""The most memory of a card that was taken while something ran, by all processes together, as its driver says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness.machine import cards

_EVERY = 1.0
"""Seconds between two looks."""
GIB = 2**30


@dataclass
class Taken:
    """Bytes of the first card; None where there is none."""

    most: int | None = None

    @property
    def said(self) -> str:
        """In words."""
        return "no card" if self.most is None else f"{self.most / GIB:.1f} GiB of the card"

    @property
    def gib(self) -> float | None:
        """In GiB."""
        return None if self.most is None else round(self.most / GIB, 2)


@contextmanager
def watched() -> Iterator[Taken]:
    """Looks now and then until it is left."""
    taken, over = Taken(), threading.Event()

    def look() -> None:
        while True:
            if found := cards():
                taken.most = max(taken.most or 0, found[0].total_bytes - found[0].free_bytes)
            if over.wait(_EVERY):
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()
