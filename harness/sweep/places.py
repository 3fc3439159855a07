"""Where the trainings of a sweep are to run, and what an executor is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.sweep.ledger import Show
from harness.sweep.plan import Sweeping


@dataclass(frozen=True)
class Places:
    """Where the trainings are to run, and how many at a time."""

    executor: str = "local"
    jobs: int | None = None
    """None: as many as there is room for."""
    address: str | None = None
    """Of the Ray cluster; None: what Ray itself would take."""
    store: str | None = None
    """What the machines of a Ray cluster hand each other, as an fsspec URL; None: the sweep's own folder."""


class Executor(Protocol):
    """Trains what is not trained yet; of each training that failed every time, the line that it ended with."""

    def __call__(self, sweeping: Sweeping, places: Places, show: Show) -> dict[str, str]:
        """Name → last line of each that failed; returns when nothing is left to wait for."""
        ...
