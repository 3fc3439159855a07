"""Where a sweep's trainings run: one table of executors, each loaded when it is asked for."""

from __future__ import annotations

from harness.errors import HarnessError, unknown
from harness.resources import named
from harness.sweep.places import Executor, Places
from harness.sweep.plan import Sweeping

EXECUTORS = {
    "local": "harness.sweep.local:train_local",
    "ray": "harness.sweep.ray:train_on_ray",
    "slurm": "harness.sweep.slurm:train_on_slurm",
}
"""This machine; a Ray cluster; a Slurm queue."""


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
