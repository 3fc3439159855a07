"""Progress of long work on stderr: a bar in a terminal, a line now and then in a log."""

from __future__ import annotations

import time
from typing import Any

from harness.machine.noise import say, terminal

_LINE_EVERY = 15.0
"""Seconds between two lines where there is no terminal."""


class Progress:
    """Counts to `total`; a context manager, so that an interrupted bar leaves a clean line."""

    def __init__(self, title: str, total: int, unit: str, done: int = 0) -> None:
        self.title, self.total, self.unit, self.done = title, total, unit, done
        self._bar: Any = None
        self._said = time.monotonic()
        if terminal().isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=total, initial=done, desc=title, unit=unit, dynamic_ncols=True, disable=False, file=terminal()
            )

    def advance(self, count: int = 1) -> None:
        """Counts on; a log gets a line now and then."""
        self.done += count
        if self._bar is not None:
            self._bar.update(count)
        elif time.monotonic() - self._said > _LINE_EVERY:
            self._said = time.monotonic()
            say(f"{self.title}: {self.done} of {self.total} {self.unit}s")

    def close(self) -> None:
        """Ends the bar's line; a second call does nothing."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
