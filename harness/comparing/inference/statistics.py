"""The statistics, all in one place: pure functions over numbers, on scipy and statsmodels.

Chance here is the choice of questions: an interval says what other questions of the kind would show, not what another
training or another decoding would (for seeds see comparing.seeds). Two variants answer the same questions, so they
are compared pair by pair; whether their own intervals overlap says nothing of their difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.comparing.inference.power import detectable_rate
from harness.comparing.inference.proportions import EXACT_BELOW, effective, paired_bounds, paired_p, rate_bounds
from harness.comparing.inference.studentised import (
    ALPHA,
    DECIDABLE,
    Clusters,
    Floats,
    Numbers,
    Studentised,
    distinct,
    grouped,
    studentised,
    weighted_means,
)
from harness.records import Reason


@dataclass(frozen=True)
class Interval:
    """A 95 % interval and the name of its method; None where the data allow none."""

    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True)
class Paired:
    """A paired difference, second minus first, and what speaks for it.

    p is below 0.05 exactly where the interval leaves 0 out.
    """

    delta: float
    low: float | None
    high: float | None
    p: float | None
    """Two-sided, and adjusted for nothing."""
    test: str
    n: int
    """Pairs, however many clusters they come in."""
    gained: int | None = None
    lost: int | None = None
    mde: float | None = None
    """The smallest true difference that such a sample shows at alpha 0.05 with 80 % power; None where nobody knows."""
    effect: float | None = None
    """Cohen's g of 0/1 values, gained / (gained + lost) − ½; else Cohen's d_z, mean / SD of the differences."""
    reason: Reason = ""
    """Why there is no interval."""


def rate_interval(values: Numbers, clusters: Clusters = None) -> Interval:
    """Of a share of 0/1 values: Wilson's score interval; Clopper and Pearson's exact one below 30.

    With clusters, the same at the effective number of values (Korn and Graubard 1998): the variance between clusters
    says how many independent values they are worth.
    """
    if not len(values):
        return Interval(None, None, "none")
    if clusters is None:
        return _counted_interval(float(np.sum(values)), len(values))
    array = np.asarray(values, dtype=float)
    share = float(array.mean())
    n, _ = effective(array, share * (1 - share), clusters)
    return Interval(*rate_bounds(share * n, n), "cluster score")


def mean_interval(values: Numbers, clusters: Clusters = None) -> Interval:
    """Of a mean: Student's t, corrected for skewness, over clusters where there are any; none below six of them.

    Values that are all the same give an interval of no width, which is no certainty: the sample has not shown how
    values differ.
    """
    array = np.asarray(values, dtype=float)
    if _count(array.size, clusters) < DECIDABLE:
        return Interval(None, None, "none")
    found = _of_means(array[:, None], clusters)
    if found.constant():
        return Interval(float(array.mean()), float(array.mean()), "constant")
    low, high = found.bounds()
    return Interval(float(low[0]), float(high[0]), "corrected t" if clusters is None else "cluster corrected t")


def stated_interval(mean: float, stderr: float | None, n: int, share: bool) -> Interval:
    """Of a mean of which the standard error alone is known: Student's t either side; of a share of 0/1 values, theirs.

    Of all values from 0 to 1 with that mean, only 0 and 1 have the variance p(1 − p).
    """
    if stderr is None:
        return Interval(None, None, "none")
    if share and n > 1 and math.isclose(stderr**2 * (n - 1), mean * (1 - mean), rel_tol=1e-6, abs_tol=1e-12):
        return _counted_interval(mean * n, n)
    if n < DECIDABLE:
        return Interval(None, None, "none")
    from scipy.stats import t

    reach = float(t.ppf(1 - ALPHA / 2, n - 1)) * stderr
    return Interval(mean - reach, mean + reach, "t")


def paired_rates(first: Numbers, second: Numbers, clusters: Clusters = None) -> Paired:
    """Of 0/1 values: McNemar's exact test, and the widest of three intervals (see proportions.paired_bounds).

    The test asks whether a question that changed was as likely gained as lost; those that did not change say nothing
    to it, and narrow the interval. Where it does not reject at 0.05, the interval is stretched to 0. With clusters:
    both at the effective number of pairs, none below six clusters.
    """
    from scipy.stats import binomtest

    n = len(first)
    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    gained, lost = int((differences > 0).sum()), int((differences < 0).sum())
    if n == 0:
        return Paired(0.0, None, None, None, "none", 0, 0, 0, reason="few")
    delta, discordant = (gained - lost) / n, gained + lost
    effect = gained / discordant - 0.5 if discordant else 0.0
    if clusters is None:
        exact = float(binomtest(gained, discordant, 0.5).pvalue) if discordant else 1.0
        # Where the exact test rejects at 0.05, no interval holds 0: the tests enumerate it.
        found = Paired(
            delta, *paired_bounds(gained, lost, n), exact, "mcnemar exact", n, gained, lost,
            detectable_rate(n, discordant), effect,
        )  # fmt: skip
        return _agreeing(found)
    k = _count(n, clusters)
    if k < DECIDABLE:
        return Paired(delta, None, None, None, "none", n, gained, lost, None, effect, "few")
    worth, likely = effective(differences, discordant / n - delta**2, clusters)
    ups, downs = gained * worth / n, lost * worth / n
    p = max(paired_p(ups, downs, worth), 2.0 ** (1 - min(k, 1000)))
    mde = detectable_rate(round(likely), round(discordant * likely / n))
    low, high = paired_bounds(ups, downs, worth)
    return _agreeing(Paired(delta, low, high, p, "cluster score", n, gained, lost, mde, effect))


def paired_means(first: Numbers, second: Numbers, clusters: Clusters = None) -> Paired:
    """Of numbers: Student's t on the differences, corrected for skewness, interval and p-value of one make."""
    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    return paired_columns(differences[:, None], clusters)[0]


