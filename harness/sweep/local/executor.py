"""Trainings of a sweep as processes of this machine: so many at a time, each in its slot."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.machine import Child, cards, end
from harness.sweep import Job, Ledger, Places, Show, Sweeping, log_path, see_through
from harness.sweep.local.forked import can_fork, start

_LOOK = 0.2
"""Seconds between two looks at the children."""
_GRACE = 30.0
"""Seconds that they have to save what they have trained."""


@dataclass(frozen=True)
class Slot:
    """A place to train in: a GPU, or a share of the cores."""

    number: int
    environment: Mapping[str, str]


@dataclass(frozen=True)
class _Running:
    job: Job
    slot: Slot
    process: Child


def slots(jobs: int | None, trainings: int) -> list[Slot]:
    """One a GPU, or one a core; with `jobs`, so many, in turn over the GPUs. Never more than there are trainings."""
    gpus, cores = [card.place for card in cards()], _cores()
    number = max(1, min(jobs or len(gpus) or cores, trainings))
    # More threads than cores wait for each other.
    threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, cores // number))
    found = []
    for index in range(number):
        environment = {"OMP_NUM_THREADS": threads}
        if gpus:
            environment["CUDA_VISIBLE_DEVICES"] = gpus[index % len(gpus)]
        found.append(Slot(index, environment))
    return found


def train_command(job: Job) -> list[str]:
    """What a user would type to train the same."""
    given = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in job.changes.items()]
    config = ["--config", str(job.config)] if job.config else []
    options = [part for text in given for part in ("--set", text)]
    return ["train", job.plan.method, "--name", job.name, *config, *options]


def run_trainings(ledger: Ledger, places: Sequence[Slot], show: Show) -> dict[str, str]:
    """Trains what is not trained yet; of each training that failed every time, the line that it ended with."""
    work = _Work(ledger, places)
    try:
        return see_through(ledger, work, show, _LOOK)
    finally:
        work.stop()


class _Work:
    """The trainings that run."""

    def __init__(self, ledger: Ledger, places: Sequence[Slot]) -> None:
        self._ledger = ledger
        self._places = places
        self._children: list[_Running] = []
        on_gpu = any("CUDA_VISIBLE_DEVICES" in slot.environment for slot in places)
        # Copies of this process, which has imported what they need.
        self._forks = bool(ledger.waiting) and not on_gpu and can_fork()

    def hand_out(self) -> None:
        """Fills the free slots."""
        taken = {child.slot.number for child in self._children}
        free = [slot for slot in self._places if slot.number not in taken]
        for job, slot in zip(self._ledger.take(len(free)), free, strict=False):
            self._children.append(self._spawn(job, slot))

    def collect(self) -> None:
        """Takes note of the children that have ended."""
        for child in list(self._children):
            code = child.process.poll()
            if code is not None:
                self._children.remove(child)
                self._ledger.ended(child.job, code)

    def stop(self) -> None:
        """Ends the children that still run, with all that they started; their checkpoints stay."""
        end([child.process for child in self._children], grace=_GRACE)
        for child in self._children:
            self._ledger.stopped(child.job)
        self._children = []

    def _spawn(self, job: Job, slot: Slot) -> _Running:
        lock = self._ledger.lock(job)
        log = log_path(self._ledger.folder, job.name)
        process = start(train_command(job), slot.environment, log, lock, self._forks)
        lock.name_holder(process.pid)
        self._ledger.started(job, pid=process.pid, slot=slot.number)
        return _Running(job, slot, process)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def train_local(sweeping: Sweeping, places: Places, show: Show) -> dict[str, str]:
    """Trains what is not trained yet, so many at a time; name → last line of each that failed every time."""
    ledger = Ledger(sweeping.jobs, sweeping.folder, sweeping.sweep.retries)
    return run_trainings(ledger, slots(places.jobs, len(ledger.waiting)), show)
