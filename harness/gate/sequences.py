"""The differences of each metric in the order in which the questions are asked, and what they say at the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.comparing import Side, columns, paired_items, values_of, variant_sides
from harness.comparing.inference import Floats, Harm, evidence
from harness.gate.check import Tested, suite_tested
from harness.gate.completeness import VariantPair
from harness.gate.policy import Margin, Policy, default_metrics
from harness.records import Comparison
from harness.scorers import METRICS
from harness.store import Run

_TEST = "betting, one-sided"

Order = Sequence[Sequence[str]]
"""Questions by cluster, in the order in which they are asked."""


@dataclass(frozen=True)
class Sequenced:
    """One metric of one pair, and the differences that its evidence is made of."""

    tested: Tested
    harm: Harm | None
    """None: its values have no bounds, and nobody may look twice."""


def sequenced(
    run: Run, against: Run, pairs: Sequence[VariantPair], policy: Policy, order: Order, missing: list[str]
) -> tuple[list[Sequenced], list[str]]:
    """(the suite's metrics of each pair over those questions, a note on each that cannot be looked at twice)."""
    asked = {question for cluster in order for question in cluster}
    old, new = _sides(against, asked), _sides(run, asked)
    margins = {**run.manifest.margins, **against.manifest.margins}
    rows, notes = [], []
    for before, after in pairs:
        if before not in old or after not in new:
            continue
        first, second = old[before], new[after]
        for metric in policy.metrics if policy.metrics is not None else default_metrics():
            if not paired_items(first, second, metric):
                if policy.metrics is not None or (metric in first.columns and first.columns[metric].values):
                    missing.append(f"{after}: nothing of {metric} is judged on both sides.")
                continue
            row = _sequenced(first, second, metric, margins, policy, order)
            rows.append(row)
            if row.harm is None:
                notes.append(f"{after} {metric}: not sequential, {_why(metric)}; check it without --sequential.")
    return rows, notes


def _sequenced(
    first: Side, second: Side, metric: str, margins: Mapping[str, float], policy: Policy, order: Order
) -> Sequenced:
    items = paired_items(first, second, metric)
    a, b = np.asarray(values_of(first, metric, items)), np.asarray(values_of(second, metric, items))
    row = _row(first, second, metric, items, a, b)
    tested = suite_tested(row, first, second, margins, policy)
    if METRICS[metric].kind != "share" or _is_relative(policy, metric):
        return Sequenced(replace(tested, comparison=replace(row, test="not sequential")), None)
    harmful = a - b if tested.better == "higher" else b - a
    harm = _by_cluster(items, harmful, order, Harm(np.empty(0), np.empty(0), tested.margin, tested.better == "neither"))
    found = evidence(harm)
    low, high = (-found.high, -found.low) if tested.better == "higher" else (found.low, found.high)
    return Sequenced(replace(tested, comparison=replace(row, low=low, high=high, p=found.p)), harm)


def _by_cluster(items: Sequence[tuple[str, int]], harmful: Floats, order: Order, rule: Harm) -> Harm:
    place = {question: number for number, cluster in enumerate(order) for question in cluster}
    sums, sizes = np.zeros(len(order)), np.zeros(len(order))
    index = [place[question] for question, _ in items]
    np.add.at(sums, index, harmful)
    np.add.at(sizes, index, 1.0)
    return replace(rule, sums=sums, sizes=sizes)


def _row(first: Side, second: Side, metric: str, items: Sequence[tuple[str, int]], a: Floats, b: Floats) -> Comparison:
    names = [question if sample == 0 else f"{question} (sample {sample})" for question, sample in items]
    rate = METRICS[metric].rate
    gained = tuple(name for name, x, y in zip(names, a, b, strict=True) if y > x) if rate else ()
    lost = tuple(name for name, x, y in zip(names, a, b, strict=True) if y < x) if rate else ()
    judged_items = {*first.columns[metric].values, *second.columns[metric].values}
    return Comparison(
        baseline=first.name,
        variant=second.name,
        source="suite",
        metric=metric,
        delta=float((b - a).mean()),
        low=None,
        high=None,
        p=None,
        p_holm=None,
        test=_TEST,
        n=len(items),
        gained=len(gained) if rate else None,
        lost=len(lost) if rate else None,
        mde=None,
        verdict="undecided",
        unpaired=len(judged_items) - len(items),
        gained_ids=gained,
        lost_ids=lost,
    )


def _sides(run: Run, asked: set[str]) -> dict[str, Side]:
    return variant_sides(columns([score for score in run.scores if score.question_id in asked]), run.answers)


def _is_relative(policy: Policy, metric: str) -> bool:
    wish = (policy.metrics or {}).get(metric)
    return isinstance(wish, Margin) and wish.relative


def _why(metric: str) -> str:
    if METRICS[metric].kind != "share":
        return "because its values have no upper bound"
    return "because its margin depends on the baseline's mean"
