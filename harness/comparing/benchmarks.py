"""What the stored results of lm-eval tasks say: figures, standard errors, values by document. Needs no lm-eval."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.comparing.aggregations import AGGREGATIONS, KNOWN, OWN, USUAL, Aggregation
from harness.comparing.asked_tasks import Asked, asked
from harness.comparing.inference import figure_stderr, mean_stderr, perplexity_stderr
from harness.comparing.rules import Rule, task_kind, task_margin
from harness.records import Benchmark, Direction
from harness.scorers import checked_margin
from harness.store import Json, Run

_LOWER = {"perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte"}
"""Metrics that are better lower even where results do not say so."""


@dataclass(frozen=True)
class TaskSide:
    """One variant's part in the comparison of an lm-eval task."""

    variant: str
    results: Json
    """As lm-eval wrote them, of all tasks."""
    samples: Sequence[Json]
    """Of the task, all filters together."""


def benchmark_table(run: Run) -> dict[str, dict[str, dict[str, Benchmark]]]:
    """Variant or reference → task → metric → value; its standard error is lm-eval's, or what samples give."""
    return {
        variant: {
            task: _cells(TaskSide(variant, found, run.samples(variant, task)), task, run.manifest.seed or 0)
            for task in found.get("results", {})
        }
        for variant, found in {**run.results, **run.reference_results}.items()
    }


@dataclass(frozen=True)
class AskedPart:
    """How many documents of an lm-eval task were asked, fewer than it has."""

    asked: int
    of: int
    is_first: bool
    """Whether they are its first, which lm-eval's --limit takes."""


def asked_part(results: Json, task: str) -> AskedPart | None:
    """The part of a task that was asked; None where that was all of it, or nobody says."""
    counted = results.get("n-samples", {}).get(task) or {}
    asked, of = counted.get("effective"), counted.get("original")
    if asked is None or of is None or asked >= of:
        return None
    return AskedPart(int(asked), int(of), task in results.get("limits", {}))


def higher_is_better(found: Mapping[str, Any], task: str, metric: str) -> bool | None:
    """What the task says of its metric, else what holds of every perplexity; None where nothing is known."""
    name = metric.partition(",")[0]
    value = found.get("higher_is_better", {}).get(task, {}).get(name)
    if value is None:
        return False if name in _LOWER else None
    return bool(value)


def task_direction(results: Json, task: str, metric: str) -> Direction:
    """Which way is better on a metric of an lm-eval task."""
    higher = higher_is_better(results, task, metric)
    return "neither" if higher is None else "higher" if higher else "lower"


def task_metrics(results: Json, task: str) -> list[str]:
    """What the task was to be judged by: name, or name,filter; those too of which it came to no number.

    lm-eval's bypass stands where a task has no figure.
    """
    keys = [key for key in results.get("results", {}).get(task, {}) if "," in key]
    names = [key.removesuffix(",none") for key in keys if not key.partition(",")[0].endswith("_stderr")]
    return [name for name in names if aggregation_names(results, task, name)]


def task_rule(results: Json, task: str, metric: str, values: Sequence[float], level: float) -> Rule:
    """How a metric of an lm-eval task is judged: by the margin under the task's metadata, or the usual one.

    values: its figures on either side; level: that of which a margin may be a share.
    """
    better = task_direction(results, task, metric)
    own = (results.get("configs", {}).get(task, {}).get("metadata") or {}).get("margin")
    if own is None:
        margin = task_margin(metric, better, values, level)
    else:
        margin = checked_margin(own, task_kind(metric, values), metric, f"metadata of the lm-eval task {task}")
    return Rule(task, metric, better, False, margin)


def sample_values(samples: Sequence[Json], metric: str) -> dict[str, tuple[Asked, Any]]:
    """Document → (how it was asked, value) of one metric."""
    name, _, rule = metric.partition(",")
    values = {}
    for row in samples:
        if name in row and row.get("filter", "none") == (rule or "none"):
            values[str(row["doc_id"])] = (asked(row), row[name])
    return values


