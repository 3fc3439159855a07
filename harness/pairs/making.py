"""The main path of pairs: sample, score, choose, write."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from harness.errors import HarnessError, refuse_differing
from harness.machine import alone
from harness.pairs.choosing import NoPair, Sample, SampledPair, choose_pair
from harness.pairs.held_out import write_held_out
from harness.pairs.made import MadePairs, counted
from harness.pairs.plan import PairPlan
from harness.pairs.rows import pair_row
from harness.pairs.sampling import sampled
from harness.records import Question
from harness.scorers import score_response
from harness.store import Run, move_aside, read_jsonl, write_jsonl


def make_pairs(plan: PairPlan, fresh: bool = False) -> MadePairs:
    """Writes the pairs, and the suite of what is held out; run again, it asks only what is missing."""
    with alone(plan.out.parent / ".locks" / plan.out.name, str(plan.out), "Wait for it, or give another --out."):
        if fresh:
            for path in (plan.out, plan.samples, plan.held_out_suite):
                move_aside(path)
        _refuse_others(plan)
        run = sampled(plan)
        write_held_out(plan)
        found = dict(_chosen(plan, run))
        made = counted(plan, list(found.values()))
        if not made.pairs:
            raise HarnessError(
                f"None of {made.asked} questions gives a pair: {made.reasons()}. Give another --prefer, or with "
                "--fresh more --samples, a higher --temperature or --max-tokens."
            )
        pairs = ((question, it) for question, it in found.items() if isinstance(it, SampledPair))
        write_jsonl(plan.out, (pair_row(plan, question, it) for question, it in pairs))
        return made


def _refuse_others(plan: PairPlan) -> None:
    """Refuses to replace a file that this command did not make, or made by another order of criteria."""
    begun = plan.samples.is_dir()
    row: dict[str, Any] = next(islice(read_jsonl(plan.out), 1), {})
    for path, ours in ((plan.out, begun and "prefer" in row), (plan.held_out_suite, begun)):
        if path.exists() and not ours:
            raise HarnessError(f"{path} is there already, and no samples of it are. Give another --out, or --fresh.")
    if not row:
        return
    prefer = [criterion.name for criterion in plan.criteria]
    refuse_differing(plan.out, {"prefer": row["prefer"]}, {"prefer": prefer}, "--out")


def _chosen(plan: PairPlan, run: Run) -> Iterator[tuple[Question, SampledPair | NoPair]]:
    """In the suite's order, whatever the order in which the answers came."""
    samples: dict[str, list[Sample]] = {question.id: [] for question in plan.evaluation.questions}
    questions = {question.id: question for question in plan.evaluation.questions}
    rouge = any(criterion.metric == "rouge_l" for criterion in plan.criteria)
    for response in sorted(run.answers.values(), key=lambda response: response.sample):
        question, manifest, variant = questions[response.question_id], run.manifest, response.variant
        reasoning = manifest.reasoning(variant)
        scores = score_response(question, response, manifest.headers(variant), rouge, reasoning, thinking=True)
        samples[question.id].append(Sample(response, {score.metric: score.value for score in scores}))
    for name, of_question in samples.items():
        yield questions[name], choose_pair(of_question, plan.criteria)
