"""Sides of an lm-eval task made by hand: a value a document, and what lm-eval would have stored beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.comparing import TaskSide
from harness.store import Json


def task_results(
    task: str, metric: str, figure: object, documents: int, higher: bool | None = True, aggregation: str | None = None
) -> Json:
    """lm-eval's results of one task with one metric, as far as they are read; metric: name, or name,filter."""
    name, _, rule = metric.partition(",")
    listed = {} if aggregation is None else {"metric_list": [{"metric": name, "aggregation": aggregation}]}
    return {
        "results": {task: {f"{name},{rule or 'none'}": figure}},
        "configs": {task: {"metadata": {"version": 1.0}, **listed}},
        "higher_is_better": {task: {} if higher is None else {name: higher}},
        "n-samples": {task: {"original": documents, "effective": documents}},
    }


def task_samples(metric: str, values: Sequence[object]) -> list[Json]:
    """A row a document."""
    name, _, rule = metric.partition(",")
    return [
        {
            "doc_id": i,
            "filter": rule or "none",
            "doc_hash": f"d{i}",
            "prompt_hash": "p",
            "target_hash": f"t{i}",
            name: v,
        }
        for i, v in enumerate(values)
    ]


def task_side(variant: str, task: str, metric: str, values: Sequence[object], figure: object, **more: Any) -> TaskSide:
    """One variant with a value a document; more: what task_results takes."""
    results = task_results(task, metric, figure, len(values), **more)
    return TaskSide(variant, results, task_samples(metric, values))
