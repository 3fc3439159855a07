"""What differs between variants: scores in, estimates and paired comparisons out. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.comparing.inference import (
    ALPHA,
    Clusters,
    Floats,
    Interval,
    Numbers,
    Paired,
    distinct,
    grouped,
    mean_interval,
    paired_columns,
    paired_means,
    paired_rates,
    rate_interval,
)
from harness.comparing.items import Item, Picked, joined
from harness.comparing.missing import OneSided, with_worst_case
from harness.comparing.rules import Rule, suite_rule, verdict
from harness.comparing.sides import (
    Column,
    Groups,
    Side,
    items_without_partner,
    judged_by_either,
    judged_items,
    labels,
    mean_level,
    paired_items,
    values_of,
)
from harness.records import Comparison, Estimate, Noise
from harness.scorers import METRICS

_TOGETHER = 2**19
"""Differences that are tested together."""
_KNOWN = 30
"""Amounts that all differ by the same from which on further ones are taken to do so."""


def estimate(metric: str, column: Column, groups: Groups | None = None) -> Estimate:
    """The mean of a column over all judged answers, each counted once, and its 95 % interval over questions.

    What could not be judged is left out, not counted as wrong: a mean over few of many answers is of those alone.
    """
    items, values = judged_items(column)
    if not len(values):
        return Estimate(None, None, None, "none", 0, column.unjudged)
    clusters = labels(items, groups or {})
    interval: Interval = rate_interval(values, clusters) if METRICS[metric].rate else mean_interval(values, clusters)
    most = 1.0 if METRICS[metric].kind == "share" else math.inf
    return Estimate(
        mean=float(np.mean(values)),
        # No metric of an answer is below 0.
        low=None if interval.low is None else max(0.0, interval.low),
        high=None if interval.high is None else min(most, interval.high),
        interval=interval.method,
        n=len(values),
        unjudged=column.unjudged,
        clusters=None if clusters is None else distinct(clusters),
        spread=_spread(items, values),
    )


def suite_comparisons(
    pairs: Sequence[tuple[Side, Side]], margins: Mapping[str, float], groups: Groups | None = None
) -> list[Comparison]:
    """The paired difference, second minus first, of every pair of sides on every metric that both have.

    In the order of pairs and METRICS; margins are the suite's own. Items of one group share a cluster.
    """
    found: dict[tuple[int, str], Comparison] = {}
    # Metrics judged on the same items are tested together: that is what makes a thousand comparisons quick.
    waiting: dict[Sequence[Item], list[tuple[int, str, Rule]]] = {}
    for number, (first, second) in enumerate(pairs):
        for metric in METRICS:
            items = paired_items(first, second, metric)
            if not items:
                continue
            level = (mean_level(first, metric) + mean_level(second, metric)) / 2
            rule = suite_rule(metric, margins, level)
            if rule.rate:
                a, b = values_of(first, metric, items), values_of(second, metric, items)
                paired = paired_rates(a, b, labels(items, groups or {}))
                found[number, metric] = _suite_row(first, second, rule, items, paired, groups)
            else:
                key = items if isinstance(items, Picked) else tuple(items)
                waiting.setdefault(key, []).append((number, metric, rule))
    for items_, jobs in waiting.items():
        clusters = labels(items_, groups or {})
        independent = len(items_) if clusters is None else distinct(clusters)
        for (number, metric, rule), paired in _tested(pairs, jobs, items_, clusters):
            careful = _careful(paired, metric, independent)
            found[number, metric] = _suite_row(*pairs[number], rule, items_, careful, groups)
    return [found[number, metric] for number in range(len(pairs)) for metric in METRICS if (number, metric) in found]


def _tested(
    pairs: Sequence[tuple[Side, Side]],
    jobs: Sequence[tuple[int, str, Rule]],
    items: Sequence[Item],
    clusters: Clusters,
) -> Iterator[tuple[tuple[int, str, Rule], Paired]]:
    """Each of the jobs with its test, as many of them together as memory should hold."""
    together = max(1, _TOGETHER // len(items))
    for start in range(0, len(jobs), together):
        part = jobs[start : start + together]
        differences = [_differences(*pairs[number], metric, items) for number, metric, _ in part]  # (n,) each
        yield from zip(part, paired_columns(np.column_stack(differences), clusters), strict=True)


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
        reason=paired.reason,
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
    once: Mapping[str, Column], again: Mapping[str, Column], groups: Groups | None = None
) -> dict[str, Noise]:
    """Metric → how far the mean of the same variant moves when it is asked twice.

    The net change of n answers of which a share f flips, as often up as down, has the standard deviation √(f / n); of
    numbers that change by d, √Σd² / n; clusters flip together. Its interval is that of the mean square.
    """
    found = {}
    first, second = Side("", once), Side("", again)
    for metric in METRICS:
        items = paired_items(first, second, metric)
        if not items:
            continue
        changes, clusters = _differences(first, second, metric, items), labels(items, groups or {})
        squares = grouped(changes[:, None], clusters)[:, 0] ** 2  # (k,)
        rate = METRICS[metric].rate and clusters is None
        interval = rate_interval(squares.tolist()) if rate else mean_interval(squares.tolist())
        low, high = (
            None if end is None else _net(end, len(squares), len(items)) for end in (interval.low, interval.high)
        )
        flips = float(np.abs(changes).mean())
        found[metric] = Noise(_net(float(squares.mean()), len(squares), len(items)), low, high, len(items), flips)
    return found


def with_noise(comparisons: Sequence[Comparison], noise: Mapping[str, Mapping[str, Noise]]) -> list[Comparison]:
    """The same with the noise floor beside each difference of the suite.

    Each side was asked once for a difference, twice for its own net change, which has twice the variance: together
    √((a² + b²) / 2).
    """
    return [
        replace(row, noise=math.sqrt(sum(value**2 for value in found) / len(found)))
        if row.source == "suite"
        and (found := [noise[name][row.metric].value for name in (row.baseline, row.variant)
                       if row.metric in noise.get(name, {})])
        else row
        for row in comparisons
    ]  # fmt: skip


def _net(square: float, clusters: int, answers: int) -> float:
    return math.sqrt(max(0.0, square) * clusters) / answers


def _suite_row(
    first: Side, second: Side, rule: Rule, items: Sequence[Item], paired: Paired, groups: Groups | None
) -> Comparison:
    metric = rule.metric
    row = comparison(first.name, second.name, rule, paired, judged_by_either(first, second, metric) - len(items))
    values = values_of(first, metric, items), values_of(second, metric, items)
    if rule.rate:
        row = replace(row, gained_ids=_named(items, *values), lost_ids=_named(items, *reversed(values)))
    mine, theirs = items_without_partner(first, second, metric)
    if not (mine or theirs):
        return row
    clusters = labels(joined(items, mine, theirs), groups or {})

    def test(a: Numbers, b: Numbers) -> Paired:
        if rule.rate:
            return paired_rates(a, b, clusters)
        return _careful(paired_means(a, b, clusters), metric, len(a) if clusters is None else distinct(clusters))

    seen = np.concatenate([judged_items(side.columns[metric])[1] for side in (first, second)])
    share = METRICS[metric].kind == "share"
    alone = OneSided(
        first=values_of(first, metric, mine),
        second=values_of(second, metric, theirs),
        least=0.0 if share else float(seen.min()),
        most=1.0 if share else float(seen.max()),
    )
    return with_worst_case(row, rule, values, alone, test)


def _named(items: Sequence[Item], lower: Numbers, higher: Numbers) -> tuple[str, ...]:
    """The items whose value is above the other, by their questions."""
    changed = (items[int(at)] for at in np.flatnonzero(np.asarray(higher) > np.asarray(lower)))
    return tuple(question if sample == 0 else f"{question} (sample {sample})" for question, sample in changed)


def _careful(paired: Paired, metric: str, independent: int) -> Paired:
    """Where every difference is the same, nothing is known of those that were not seen.

    Of shares, at most 1 − 0.025^(1/n) of the items may differ, by one at most (Clopper and Pearson's end for none of
    n); of amounts nobody knows by how much, and a small sample says nothing.
    """
    share = METRICS[metric].kind == "share"
    if paired.reason != "constant":
        if not share or paired.low is None or paired.high is None:
            return paired
        # No difference of shares is beyond 1.
        return replace(paired, low=max(-1.0, paired.low), high=min(1.0, paired.high))
    if not share:
        return paired if independent >= _KNOWN else replace(paired, low=None, high=None, p=None)
    unseen = 1 - (ALPHA / 2) ** (1 / independent)
    # The level at which that bound just reaches 0.
    p = max(2.0 ** (1 - min(independent, 1000)), min(1.0, 2 * (1 - min(1.0, abs(paired.delta))) ** independent))
    low, high = max(-1.0, paired.delta - unseen), min(1.0, paired.delta + unseen)
    return replace(paired, low=low, high=high, p=p, reason="")


def _differences(first: Side, second: Side, metric: str, items: Sequence[Item]) -> Floats:
    return np.subtract(values_of(second, metric, items), values_of(first, metric, items))


def _spread(items: Sequence[Item], values: Numbers) -> float | None:
    """Standard deviation between the answers to one question, averaged over questions with several."""
    if isinstance(items, Picked) and items.items.samples == 1:
        return None
    answers: dict[str, list[float]] = {}
    for (question, _), value in zip(items, values, strict=True):
        answers.setdefault(question, []).append(value)
    spreads = [float(np.std(found, ddof=1)) for found in answers.values() if len(found) > 1]
    return float(np.mean(spreads)) if spreads else None
