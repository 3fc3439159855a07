"""The statistics, all in one place: pure functions over numbers, on scipy and statsmodels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CONFIDENCE = 0.95
ALPHA = 1 - CONFIDENCE
POWER = 0.8
RESAMPLES = 4999
_EXACT_BELOW = 30
_Z = NormalDist().inv_cdf(1 - ALPHA / 2)


@dataclass(frozen=True)
class Interval:
    """A 95 % interval and the name of its method; None where the data allow none."""

    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True)
class Paired:
    """A paired difference, second minus first, and what speaks for it."""

    delta: float
    low: float | None
    high: float | None
    p: float | None
    test: str
    n: int
    gained: int | None = None
    lost: int | None = None
    mde: float | None = None


def rate_interval(values: Sequence[float]) -> Interval:
    """Of a share of 0/1 values: Wilson's score interval; Clopper and Pearson's exact one below 30."""
    from statsmodels.stats.proportion import proportion_confint

    if not values:
        return Interval(None, None, "none")
    method, name = ("beta", "clopper-pearson") if len(values) < _EXACT_BELOW else ("wilson", "wilson")
    low, high = proportion_confint(sum(values), len(values), alpha=ALPHA, method=method)
    return Interval(float(low), float(high), name)


def mean_interval(values: Sequence[float], seed: int) -> Interval:
    """Of a mean: the bias-corrected and accelerated bootstrap (Efron 1987)."""
    array = np.asarray(values, dtype=float)
    if array.size < 2:
        return Interval(None, None, "none")
    if np.ptp(array) == 0:
        # Every resample is the same: the bootstrap has nothing to say beyond the value itself.
        return Interval(float(array[0]), float(array[0]), "constant")
    return _bootstrap((array,), np.mean, seed)


def paired_rates(first: Sequence[float], second: Sequence[float]) -> Paired:
    """Of 0/1 values: McNemar's exact test; interval by Bonett and Price 2012 (adjusted Wald, paired proportions)."""
    from scipy.stats import binomtest

    n = len(first)
    gained = sum(1 for a, b in zip(first, second, strict=True) if b > a)
    lost = sum(1 for a, b in zip(first, second, strict=True) if b < a)
    if n == 0:
        return Paired(0.0, None, None, None, "none", 0, 0, 0)
    p = float(binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0
    plus, minus = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    error = math.sqrt((plus + minus - (plus - minus) ** 2) / (n + 2))
    middle = plus - minus
    low, high = max(-1.0, middle - _Z * error), min(1.0, middle + _Z * error)
    return Paired((gained - lost) / n, low, high, p, "mcnemar exact", n, gained, lost, detectable(error))


def paired_means(first: Sequence[float], second: Sequence[float], seed: int) -> Paired:
    """Of numbers: a permutation test that swaps each pair (exact where all swaps can be tried); BCa interval."""
    difference = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    n = difference.size
    if n == 0:
        return Paired(0.0, None, None, None, "none", 0)
    delta = float(difference.mean())
    if n < 2 or np.ptp(difference) == 0:
        low = high = delta if n >= 2 else None
        p = None if n < 2 else (1.0 if delta == 0 else 2.0 ** (1 - n))
        return Paired(delta, low, high, p, "permutation" if n >= 2 else "none", n)
    interval = _bootstrap((difference,), np.mean, seed)
    p = _swap_test((difference,), lambda d, axis: np.mean(d, axis=axis), "samples", seed)
    error = float(difference.std(ddof=1)) / math.sqrt(n)
    return Paired(delta, interval.low, interval.high, p, "permutation", n, mde=detectable(error))


def paired_ratios(
    first: Sequence[tuple[float, float]],
    second: Sequence[tuple[float, float]],
    finish: Callable[[Floats], Floats],
    seed: int,
) -> Paired:
    """Of ratios of sums, as perplexity is: each document's (log-probability, weight) stays together.

    `finish` makes the figure of Σ log-probability / Σ weight: exp(−x) for a perplexity.
    """
    ours, theirs = np.asarray(second, dtype=float), np.asarray(first, dtype=float)
    n = len(ours)
    if n < 2:
        return Paired(0.0, None, None, None, "none", n)
    weight = ours[:, 1]

    def difference(a: Floats, b: Floats, w: Floats, axis: int = -1) -> Floats:
        total = w.sum(axis=axis)
        return finish(b.sum(axis=axis) / total) - finish(a.sum(axis=axis) / total)

    delta = float(difference(theirs[:, 0], ours[:, 0], weight))
    if np.array_equal(theirs[:, 0], ours[:, 0]):
        return Paired(delta, delta, delta, 1.0, "permutation", n)
    interval = _bootstrap((theirs[:, 0], ours[:, 0], weight), difference, seed, paired=True)

    def swapped(a: Floats, b: Floats, axis: int = -1) -> Floats:
        return finish(b.sum(axis=axis) / weight.sum()) - finish(a.sum(axis=axis) / weight.sum())

    p = _swap_test((theirs[:, 0], ours[:, 0]), swapped, "samples", seed)
    width = (interval.high - interval.low) if interval.low is not None and interval.high is not None else None
    return Paired(
        delta, interval.low, interval.high, p, "permutation", n,
        mde=None if width is None else detectable(width / (2 * _Z)),
    )  # fmt: skip


def detectable(standard_error: float) -> float:
    """The smallest true difference that a two-sided test at 0.05 finds with 80 % power: (z₀.₉₇₅ + z₀.₈) · SE."""
    return (_Z + NormalDist().inv_cdf(POWER)) * standard_error


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p-values over those that there are."""
    from statsmodels.stats.multitest import multipletests

    there = [index for index, p in enumerate(p_values) if p is not None]
    adjusted: list[float | None] = [None] * len(p_values)
    if there:
        for index, value in zip(there, multipletests([p_values[i] for i in there], method="holm")[1], strict=True):
            adjusted[index] = float(value)
    return adjusted


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


def _bootstrap(data: tuple[Floats, ...], statistic: Callable[..., Any], seed: int, paired: bool = False) -> Interval:
    from scipy.stats import bootstrap

    found = bootstrap(
        data,
        statistic,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="BCa",
        paired=paired,
        vectorized=True,
        # Blocks of this many resamples keep 1,000 questions below 100 MB.
        batch=max(1, 5_000_000 // data[0].size),
        rng=np.random.default_rng(seed),
    ).confidence_interval
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return Interval(None, None, "none")
    return Interval(float(found.low), float(found.high), "bca")


def _swap_test(data: tuple[Floats, ...], statistic: Callable[..., Any], kind: Any, seed: int) -> float:
    from scipy.stats import permutation_test

    found = permutation_test(
        data,
        statistic,
        permutation_type=kind,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=max(1, 5_000_000 // data[0].size),
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)