def paired_columns(differences: Floats, clusters: Clusters = None) -> list[Paired]:
    """The same of many metrics at once, (n, c) differences on the same n items, c rows."""
    n, k = len(differences), _count(len(differences), clusters)
    deltas = differences.mean(axis=0) if n else np.zeros(differences.shape[1])
    if k < DECIDABLE:
        return [Paired(float(delta), None, None, None, "none", n, reason="few") for delta in deltas]
    found = _of_means(differences, clusters)
    lows, highs = found.bounds()
    p, mde = found.p(), found.detectable()
    test = "corrected t" if clusters is None else "cluster corrected t"
    rows = []
    for column in range(differences.shape[1]):
        delta, values = float(deltas[column]), differences[:, column]
        if found.constant(column):
            rows.append(_constant(delta, n, k, test))
            continue
        needed = float(mde[column])
        rows.append(
            Paired(
                delta, float(lows[column]), float(highs[column]), float(p[column]), test, n,
                mde=needed if needed > 0 else None, effect=delta / float(values.std(ddof=1)),
            )
        )  # fmt: skip
    return rows


def paired_ratios(
    first: Sequence[tuple[float, float]],
    second: Sequence[tuple[float, float]],
    finish: Callable[[Floats], Floats],
    exponential: bool = True,
) -> Paired:
    """Of ratios of sums, as perplexity is: each document's (log-probability, weight) stays together.

    `finish` makes the figure of Σ log-probability / Σ weight: exp(−x) for a perplexity. Weights (tokens, words, bytes)
    are the document's own, the same on both sides: perplexities a token compare only models of one tokenizer. Of an
    exponential figure the logarithms are tested, in which a few documents do not drown the others.
    """
    before, after = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n = len(before)
    if n == 0:
        return Paired(0.0, None, None, None, "none", n, reason="few")
    weights = after[:, 1]

    def figures(sums: Floats) -> Floats:
        """The first figure and the difference to the second, or the logarithm of the one and of their ratio."""
        both = finish(sums[..., :2] / sums[..., 2:])
        both = np.log(both) if exponential else both
        return np.stack([both[..., 0], both[..., 1] - both[..., 0]], axis=-1)

    totals = np.column_stack([before[:, 0], after[:, 0], weights])
    level, change = figures(totals.sum(axis=0)).tolist()
    delta = math.exp(level) * math.expm1(change) if exponential else change
    if n < DECIDABLE or not math.isfinite(delta):
        return Paired(delta, None, None, None, "none", n, reason="few")
    found = studentised(totals, figures, weights)
    if found.constant(1):
        return _constant(delta, n, n, "corrected t")
    lows, highs = found.bounds()
    needed, low, high = float(found.detectable()[1]), float(lows[1]), float(highs[1])
    if exponential:
        spread = float(highs[0] - lows[0]) / 2
        low, high = (_beside(level, spread, change, end) for end in (low, high))
        needed = math.exp(level) * math.expm1(needed)
    if not (math.isfinite(low) and math.isfinite(high)):
        return Paired(delta, None, None, None, "none", n, reason="few")
    return Paired(delta, low, high, float(found.p()[1]), "corrected t", n, mde=needed if needed > 0 else None)


