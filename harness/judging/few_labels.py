"""A win rate from few labels of people and many of a judge: prediction-powered inference with power tuning.

Angelopoulos, Duchi and Zrnic 2023 (PPI++, arXiv:2311.01453): the judge's mean over all it saw, set right by how it errs
on what people labelled, and leaned on as far as the two agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.comparing.inference import ALPHA, DECIDABLE, Floats, distinct, grouped, mean_interval, studentised

_DUST = 1e-12


@dataclass(frozen=True)
class Corrected:
    """A rate of 0 to 1 that labels and a judge say together."""

    rate: float
    low: float | None
    high: float | None
    p: float | None
    """Two-sided, of a true rate of ½."""
    labels: int
    judged: int
    """Pairs that only the judge saw."""
    lean: float
    """λ: 0 takes the labels alone, 1 believes the judge as far as it was checked."""
    labels_alone: tuple[float | None, float | None]
    """The interval of the labels without a judge."""


def corrected_rate(
    labels: Floats,
    judged_labelled: Floats,
    judged_others: Floats,
    labelled_clusters: Sequence[str] | None = None,
    other_clusters: Sequence[str] | None = None,
) -> Corrected:
    """Labels (k,) by people and judged_labelled (k,) of the same pairs; judged_others (N,) of those without a label.

    All from 0 to 1. rate = λ · mean(others) + mean(labels − λ · judged); λ = Cov / (Var · (1 + k/N)), within 0 and 1.
    The interval is Student's t over clusters, corrected for skewness, with λ found anew in each of the jackknife's
    samples, at no more degrees of freedom than the labelled clusters give.
    """
    k, many = len(labels), len(judged_others)
    own = [f"labelled {name}" for name in labelled_clusters or range(k)]
    theirs = [f"judged {name}" for name in other_clusters or range(many)]
    if labelled_clusters is not None and other_clusters is not None:
        own, theirs = list(labelled_clusters), list(other_clusters)
    totals = grouped(
        np.concatenate([_moments(labels, judged_labelled), _others(judged_others)]),
        [*own, *theirs] if k + many else None,
    )
    rate, lean = (float(found) for found in (_rates(totals.sum(axis=0))[0], _leans(totals.sum(axis=0))))
    clusters = distinct(own) if k else 0
    if clusters < DECIDABLE:
        return Corrected(rate, None, None, None, k, many, lean, (None, None))
    found = studentised(totals, _rates)
    found = replace(found, degrees=np.minimum(found.degrees, clusters - 1.0))
    alone = mean_interval(labels, own if clusters < k else None)
    if found.constant():
        return Corrected(rate, rate, rate, None, k, many, lean, (alone.low, alone.high))
    low, high = found.bounds()
    return Corrected(
        rate=rate,
        low=max(0.0, float(low[0])),
        high=min(1.0, float(high[0])),
        p=float(found.p(0.5)[0]),
        labels=k,
        judged=many,
        lean=lean,
        labels_alone=(alone.low, alone.high),
    )


def labels_needed(
    distance: float, label_spread: float, correlation: float, judged: int, power: float = 0.8, most: int = 1_000_000
) -> int | None:
    """The fewest labels that tell a true rate of ½ ± distance from ½, with a judge on `judged` further pairs.

    label_spread: standard deviation of a label; correlation: of label and judge. With λ at its best the variance is
    σ² / k · (1 − ρ² · N / (N + k)). None where even `most` do not.
    """
    from scipy.special import ndtri

    reach = float(ndtri(1 - ALPHA / 2) + ndtri(power))

    def enough(k: int) -> bool:
        saved = correlation**2 * judged / (judged + k)
        return reach * label_spread * math.sqrt((1 - saved) / k) <= distance

    if not enough(most):
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return max(low, DECIDABLE)


def _moments(labels: Floats, judged: Floats) -> Floats:
    """(k, 8) of the labelled pairs: label, judge, their product, the judge's square, one; nothing of the others."""
    none = np.zeros((len(labels), 3))
    return np.column_stack([labels, judged, labels * judged, judged**2, np.ones(len(labels)), none])


def _others(judged: Floats) -> Floats:
    """(N, 8) of the others: nothing of the labelled; the judge, its square, one."""
    return np.column_stack([np.zeros((len(judged), 5)), judged, judged**2, np.ones(len(judged))])


def _leans(sums: Floats) -> Floats:
    """(..., 8) → (...,) λ."""
    label, judge, product, square, k, other, other_square, many = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = (product / k - label / k * judge / k) * k / (k - 1)
        together = k + many
        mean = (judge + other) / together
        spread = ((square + other_square) / together - mean**2) * together / (together - 1)
        found = covariance / (spread * (1 + k / many))
    return np.where(np.isfinite(found) & (many > 0) & (spread > _DUST), np.clip(found, 0.0, 1.0), 0.0)


def _rates(sums: Floats) -> Floats:
    """(..., 8) → (..., 1) the corrected rate."""
    label, judge, _, _, k, other, _, many = np.moveaxis(sums, -1, 0)
    lean = _leans(sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_others = np.where(many > 0, other / many, 0.0)
        found = label / k + lean * (of_others - judge / k)
    return np.asarray(found[..., None])
