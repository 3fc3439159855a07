"""A grid of trainings, evaluated and ranked together.

harness sweep sweep.yaml
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.asking import Evaluation, Wishes, as_begun, backend_of, plan_evaluation
from harness.comparing.seeds import scored
from harness.errors import ChangesNothing, Differs, HarnessError
from harness.evaluate import evaluate
from harness.machine import alone, now, stopped_by_sigterm
from harness.resources import text_digest
from harness.store import RUNS, Json, Run, RunFolder, read_run, write_json
from harness.sweep.executors import Places, find_executor
from harness.sweep.left_out import changed_nothing, leave_out
from harness.sweep.plan import Sweeping
from harness.sweep.results import sweep_summary
from harness.sweep.status import Board


@dataclass(frozen=True)
class Swept:
    """What a sweep has come to."""

    run: Run
    summary: Json
    failed: dict[str, str]
    """Trainings that failed every time, with the line that each ended with."""


def sweep(sweeping: Sweeping, places: Places, command: str, say: Callable[[str], None]) -> Swept:
    """Trains what is missing, evaluates all that is trained in one engine, ranks it; the same again does the rest."""
    refuse_other_settings(sweeping)
    with stopped_by_sigterm(), alone(sweeping.folder / "lock", f"The sweep {sweeping.id}", "See it with --status."):
        write_json(sweeping.folder / "sweep.json", _manifest(sweeping, command))
        failed = _train(sweeping, places)
        failed |= changed_nothing(job for job in sweeping.jobs if job.name not in failed)
        for name, line in failed.items():
            say(f"{name} failed: {line}")
        run = _evaluate(sweeping, failed, command)
        found = _with_confirmed(sweep_summary(sweeping, run.summary, scored(run), failed), read_run(run.folder).sweep)
        write_json(sweeping.folder / "summary.json", found)
        # A report is made from its run's folder alone.
        write_json(run.path / "sweep.json", found)
        return Swept(run, found, failed)


def refuse_other_settings(sweeping: Sweeping) -> None:
    """Refuses folders that were trained with other settings, all of them at once, before anything is trained."""
    faults = []
    for job in sweeping.jobs:
        try:
            job.done()
        except Differs as error:
            faults.append(error.finding)
        except HarnessError as error:
            faults.append(str(error))
    if faults:
        raise HarnessError(f"{' '.join(faults)} Give the sweep a prefix: of its own, or move these folders aside.")


def _train(sweeping: Sweeping, places: Places) -> dict[str, str]:
    if all(job.done() for job in sweeping.jobs):
        return {}
    board = Board(sweeping)
    try:
        return find_executor(places.executor)(sweeping, places, board.show)
    finally:
        board.close()


def _evaluate(sweeping: Sweeping, failed: dict[str, str], command: str) -> Run:
    names = [job.name for job in sweeping.jobs if job.name not in failed]
    if not names:
        raise HarnessError(f"All {len(failed)} trainings of the sweep failed. Their logs: {sweeping.folder / 'logs'}")

    def place(asked: Evaluation) -> Path:
        # What is evaluated is in the name: with a failed training mended, the run is another one.
        return RUNS / f"{sweeping.id}-{text_digest(repr(asked.identity()))[:6]}"

    planned = plan_evaluation(sweeping.config, Wishes(names), command)
    evaluation = as_begun(planned, lambda asked: backend_of(place(asked)))
    folder = RunFolder(place(evaluation))
    try:
        return evaluate(evaluation, folder)
    except ChangesNothing as error:
        leave_out(error, failed, folder)
        return _evaluate(sweeping, failed, command)


def _with_confirmed(found: Json, before: Json | None) -> Json:
    """The same with what --confirm found before, as long as the same trainings have the first place."""
    confirmed = (before or {}).get("confirmed")
    kept = confirmed is not None and list(confirmed["trainings"]) == list(found["ranking"][0]["trainings"])
    return {**found, "confirmed": confirmed} if kept else found


def _manifest(sweeping: Sweeping, command: str) -> Json:
    return {
        "format_version": 1,
        "sweep": sweeping.id,
        "created": now(),
        "command": command,
        "settings": sweeping.sweep.model_dump(mode="json"),
        "trainings": [
            {"name": job.name, "folder": str(Path(job.folder)), "varied": job.varied, "settings": job.changes}
            for job in sweeping.jobs
        ],
    }