def mean_stderr(values: Sequence[float]) -> float | None:
    """Sample standard deviation over √n, as lm-eval's mean_stderr; None below two values."""
    if len(values) < 2:
        return None
    return float(np.std(np.asarray(values, dtype=float), ddof=1)) / math.sqrt(len(values))


def perplexity_stderr(pairs: Sequence[tuple[float, float]], exponent: bool) -> float | None:
    """Of exp(−Σ log-probability / Σ weight), or without the exponential in bits: linearised ratio (delta method)."""
    if len(pairs) < 2:
        return None
    logs, weights = np.asarray(pairs, dtype=float).T
    rate = logs.sum() / weights.sum()
    residual = logs - rate * weights
    error = math.sqrt(float((residual**2).sum()) * len(pairs) / (len(pairs) - 1)) / float(weights.sum())
    return error * math.exp(-rate) if exponent else error / math.log(2)


def _of_means(values: Floats, clusters: Clusters) -> Studentised:
    totals = grouped(np.column_stack([values, np.ones(len(values))]), clusters)
    return studentised(totals, weighted_means, None if clusters is None else totals[:, -1])


def _beside(level: float, spread: float, change: float, end: float) -> float:
    """An end of the interval of exp(level) · (exp(change) − 1), from an end of that of `change`.

    On the side of 0 where the difference lies, the level's uncertainty (± spread) is added to that of the change, as
    distances of logarithms (Zou and Donner 2008); across 0, where the change is small, the level's does not matter.
    """
    if change * end <= 0:
        return math.exp(level) * math.expm1(end)
    distance = math.log(abs(math.expm1(end))) - math.log(abs(math.expm1(change)))
    return math.exp(level) * math.expm1(change) * math.exp(math.copysign(math.hypot(distance, spread), distance))


def _agreeing(found: Paired) -> Paired:
    """An interval that leaves 0 out although its test does not reject is stretched to it."""
    if found.p is None or found.p < ALPHA or found.low is None or found.high is None:
        return found
    return replace(found, low=min(found.low, 0.0), high=max(found.high, 0.0))


def _constant(delta: float, n: int, k: int, test: str) -> Paired:
    """Every pair differs by the same: no width and no effect size, for nothing is known of those that were not seen."""
    if abs(delta) < 1e-12:
        return Paired(0.0, 0.0, 0.0, 1.0, test, n, reason="constant")
    return Paired(delta, delta, delta, 2.0 ** (1 - min(k, 1000)), test, n, reason="constant")


def _counted_interval(right: float, n: int) -> Interval:
    return Interval(*rate_bounds(right, n), "clopper-pearson" if n < EXACT_BELOW else "wilson")


def _count(n: int, clusters: Clusters) -> int:
    return n if clusters is None else distinct(clusters)
