"""What a checkpoint and the baseline made of each item, as far as the gate compares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.comparing import TaskSide, columns, mean_pairs, question_groups
from harness.gate import VariantPair
from harness.records import Check, Finding
from harness.store import Run, read_run

Key = tuple[str, str]
"""(suite or lm-eval task, metric)."""
Item = tuple[str, str]
"""(cluster, answer or document)."""
Pairs = Mapping[Key, Mapping[Item, tuple[float, float]]]
"""Of each metric, item → (the baseline's value, the checkpoint's)."""


@dataclass(frozen=True)
class Checked:
    """One checkpoint, in the order of training."""

    name: str
    step: int
    findings: Mapping[Key, Finding]
    pairs: Pairs
    """Of the findings whose items have numbers."""


def checked(name: str, step: int, check: Check, folder: Path, against: Path) -> Checked:
    """A step with the pairs that its findings were made of."""
    findings = {(finding.source, finding.metric): finding for finding in check.findings}
    keys = tuple((*key, finding.baseline, finding.variant) for key, finding in findings.items())
    pairs = _pairs(folder, _state(folder), against, _state(against), keys) if keys else {}
    return Checked(name, step, findings, pairs)


@lru_cache(maxsize=1024)
def _pairs(
    folder: Path, state: object, against: Path, state_against: object, keys: tuple[tuple[str, str, str, str], ...]
) -> Pairs:
    """Kept while neither run's scores change: a watch looks at all its steps after each."""
    run, baseline = read_run(folder), read_run(against)
    suite = _suite(run, baseline, {(before, after) for _, _, before, after in keys})
    found: dict[Key, Mapping[Item, tuple[float, float]]] = {}
    for source, metric, before, after in keys:
        pairs = suite.get(metric, {}) if source == "suite" else _documents(run, baseline, source, metric, before, after)
        if pairs:
            found[source, metric] = pairs
    return found


def _suite(run: Run, baseline: Run, variants: set[VariantPair]) -> dict[str, dict[Item, tuple[float, float]]]:
    groups = question_groups(baseline.questions)
    old, new = columns(baseline.scores), columns(run.scores)
    found: dict[str, dict[Item, tuple[float, float]]] = {}
    for before, after in variants:
        for metric, column in new.get(after, {}).items():
            theirs = old.get(before, {}).get(metric)
            for (question, sample), value in column.values.items():
                if theirs is not None and (question, sample) in theirs.values:
                    item = (groups.get(question, f"question {question}"), f"{question} {sample}")
                    found.setdefault(metric, {})[item] = (theirs.values[question, sample], value)
    return found


def _documents(
    run: Run, baseline: Run, task: str, metric: str, before: str, after: str
) -> dict[Item, tuple[float, float]]:
    """Of a metric that is the mean of its documents' values; empty of any other."""
    first = TaskSide(before, baseline.results.get(before, {}), baseline.samples(before, task))
    second = TaskSide(after, run.results.get(after, {}), run.samples(after, task))
    return {(f"{task} {key}", key): values for key, values in mean_pairs(first, second, task, metric).items()}


def _state(folder: Path) -> object:
    """What changes when a run is scored or asked again."""
    files = [folder / "scores.jsonl", *sorted((folder / "benchmarks").glob("*.json"))]
    return tuple((path.name, path.stat().st_mtime_ns) for path in files if path.is_file())
