"""What all checkpoints of a watch say together: which are worse than the baseline beyond chance, and what worsens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.comparing.inference import Floats, falls, looks, slope, spent
from harness.records import Direction
from harness.watch.pairs import Checked, Item, Key

FEWEST = 4
"""Checkpoints from which on there is a trend."""

SeenIn = Literal["checkpoint", "course"]


@dataclass(frozen=True)
class Worse:
    """One metric that is worse than the baseline at one checkpoint, by evidence that counts every look of the watch."""

    name: str
    step: int
    source: str
    metric: str
    seen_in: SeenIn
    """The checkpoint alone, or the course up to it, in which later checkpoints weigh more."""
    statistic: float
    """Σ of the harmful differences / √Σ of their squares; −log₁₀ p of a metric without values by item."""
    bound: float
    """What it had to exceed at this look."""


@dataclass(frozen=True)
class Falling:
    """One metric that gets worse from checkpoint to checkpoint, beyond chance; without a good direction: that moves."""

    step: int
    """Where it was first seen."""
    source: str
    metric: str
    slope: float
    """Of the metric's own value by training step, over the checkpoints up to now."""
    each: float
    """The same from one checkpoint to the next."""
    statistic: float
    bound: float


@dataclass(frozen=True)
class WatchEvidence:
    """Over the whole watch: that `worse` holds any false alarm has a chance of alpha at most, and so has `falling`."""

    alpha: float
    best_of: int
    """Variants that the baseline may have been chosen from by these very questions."""
    looks: int
    tests: int
    """Metrics and tasks of a checkpoint."""
    worse: tuple[Worse, ...] = ()
    falling: tuple[Falling, ...] = ()


NOTHING_SEEN = WatchEvidence(alpha=0.05, best_of=1, looks=0, tests=0)


def gather(steps: Sequence[Checked], alpha: float, best_of: int) -> WatchEvidence:
    """What the checked steps of one watch say of its null: that none is worse than the baseline.

    A baseline that was chosen from several by these questions is better on them than on others. A step that is worse
    than none of the several goes beyond the bound of alpha / best_of against any of them with a chance of alpha at
    most, whichever was chosen. A trend over checkpoints has no baseline in it, and needs no such thing.
    """
    checked = [step for step in steps if step.findings]
    keys = list(dict.fromkeys(key for step in checked for key in step.pairs))
    others = list(dict.fromkeys(key for step in checked for key in step.findings if key not in keys))
    tests = len(keys) + len(others)
    level = alpha / best_of
    worse = [
        *(_worse(checked, keys, level * len(keys) / tests) if keys else ()),
        *(_alone(checked, others, level / tests) if others else ()),
    ]
    place = {step.name: number for number, step in enumerate(checked)}
    return WatchEvidence(
        alpha=alpha,
        best_of=best_of,
        looks=len(checked),
        tests=tests,
        worse=tuple(sorted(worse, key=lambda it: place[it.name])),
        falling=tuple(_falling(checked, keys, alpha) if keys else ()),
    )


def _worse(checked: Sequence[Checked], keys: Sequence[Key], alpha: float) -> list[Worse]:
    rows = _rows(step.pairs.get(key, {}) for step in checked for key in keys)
    alone = [np.column_stack([_harm(step, key, rows) for key in keys]) for step in checked]  # (clusters, keys) each
    course = np.cumsum([number * look for number, look in enumerate(alone, start=1)], axis=0)
    both = [np.hstack([look, up_to]) for look, up_to in zip(alone, course, strict=True)]
    sided = [_better(checked, key) == "neither" for key in keys]
    found = []
    for step, look in zip(checked, looks(both, alpha, 0, sided * 2), strict=True):
        for number, key in enumerate(keys):
            which = next((place for place in (number, number + len(keys)) if look.beyond[place]), None)
            # What is surely smaller than the margin is no regression, however sure it is.
            if which is None or key not in step.findings or step.findings[key].verdict == "passed":
                continue
            seen_in: SeenIn = "checkpoint" if which == number else "course"
            found.append(Worse(step.name, step.step, *key, seen_in, float(look.statistics[which]), look.bound))
    return found


