"""What differs between variants: scores in, estimates and paired comparisons out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from harness.records import Comparison, Direction, Estimate, Score, Verdict
from harness.scorers import METRICS
from harness.stats import (
    Floats,
    Interval,
    Paired,
    holm,
    mean_interval,
    paired_means,
    paired_rates,
    paired_ratios,
    rate_interval,
)

Values = Mapping[str, float]
"""item id → value, judged items only."""


@dataclass(frozen=True)
class Rule:
    """How one metric's difference is judged."""

    source: str
    metric: str
    better: Direction
    rate: bool
    margin: float | None
    """The smallest difference that matters, in the metric's own unit."""


@dataclass(frozen=True)
class Column:
    """One metric of one variant: its judged values, and how many items could not be judged."""

    values: Mapping[str, float]
    unjudged: int


def columns(scores: Sequence[Score]) -> dict[str, dict[str, Column]]:
    """variant → metric → column, metrics in the table's order."""
    values: dict[tuple[str, str], dict[str, float]] = {}
    unjudged: dict[tuple[str, str], int] = {}
    for score in scores:
        key = (score.variant, score.metric)
        values.setdefault(key, {})
        if score.value is None:
            unjudged[key] = unjudged.get(key, 0) + 1
        else:
            values[key][score.question_id] = score.value
    variants = dict.fromkeys(score.variant for score in scores)
    return {
        variant: {
            metric: Column(values[variant, metric], unjudged.get((variant, metric), 0))
            for metric in METRICS
            if (variant, metric) in values
        }
        for variant in variants
    }


def estimate(metric: str, column: Column, seed: int) -> Estimate:
    """The mean of a column and its 95 % interval."""
    values = list(column.values.values())
    if not values:
        return Estimate(None, None, None, "none", 0, column.unjudged)
    interval: Interval = rate_interval(values) if METRICS[metric].rate else mean_interval(values, seed)
    # Sorted: the mean does not depend on the order in which answers arrived.
    mean = float(np.mean(sorted(values)))
    return Estimate(mean, interval.low, interval.high, interval.method, len(values), column.unjudged)


def suite_comparisons(
    table: Mapping[str, Mapping[str, Column]],
    margins: Mapping[str, float],
    comparable: Callable[[str, str, str], bool],
    seed: int,
) -> list[Comparison]:
    """Every adapter against the base and adapters against each other, on every metric that both have.

    `comparable` says of (first, second, question id) whether both saw the same prompt.
    """  # fmt: skip
    found = []
    for first, second in combinations(table, 2):
        for metric in METRICS:
            if metric not in table[first] or metric not in table[second]:
                continue
            a, b = table[first][metric].values, table[second][metric].values
            keys = [key for key in a if key in b and comparable(first, second, key)]
            if not keys:
                continue
            rule = _suite_rule(metric, margins, a)
            if rule.rate:
                paired = paired_rates([a[key] for key in keys], [b[key] for key in keys])
            else:
                paired = paired_means([a[key] for key in keys], [b[key] for key in keys], seed)
            found.append(comparison(first, second, rule, paired))
    return found


def benchmark_comparison(
    first: str, second: str, rule: Rule, pairs: Sequence[tuple[object, object]], seed: int
) -> Comparison | None:
    """The paired difference on one lm-eval metric; None where its values are neither numbers nor weighted sums."""
    a, b = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if not pairs:
        return None
    if all(isinstance(value, list) and len(value) == 2 for value in (*a, *b)):
        bits = rule.metric.startswith("bits_per")
        paired = paired_ratios(_weighted(a), _weighted(b), _bits if bits else _perplexity, seed)
        return comparison(first, second, rule, paired)
    if not all(isinstance(value, int | float) for value in (*a, *b)):
        return None
    first_values, second_values = _numbers(a), _numbers(b)
    rate = {*first_values, *second_values} <= {0.0, 1.0}
    paired = paired_rates(first_values, second_values) if rate else paired_means(first_values, second_values, seed)
    return comparison(first, second, replace(rule, rate=rate), paired)


def comparison(first: str, second: str, rule: Rule, paired: Paired) -> Comparison:
    return Comparison(
        baseline=first,
        variant=second,
        source=rule.source,
        metric=rule.metric,
        delta=paired.delta,
        low=paired.low,
        high=paired.high,
        p=paired.p,
        p_holm=None,
        test=paired.test,
        n=paired.n,
        gained=paired.gained,
        lost=paired.lost,
        mde=paired.mde,
        verdict=verdict(paired, rule),
    )


def verdict(paired: Paired, rule: Rule) -> Verdict:
    """What the interval says against the margin.

    Inside ±margin: unchanged, however sure the sign is. Beyond zero, and the test agrees at 0.05: improved, regressed,
    or, for a metric without a good direction, shifted. All else is undecided.
    """
    low, high = paired.low, paired.high
    if low is None or high is None:
        return "undecided"
    if rule.margin is not None and -rule.margin < low and high < rule.margin:
        return "unchanged"
    if paired.p is None or paired.p >= 0.05 or low <= 0 <= high:
        return "undecided"
    if rule.better == "neither":
        return "shifted"
    return "improved" if (paired.delta > 0) == (rule.better == "higher") else "regressed"


def task_margin(better: Direction, baseline: float) -> float | None:
    """The smallest difference that matters on an lm-eval task: 3 points of a rate, 2 % of a perplexity or of bits."""
    if better == "neither":
        return None
    return 0.03 if better == "higher" else 0.02 * abs(baseline)


def with_holm(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same with p-values adjusted over the family: all comparisons of one pair of variants."""
    adjusted: dict[int, float | None] = {}
    pairs = {(row.baseline, row.variant) for row in comparisons}
    for pair in pairs:
        members = [i for i, row in enumerate(comparisons) if (row.baseline, row.variant) == pair]
        for index, value in zip(members, holm([comparisons[i].p for i in members]), strict=True):
            adjusted[index] = value
    return [replace(row, p_holm=adjusted[index]) for index, row in enumerate(comparisons)]


def _suite_rule(metric: str, margins: Mapping[str, float], baseline: Values) -> Rule:
    known = METRICS[metric]
    margin = margins.get(metric, known.margin)
    if margin is not None and known.margin_kind == "relative" and metric not in margins:
        margin *= abs(float(np.mean(sorted(baseline.values()))))
    return Rule("suite", metric, known.better, known.rate, margin)


def _weighted(values: Sequence[object]) -> list[tuple[float, float]]:
    return [(float(value[0]), float(value[1])) for value in values if isinstance(value, list)]


def _numbers(values: Sequence[object]) -> list[float]:
    return [float(value) for value in values if isinstance(value, int | float)]


def _perplexity(rate: Floats) -> Floats:
    return np.asarray(np.exp(-rate))


def _bits(rate: Floats) -> Floats:
    return np.asarray(-rate / np.log(2))
