"""Two variants compared on one metric of an lm-eval task, by the aggregation that made the stored figures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.comparing.aggregations import KNOWN, OWN, Aggregation, Rows
from harness.comparing.asked_tasks import Asked, Unlike, alike, asked, configured_otherwise, documents_unlike
from harness.comparing.benchmarks import TaskSide, aggregation_names, is_proven, sample_values
from harness.comparing.compare import comparison, with_items
from harness.comparing.inference import Paired, paired_figures, paired_means, paired_rates, paired_ratios
from harness.comparing.missing import OneSided, with_worst_case
from harness.comparing.rules import Rule
from harness.records import Comparison


@dataclass(frozen=True)
class NotCompared:
    """Why there is no paired difference on a metric."""

    reason: str
    """Half a sentence, with the metric and the task as its subject."""


@dataclass(frozen=True)
class _Judged:
    """The documents that both sides were asked alike and judged, and what their figure is made of."""

    aggregation: Aggregation
    documents: list[str]
    first: Rows
    second: Rows


def task_comparison(first: TaskSide, second: TaskSide, rule: Rule, seed: int) -> Comparison | NotCompared:
    """The paired difference, second minus first, on the documents that both sides were asked alike and judged.

    Only an aggregation that gives both stored figures from all stored samples is believed. Nothing is compared by
    another: a difference of means is no difference of F1.
    """
    found = _judged(first, second, rule)
    if isinstance(found, NotCompared):
        return found
    mine, theirs = (sample_values(side.samples, rule.metric) for side in (first, second))
    paired, rate = _paired(found.aggregation, found.first, found.second, seed)
    unpaired = len({*mine, *theirs}) - len(found.documents)
    row = comparison(first.variant, second.variant, replace(rule, rate=rate), paired, unpaired)
    if rate:
        row = with_items(row, found.documents, found.first[:, 0].tolist(), found.second[:, 0].tolist())
    asked = {key for key in mine if key not in theirs or alike(mine[key][0], theirs[key][0])} | (
        theirs.keys() - mine.keys()
    )
    gone = asked - set(found.documents)
    return _with_missing(row, rule, found, (_alone(mine, gone), _alone(theirs, gone)))


def mean_pairs(first: TaskSide, second: TaskSide, task: str, metric: str) -> dict[str, tuple[float, float]]:
    """Document → (value of first, value of second), of a metric that is their mean; empty of any other."""
    found = _judged(first, second, Rule(task, metric, "neither", False, None))
    if isinstance(found, NotCompared) or found.aggregation.compared != "mean":
        return {}
    return dict(
        zip(found.documents, zip(found.first[:, 0].tolist(), found.second[:, 0].tolist(), strict=True), strict=True)
    )


def task_unlike(first: TaskSide, second: TaskSide, task: str) -> Unlike | None:
    """How two variants were not asked a task alike, as far as anything can be told; None where they were."""
    if not first.samples or not second.samples:
        return None
    mine, theirs = ({str(row["doc_id"]): asked(row) for row in side.samples} for side in (first, second))
    return configured_otherwise(first.results, second.results, task) or documents_unlike(
        first.results, second.results, task, mine, theirs
    )


def _judged(first: TaskSide, second: TaskSide, rule: Rule) -> _Judged | NotCompared:
    mine, theirs = (sample_values(side.samples, rule.metric) for side in (first, second))
    if not mine or not theirs:
        return NotCompared("has no figures by document")
    if unlike := configured_otherwise(first.results, second.results, rule.source):
        return NotCompared(unlike.reason)
    aggregation = _believed(first, second, rule)
    if isinstance(aggregation, NotCompared):
        return aggregation
    # Same document, prompt and target on both sides, or it is no pair.
    documents = sorted(key for key in mine if key in theirs and alike(mine[key][0], theirs[key][0]))
    if not documents:
        sides = ({key: how for key, (how, _) in side.items()} for side in (mine, theirs))
        unlike = documents_unlike(first.results, second.results, rule.source, *sides)
        return NotCompared(unlike.reason if unlike else "has no document that both sides were asked")
    # Read together: labels that one side never gave are labels of both.
    rows = aggregation.read([side[key][1] for side in (mine, theirs) for key in documents])
    if rows is None:
        return NotCompared("has figures by document that differ in kind")
    a, b = np.vsplit(rows, 2)
    judged = np.asarray(np.isfinite(np.hstack([a, b])).all(axis=1))
    if not judged.any():
        return NotCompared("has no document that both sides have judged")
    names = [key for key, kept in zip(documents, judged.tolist(), strict=True) if kept]
    return _Judged(aggregation, names, a[judged], b[judged])


def _alone(values: Mapping[str, tuple[Asked, Any]], documents: Collection[str]) -> list[Any]:
    """What one side gave for documents that make no pair; None for those that it did not judge."""
    return [values[key][1] if key in values else None for key in sorted(documents)]


def _with_missing(row: Comparison, rule: Rule, found: _Judged, alone: tuple[list[Any], list[Any]]) -> Comparison:
    """Undecided where what is missing could turn it; of a figure that is no mean, nobody knows whether it could."""
    if not any(alone):
        return row
    before, after = (found.aggregation.read(values) for values in alone)
    if found.aggregation.compared != "mean" or before is None or after is None:
        return row if row.verdict == "undecided" else replace(row, verdict="undecided", reason="missing")
    a, b = (side[:, 0].tolist() for side in (found.first, found.second))
    mine, theirs = before[:, 0], after[:, 0]
    lacking_second, lacking_first = np.isfinite(mine) & ~np.isfinite(theirs), np.isfinite(theirs) & ~np.isfinite(mine)
    seen = [*a, *b, *mine[np.isfinite(mine)].tolist(), *theirs[np.isfinite(theirs)].tolist()]
    share = all(0 <= value <= 1 for value in seen)
    return with_worst_case(
        row,
        rule,
        (a, b),
        OneSided(
            first=mine[lacking_second].tolist(),
            second=theirs[lacking_first].tolist(),
            least=0.0 if share else min(seen),
            most=1.0 if share else max(seen),
        ),
        lambda x, y: paired_rates(x, y) if {*x, *y} <= {0.0, 1.0} else paired_means(x, y),
    )


def _believed(first: TaskSide, second: TaskSide, rule: Rule) -> Aggregation | NotCompared:
    sides = (first, second)
    told = [aggregation_names(side.results, rule.source, rule.metric) for side in sides]
    names = [name for name in told[0] if name in told[1]]
    if not any(told):
        return NotCompared("is lm-eval's bypass, which is no figure")
    for name in names:
        proven = all(is_proven(KNOWN[name], side, rule.source, rule.metric) for side in sides)
        if proven and (tuple(names) != tuple(OWN) or _varies(KNOWN[name], sides, rule.metric)):
            return KNOWN[name]
    if tuple(names) == tuple(OWN):
        return NotCompared("is aggregated by a function of the task's own, which its samples do not reproduce")
    if not names:
        return NotCompared("is aggregated in one way in one run and in another in the other")
    return NotCompared(f"has a stored figure that its samples do not give by lm-eval's {' or '.join(names)}")


def _varies(aggregation: Aggregation, sides: Sequence[TaskSide], metric: str) -> bool:
    """Whether on a side at least documents differ: the mean of equal values is also their median, and their largest."""
    values = [[value for _, value in sample_values(side.samples, metric).values()] for side in sides]
    return any(rows is not None and np.ptp(rows, axis=0).max() > 0 for rows in map(aggregation.read, values))


def _paired(aggregation: Aggregation, a: Rows, b: Rows, seed: int) -> tuple[Paired, bool]:
    """(difference, whether it is one of zeros and ones)."""
    if aggregation.compared == "mean":
        before, after = a[:, 0].tolist(), b[:, 0].tolist()
        rate = {*before, *after} <= {0.0, 1.0}
        return (paired_rates(before, after) if rate else paired_means(before, after)), rate
    if aggregation.finish is not None and np.array_equal(a[:, 1], b[:, 1]):
        pairs = list(map(tuple, a)), list(map(tuple, b))
        return paired_ratios(*pairs, aggregation.finish, aggregation.exponential), False
    return paired_figures(aggregation, a, b, seed), False
