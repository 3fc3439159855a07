"""What the stored results of lm-eval tasks say: values, standard errors, pairs of documents. Needs no lm-eval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.comparing.compare import is_weighted
from harness.comparing.rules import Rule, task_margin
from harness.comparing.statistics import mean_stderr, perplexity_stderr
from harness.records import Benchmark, Direction
from harness.scorers import checked_margin
from harness.store import Json, Run

_PERPLEXITIES = {"word_perplexity", "byte_perplexity", "perplexity"}


def benchmark_table(run: Run) -> dict[str, dict[str, dict[str, Benchmark]]]:
    """Variant → task → metric → value; standard errors are taken from the samples, None where these have no numbers."""
    return {
        variant: {
            task: _cells(row, found.get("n-samples", {}).get(task, {}), run.samples(variant, task))
            for task, row in found.get("results", {}).items()
        }
        for variant, found in run.results.items()
    }


def higher_is_better(found: Mapping[str, Any], task: str, metric: str) -> bool | None:
    """What the task says of its metric; None where it says nothing."""
    value = found.get("higher_is_better", {}).get(task, {}).get(metric.partition(",")[0])
    return None if value is None else bool(value)


def sample_values(samples: Sequence[Json], metric: str) -> dict[str, tuple[str, Any]]:
    """Document → (digest of document, prompt and target; value) of one metric."""
    name, _, rule = metric.partition(",")
    values = {}
    for row in samples:
        if name in row and row.get("filter", "none") == (rule or "none"):
            digest = "|".join(str(row.get(key)) for key in ("doc_hash", "prompt_hash", "target_hash"))
            values[str(row["doc_id"])] = (digest, row[name])
    return values


def paired_values(
    first: Sequence[Json], second: Sequence[Json], metric: str
) -> tuple[dict[str, tuple[object, object]], int]:
    """Document → (value of first, value of second), and how many documents do not pair.

    Same document, prompt and target on both sides, or it is no pair.
    """
    mine, theirs = sample_values(first, metric), sample_values(second, metric)
    pairs: dict[str, tuple[object, object]] = {
        key: (mine[key][1], theirs[key][1]) for key in mine if key in theirs and mine[key][0] == theirs[key][0]
    }
    return pairs, len({*mine, *theirs}) - len(pairs)


def task_rule(results: Json, task: str, metric: str, baseline: float) -> Rule:
    """How a metric of an lm-eval task is judged: by the margin under the task's metadata, or the usual one."""
    higher = higher_is_better(results, task, metric)
    better: Direction = "neither" if higher is None else "higher" if higher else "lower"
    own = (results.get("configs", {}).get(task, {}).get("metadata") or {}).get("margin")
    if own is not None:
        own = checked_margin(own, "amount", metric, f"metadata of the lm-eval task {task}")
    return Rule(task, metric, better, False, task_margin(better, baseline) if own is None else own)


def _cells(row: Mapping[str, Any], count: Mapping[str, Any], samples: Sequence[Json]) -> dict[str, Benchmark]:
    cells = {}
    for key, value in row.items():
        name, _, rule = key.partition(",")
        if not isinstance(value, int | float) or isinstance(value, bool) or name.endswith("_stderr") or not rule:
            continue
        metric = name if rule == "none" else key
        values = [item for _, item in sample_values(samples, metric).values()]
        cells[metric] = Benchmark(float(value), _stderr(name, values), int(count.get("effective", len(values))))
    return cells


def _stderr(name: str, values: Sequence[Any]) -> float | None:
    if values and all(is_weighted(value) for value in values):
        pairs = [(float(log), float(weight)) for log, weight in values]
        return perplexity_stderr(pairs, exponent=name in _PERPLEXITIES)
    numbers = [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value)]
    return mean_stderr(numbers) if len(numbers) == len(values) else None
