"""Several answers to a question: how often one of k is right, and how often all k are. Pure.

From n answers, c of them right, each question gives an unbiased estimate of what k fresh ones would show:
pass@k = 1 − C(n − c, k) / C(n, k), at least one is right (Chen et al. 2021); pass^k = C(c, k) / C(n, k), all are (Yao
et al. 2024). To put the mean rate to the power of k instead would take all questions for equally hard.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import combinations
from math import comb

import numpy as np

from harness.comparing.inference import Clusters, distinct, mean_interval, paired_means, paired_rates, rate_interval
from harness.comparing.sides import Groups, Side, asked_unlike, labels
from harness.records import AttemptDifference, Estimate

METRIC = "correct"
"""What is counted: whether an answer is right."""


def attempts(
    sides: Mapping[str, Side], asked: Collection[str], samples: int, groups: Groups
) -> dict[str, dict[str, Estimate]]:
    """Variant → pass@1, pass@2, pass^2, … → mean over questions; empty with one answer each.

    asked are the questions that have a right answer. One counts where all of its answers are judged; of the others,
    unjudged says how many.
    """
    found: dict[str, dict[str, Estimate]] = {}
    for name, side in sides.items():
        counts = right_counts(side, samples) if samples > 1 else {}
        if counts:
            rows = ((title, shares(counts, of, k, samples)) for title, of, k in figures(samples))
            found[name] = {title: _estimate(values, len(asked), groups) for title, values in rows}
    return found


def attempt_differences(sides: Mapping[str, Side], samples: int, groups: Groups) -> tuple[AttemptDifference, ...]:
    """Of every two variants, second minus first, on questions that were asked alike and count for both."""
    rows = []
    for first, second in combinations(sides.values(), 2) if samples > 1 else ():
        before, after = right_counts(first, samples), right_counts(second, samples)
        alike = [it for it in before if it in after and not asked_unlike(first, second, it)]
        for title, of, k in figures(samples) if alike else ():
            a, b = (shares({it: counts[it] for it in alike}, of, k, samples) for counts in (before, after))
            rows.append(_difference(first.name, second.name, title, a, b, groups))
    return tuple(rows)


def figures(samples: int) -> list[tuple[str, Callable[[int, int, int], float], int]]:
    """(title, estimator, k) of what is told of so many answers: k = 1, powers of two below, and all."""
    ks = sorted({1, samples, *(2**power for power in range(1, samples.bit_length()) if 2**power < samples)})
    titles = [(f"pass@{k}", pass_at, k) for k in ks]
    # One of one is all of one.
    return [*titles, *((f"pass^{k}", pass_all, k) for k in ks if k > 1)]


def pass_at(n: int, c: int, k: int) -> float:
    """Share of the draws of k out of n answers, c of them right, in which at least one is right."""
    return 1 - comb(n - c, k) / comb(n, k)


def pass_all(n: int, c: int, k: int) -> float:
    """Share of the draws of k out of n answers, c of them right, in which all are right."""
    return comb(c, k) / comb(n, k)


def right_counts(side: Side, samples: int) -> dict[str, int]:
    """Question → how many of its answers are right, of those that have all of them judged."""
    column = side.columns.get(METRIC)
    answers: dict[str, list[float]] = {}
    for (question, _), value in (column.values if column is not None else {}).items():
        answers.setdefault(question, []).append(value)
    return {question: round(sum(found)) for question, found in sorted(answers.items()) if len(found) == samples}


def shares(counts: Mapping[str, int], of: Callable[[int, int, int], float], k: int, samples: int) -> dict[str, float]:
    """Question → its own estimate."""
    return {question: of(samples, right, k) for question, right in counts.items()}


def _estimate(values: Mapping[str, float], asked: int, groups: Groups) -> Estimate:
    numbers, clusters = list(values.values()), _clusters(values, groups)
    rate = set(numbers) <= {0.0, 1.0}
    interval = rate_interval(numbers, clusters) if rate else mean_interval(numbers, clusters)
    return Estimate(
        mean=float(np.mean(numbers)),
        low=interval.low,
        high=interval.high,
        interval=interval.method,
        n=len(numbers),
        unjudged=asked - len(numbers),
        clusters=None if clusters is None else distinct(clusters),
    )


def _difference(
    first: str, second: str, title: str, a: Mapping[str, float], b: Mapping[str, float], groups: Groups
) -> AttemptDifference:
    before, after, clusters = list(a.values()), list(b.values()), _clusters(a, groups)
    rate = {*before, *after} <= {0.0, 1.0}
    paired = paired_rates(before, after, clusters) if rate else paired_means(before, after, clusters)
    return AttemptDifference(first, second, title, paired.delta, paired.low, paired.high, paired.n)


def _clusters(values: Mapping[str, float], groups: Groups) -> Clusters:
    return labels([(question, 0) for question in values], groups)
