"""Which metrics were named before the answers were seen: what a run may claim to be better or worse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.comparing.benchmarks import task_rule
from harness.comparing.families import Named
from harness.store import Json, Run

DEFAULT = ("correct",)
"""Of a suite that names none."""


def primary_metrics(run: Run, benchmarks: Mapping[str, Mapping[str, Iterable[str]]]) -> set[Named]:
    """Those of the suite's `primary`, and each lm-eval task's first metric that says which way is better.

    benchmarks: variant → task → metrics, in lm-eval's order.
    """
    named = {("suite", metric) for metric in run.manifest.primary or DEFAULT}
    for variant, tasks in benchmarks.items():
        firsts = ((task, first_metric(run.results[variant], task, metrics)) for task, metrics in tasks.items())
        named |= {(task, metric) for task, metric in firsts if metric is not None}
    return named


def first_metric(results: Json, task: str, metrics: Iterable[str]) -> str | None:
    """The first of a task's metrics with a good direction; None where the task says it of none."""
    return next((metric for metric in metrics if task_rule(results, task, metric, 0.0).better != "neither"), None)
