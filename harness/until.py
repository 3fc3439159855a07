"""Asking that stops as soon as the gate's decision stands.

harness evaluate --adapters dpo --until decided
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from harness.asking import Evaluation, Gaps, begin, missing, session
from harness.comparing import question_groups
from harness.comparing.inference import in_random_order
from harness.errors import BrokenTask, HarnessError
from harness.evaluate import training_curves
from harness.gate import Policy, VariantPair, check_sequentially, refuse_drift
from harness.machine import keep_noise
from harness.records import BASE, Check
from harness.resources import text_digest
from harness.score import score_answers, score_run
from harness.store import LOG, Run, RunFolder, Stopping, read_run

_FIRST = 16
"""Clusters before the first look: six pairs decide nothing."""
_GROWTH = 1.15
"""How much more has been asked at each look: engines answer many questions quicker than few."""
_DECIDED = ("passed", "regressed")


def until_decided(evaluation: Evaluation, policy: Policy, against: Run | None) -> Evaluation:
    """The same, to be asked in an order drawn by the seed until the gate has decided; refuses what cannot be so."""
    if evaluation.models:
        names = ", ".join(model.name for model in evaluation.models)
        raise HarnessError(
            f"--until decided keeps one model loaded, and {names} would need a load of its own. "
            "Give adapters, or leave --until away and check the run with: harness check --sequential"
        )
    if not evaluation.adapters:
        raise HarnessError("--until decided has nothing to decide: name what is checked with --adapters.")
    if against is not None:
        theirs = {question.id for question in against.questions}
        common = tuple(question for question in evaluation.questions if question.id in theirs)
        evaluation = replace(evaluation, questions=common)
        with tempfile.TemporaryDirectory() as folder:
            refuse_drift(begin(evaluation, RunFolder(Path(folder) / "plan")), against)
    order = _order(evaluation)
    return replace(
        evaluation,
        stopping=Stopping(
            rule="decided",
            against=None if against is None else against.id,
            policy=text_digest(policy.model_dump_json()),
            looks=look_ends(len(order), max(_FIRST, evaluation.serving.usual_batch)),
            of=len(evaluation.questions),
        ),
    )


def evaluate_until(
    evaluation: Evaluation, folder: RunFolder, policy: Policy, against: Run | None, tell: Callable[[str], None]
) -> tuple[Run, Check]:
    """(the run, scored and compared, of the questions that it took; the decision). A run that is there goes on."""
    begin(evaluation, folder)
    keep_noise(folder.path / LOG)
    with session(evaluation, folder) as fill:
        if _stopping(folder).ended is None:
            _ask_until(evaluation, folder, policy, against, fill, tell)
        asked = {question.id for question in read_run(folder).questions}
        try:
            fill(missing(_part(evaluation, asked, evaluation.noise_floor, tasks=True), read_run(folder)))
        except BrokenTask:
            score_run(read_run(folder))
            raise
    folder.write_curves(training_curves(evaluation.adapters))
    run = read_run(folder)
    score_run(run)
    run = read_run(folder)
    return run, check_sequentially(run, against or run, policy, _pairs(evaluation, against))


def look_ends(count: int, first: int) -> tuple[int, ...]:
    """After how many clusters one looks: at first after so many, then whenever a seventh more has been asked."""
    ends = [min(first, count)]
    while ends[-1] < count:
        ends.append(min(count, max(ends[-1] + first, round(ends[-1] * _GROWTH))))
    return tuple(ends)


def _ask_until(
    evaluation: Evaluation,
    folder: RunFolder,
    policy: Policy,
    against: Run | None,
    fill: Callable[[Gaps], None],
    tell: Callable[[str], None],
) -> None:
    order, stopping, asked, ended = _order(evaluation), _stopping(folder), set[str](), "used up"
    for end in stopping.looks:
        asked = {question for cluster in order[:end] for question in cluster}
        fill(missing(_part(evaluation, asked, False, tasks=False), read_run(folder)))
        if _looked(folder, policy, against, _pairs(evaluation, against), len(evaluation.tasks.names)) in _DECIDED:
            ended = "decided"
            break
    tell(f"{ended.capitalize()} after {len(asked)} of {stopping.of} questions.")
    folder.write_questions(question for question in evaluation.questions if question.id in asked)
    manifest = read_run(folder).manifest
    folder.write_manifest(replace(manifest, stopping=replace(stopping, asked=len(asked), ended=ended)))


def _looked(folder: RunFolder, policy: Policy, against: Run | None, pairs: Sequence[VariantPair], tasks: int) -> str:
    """What the gate says of the questions answered up to now, lm-eval tasks to come."""
    score_answers(read_run(folder))
    run = read_run(folder)
    return check_sequentially(run, against or run, policy, pairs, waiting=tasks).status


def _pairs(evaluation: Evaluation, against: Run | None) -> list[VariantPair]:
    """Its own base with each adapter; by their names where another run is the baseline."""
    return [] if against is not None else [(BASE, adapter.name) for adapter in evaluation.adapters]


def _part(evaluation: Evaluation, asked: set[str], noise_floor: bool, tasks: bool) -> Evaluation:
    return replace(
        evaluation,
        questions=tuple(question for question in evaluation.questions if question.id in asked),
        noise_floor=noise_floor,
        tasks=evaluation.tasks if tasks else replace(evaluation.tasks, names=()),
    )


def _order(evaluation: Evaluation) -> list[list[str]]:
    return in_random_order(evaluation.questions, question_groups(evaluation.questions), evaluation.seed)


def _stopping(folder: RunFolder) -> Stopping:
    stopping = read_run(folder).manifest.stopping
    if stopping is None:
        raise HarnessError(f"{folder.path} was begun without --until. Give another --run, or start anew with --fresh.")
    return stopping
