"""The winner of a sweep, and the base, asked questions that the sweep never asked.

harness sweep sweep.yaml --confirm
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from harness.asking import Evaluation, Wishes, as_begun, backend_of, plan_evaluation
from harness.comparing import question_groups
from harness.comparing.seeds import scored, seed_group
from harness.data.suites import Suite, sample
from harness.errors import HarnessError
from harness.evaluate import evaluate
from harness.machine import alone, stopped_by_sigterm
from harness.records import Question
from harness.resources import text_digest
from harness.store import RUNS, Json, Run, RunFolder, write_json
from harness.sweep.plan import Sweeping
from harness.sweep.sweep import Swept


def confirm(sweeping: Sweeping, swept: Swept, suite: str | None, limit: int | None, command: str) -> tuple[Swept, Run]:
    """The sweep with what its first place comes to on fresh questions, and the run that asked them, which goes on.

    Fresh are questions of the sweep's suite that its limit left out, or those of another suite; none that shares a
    wording or a cluster with one that had a say in the choice.
    """
    first = next((group for group in swept.summary["ranking"] if group["mean"] is not None), None)
    if first is None:
        raise HarnessError(f"No training of {sweeping.id} has a judged answer: there is no first place to confirm.")
    names = [name for name in first["trainings"] if name in swept.run.variants]

    def place(asked: Evaluation) -> Path:
        return RUNS / f"{swept.run.id}-confirm-{text_digest(repr(asked.identity()))[:6]}"

    planned = _planned(sweeping, swept.run, names, suite, limit, command)
    evaluation = as_begun(planned, lambda asked: backend_of(place(asked)))
    with stopped_by_sigterm(), alone(sweeping.folder / "lock", f"The sweep {sweeping.id}", "See it with --status."):
        run = evaluate(evaluation, RunFolder(place(evaluation)))
        found = {**swept.summary, "confirmed": _confirmed(run, first, str(swept.summary["metric"]))}
        write_json(sweeping.folder / "summary.json", found)
        write_json(swept.run.path / "sweep.json", found)
    return replace(swept, summary=found), run


def fresh_questions(suite: Suite, asked: Sequence[Question], same: bool) -> tuple[Question, ...]:
    """Those of the suite that no asked question says anything about; same: whether these are of this suite."""
    before = [replace(it, id=f"asked {it.id}", cluster=it.cluster if same else None) for it in asked]
    groups = question_groups([*before, *suite.questions])
    stale = {groups.get(it.id) for it in before} - {None}
    return tuple(it for it in suite.questions if groups.get(it.id) not in stale)


def _planned(
    sweeping: Sweeping, run: Run, names: Sequence[str], suite: str | None, limit: int | None, command: str
) -> Evaluation:
    config = sweeping.config.model_copy(update={"limit": None, "noise_floor": False})
    evaluation = plan_evaluation(config, Wishes(names, suite=suite, tasks=()), command)
    same = evaluation.suite.digest == run.manifest.suite.digest
    fresh = sample(fresh_questions(evaluation.suite, run.questions, same), limit, config.seed)
    if not fresh:
        raise HarnessError(
            f"Every question of {evaluation.suite.name} had a say in the choice: none is fresh. Name another suite: "
            "--confirm --suite SUITE (see harness tasks), or give the sweep a limit."
        )
    return replace(evaluation, questions=fresh, limit=len(fresh))


def _confirmed(run: Run, first: Json, metric: str) -> Json:
    group = seed_group(first["settings"], first["trainings"], run.summary, scored(run), metric)
    return {**asdict(group), "run": run.id, "suite": run.summary.suite, "questions": run.summary.questions}
