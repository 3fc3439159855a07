"""Trainings of a sweep as processes: so many at a time, each in its slot, none twice, none that blocks the others."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.provenance import now
from harness.store import append_jsonl
from harness.sweep_locks import Lock, try_lock
from harness.sweep_plan import Job
from harness.train import TRAININGS
from harness.training_process import Child, can_fork, start

_LOOK = 0.2
"""Seconds between two looks at the children."""
_GRACE = 10.0
"""Seconds that a child has to stop before it is killed."""


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


@dataclass(frozen=True)
class Standing:
    """How the trainings stand while they are scheduled."""

    done: tuple[str, ...]
    running: tuple[str, ...]
    failed: tuple[str, ...]
    waiting: tuple[str, ...]


def slots(jobs: int | None, trainings: int) -> list[Slot]:
    """One a GPU, or one a core; with `jobs`, so many, in turn over the GPUs. Never more than there are trainings."""
    gpus, cores = visible_gpus(), _cores()
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


def visible_gpus() -> list[str]:
    """What CUDA_VISIBLE_DEVICES would name them, without loading torch."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip() not in ("", "-1")]
    if not shutil.which("nvidia-smi"):
        return []
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    count = sum(line.startswith("GPU ") for line in listed.stdout.splitlines()) if listed.returncode == 0 else 0
    return [str(number) for number in range(count)]


def lock_path(name: str) -> Path:
    """Held while that training runs, whichever sweep started it."""
    return TRAININGS / ".locks" / name


def log_path(folder: Path, name: str) -> Path:
    return folder / "logs" / f"{name}.log"


def last_line(folder: Path, name: str) -> str:
    """What a training said last; "" where it said nothing."""
    path = log_path(folder, name)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def train_command(job: Job) -> list[str]:
    """What a user would type to train the same."""
    given = [f"{key}={_as_yaml(value)}" for key, value in job.changes.items()]
    config = ["--config", str(job.config)] if job.config else []
    options = [part for text in given for part in ("--set", text)]
    return ["train", job.plan.method, "--name", job.name, *config, *options]


def run_trainings(
    jobs: Sequence[Job], folder: Path, places: Sequence[Slot], retries: int, show: Callable[[Standing], None]
) -> dict[str, str]:
    """Trains what is not trained yet; of each training that failed every time, the line that it ended with."""
    work = _Work(jobs, folder, retries)
    if work.waiting and not any("CUDA_VISIBLE_DEVICES" in slot.environment for slot in places):
        work.forks = can_fork()
    try:
        while work.waiting or work.children:
            work.collect()
            work.start(places)
            show(work.standing())
            if work.waiting or work.children:
                time.sleep(_LOOK)
    finally:
        work.stop()
    return work.failed


class _Work:
    """What waits, runs, is done and has failed."""

    def __init__(self, jobs: Sequence[Job], folder: Path, retries: int) -> None:
        self.folder = folder
        self.retries = retries
        self.done = [job.name for job in jobs if job.done()]
        self.waiting = [job for job in jobs if job.name not in self.done]
        self.children: list[_Running] = []
        self.failed: dict[str, str] = {}
        self.forks = False
        """Whether trainings are copies of this process, which has imported what they need."""
        self._tries: Counter[str] = Counter()

    def standing(self) -> Standing:
        running = tuple(child.job.name for child in self.children)
        return Standing(tuple(self.done), running, tuple(self.failed), tuple(job.name for job in self.waiting))

    def start(self, places: Sequence[Slot]) -> None:
        """Fills the free slots; a training that another process holds is passed over until it is let go."""
        taken = {child.slot.number for child in self.children}
        free = [slot for slot in places if slot.number not in taken]
        for job in list(self.waiting):
            if not free:
                return
            lock = try_lock(lock_path(job.name))
            if lock is None:
                continue
            self.waiting.remove(job)
            try:
                # Another sweep may have trained it while it waited here.
                if job.done():
                    self.done.append(job.name)
                else:
                    self.children.append(self._spawn(job, free.pop(0), lock))
            finally:
                lock.close()

    def collect(self) -> None:
        """Takes note of the children that have ended; a failed one waits again, behind the others."""
        for child in list(self.children):
            job, code = child.job, child.process.poll()
            if code is None:
                continue
            self.children.remove(child)
            self._note(job, "ended", code=code)
            if code == 0 and job.done():
                self.done.append(job.name)
            elif self._tries[job.name] <= self.retries:
                self.waiting.append(job)
            else:
                self.failed[job.name] = last_line(self.folder, job.name) or _ending(code)

    def stop(self) -> None:
        """Ends the children that still run, with all that they started; their checkpoints stay."""
        for child in self.children:
            _signal(child.process, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        for child in self.children:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child.process, signal.SIGKILL)
                child.process.wait()
            self._note(child.job, "stopped", code=child.process.returncode)
        self.children = []

    def _spawn(self, job: Job, slot: Slot, lock: Lock) -> _Running:
        self._tries[job.name] += 1
        log = log_path(self.folder, job.name)
        process = start(train_command(job), slot.environment, log, lock, self.forks)
        lock.name_holder(process.pid)
        self._note(job, "started", pid=process.pid, slot=slot.number)
        return _Running(job, slot, process)

    def _note(self, job: Job, event: str, **facts: Any) -> None:
        attempt = self._tries[job.name]
        row = {"name": job.name, "event": event, "attempt": attempt, "at": now(), **facts}
        append_jsonl(self.folder / "attempts.jsonl", [row])


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM ends what is inside as Ctrl-C does, so that children are stopped and the exit status is 130."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _signal(process: Child, number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        # Gone, or so young that it leads no group yet.
        if process.poll() is None:
            os.kill(process.pid, number)


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _as_yaml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
