"""The paired bootstrap of any aggregation over documents: what a figure of a whole task would be on others."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from harness.comparing.aggregations import Aggregation, Rows
from harness.comparing.inference.statistics import Paired
from harness.comparing.inference.studentised import ALPHA, DECIDABLE, POWER

_RESAMPLES = 4999
_KNOWN = 30
"""Documents that all give the same from which on further ones are taken to do so."""
_BLOCK = 500


def paired_figures(aggregation: Aggregation, first: Rows, second: Rows, seed: int) -> Paired:
    """The difference of two figures over the same documents, second minus first; both sides are resampled together.

    The interval is the percentile one, expanded by Student's t and √(n/(n − 1)) (Hesterberg 2015, 3.2), and p is where
    it would just reach 0: p < 0.05 exactly where the interval leaves 0 out. Of labels, two imagined documents are drawn
    from as well, one right before and wrong after and one the other way, as Bonett and Price (2012) add them to rates:
    where few documents differ, the sample alone would have it that none can.
    """
    n = len(first)
    before, after = (float(aggregation.figure(np.ones(n), rows)) for rows in (first, second))
    if n < DECIDABLE:
        return Paired(after - before, None, None, None, "none", n, reason="few")
    drawn = _differences(aggregation, first, second, seed)
    spread = float(drawn.std(ddof=1))
    # Where no resample differs, few documents say nothing, nor do labels of which one alone is ever right.
    if not math.isfinite(spread) or (spread == 0 and (n < _KNOWN or aggregation.imagined is not None)):
        return Paired(after - before, None, None, None, "none", n, reason="constant")
    low, high, p = _percentiles(drawn, n)
    from scipy.special import ndtri

    mde = float(ndtri(1 - ALPHA / 2) + ndtri(POWER)) * spread if spread > 0 else None
    return Paired(after - before, low, high, p, "paired bootstrap", n, mde=mde)


def figure_stderr(aggregation: Aggregation, rows: Rows, seed: int) -> float | None:
    """The standard deviation of a figure over resamples of its documents; None below two."""
    if len(rows) < 2:
        return None
    kinds, counts = np.unique(rows, axis=0, return_counts=True)
    drawn = np.concatenate(
        [aggregation.figure(block, kinds) for block in _draws(len(rows), counts.astype(float), seed)]
    )
    found = float(drawn.std(ddof=1))
    return found if math.isfinite(found) else None


def _differences(aggregation: Aggregation, first: Rows, second: Rows, seed: int) -> Rows:
    """(resamples,) of the difference."""
    # Documents that gave the same on both sides are one kind: labels have a handful, however many documents there are.
    kinds, counts = np.unique(np.hstack([first, second]), axis=0, return_counts=True)
    before, after = np.hsplit(kinds, 2)
    weights, n = counts.astype(float), len(first)
    if aggregation.imagined is not None:
        right, wrong = aggregation.imagined(first)
        before, after = np.vstack([before, right, wrong]), np.vstack([after, wrong, right])
        weights, n = np.append(weights, [1.0, 1.0]), n + 2
    drawn = np.concatenate([
        aggregation.figure(block, after) - aggregation.figure(block, before) for block in _draws(n, weights, seed)
    ])  # fmt: skip
    # Figures that differ in their last bits only are the same figure.
    scale = np.abs(aggregation.figure(weights, before)) + np.abs(aggregation.figure(weights, after))
    return np.asarray(np.where(np.abs(drawn) <= 1e-12 * scale, 0.0, drawn))


def _draws(n: int, weights: Rows, seed: int) -> Iterator[Rows]:
    """How often each kind of document is drawn, in blocks of resamples, (rows, kinds)."""
    rng = np.random.default_rng(seed)
    chances = weights / weights.sum()
    for start in range(0, _RESAMPLES, _BLOCK):
        yield rng.multinomial(n, chances, size=min(_BLOCK, _RESAMPLES - start)).astype(float)


def _percentiles(drawn: Rows, n: int) -> tuple[float, float, float]:
    """(low, high, p), of one order: the interval's ends are as many resamples from the last as p says."""
    from scipy.special import ndtr, ndtri
    from scipy.stats import t

    ordered, stretch = np.sort(drawn), math.sqrt(n / (n - 1))
    share = float(ndtr(t.ppf(ALPHA / 2, n - 1) * stretch))
    place = max(0, math.floor(share * (len(ordered) + 1)) - 1)
    beyond = min(int((ordered <= 0).sum()), int((ordered >= 0).sum()))
    p = min(1.0, 2 * float(t.cdf(ndtri((beyond + 1) / (len(ordered) + 1)) / stretch, n - 1)))
    return float(ordered[place]), float(ordered[-1 - place]), p
