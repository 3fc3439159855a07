"""Which metrics were named before the answers were seen: what a run may claim to be better or worse."""

from __future__ import annotations

from harness.comparing.benchmarks import task_direction, task_metrics
from harness.comparing.families import Named
from harness.store import Json, Run

_DEFAULT = ("correct",)
"""Of a suite that names none."""


def primary_metrics(run: Run) -> set[Named]:
    """(source, metric): those of the suite's `primary`, and each lm-eval task's first that says which way is better."""
    named = {("suite", metric) for metric in run.manifest.primary or _DEFAULT}
    for results in run.results.values():
        firsts = ((task, first_metric(results, task)) for task in results.get("results", {}))
        named |= {(task, metric) for task, metric in firsts if metric is not None}
    return named


def first_metric(results: Json, task: str) -> str | None:
    """The first of a task's metrics, in lm-eval's order, with a good direction; None where the task says it of none."""
    return next((it for it in task_metrics(results, task) if task_direction(results, task, it) != "neither"), None)
