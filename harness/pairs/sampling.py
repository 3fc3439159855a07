"""The samples of a plan, in a run folder: what is there already is not asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.asking import Gaps, ask, begin, missing
from harness.errors import refuse_differing
from harness.pairs.plan import PairPlan
from harness.records import Question
from harness.store import Run, RunFolder, read_json, read_run, write_json

_SETTINGS = "pairs.json"


def sampled(plan: PairPlan) -> Run:
    """The run in which every question has all its samples; refuses one that was begun with other settings."""
    folder, settings = RunFolder(plan.samples), plan.samples / _SETTINGS
    if settings.is_file():
        refuse_differing(plan.out, read_json(settings)["identity"], plan.identity(), "--out")
    write_json(settings, {"format_version": 1, "identity": plan.identity()})
    run = begin(plan.evaluation, folder)
    if gaps := _lacking(plan, run):
        ask(plan.evaluation, folder, gaps)
        run = read_run(folder)
    return run


def _lacking(plan: PairPlan, run: Run) -> Gaps:
    """What is to be asked, so that every answer is what it would have been without an interruption.

    Each draws with dice of its own, whatever it is batched with; but in a batch of others the last bits of its
    probabilities are others too, which may turn a draw. Under Transformers batches are whole and follow each other in
    one order: of a batch that was cut off while it was written, all is asked again. vLLM keeps no such order.
    """
    gaps = missing(plan.evaluation, run)
    if plan.evaluation.backend != "transformers":
        return gaps
    return replace(
        gaps, answers={turn: _from_whole_batch(plan, run, turn.sample, asked) for turn, asked in gaps.answers.items()}
    )


def _from_whole_batch(plan: PairPlan, run: Run, sample: int, lacking: Sequence[Question]) -> tuple[Question, ...]:
    """The questions that lack an answer of that round, and those of a batch that is not whole."""
    found = [response for response in run.answers.values() if response.sample == sample]
    answered = [response.question_id for response in found if response.error is None]
    if len(found) == len(plan.evaluation.questions):
        # Nothing was cut off: what is lacking has failed, in no batch.
        return tuple(lacking)
    torn = len(answered) % plan.evaluation.serving.usual_batch
    again = {question.id for question in lacking} | set(answered[len(answered) - torn :])
    return tuple(question for question in plan.evaluation.questions if question.id in again)
