"""Ctrl-C and SIGTERM: heard at once while nothing is half done, else remembered until it is."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SAME = 1.0
"""Seconds in which a signal that comes again is the same one: timeout(1) tells the process, and then its group."""


class Stop:
    """Whether the training was asked to end. It ends by KeyboardInterrupt: whatever it uses lets that one through.

    A signal that comes a second time ends it wherever it is. Those of two kinds are one: who ends several processes
    tells some of them by both.
    """

    def __init__(self) -> None:
        self.asked = False
        self.hurries = False
        """Whether it was asked again where something was half done: there is nothing to save."""
        self._waits = False
        self._heard: dict[int, float] = {}

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Inside, this process's signals are heard here; both end it as Ctrl-C does."""
        if threading.current_thread() is not threading.main_thread():
            # Only the main thread may take signals, and a training in another is ended by whoever began it.
            yield
            return
        before = {number: signal.signal(number, self._hear) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Inside, a signal waits until `check` or `at_once`: it would leave something half done."""
        before, self._waits = self._waits, True
        try:
            yield
        finally:
            self._waits = before

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Inside, nothing is lost by an end: a signal that waits ends it now, and one that comes does."""
        before, self._waits = self._waits, False
        try:
            if before:
                self.check()
            yield
        finally:
            self._waits = before

    def check(self) -> None:
        """Ends the training where it was asked to end."""
        if self.asked:
            raise KeyboardInterrupt

    def _hear(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        first = self._heard.setdefault(number, now)
        self.asked = True
        self.hurries = self._waits and now - first > _SAME
        if not self._waits or self.hurries:
            raise KeyboardInterrupt
