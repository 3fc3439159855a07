"""Which trainings of a sweep wait, run, are done and have failed: none twice, none that blocks the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.machine import Lock, how_ended, now, try_lock, why_killed
from harness.out_of_memory import said_out_of_memory
from harness.store import LOG, TRAININGS, append_jsonl
from harness.sweep.plan import Job
from harness.training import training_lock

_LOSSES = 5
"""How often a training may lose its machine before that counts as its own failure."""


@dataclass(frozen=True)
class Standing:
    """How the trainings stand while they are scheduled."""

    done: tuple[str, ...]
    running: tuple[str, ...]
    failed: tuple[str, ...]
    waiting: tuple[str, ...]


Show = Callable[[Standing], None]


class Work(Protocol):
    """The trainings that were handed out, wherever they run."""

    def collect(self) -> None:
        """Takes note of what they have come to since the last time."""

    def hand_out(self) -> None:
        """Starts what waits, as far as there is room."""


class Ledger:
    """Every change of it is a line of attempts.jsonl.

    A training that was handed out is locked until it is back, unless who trains it locks it (locks=False).
    """

    def __init__(self, jobs: Sequence[Job], folder: Path, retries: int, locks: bool = True) -> None:
        self.folder = folder
        self.done = [job.name for job in jobs if job.done()]
        self.waiting = [job for job in jobs if job.name not in self.done]
        self.failed: dict[str, str] = {}
        self._out: dict[str, Lock | None] = {}
        self._locks = locks
        self._running: set[str] = set()
        self._retries = retries
        self._tries: Counter[str] = Counter()
        self._losses: Counter[str] = Counter()

    @property
    def open(self) -> bool:
        """Whether anything is still to be waited for."""
        return bool(self.waiting or self._out)

    def standing(self) -> Standing:
        """How the trainings stand now; what a queue holds back counts as waiting."""
        queued = [name for name in self._out if name not in self._running]
        running = [name for name in self._out if name in self._running]
        waiting = (*queued, *(job.name for job in self.waiting))
        return Standing(tuple(self.done), tuple(running), tuple(self.failed), waiting)

    def take(self, count: int | None = None, only: Container[str] | None = None) -> list[Job]:
        """Waiting trainings to be handed out, at most so many; what another sweep holds or has done is left out."""
        taken: list[Job] = []
        for job in [job for job in self.waiting if only is None or job.name in only]:
            if count is not None and len(taken) >= count:
                break
            lock = try_lock(training_lock(job.folder)) if self._locks else None
            if self._locks and lock is None:
                continue
            self.waiting.remove(job)
            if job.done():
                self.done.append(job.name)
                _close(lock)
                continue
            self._out[job.name] = lock
            self._tries[job.name] += 1
            taken.append(job)
        return taken

    def lock(self, job: Job) -> Lock:
        """Of a training that was handed out."""
        lock = self._out[job.name]
        assert lock is not None, "who trains it locks it"
        return lock

    def queued(self, job: Job, **facts: Any) -> None:
        """Notes that it waits in somebody else's queue."""
        self._note(job, "queued", **facts)

    def started(self, job: Job, **facts: Any) -> None:
        """Notes that it has begun to train."""
        self._running.add(job.name)
        self._note(job, "started", **facts)

    def ended(self, job: Job, code: int | None = None, error: str | None = None) -> None:
        """It is done where its certificate is there; else it waits again, or has failed every time."""
        facts = {key: value for key, value in (("code", code), ("error", error)) if value is not None}
        self._back(job, "ended", **facts)
        if job.done():
            self.done.append(job.name)
        elif self._tries[job.name] <= self._retries:
            self.waiting.append(job)
        else:
            self.failed[job.name] = why_failed(self.folder, job.name, code, error)

    def lost(self, job: Job, error: str) -> None:
        """Its machine died, which is not its fault: it waits again, at the head, and the try does not count."""
        self._losses[job.name] += 1
        if self._losses[job.name] > _LOSSES:
            self.ended(job, error=error)
            return
        self._back(job, "lost", error=error)
        self._tries[job.name] -= 1
        self.waiting.insert(0, job)

    def stopped(self, job: Job) -> None:
        """It was asked to end, or never started."""
        self._back(job, "stopped")

    def fetched(self, job: Job) -> None:
        """It was trained already, and only had to be brought here."""
        self._back(job, "fetched")
        self.done.append(job.name)

    def _back(self, job: Job, event: str, **facts: Any) -> None:
        self._running.discard(job.name)
        self._note(job, event, **facts)
        _close(self._out.pop(job.name))

    def _note(self, job: Job, event: str, **facts: Any) -> None:
        row = {"name": job.name, "event": event, "attempt": self._tries[job.name], "at": now(), **facts}
        append_jsonl(self.folder / "attempts.jsonl", [row])


def see_through(ledger: Ledger, work: Work, show: Show, look: float) -> dict[str, str]:
    """Works until nothing is open, looking every so many seconds; of each that failed every time, its last line."""
    while ledger.open:
        work.collect()
        work.hand_out()
        show(ledger.standing())
        if ledger.open:
            time.sleep(look)
    show(ledger.standing())
    return ledger.failed


def log_path(folder: Path, name: str) -> Path:
    """Where a training of the sweep in that folder writes what it says."""
    return folder / "logs" / f"{name}.log"


def why_failed(folder: Path, name: str, code: int | None, error: str | None) -> str:
    """The line that a training ended with: what it said last, or how it ended where it could not say why."""
    if error:
        return error
    if code is not None and code < 0:
        return f"{how_ended(code)}. {why_killed(code)}".strip()
    said = last_line(folder, name)
    if said.startswith("harness: "):
        return said
    # bitsandbytes ends its process where memory runs out, with a line for developers.
    heard = (said_out_of_memory(it, f"Training '{name}' stopped") for it in (said, _last(TRAININGS / name / LOG)))
    short = next(filter(None, heard), None)
    return str(short or said) or ("ended without a word" if code is None else how_ended(code))


def last_line(folder: Path, name: str) -> str:
    """What a training said last; "" where it said nothing."""
    return _last(log_path(folder, name))


def _last(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _close(lock: Lock | None) -> None:
    if lock is not None:
        lock.close()
