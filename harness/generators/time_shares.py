"""Whose time it was: an engine's seconds, shared out among the answers that it wrote at once."""

from __future__ import annotations

from collections import deque


class TimeShares:
    """At each moment the answers being written share the time alike: the shares of all are the time that passed.

    Being written are the first of those that wait, as many as the engine has places: it takes them in their order. An
    answer that is short, or beside many, costs little; one that goes on alone costs all of its time.
    """

    def __init__(self, places: int, now: float) -> None:
        self._places = places
        self._waiting: deque[str] = deque()
        self._began: dict[str, float] = {}
        self._now = now
        # A clock that runs the slower the more answers share it: what it shows between two moments is one's share.
        self._shown = 0.0

    def add(self, name: str) -> None:
        """One more answer is asked for."""
        self._waiting.append(name)
        self._seat()

    def finish(self, names: list[str], now: float) -> list[float]:
        """The seconds of each of these, which are finished at that moment."""
        if self._began:
            self._shown += (now - self._now) / len(self._began)
        self._now = now
        # The engine may take a short one out of turn.
        late = [name for name in names if name not in self._began]
        shares = [self._shown - self._began.pop(name, self._shown) for name in names]
        for name in late:
            self._waiting.remove(name)
        self._seat()
        return shares

    def _seat(self) -> None:
        while self._waiting and len(self._began) < self._places:
            self._began[self._waiting.popleft()] = self._shown
