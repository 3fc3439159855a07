"""Progress of long work on stderr: a bar in a terminal, a line now and then in a log."""

from __future__ import annotations

import threading
import time
from typing import Any

from harness.machine.noise import say, terminal

_LINE_EVERY = 15.0
"""Seconds between two lines where there is no terminal, at first."""
_SHARE = 0.05
"""Of the time that has passed, from which on that is longer: a day's work leaves some hundred lines."""
_FIRST = 30.0
"""Seconds after which something is said in any case, be it that nothing is done yet."""


class Progress:
    """Counts to `total`; a context manager, so that an interrupted bar leaves a clean line."""

    def __init__(self, title: str, total: int, unit: str, done: int = 0) -> None:
        self.title, self.total, self.unit, self.done = title, total, unit, done
        self._before = done
        self._began = self._said = time.monotonic()
        self._tokens: Any = 0
        self._part, self._inside = 0.0, ""
        self._bar: Any = None
        if terminal().isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=total, initial=done, desc=title, unit=unit, dynamic_ncols=True, disable=False, file=terminal()
            )
        self._first = threading.Timer(_FIRST, self._say)
        self._first.daemon = True
        self._first.start()

    def advance(self, count: int = 1, tokens: Any = 0) -> None:
        """Counts on, and adds up tokens (a number, or a tensor on its device); a log gets a line now and then."""
        self.done += count
        self._part, self._inside = 0.0, ""
        self._tokens = self._tokens + tokens
        if self._bar is not None:
            self._bar.update(count)
        self._say_in_time()

    def within(self, done: int, total: int, unit: str, tokens: Any = 0) -> None:
        """Says how far the one that is worked at has come, so many of its parts."""
        self._part, self._inside = done / total, f"{done} of {total} {unit}s of the next"
        self._tokens = self._tokens + tokens
        self._say_in_time()

    def line(self, seconds: float) -> str:
        """What a log is told so many seconds after the beginning: how far, how fast, how long, how long still."""
        worked = self.done - self._before + self._part
        said = [f"{self.title}: {self.done} of {self.total} {self.unit}s", self._inside, self._rate(seconds)]
        said.append(f"{duration(seconds)} so far")
        if worked > 0:
            said.append(f"about {duration(seconds * (self.total - self.done - self._part) / worked)} left")
        return ", ".join(part for part in said if part)

    def close(self) -> None:
        """Ends the bar's line; a second call does nothing."""
        self._first.cancel()
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _say_in_time(self) -> None:
        now = time.monotonic()
        if now - self._said > (1.0 if self._bar is not None else max(_LINE_EVERY, _SHARE * (now - self._began))):
            self._say()

    def _say(self) -> None:
        self._first.cancel()
        self._said = time.monotonic()
        seconds = self._said - self._began
        if self._bar is not None:
            # Elapsed and left are the bar's own.
            self._bar.set_postfix_str(", ".join(part for part in (self._inside, self._rate(seconds)) if part))
        else:
            say(self.line(seconds))

    def _rate(self, seconds: float) -> str:
        tokens = float(self._tokens)
        return f"{tokens / seconds:,.0f} tokens/s" if tokens and seconds else ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def duration(seconds: float) -> str:
    """So many seconds as a reader counts them: 45 s, 12 min, 3.5 h."""
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