def aggregation_names(results: Json, task: str, metric: str) -> tuple[str, ...]:
    """How the figure may have been made: as the task says, else as lm-eval does where a task says nothing.

    Of a function of the task's own, what such functions mostly compute. lm-eval's bypass makes none.
    """
    name = metric.partition(",")[0]
    for entry in results.get("configs", {}).get(task, {}).get("metric_list") or ():
        if _called(entry.get("metric")) == name and entry.get("aggregation") is not None:
            said = str(entry["aggregation"])
            return (said,) if said in AGGREGATIONS else () if said == "bypass" else tuple(OWN)
    usual = USUAL.get(name, "mean")
    return () if usual == "bypass" else tuple(dict.fromkeys([usual, "mean"]))


def stored_figure(side: TaskSide, task: str, metric: str) -> float | None:
    """What lm-eval made of the task; None where it is no finite number."""
    found = side.results.get("results", {}).get(task, {}).get(_key(metric))
    number = isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found)
    return float(found) if number else None


def is_proven(aggregation: Aggregation, side: TaskSide, task: str, metric: str) -> bool:
    """Whether the aggregation of all stored values is the stored figure."""
    stored = stored_figure(side, task, metric)
    rows = aggregation.read(_values(side, metric))
    if stored is None or rows is None or not len(rows):
        return False
    figure = float(aggregation.figure(np.ones(len(rows)), rows))
    return math.isfinite(figure) and math.isclose(figure, stored, rel_tol=aggregation.tolerance, abs_tol=1e-12)


def _called(metric: object) -> str:
    """A metric's name; lm-eval writes a function as its source."""
    text = str(metric)
    found = re.search(r"^\s*def (\w+)\(", text, re.MULTILINE)
    return found[1] if found else text


def _cells(side: TaskSide, task: str, seed: int) -> dict[str, Benchmark]:
    cells = {}
    counted = _counted(side.results, task)
    # Of a group, those of the tasks that have the metric.
    having = side.results.get("results", {}).get(task, {}).get("sample_count") or {}
    for metric in task_metrics(side.results, task):
        value = stored_figure(side, task, metric)
        if value is not None:
            documents = having.get(_key(metric)) or counted or len(sample_values(side.samples, metric))
            stored = stored_figure(side, task, _stderr_of(metric))
            cells[metric] = Benchmark(value, _stderr(side, task, metric, seed) if stored is None else stored, documents)
    return cells


def _counted(results: Json, task: str) -> int:
    """Documents that lm-eval counted: a task's, or those of all tasks of a group."""
    members = results.get("group_subtasks", {}).get(task) or ()
    own = results.get("n-samples", {}).get(task, {}).get("effective")
    return int(own) if own is not None else sum(_counted(results, name) for name in members if name != task)


def _key(metric: str) -> str:
    """As lm-eval writes it: with its filter, also where that is none."""
    return metric if "," in metric else f"{metric},none"


def _stderr_of(metric: str) -> str:
    name, _, rule = _key(metric).partition(",")
    return f"{name}_stderr,{rule}"


def _stderr(side: TaskSide, task: str, metric: str, seed: int) -> float | None:
    """By the figure's own formula: of a mean, of a perplexity (delta method), or by the bootstrap."""
    names = aggregation_names(side.results, task, metric)
    name = next((name for name in names if is_proven(KNOWN[name], side, task, metric)), "")
    rows = KNOWN[name].read(_values(side, metric)) if name else None
    if rows is None:
        return None
    judged = rows[np.isfinite(rows).all(axis=1)]
    if KNOWN[name].compared == "mean":
        return mean_stderr(judged[:, 0].tolist())
    if name in ("perplexity", "weighted_perplexity", "bits_per_byte"):
        return perplexity_stderr([(log, weight) for log, weight in judged], exponent=name != "bits_per_byte")
    return figure_stderr(KNOWN[name], judged, seed)


def _values(side: TaskSide, metric: str) -> list[Any]:
    return [value for _, value in sample_values(side.samples, metric).values()]
