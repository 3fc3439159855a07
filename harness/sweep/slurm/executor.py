"""A sweep's trainings as an array in a Slurm queue, through submitit, in a folder that all nodes see.

harness sweep sweep.yaml --executor slurm
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, unknown
from harness.foreign_errors import boundary, needed
from harness.machine import end, start, take_lock
from harness.store import read_jsonl
from harness.sweep import Job, Ledger, Places, Settings, Show, Sweeping, log_path, see_through
from harness.sweep.local import train_command
from harness.training import training_lock

_LOOK = 0.5
"""Seconds between two looks at the folder."""
_ASK_EVERY = 20.0
"""Seconds between two questions to Slurm, which serves many."""
_GRACE = 20.0
"""Seconds that jobs have to end once they are cancelled; and a file, to be seen from another machine."""
_ALONE = ("nodes", "tasks_per_node", "ntasks_per_node")
"""A training is one task; the others would only train the same."""


@dataclass(frozen=True)
class QueuedTraining:
    """What a node of the queue does: trains in the folder that it shares with us, and gives the exit status."""

    folder: Path
    lock: Path
    log: Path
    arguments: tuple[str, ...]

    def __call__(self) -> int:
        """The training's exit status; waits for its lock before it begins."""
        # A job of a sweep that was killed may still be at it: once it is done, there is nothing left to train.
        lock = take_lock(self.lock)
        process = start(self.arguments, self.folder, self.log, {}, [lock.descriptor])
        lock.name_holder(process.pid)
        lock.close()
        try:
            return process.wait()
        finally:
            end([process])

    def checkpoint(self) -> Any:
        """What submitit queues again at a timeout or preemption: the same, which goes on from its last checkpoint."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def train_on_slurm(sweeping: Sweeping, places: Places, show: Show) -> dict[str, str]:
    """Trains what is not trained yet; of each training that failed every time, the line that it ended with."""
    executor = _executor(sweeping, places.jobs)
    ledger = Ledger(sweeping.jobs, sweeping.folder, sweeping.sweep.retries, locks=False)
    # Slurm counts itself how many of an array run at a time.
    work = _Queue(executor, ledger, places.jobs if executor.cluster == "local" else None)
    try:
        work.take_over()
        return see_through(ledger, work, show, _LOOK)
    finally:
        work.stop()


def parameters(given: Settings, jobs: int | None) -> dict[str, Any]:
    """The parameters as submitit wants them, each looked up; slurm: {partition: gpu} is its slurm_partition."""
    from submitit import AutoExecutor, SlurmExecutor

    common = set(AutoExecutor._typed_parameters()) - {*_ALONE}
    special = SlurmExecutor._valid_parameters() - {*_ALONE}
    found: dict[str, Any] = {"stderr_to_stdout": True}
    for key, value in given.items():
        name = key.removeprefix("slurm_")
        if name not in common | special:
            unknown("Slurm parameter", key, common | special, "They stand in the sweep's file under slurm:")
        found[name if name in common else f"slurm_{name}"] = value
    if not {"timeout_min", "slurm_time"} & set(found):
        raise HarnessError("slurm.timeout_min is missing in the sweep's file: how many minutes may a training take?")
    if jobs is not None:
        found["slurm_array_parallelism"] = jobs
    return found


def _executor(sweeping: Sweeping, jobs: int | None) -> Any:
    with needed("submitit", "A Slurm queue"):
        from submitit import AutoExecutor
    given = dict(sweeping.sweep.slurm)
    cluster = given.pop("cluster", "slurm")
    if cluster not in ("slurm", "local"):
        unknown("cluster of submitit", str(cluster), ("slurm", "local"))
    wanted = parameters({"name": f"harness-{sweeping.id}", **given}, jobs)
    if cluster == "slurm" and not (shutil.which("sbatch") and shutil.which("srun")):
        raise HarnessError(
            "There is no sbatch on this machine. Run this on a login node of the Slurm cluster, or train here with: "
            "--executor local"
        )
    executor = AutoExecutor(folder=sweeping.folder / "slurm", cluster=cluster)
    with boundary("slurm", AssertionError, NameError, TypeError, ValueError, lines=None):
        executor.update_parameters(**wanted)
    return executor


class _Queue:
    """The jobs that are queued or run."""

    def __init__(self, executor: Any, ledger: Ledger, at_a_time: int | None) -> None:
        self._executor = executor
        self._ledger = ledger
        self._at_a_time = at_a_time
        self._queued: dict[str, tuple[Job, Any]] = {}
        self._running: set[str] = set()
        self._asked = 0.0
        self._missing: dict[str, int] = {}

    def take_over(self) -> None:
        """Goes on waiting for jobs of a sweep that was killed, where Slurm still knows them."""
        newest = {row["name"]: row for row in read_jsonl(self._ledger.folder / "attempts.jsonl")}
        known = {
            name: str(row["slurm_job"])
            for name, row in newest.items()
            if row.get("slurm_job") and row["event"] != "ended"
        }
        states = self._states()
        if not states:
            return
        from submitit import SlurmJob

        for job in self._ledger.take(only={name for name, number in known.items() if number in states}):
            handle = SlurmJob(self._executor.folder, known[job.name])
            self._queued[job.name] = (job, handle)
            if handle.paths.stdout.exists():
                self._running.add(job.name)
                self._ledger.started(job, slurm_job=handle.job_id, taken_over=True)

    def hand_out(self) -> None:
        """One array of all that waits."""
        room = None if self._at_a_time is None else self._at_a_time - len(self._queued)
        jobs = self._ledger.take(room)
        if not jobs:
            return
        handles = self._executor.submit_array([self._training(job) for job in jobs])
        for job, handle in zip(jobs, handles, strict=True):
            self._ledger.queued(job, slurm_job=handle.job_id)
            self._queued[job.name] = (job, handle)
        self._asked = time.monotonic()

    def collect(self) -> None:
        """Takes note of the jobs that have begun, and of those that have ended."""
        gone = self._gone()
        for name, (job, handle) in list(self._queued.items()):
            if name not in self._running and handle.paths.stdout.exists():
                self._running.add(name)
                self._ledger.started(job, slurm_job=handle.job_id)
            if handle.paths.result_pickle.exists() or name in gone:
                self._back(name)
                self._ledger.ended(job, *_outcome(job, handle))

    def stop(self) -> None:
        """Cancels what is queued or runs; the checkpoints stay."""
        for _, handle in self._queued.values():
            handle.cancel(check=False)
        deadline = time.monotonic() + _GRACE
        while self._queued and time.monotonic() < deadline:
            states = self._states()
            for name, (job, handle) in list(self._queued.items()):
                if handle.paths.result_pickle.exists() or _is_over(handle, states):
                    self._back(name)
                    self._ledger.stopped(job)
            time.sleep(_LOOK)
        for name, (job, _) in list(self._queued.items()):
            self._back(name)
            self._ledger.stopped(job)

    def _back(self, name: str) -> None:
        del self._queued[name]
        self._running.discard(name)
        self._missing.pop(name, None)

    def _training(self, job: Job) -> QueuedTraining:
        here = Path.cwd()
        log = here / log_path(self._ledger.folder, job.name)
        return QueuedTraining(here, here / training_lock(job.folder), log, tuple(train_command(job)))

    def _gone(self) -> set[str]:
        """Jobs that ended without a result, by two looks in a row: killed, or their node died."""
        if time.monotonic() - self._asked < (_ASK_EVERY if self._executor.cluster == "slurm" else _LOOK):
            return set()
        self._asked = time.monotonic()
        states = self._states()
        for name, (_, handle) in self._queued.items():
            self._missing[name] = self._missing.get(name, 0) + 1 if _is_over(handle, states) else 0
        return {name for name, looks in self._missing.items() if looks > 1}

    def _states(self) -> Mapping[str, str] | None:
        """What Slurm says of each job in its queue; None where it does not answer, or is not asked."""
        if self._executor.cluster != "slurm":
            return None
        command = ["squeue", "--me", "--noheader", "--array", "--format", "%i %T"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            return None
        rows = (line.split() for line in answer.stdout.splitlines())
        return {row[0]: row[1] for row in rows if len(row) == 2}


def _is_over(handle: Any, states: Mapping[str, str] | None) -> bool:
    if hasattr(handle, "_process"):
        # submitit's local stand-in knows its process.
        return bool(handle.done())
    return states is not None and handle.job_id not in states


def _outcome(job: Job, handle: Any) -> tuple[int | None, str | None]:
    """(exit status, what went wrong besides)."""
    if not handle.paths.result_pickle.exists():
        return None, f"job {handle.job_id} was ended from outside; what it said last: {handle.paths.stdout}"
    error = handle.exception()
    if error is not None:
        said = [line for line in str(error).split("-" * 20)[1].splitlines() if line.strip(" -")]
        return None, said[-1].strip()
    code = int(handle.result())
    deadline = time.monotonic() + _GRACE
    # A shared disk may show a file that another machine wrote some seconds later.
    while code == 0 and not job.done() and time.monotonic() < deadline:
        time.sleep(_LOOK)
    return code, None
