"""Means of numbers, alone and in clusters, and ratios of sums."""

from __future__ import annotations

import math

import numpy as np

from harness.comparing.inference import Floats, paired_columns, paired_means, paired_ratios
from perf.validity.claim import Band, Cell, Claim, Figures, Measure
from perf.validity.claims.shapes import SHAPES, SIZES, Generator, Shape, alike, coverage, labels

_LAYOUT = "{coverage} ({above} + {below})"
_AT_ONCE = 250
"""Worlds that are compared as columns of one call."""
_RARE = {"normal, 10 % five SD away": 30, "normal, 10 % ten SD away": 100}
"""Shapes of which a small sample may hold none of what is rare: from how many values on they are promised."""


def means() -> Claim:
    """Of paired differences of every shape, which is also the interval of a mean."""
    cells = [
        Cell(
            shape,
            str(n),
            _mean(SHAPES[shape], n),
            promised=n >= _RARE.get(shape, 20),
            quick=n in (20, 100) and shape in ("normal", "lognormal 0.7", "lognormal 1.0", "normal, 20 % five SD away"),
        )
        for shape in SHAPES
        for n in (6, 10, 20, 30, 100, 250)
    ]
    return Claim(
        title="A mean, and a difference of paired means",
        says="p is the interval's dual: what it misses is the share of false alarms where nothing differs. Promised "
        "from 20 values on; from 30 where one in ten lies five standard deviations away, from 100 where it lies ten: "
        "smaller samples may hold none of these.",
        bands={"coverage": Band(0.93, 0.995)},
        layout=_LAYOUT,
        cells=tuple(cells),
    )


def clustered_means() -> Claim:
    """Of numbers over clusters, of which half of the variance is the clusters' own."""
    cells = [
        Cell(
            f"{shape}, clusters {kind}",
            f"{k} clusters",
            _clustered(SIZES[kind](k), shape == "lognormal 0.8"),
            promised=k >= (6 if shape == "normal" else 12),
            quick=k == 12 and kind != "half in one",
        )
        for kind in SIZES
        for shape in ("normal", "lognormal 0.8")
        for k in (6, 12, 30)
    ]
    return Claim(
        title="A mean over clusters",
        says="Half of the variance lies between clusters. Promised from six clusters on, from 12 on where their own "
        "means are skewed, whatever their sizes.",
        bands={"coverage": Band(0.92, 0.99)},
        layout=_LAYOUT,
        cells=tuple(cells),
    )


def ratios() -> Claim:
    """Of a perplexity and of bits, over documents of very different lengths."""
    cells = [
        Cell(f"{figure}, lengths lognormal {spread:g}", f"{n} documents", _ratio(figure, spread, n), promised=n >= 6)
        for figure in ("perplexity", "bits")
        for spread in (0.4, 0.8)
        for n in (6, 10, 40)
    ]
    quick = [Cell(cell.world, cell.size, cell.measure, cell.promised, cell.size == "10 documents") for cell in cells]
    return Claim(
        title="A difference of perplexities, or of bits",
        says="Ratios of sums over documents; the second side is 0.05 nats a token worse, by a noise of 0.15.",
        bands={"coverage": Band(0.925, 0.99)},
        layout=_LAYOUT,
        cells=tuple(quick),
    )


def _mean(shape: Shape, n: int) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        bounds = []
        for start in range(0, worlds, _AT_ONCE):
            values = shape.draw(rng, (n, min(_AT_ONCE, worlds - start)))
            bounds += [(row.low, row.high) for row in paired_columns(values)]
        return coverage(bounds, shape.mean)

    return measure


def _clustered(sizes: list[int], skewed: bool) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        values, clusters = alike(rng, sizes, worlds, 0.5, skewed), labels(sizes)
        nothing = [0.0] * sum(sizes)
        rows = [paired_means(nothing, row.tolist(), clusters) for row in values]
        return coverage([(row.low, row.high) for row in rows], 0.0)

    return measure


def _ratio(figure: str, spread: float, n: int) -> Measure:
    """Lengths say nothing of how hard a document is: the true rate is the mean of the documents'."""
    nats, worse = 3.0, 0.05

    def perplexity(rate: Floats) -> Floats:
        return np.asarray(np.exp(-rate))

    def bits(rate: Floats) -> Floats:
        return np.asarray(-rate / math.log(2))

    finish = perplexity if figure == "perplexity" else bits
    before, after = finish(np.array([-nats, -nats - worse])).tolist()

    def measure(rng: Generator, worlds: int) -> Figures:
        bounds = []
        for _ in range(worlds):
            weights = rng.lognormal(5, spread, n).round() + 1
            first = -weights * rng.normal(nats, 0.4, n)
            second = first - weights * rng.normal(worse, 0.15, n)
            pairs = [list(zip(logs.tolist(), weights.tolist(), strict=True)) for logs in (first, second)]
            row = paired_ratios(pairs[0], pairs[1], finish, exponential=figure == "perplexity")
            bounds.append((row.low, row.high))
        return coverage(bounds, after - before)

    return measure
