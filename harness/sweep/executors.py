"""Where a sweep's trainings run: one table of executors, each loaded when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.errors import HarnessError, unknown
from harness.resources import named
from harness.sweep.ledger import Show
from harness.sweep.plan import Sweeping

EXECUTORS = {
    "local": "harness.sweep.local:train_local",
    "ray": "harness.sweep.ray:train_on_ray",
    "slurm": "harness.sweep.slurm:train_on_slurm",
}
"""This machine; a Ray cluster; a Slurm queue."""


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
        """Training → the line that it ended with, of those that failed every time; `show` is told of each change."""
        ...


def choose_places(
    sweeping: Sweeping, executor: str | None, jobs: int | None, address: str | None, store: str | None
) -> Places:
    """What the command line says, else the sweep's file; refuses what the executor has no use for."""
    sweep = sweeping.sweep
    chosen = executor or sweep.executor
    if chosen not in EXECUTORS:
        unknown("executor", chosen, EXECUTORS)
    for option, value in (("--address", address), ("--store", store)):
        if value is not None and chosen != "ray":
            raise HarnessError(f"{option} is for a Ray cluster, and the executor is {chosen}. Add --executor ray.")
    return Places(chosen, jobs or sweep.jobs, address, store or sweep.store)


def find_executor(name: str) -> Executor:
    """The executor of that name in EXECUTORS; what it needs is imported now."""
    executor: Executor = named(EXECUTORS[name])
    return executor
