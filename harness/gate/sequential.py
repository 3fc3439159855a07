"""The same decision from evidence that may be looked at after every question, in an order drawn by the seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.comparing import question_groups
from harness.comparing.inference import held_path, in_random_order, p_path
from harness.gate.check import EXIT, Tested, gate_status, judged, task_rows, tested_pairs, unpaired_notes
from harness.gate.completeness import VariantPair, missing_questions, missing_tasks, pair_variants
from harness.gate.drift import refuse_drift
from harness.gate.policy import Policy
from harness.gate.sequences import Order, Sequenced, sequenced
from harness.records import Check, Comparison
from harness.store import Run, is_answered

_UNPROVEN = 4
_SHOWN = 5


def check_sequentially(
    run: Run, against: Run, policy: Policy, wanted: Sequence[VariantPair] = (), waiting: int = 0
) -> Check:
    """The gate's decision at the last question that both runs have asked, valid whenever one looks.

    lm-eval tasks are asked whole and looked at once: they are judged as without this, in the same family. waiting:
    those that a run will ask when it stops, which the family counts already.
    """
    for one in (run, against):
        one.refuse_newer()
    if run.path != against.path:
        refuse_drift(run, against)
    pairs, missing, notes = pair_variants(run, against, wanted)
    missing += [*missing_questions(against), *missing_questions(run)] if run.path != against.path else []
    tested = tested_pairs(pairs, run, policy, missing)
    everything = asked_order(run, against)
    order = _whole(everything, run, against, pairs, missing)
    rows, unbounded = sequenced(run, against, tested, policy, order, missing)
    tasks = [_to_come() for _ in tested for _ in range(waiting)]
    if not waiting:
        missing += [text for before, after in pairs for text in missing_tasks(run, against, before, after)]
        tasks = task_rows(run, against, tested, policy, missing, notes)
    findings, family = judged([*(row.tested for row in rows), *tasks], policy)
    if not findings and not missing:
        missing.append("Nothing could be compared: no metric or task of the policy is judged on both sides.")
    notes += unpaired_notes(findings)
    status = gate_status(findings[: len(rows)] if waiting else findings, missing)
    unproven = status == "undecided" and policy.require == "proof"
    return Check(
        run=run.id,
        against=against.id if run.path != against.path else f"its own {', '.join(sorted({old for old, _ in pairs}))}",
        status=status,
        exit_code=_UNPROVEN if unproven else EXIT[status],
        pairs=tuple(pairs),
        findings=tuple(findings),
        missing=tuple(missing),
        family=f"{family}; the suite's valid at every look",
        alpha=policy.alpha,
        require=policy.require,
        notes=(*notes, *unbounded, _said(rows, len(tasks), policy, order, run, sum(map(len, everything)))),
    )


def asked_order(run: Run, against: Run) -> list[list[str]]:
    """The questions of both runs by cluster, in the order drawn by the run's seed."""
    theirs = {question.id for question in against.questions}
    common = [question for question in run.questions if question.id in theirs]
    return in_random_order(common, question_groups(common), run.manifest.seed or 0)


def _whole(
    order: list[list[str]], run: Run, against: Run, pairs: Sequence[VariantPair], missing: list[str]
) -> list[list[str]]:
    """The clusters before the first that lacks an answer; a hole is missing unless the run still asks in this order."""
    holes = [
        question
        for cluster in order
        for question in cluster
        if not all(_answered(against, before, question) and _answered(run, after, question) for before, after in pairs)
    ]
    stopping = run.manifest.stopping
    if not holes:
        return order
    if stopping is None or stopping.ended is not None:
        more = "" if len(holes) <= _SHOWN else f" and {len(holes) - _SHOWN} more"
        missing.append(
            f"{len(holes)} of {sum(map(len, order))} questions lack answers: {', '.join(holes[:_SHOWN])}{more}."
        )
    gone = set(holes)
    first = next(number for number, cluster in enumerate(order) if gone & set(cluster))
    # Within a batch the engine chooses the order: only whole looks were drawn by the seed.
    ends = [0, *(stopping.looks if stopping else ())]
    return order[: max(end for end in ends if end <= first)] if stopping else order[:first]


def _answered(run: Run, variant: str, question: str) -> bool:
    samples = range(run.manifest.generation.samples)
    return all(is_answered(run.answers.get((variant, question, sample))) for sample in samples)


def _said(rows: Sequence[Sequenced], tasks: int, policy: Policy, order: Order, run: Run, asked: int) -> str:
    """How far it has looked, and after how many questions the decision stood."""
    of = run.manifest.stopping.of if run.manifest.stopping else asked
    head = f"{sum(map(len, order))} of {of} questions, in an order drawn by seed {run.manifest.seed or 0}"
    after = decided_after(rows, tasks, policy)
    if after is None:
        return f"Sequential: {head}; not decided by then."
    return f"Sequential: {head}; decided after {sum(map(len, order[:after]))} of {of} questions."


def decided_after(rows: Sequence[Sequenced], others: int, policy: Policy) -> int | None:
    """Clusters after which something had regressed, or everything of the suite passed; None where neither happens."""
    harms = [row.harm for row in rows if row.harm is not None]
    if not harms:
        return None
    held = np.array([held_path(harm) for harm in harms])
    tests = 1 if policy.correction == "none" else len(rows) + others
    worse = (np.array([p_path(harm) for harm in harms]) * tests < policy.alpha) & ~held
    stands = worse.any(axis=0) | (held.all(axis=0) & (len(harms) == len(rows)))
    return int(stands.argmax()) + 1 if stands.any() else None


def _to_come() -> Tested:
    """An lm-eval task that is not asked yet: a place in the family."""
    row = Comparison(
        baseline="", variant="", source="", metric="", delta=0.0, low=None, high=None, p=1.0, p_holm=None, test="",
        n=0, gained=None, lost=None, mde=None, verdict="undecided",
    )  # fmt: skip
    return Tested(row, "higher", 0.0, 0.0, 0.0)
