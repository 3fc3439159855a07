"""The grid as it stands: what is trained, runs, has failed, waits; and one line that says it while it changes."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import HarnessError
from harness.machine import holder, say, terminal
from harness.store import CURVES, TRAININGS, Json, read_jsonl
from harness.sweep.ledger import Standing, why_failed
from harness.sweep.plan import Job, Sweeping
from harness.training import training_lock
from harness.words import aligned

_LINE_EVERY = 15.0
"""Seconds between two lines where there is no terminal and nothing has changed."""

Standpoint = Literal["done", "running", "failed", "waiting"]


@dataclass(frozen=True)
class State:
    """Of one training."""

    name: str
    stands: Standpoint
    step: int | None
    steps: int | None
    """How many there will be; None where epochs decide, and the training has not said yet."""
    note: str = ""


def states(sweeping: Sweeping) -> list[State]:
    """Of every training, from what lies in the folders alone: another process may be at work."""
    newest = {row["name"]: row for row in read_jsonl(sweeping.folder / "attempts.jsonl")}
    # Where nobody is at work on it, nothing is started again.
    retries = 0 if holder(sweeping.folder / "lock") is None else sweeping.sweep.retries
    found = []
    for job in sweeping.jobs:
        stands, note = _standpoint(job, sweeping.folder, newest.get(job.name, {}), retries)
        found.append(State(job.name, stands, last_step(job.name), _steps(job), note))
    return found


def status_table(sweeping: Sweeping) -> str:
    """A row a training, and the counts."""
    found = states(sweeping)
    rows = [["training", "state", "step", ""]]
    rows += [[state.name, state.stands, _progress(state.step, state.steps), state.note] for state in found]
    counts = ", ".join(f"{sum(state.stands == kind for state in found)} {kind}" for kind in _KINDS)
    pid = holder(sweeping.folder / "lock")
    at_work = "nobody is at work on it" if pid is None else f"pid {pid or 'unknown'} is at work on it"
    return f"{aligned(rows)}\n\nsweep {sweeping.id}: {len(found)} trainings, {counts}; {at_work}"


class Board:
    """One line on stderr for all trainings: rewritten in a terminal, said again now and then in a log."""

    def __init__(self, sweeping: Sweeping) -> None:
        self._name = sweeping.id
        self._steps = {job.name: _steps(job) for job in sweeping.jobs}
        self._tty = terminal().isatty()
        self._before: Standing | None = None
        self._said = 0.0

    def show(self, standing: Standing) -> None:
        """Says how the trainings stand, where that has changed or is worth saying again."""
        now = time.monotonic()
        changed = standing != self._before
        if not changed and now - self._said < (1.0 if self._tty else _LINE_EVERY):
            return
        self._before, self._said = standing, now
        line = self._line(standing)
        if self._tty:
            # Of a line that is wrapped, only the last row would be written over.
            line = f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}"
        say(line, end="" if self._tty else "\n")

    def close(self) -> None:
        """Ends the line, so that what is printed next stands on its own."""
        if self._tty and self._before is not None:
            say()

    def _line(self, standing: Standing) -> str:
        running = [f"{name} {_progress(last_step(name), self._steps[name])}".strip() for name in standing.running]
        parts = [f"{len(standing.done)} of {len(self._steps)} trained"]
        parts += [f"running {', '.join(running)}"] if running else []
        parts += [f"{len(standing.failed)} failed"] if standing.failed else []
        parts += [f"{len(standing.waiting)} waiting"] if standing.waiting else []
        return f"sweep {self._name}: {'; '.join(parts)}"


_KINDS: Sequence[Standpoint] = ("done", "running", "failed", "waiting")


def last_step(name: str) -> int | None:
    """The newest step that a training has logged; None before its first."""
    path = TRAININGS / name / CURVES
    try:
        tail = _tail(path).splitlines()
    except FileNotFoundError:
        return None
    for line in reversed(tail):
        try:
            return int(json.loads(line)["step"])
        except (ValueError, KeyError, TypeError):
            # Half a line, at either end of what was read.
            continue
    return None


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 4096))
        return file.read()


def _standpoint(job: Job, folder: Path, newest: Json, retries: int) -> tuple[Standpoint, str]:
    try:
        if job.done():
            return "done", ""
    except HarnessError as error:
        return "failed", str(error)
    pid, event = holder(training_lock(job.folder)), newest.get("event")
    if pid is not None and event == "queued":
        # Handed to a cluster, which has no room for it yet.
        return "waiting", "queued"
    if pid is not None:
        node = newest.get("node") if event == "started" else None
        return "running", f"on {node}" if node else f"pid {pid}" if pid else ""
    if event == "ended" and newest["attempt"] > retries:
        return "failed", why_failed(folder, job.name, newest.get("code"), newest.get("error"))
    return "waiting", ""


def _steps(job: Job) -> int | None:
    steps = job.plan.arguments.get("max_steps")
    return int(steps) if isinstance(steps, int) and steps > 0 else None


def _progress(step: int | None, steps: int | None) -> str:
    return "" if step is None else f"{step}/{steps}" if steps else str(step)
