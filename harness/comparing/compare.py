"""What differs between variants: scores in, estimates and paired comparisons out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.comparing.resampling import EXPANDED_BELOW, Floats
from harness.comparing.rules import Rule, suite_rule, verdict
from harness.comparing.sides import Column, Groups, Item, Side, labels, mean_level, paired_items, values_of
from harness.comparing.statistics import (
    Interval,
    Paired,
    mean_interval,
    paired_columns,
    paired_rates,
    rate_interval,
)
from harness.records import Comparison, Estimate, Noise
from harness.scorers import METRICS


def estimate(metric: str, column: Column, seed: int, groups: Groups | None = None) -> Estimate:
    """The mean of a column over all judged answers, each counted once, and its 95 % interval over questions.

    What could not be judged is left out, not counted as wrong: a mean over few of many answers is of those alone.
    """
    # Sorted: neither mean nor resamples depend on the order in which answers arrived.
    items = sorted(column.values)
    values = [column.values[item] for item in items]
    if not values:
        return Estimate(None, None, None, "none", 0, column.unjudged)
    clusters = labels(items, groups or {})
    interval: Interval = (
        rate_interval(values, clusters) if METRICS[metric].rate else mean_interval(values, seed, clusters)
    )
    return Estimate(
        mean=float(np.mean(values)),
        low=interval.low,
        high=interval.high,
        interval=interval.method,
        n=len(values),
        unjudged=column.unjudged,
        clusters=None if clusters is None else len(set(clusters)),
        spread=_spread(items, values),
    )


def suite_comparisons(
    pairs: Sequence[tuple[Side, Side]], margins: Mapping[str, float], seed: int, groups: Groups | None = None
) -> list[Comparison]:
    """The paired difference, second minus first, of every pair of sides on every metric that both have.

    In the order of pairs and METRICS; margins are the suite's own. Items of one group share a cluster.
    """
    found: dict[tuple[int, str], Comparison] = {}
    # Metrics judged on the same items share their resamples: that is what makes a thousand comparisons quick.
    waiting: dict[tuple[Item, ...], list[tuple[int, str, Rule]]] = {}
    for number, (first, second) in enumerate(pairs):
        for metric in METRICS:
            items = paired_items(first, second, metric)
            if not items:
                continue
            level = (mean_level(first, metric) + mean_level(second, metric)) / 2
            rule = suite_rule(metric, margins, level)
            if rule.rate:
                a, b = values_of(first, metric, items), values_of(second, metric, items)
                paired = paired_rates(a, b, labels(items, groups or {}), seed)
                found[number, metric] = _suite_row(first, second, rule, items, paired)
            else:
                waiting.setdefault(tuple(items), []).append((number, metric, rule))
    for items_, jobs in sorted(waiting.items(), key=lambda group: len(group[0])):
        differences = [_differences(*pairs[number], metric, items_) for number, metric, _ in jobs]  # (n,) each
        clusters = labels(items_, groups or {})
        rows = paired_columns(np.column_stack(differences), seed, clusters)
        independent = len(items_ if clusters is None else set(clusters))
        for (number, metric, rule), paired in zip(jobs, rows, strict=True):
            careful = _unresampled(paired, metric, independent)
            found[number, metric] = _suite_row(*pairs[number], rule, items_, careful)
    return [found[number, metric] for number in range(len(pairs)) for metric in METRICS if (number, metric) in found]


def comparison(first: str, second: str, rule: Rule, paired: Paired, unpaired: int = 0) -> Comparison:
    """The row of summary.json for a paired difference; p_holm is None until the family is known (with_families)."""
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
        margin=rule.margin,
        unpaired=unpaired,
        effect=paired.effect,
    )


def with_items(row: Comparison, names: Sequence[str], before: Sequence[float], after: Sequence[float]) -> Comparison:
    """The same with the names of the items that went from 0 to 1, and from 1 to 0."""
    changed = list(zip(names, before, after, strict=True))
    return replace(
        row,
        gained_ids=tuple(name for name, a, b in changed if b > a),
        lost_ids=tuple(name for name, a, b in changed if b < a),
    )


def noise_floor(
    once: Mapping[str, Column], again: Mapping[str, Column], seed: int, groups: Groups | None = None
) -> dict[str, Noise]:
    """Metric → how much the same variant, asked twice, differs from itself: flips of 0/1 values, mean |change| else."""
    found = {}
    first, second = Side("", once), Side("", again)
    for metric in METRICS:
        items = paired_items(first, second, metric)
        if not items:
            continue
        changes = np.abs(_differences(first, second, metric, items)).tolist()
        clusters = labels(items, groups or {})
        rate = METRICS[metric].rate
        interval = rate_interval(changes, clusters) if rate else mean_interval(changes, seed, clusters)
        found[metric] = Noise(float(np.mean(changes)), interval.low, interval.high, len(items))
    return found


def with_noise(comparisons: Sequence[Comparison], noise: Mapping[str, Mapping[str, Noise]]) -> list[Comparison]:
    """The same with the noise floor of the noisier side beside each difference of the suite."""
    return [
        replace(row, noise=max(found))
        if row.source == "suite"
        and (found := [noise[name][row.metric].value for name in (row.baseline, row.variant)
                       if row.metric in noise.get(name, {})])
        else row
        for row in comparisons
    ]  # fmt: skip


def _suite_row(first: Side, second: Side, rule: Rule, items: Sequence[Item], paired: Paired) -> Comparison:
    judged = {*first.columns[rule.metric].values, *second.columns[rule.metric].values}
    row = comparison(first.name, second.name, rule, paired, len(judged) - len(items))
    if not rule.rate:
        return row
    names = [question if sample == 0 else f"{question} (sample {sample})" for question, sample in items]
    return with_items(row, names, values_of(first, rule.metric, items), values_of(second, rule.metric, items))


def _unresampled(paired: Paired, metric: str, independent: int) -> Paired:
    """Where every difference is the same, resampling says nothing of those that were not seen.

    Of shares, at most 1 − 0.025^(1/n) of the items may differ, by one at most (Clopper and Pearson's end for none of
    n); of amounts nobody knows by how much, and a small sample says nothing.
    """
    if paired.low is None or paired.low != paired.high:
        return paired
    if METRICS[metric].kind == "share":
        unseen = 1 - 0.025 ** (1 / independent)
        return replace(paired, low=max(-1.0, paired.delta - unseen), high=min(1.0, paired.delta + unseen))
    return paired if independent >= EXPANDED_BELOW else replace(paired, low=None, high=None)


def _differences(first: Side, second: Side, metric: str, items: Sequence[Item]) -> Floats:
    return np.subtract(values_of(second, metric, items), values_of(first, metric, items))


def _spread(items: Sequence[Item], values: Sequence[float]) -> float | None:
    """Standard deviation between the answers to one question, averaged over questions with several."""
    answers: dict[str, list[float]] = {}
    for (question, _), value in zip(items, values, strict=True):
        answers.setdefault(question, []).append(value)
    spreads = [float(np.std(found, ddof=1)) for found in answers.values() if len(found) > 1]
    return float(np.mean(spreads)) if spreads else None