def _alone(checked: Sequence[Checked], keys: Sequence[Key], alpha: float) -> list[Worse]:
    """What has no differences by item (a perplexity): by its own p-value, alpha shared out over metrics and looks."""
    found = []
    for number, step in enumerate(checked, start=1):
        share = alpha * (spent(number) - spent(number - 1))
        for key in keys:
            finding = step.findings.get(key)
            if finding is None or finding.p is None or finding.verdict == "passed":
                continue
            either = finding.better == "neither"
            harmful = either or (finding.delta < 0) == (finding.better == "higher")
            p = finding.p if either else finding.p / 2
            if harmful and p <= share:
                statistic = -math.log10(p) if p > 0 else math.inf
                found.append(Worse(step.name, step.step, *key, "checkpoint", statistic, -math.log10(share)))
    return found


def _falling(checked: Sequence[Checked], keys: Sequence[Key], alpha: float) -> list[Falling]:
    times = np.array([step.step for step in checked], dtype=float)
    if len(checked) < FEWEST or np.ptp(times) == 0:
        return []
    levels = [_levels(checked, key) for key in keys]
    rows = _rows(levels)
    places = [np.array([rows[cluster] for cluster, _ in level], dtype=int) for level in levels]
    values = [np.array(list(level.values()), dtype=float) for level in levels]  # (items, checkpoints) each
    signs = [_sign(_better(checked, key)) for key in keys]
    columns = []
    for count in range(FEWEST, len(checked) + 1):
        parts = np.zeros((len(rows), len(keys)))
        for number, (where, table, sign) in enumerate(zip(places, values, signs, strict=True)):
            np.add.at(parts[:, number], where, sign * falls(table[:, :count], times[:count]))
        columns.append(parts)
    seen = looks(columns, alpha, 1, [_better(checked, key) == "neither" for key in keys])
    found = []
    for number, (key, table) in enumerate(zip(keys, values, strict=True)):
        first = next((place for place, look in enumerate(seen) if look.beyond[number]), None)
        now = slope(table, times)
        if first is not None and now is not None:
            each = now * float(np.ptp(times)) / (len(times) - 1)
            look, step = seen[first], checked[first + FEWEST - 1].step
            found.append(Falling(step, *key, now, each, float(look.statistics[number]), look.bound))
    return found


def _harm(step: Checked, key: Key, rows: Mapping[str, int]) -> Floats:
    if key not in step.findings:
        return np.zeros(len(rows))
    sign = _sign(step.findings[key].better)
    return _column({item: sign * (after - before) for item, (before, after) in step.pairs.get(key, {}).items()}, rows)


def _better(checked: Sequence[Checked], key: Key) -> Direction:
    return next(step.findings[key].better for step in checked if key in step.findings)


def _sign(better: Direction) -> float:
    return -1.0 if better == "higher" else 1.0


def _levels(checked: Sequence[Checked], key: Key) -> dict[Item, list[float]]:
    """Item → its value at each checkpoint, NaN where it was not judged."""
    items = sorted({item for step in checked for item in step.pairs.get(key, {})})
    return {item: [step.pairs.get(key, {}).get(item, (np.nan, np.nan))[1] for step in checked] for item in items}


def _rows(tables: Iterable[Mapping[Item, object]]) -> dict[str, int]:
    """Cluster → its row."""
    return {cluster: row for row, cluster in enumerate(sorted({item[0] for table in tables for item in table}))}


def _column(values: Mapping[Item, float], rows: Mapping[str, int]) -> Floats:
    """(clusters,) sums of the items' values."""
    column = np.zeros(len(rows))
    for (cluster, _), value in values.items():
        column[rows[cluster]] += value
    return column
