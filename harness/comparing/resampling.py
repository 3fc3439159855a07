"""Bootstrap and permutation over many columns at once: one draw of resamples serves them all by a matrix product.

scipy.stats.bootstrap and permutation_test say the same (the tests hold them side by side); they gather every resample
of every column anew, which takes minutes where ten variants are compared on a thousand questions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""Sums over a resample, (..., m) → figures, (..., c)."""

RESAMPLES = 4999
EXPANDED_BELOW = 30
"""Values or clusters below which BCa intervals are expanded."""
SWAPS = 9999
_BLOCK = 500
_KEPT = 5000
"""The largest sample whose draws are kept in memory, 50 MB."""


def grouped(values: Floats, clusters: Sequence[str] | None) -> Floats:
    """Sums by cluster of (n, m) values, (k, m); the values themselves where each item is its own cluster."""
    if clusters is None:
        return values
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.zeros((int(index.max()) + 1, values.shape[1]))
    np.add.at(sums, index, values)
    return sums


def bca_bounds(totals: Floats, statistic: Statistic, alpha: float, seed: int) -> tuple[Floats, Floats]:
    """(c,) lower and upper ends by the bias-corrected and accelerated bootstrap (Efron 1987) over k clusters.

    totals holds each cluster's sums, (k, m); resampling clusters is the cluster bootstrap (Davison and Hinkley 1997,
    3.8). An end is NaN where the resamples say nothing about it. Below 30 clusters, where the plain interval covers too
    seldom (a normal mean of 10: 89 %), it is expanded by Student's t and √(k/(k − 1)) (Hesterberg 2015, 3.2).
    """
    from scipy.special import ndtr, ndtri
    from scipy.stats import t

    k = len(totals)
    whole = totals.sum(axis=0)
    observed = statistic(whole)
    drawn = np.concatenate([statistic(counts @ totals) for counts in _draws(k, seed)])  # (resamples, c)
    # Resamples that differ from the observed in their last bits only are ties.
    slack = 1e-12 * np.abs(drawn).max(axis=0)
    below = ((drawn < observed - slack).mean(axis=0) + (drawn <= observed + slack).mean(axis=0)) / 2
    left_out = statistic(whole - totals)  # (k, c), the jackknife
    stray = left_out.mean(axis=0) - left_out
    reach = ndtri(1 - alpha / 2) if k >= EXPANDED_BELOW else t.ppf(1 - alpha / 2, k - 1) * math.sqrt(k / (k - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        acceleration = (stray**3).sum(axis=0) / (6 * ((stray**2).sum(axis=0)) ** 1.5)
        bias = ndtri(below)
        ends = []
        for z in (-reach, reach):
            moved = bias + z
            ends.append(ndtr(bias + moved / (1 - acceleration * moved)))
    return _quantiles(drawn, ends[0]), _quantiles(drawn, ends[1])


def swap_test(halves: Floats, statistic: Statistic, seed: int) -> Floats:
    """(c,) two-sided p-values of a paired permutation test that swaps the two sides of whole clusters.

    halves holds each cluster's difference between the sides, (k, m); the statistic gets Σ ±difference. Clusters are
    what can change places, so k and not the number of items decides how small p can be: 2 / 2^k at best. Every swap is
    tried where there are at most 10,000, else 9,999 drawn ones and the observed (Phipson and Smyth 2010).
    """
    observed = np.abs(statistic(halves.sum(axis=0)))
    # Sums that differ in their last bits only are the same sum.
    reach = observed - 1e-12 * np.maximum(observed, np.abs(halves).sum(axis=0))
    exact = 2 ** len(halves) <= SWAPS + 1 if len(halves) < 64 else False
    signs = _all_signs(len(halves)) if exact else _drawn_signs(len(halves), seed)
    count, extreme = 0, np.zeros_like(observed)
    for block in signs:  # (rows, k) of ±1
        extreme += (np.abs(statistic(block @ halves)) >= reach).sum(axis=0)
        count += len(block)
    return np.asarray(extreme / count if exact else (extreme + 1) / (count + 1))


def _draws(k: int, seed: int) -> Iterator[Floats]:
    """How often each of k clusters is drawn, in blocks of resamples, (rows, k)."""
    blocks = _kept_counts(k, seed) if k <= _KEPT else _counts(k, seed)
    return (block.astype(float) for block in blocks)


@lru_cache(maxsize=2)
def _kept_counts(k: int, seed: int) -> list[NDArray[np.uint16]]:
    """The same draws serve many metrics one after the other."""
    return list(_counts(k, seed))


def _counts(k: int, seed: int) -> Iterator[NDArray[np.uint16]]:
    rng = np.random.default_rng(seed)
    small = np.uint16 if k <= 2**16 else np.uint32
    for start in range(0, RESAMPLES, _BLOCK):
        rows = min(_BLOCK, RESAMPLES - start)
        places = rng.integers(0, k, size=(rows, k), dtype=small) + k * np.arange(rows)[:, None]
        # No cluster is drawn 65,536 times.
        yield np.bincount(places.ravel(), minlength=rows * k).reshape(rows, k).astype(np.uint16)


def _all_signs(k: int) -> Iterator[Floats]:
    for start in range(0, 2**k, 1024):
        numbers = np.arange(start, min(start + 1024, 2**k))
        yield np.where((numbers[:, None] >> np.arange(k)) & 1, -1.0, 1.0)


def _drawn_signs(k: int, seed: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    for start in range(0, SWAPS, _BLOCK):
        rows = min(_BLOCK, SWAPS - start)
        # Eight signs a random byte.
        bits = np.frombuffer(rng.bytes(rows * -(-k // 8)), dtype=np.uint8).reshape(rows, -1)
        yield 1.0 - 2.0 * np.unpackbits(bits, axis=1, count=k).astype(float)


def _quantiles(drawn: Floats, shares: Floats) -> Floats:
    """Each column's quantile at its own share."""
    return np.array([
        np.quantile(column, share) if np.isfinite(share) else np.nan
        for column, share in zip(drawn.T, shares, strict=True)
    ])  # fmt: skip
