"""The statistics, all in one place: pure functions over numbers, on scipy and statsmodels.

Chance here is the choice of questions: an interval says what other questions of the kind would show, not what another
training or another decoding would (for seeds see settings.t_interval). Two variants answer the same questions, so they
are compared pair by pair; whether their own intervals overlap says nothing of their difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from harness.comparing.power import ALPHA, detectable, detectable_mean, detectable_rate
from harness.comparing.resampling import EXPANDED_BELOW, Floats, bca_bounds, grouped, swap_test

Clusters = Sequence[str] | None
"""Each item's cluster; None where every item stands alone."""

_EXACT_BELOW = 30
_FEW = 3
"""Clusters apart from the others below which the variance between clusters is not to be believed."""
_DECIDABLE = 6
"""Pairs or clusters below which no swap is significant: 2 · ½⁵ > 0.05."""
_Z = NormalDist().inv_cdf(1 - ALPHA / 2)


@dataclass(frozen=True)
class Interval:
    """A 95 % interval and the name of its method; None where the data allow none."""

    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True)
class Paired:
    """A paired difference, second minus first, and what speaks for it.

    Interval and p-value are of different methods, and may disagree where the evidence is at the edge.
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
    """The smallest true difference that such a sample shows at alpha 0.05 with 80 % power; None if none, or too few."""
    effect: float | None = None
    """Cohen's g of 0/1 values, gained / (gained + lost) − ½; else Cohen's d_z, mean / SD of the differences."""


def rate_interval(values: Sequence[float], clusters: Clusters = None) -> Interval:
    """Of a share of 0/1 values: Wilson's score interval; Clopper and Pearson's exact one below 30.

    With clusters, the same at the effective number of values (Korn and Graubard 1998): the variance between clusters
    says how many independent values they are worth. Where fewer than three clusters differ from the rest it says
    nothing, and they are worth as many as if each cluster spoke with one voice.
    """
    if not values:
        return Interval(None, None, "none")
    if clusters is None:
        return _counted_interval(float(sum(values)), len(values))
    array = np.asarray(values, dtype=float)
    share = float(array.mean())
    n, _ = _effective(array, share * (1 - share), clusters)
    return Interval(*_rate_bounds(share * n, n), "cluster score")


def mean_interval(values: Sequence[float], seed: int, clusters: Clusters = None) -> Interval:
    """Of a mean: the bias-corrected and accelerated bootstrap (Efron 1987), over clusters where there are any.

    Below 30 values or clusters it is "expanded", see bca_bounds. Values that are all the same give an interval of no
    width, which is no certainty: the sample has not shown how values differ.
    """
    array = np.asarray(values, dtype=float)
    if array.size < 2 or _count(array.size, clusters) < 2:
        return Interval(None, None, "none")
    if np.ptp(array) == 0:
        # Every resample is the same: the bootstrap has nothing to say beyond the value itself.
        return Interval(float(array[0]), float(array[0]), "constant")
    totals = grouped(np.column_stack([array, np.ones_like(array)]), clusters)
    low, high = bca_bounds(totals, _means, ALPHA, seed)
    method = "bca expanded" if len(totals) < EXPANDED_BELOW else "bca"
    return _interval(low[0], high[0], method if clusters is None else f"cluster {method}")


def stated_interval(mean: float, stderr: float | None, n: int, share: bool) -> Interval:
    """Of a mean of which the standard error alone is known: 1.96 of it either side; of a share of 0/1 values, theirs.

    Of all values from 0 to 1 with that mean, only 0 and 1 have the variance p(1 − p).
    """
    if stderr is None:
        return Interval(None, None, "none")
    if share and n > 1 and math.isclose(stderr**2 * (n - 1), mean * (1 - mean), rel_tol=1e-6, abs_tol=1e-12):
        return _counted_interval(mean * n, n)
    return Interval(mean - _Z * stderr, mean + _Z * stderr, "normal")


def paired_rates(first: Sequence[float], second: Sequence[float], clusters: Clusters = None, seed: int = 0) -> Paired:
    """Of 0/1 values: McNemar's exact test; interval by Bonett and Price 2012 (adjusted Wald, paired proportions).

    The test asks whether a question that changed was as likely gained as lost; those that did not change say nothing
    to it, and narrow the interval. With clusters: a permutation test that swaps whole clusters; interval and smallest
    detectable difference at the effective number of pairs.
    """
    from scipy.stats import binomtest

    n = len(first)
    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    gained, lost = int((differences > 0).sum()), int((differences < 0).sum())
    if n == 0:
        return Paired(0.0, None, None, None, "none", 0, 0, 0)
    delta, discordant = (gained - lost) / n, gained + lost
    effect = gained / discordant - 0.5 if discordant else 0.0
    if clusters is None:
        p = float(binomtest(gained, discordant, 0.5).pvalue) if discordant else 1.0
        low, high = _bonett_price(gained, lost, n)
        mde = detectable_rate(n, discordant)
        return Paired(delta, low, high, p, "mcnemar exact", n, gained, lost, mde, effect)
    p = float(swap_test(grouped(differences[:, None], clusters), _same, seed)[0])
    worth, likely = _effective(differences, discordant / n - delta**2, clusters)
    low, high = _bonett_price(gained * worth / n, lost * worth / n, worth)
    decidable = _count(n, clusters) >= _DECIDABLE
    mde = detectable_rate(round(likely), round(discordant * likely / n)) if decidable else None
    return Paired(delta, low, high, p, "permutation of clusters", n, gained, lost, mde, effect)


def paired_means(first: Sequence[float], second: Sequence[float], seed: int, clusters: Clusters = None) -> Paired:
    """Of numbers: a permutation test that swaps each pair (exact where all swaps can be tried); BCa interval.

    It tests whether the two sides could change places in every pair: differences that are symmetric about 0, which is
    more than a mean of 0.
    """
    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    return paired_columns(differences[:, None], seed, clusters)[0]


def paired_columns(differences: Floats, seed: int, clusters: Clusters = None) -> list[Paired]:
    """The same of many metrics at once, (n, c) differences on the same n items, c rows: they share their resamples."""
    n, k = len(differences), _count(len(differences), clusters)
    deltas = differences.mean(axis=0) if n else np.zeros(differences.shape[1])
    if k < 2:
        return [Paired(float(delta), None, None, None, "none", n) for delta in deltas]
    sums = grouped(differences, clusters)  # (k, c)
    sizes = grouped(np.ones((n, 1)), clusters)  # (k, 1)
    p = swap_test(sums, _same, seed)
    lows, highs = bca_bounds(np.hstack([sums, sizes]), _means, ALPHA, seed)
    test = "permutation" if clusters is None else "permutation of clusters"
    rows = []
    for column in range(differences.shape[1]):
        values = differences[:, column]
        low, high = lows[column], highs[column]
        if np.ptp(values) == 0:
            low = high = deltas[column]
        interval = _interval(low, high, test)
        spread = float(values.std(ddof=1))
        error, _ = _cluster_error(values - deltas[column], clusters)
        mde = detectable(error, k - 1) if clusters is not None else (detectable_mean(n) or 0.0) * spread
        effect = float(deltas[column]) / spread if spread > 0 else None
        rows.append(
            Paired(
                float(deltas[column]), interval.low, interval.high, float(p[column]), test, n,
                mde=mde if mde > 0 and k >= _DECIDABLE else None, effect=effect,
            )
        )  # fmt: skip
    return rows


def paired_ratios(
    first: Sequence[tuple[float, float]],
    second: Sequence[tuple[float, float]],
    finish: Callable[[Floats], Floats],
    seed: int,
) -> Paired:
    """Of ratios of sums, as perplexity is: each document's (log-probability, weight) stays together.

    `finish` makes the figure of Σ log-probability / Σ weight: exp(−x) for a perplexity. Weights (tokens, words, bytes)
    are the document's own, the same on both sides: perplexities a token compare only models of one tokenizer.
    """
    before, after = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n = len(before)
    if n < 2:
        return Paired(0.0, None, None, None, "none", n)
    a, b, weight = before[:, 0], after[:, 0], after[:, 1]  # (n,) each

    def difference(sums: Floats) -> Floats:
        return finish(sums[..., 1:2] / sums[..., 2:]) - finish(sums[..., 0:1] / sums[..., 2:])

    def swapped(sums: Floats) -> Floats:
        # Σa and Σb after a swap lie as far from their middle as Σ ±(b − a) / 2 says.
        middle, half = (a.sum() + b.sum()) / 2, sums / 2
        return finish((middle + half) / weight.sum()) - finish((middle - half) / weight.sum())

    totals = np.column_stack([a, b, weight])  # (n, 3)
    delta = float(difference(totals.sum(axis=0))[0])
    if np.array_equal(a, b):
        return Paired(delta, delta, delta, 1.0, "permutation", n)
    low, high = bca_bounds(totals, difference, ALPHA, seed)
    interval = _interval(low[0], high[0], "bca")
    p = float(swap_test((b - a)[:, None], swapped, seed)[0])
    width = (interval.high - interval.low) if interval.low is not None and interval.high is not None else None
    return Paired(
        delta, interval.low, interval.high, p, "permutation", n,
        mde=None if width is None or n < _DECIDABLE else detectable(width / (2 * _Z)),
    )  # fmt: skip


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


def _counted_interval(right: float, n: int) -> Interval:
    return Interval(*_rate_bounds(right, n), "clopper-pearson" if n < _EXACT_BELOW else "wilson")


def _rate_bounds(right: float, n: float) -> tuple[float, float]:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(right, n, alpha=ALPHA, method="beta" if n < _EXACT_BELOW else "wilson")
    # statsmodels leaves NaN where the exact interval ends at 0 or 1.
    return (0.0 if math.isnan(low) else float(low)), (1.0 if math.isnan(high) else float(high))


def _bonett_price(gained: float, lost: float, n: float) -> tuple[float, float]:
    plus, minus = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    middle, error = plus - minus, math.sqrt((plus + minus - (plus - minus) ** 2) / (n + 2))
    return max(-1.0, middle - _Z * error), min(1.0, middle + _Z * error)


def _effective(values: Floats, variance: float, clusters: Sequence[str]) -> tuple[float, float]:
    """How many independent values the clustered ones are worth, between one a cluster and all of them.

    (that number less what few clusters leave unknown, for intervals; the number itself): variance of independent values
    / variance of the clustered mean.
    """
    from scipy.stats import t

    n = values.size
    sizes = grouped(np.ones((n, 1)), clusters)[:, 0]
    fewest = n**2 / float((sizes**2).sum())
    if variance <= 0 or _apart(values, clusters) < _FEW:
        return fewest, fewest
    error, degrees = _cluster_error(values - values.mean(), clusters)
    if error == 0:
        return float(n), float(n)
    likely = variance / error**2
    cautious = likely * (_Z / float(t.ppf(1 - ALPHA / 2, degrees))) ** 2
    return min(float(n), max(fewest, cautious)), min(float(n), max(fewest, likely))


def _apart(values: Floats, clusters: Sequence[str]) -> int:
    """How many clusters hold anything but one common value, taking the value that leaves the fewest."""
    labels = np.asarray(clusters)
    return min(len(np.unique(labels[values != value])) for value in np.unique(values))


def _cluster_error(deviations: Floats, clusters: Clusters) -> tuple[float, float]:
    """(standard error of a mean whose items come in clusters, the degrees of freedom that it is known with).

    The error is the jackknife's, one cluster left out at a time; the degrees are Satterthwaite's from the spread of its
    squared terms (Pan and Wall 2002), few where few clusters carry the variance.
    """
    n = deviations.size
    sums = grouped(np.column_stack([deviations, np.ones(n)]), clusters)
    k = len(sums)
    squares = (sums[:, 0] / (1 - sums[:, 1] / n)) ** 2
    total = float(squares.sum())
    if total == 0:
        return 0.0, float(k - 1)
    unlike = float((squares**2).sum()) / total**2 - 1 / k
    return math.sqrt(total * (k - 1) / k) / n, min(k - 1, max(1.0, 2 / unlike)) if unlike > 0 else float(k - 1)


def _count(n: int, clusters: Clusters) -> int:
    return n if clusters is None else len(set(clusters))


def _means(sums: Floats) -> Floats:
    """Σ values / Σ sizes, the sizes being the last column."""
    return np.asarray(sums[..., :-1] / sums[..., -1:])


def _same(sums: Floats) -> Floats:
    return sums


def _interval(low: float, high: float, method: str) -> Interval:
    if not (math.isfinite(low) and math.isfinite(high)):
        return Interval(None, None, "none")
    return Interval(float(low), float(high), method)
