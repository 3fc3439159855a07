"""Worlds of known truth: shapes of numbers with their means, clusters, and what is counted of intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.comparing.inference import Floats
from perf.validity.claim import Figures

Generator = np.random.Generator
Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Shape:
    """A law of numbers."""

    draw: Callable[[Generator, tuple[int, int]], Floats]
    mean: float


def _lognormal(spread: float) -> Shape:
    return Shape(lambda rng, shape: rng.lognormal(0, spread, shape), math.exp(spread**2 / 2))


def _rare(share: float, away: float) -> Shape:
    """Normal, but for a share that lies further away."""
    return Shape(lambda rng, shape: rng.normal(size=shape) + away * (rng.random(shape) < share), share * away)


def _sparse(share: float) -> Shape:
    """0 but for a share that is lognormal."""
    mean = share * math.exp(0.7**2 / 2)
    return Shape(lambda rng, shape: rng.lognormal(0, 0.7, shape) * (rng.random(shape) < share), mean)


SHAPES: Mapping[str, Shape] = {
    "normal": Shape(lambda rng, shape: rng.normal(size=shape), 0.0),
    "exponential": Shape(lambda rng, shape: rng.exponential(size=shape), 1.0),
    "lognormal 0.5": _lognormal(0.5),
    "lognormal 0.7": _lognormal(0.7),
    "lognormal 1.0": _lognormal(1.0),
    "lognormal 0.6 less lognormal 1.0": Shape(
        lambda rng, shape: rng.lognormal(3, 0.6, shape) - rng.lognormal(3, 1.0, shape),
        math.exp(3.18) - math.exp(3.5),
    ),
    "half are 0, the rest lognormal 0.7": _sparse(0.5),
    "70 % are 0, the rest lognormal 0.7": _sparse(0.3),
    "70 % are 0, the rest lognormal of either sign": Shape(
        lambda rng, shape: (
            rng.lognormal(0, 0.7, shape) * (rng.random(shape) < 0.3) * rng.choice([-1.0, 1.0], size=shape)
        ),
        0.0,
    ),
    "normal, 20 % five SD away": _rare(0.2, 5.0),
    "normal, 10 % five SD away": _rare(0.1, 5.0),
    "normal, 10 % ten SD away": _rare(0.1, 10.0),
}

SIZES: Mapping[str, Callable[[int], list[int]]] = {
    "of ten": lambda k: [10] * k,
    "of 1 to 20": lambda k: [1 + 19 * place // max(1, k - 1) for place in range(k)],
    "a third in one": lambda k: [4] * (k - 1) + [2 * (k - 1)],
    "half in one": lambda k: [4] * (k - 1) + [4 * (k - 1)],
}
"""k → the sizes of k clusters."""


def labels(sizes: Sequence[int]) -> list[str]:
    """A label for each item."""
    return [f"c{place:03}" for place, size in enumerate(sizes) for _ in range(size)]


def alike(rng: Generator, sizes: Sequence[int], worlds: int, share: float, skewed: bool = False) -> Floats:
    """(worlds, n) numbers of mean 0 and variance 1, of which the clusters' own means are that share."""
    common = rng.lognormal(0, 0.8, (worlds, len(sizes))) if skewed else rng.normal(size=(worlds, len(sizes)))
    if skewed:
        common = (common - math.exp(0.32)) / math.sqrt((math.exp(0.64) - 1) * math.exp(0.64))
    own = rng.normal(size=(worlds, sum(sizes)))
    return np.asarray(math.sqrt(share) * np.repeat(common, sizes, axis=1) + math.sqrt(1 - share) * own)


def copied(rng: Generator, sizes: Sequence[int], worlds: int, correlation: float, chances: Sequence[float]) -> Floats:
    """(worlds, n) codes 0, 1, …, drawn by those chances; two of one cluster are alike by that correlation."""
    edges = np.cumsum(chances)[:-1]
    common = np.repeat(np.searchsorted(edges, rng.random((worlds, len(sizes)))), sizes, axis=1)
    own = np.searchsorted(edges, rng.random((worlds, sum(sizes))))
    return np.where(rng.random(own.shape) < math.sqrt(correlation), common, own).astype(float)


def coverage(bounds: Sequence[Bounds], truth: float, weights: Sequence[float] | None = None) -> Figures:
    """How often the interval holds the truth, and lies above it or below it; of those that there are.

    above: the truth is below the lower end, and so on: each is meant to be 2.5 %.
    """
    there = [index for index, (low, high) in enumerate(bounds) if low is not None and high is not None]
    if not there:
        return {"coverage": math.nan, "above": math.nan, "below": math.nan}
    low, high = np.array([bounds[index] for index in there], dtype=float).T
    by = np.ones(len(there)) if weights is None else np.asarray(weights)[there]
    # An interval whose end is the truth holds it, whatever the last bits say.
    above, below = (float(np.average(missed, weights=by)) for missed in (low > truth + 1e-12, high < truth - 1e-12))
    return {"coverage": 1 - above - below, "above": above, "below": below}


def percent(share: float) -> str:
    """5 % of 0.05."""
    return f"{100 * share:g} %"
