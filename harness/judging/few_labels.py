"""A win rate from few labels of people and many of a judge: prediction-powered inference with power tuning.

Angelopoulos, Duchi and Zrnic 2023 (PPI++, arXiv:2311.01453): the judge's mean over all it saw, set right by how it errs
on what people labelled, and leaned on as far as the two agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.comparing.inference import ALPHA, DECIDABLE, Floats, grouped


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
    """The interval of the labels without a judge, by the same formula with λ = 0."""


def corrected_rate(
    labels: Floats,
    judged_labelled: Floats,
    judged_others: Floats,
    labelled_clusters: Sequence[str] | None = None,
    other_clusters: Sequence[str] | None = None,
) -> Corrected:
    """labels (k,) by people and judged_labelled (k,) of the same pairs; judged_others (N,) of those without a label.

    All from 0 to 1. rate = λ · mean(others) + mean(labels − λ · judged); λ = Cov / (Var · (1 + k/N)), within 0 and 1.
    Variances are of sums over clusters, with Student's t at the labelled clusters' degrees of freedom.
    """
    k, many = len(labels), len(judged_others)
    lean = _lean(labels, judged_labelled, judged_others)
    rate, error, degrees = _estimate(labels, judged_labelled, judged_others, lean, labelled_clusters, other_clusters)
    _, alone, _ = _estimate(labels, judged_labelled, judged_others, 0.0, labelled_clusters, other_clusters)
    if degrees + 1 < DECIDABLE:
        return Corrected(rate, None, None, None, k, many, lean, (None, None))
    from scipy.stats import t

    reach = float(t.ppf(1 - ALPHA / 2, degrees))
    middle = float(np.mean(labels))
    p = float(2 * t.sf(abs(rate - 0.5) / error, degrees)) if error > 0 else None
    return Corrected(
        rate=rate,
        low=max(0.0, rate - reach * error),
        high=min(1.0, rate + reach * error),
        p=p,
        labels=k,
        judged=many,
        lean=lean,
        labels_alone=(max(0.0, middle - reach * alone), min(1.0, middle + reach * alone)),
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


def _lean(labels: Floats, judged: Floats, others: Floats) -> float:
    k, many = len(labels), len(others)
    if k < 2 or many == 0:
        return 0.0
    spread = float(np.var(np.concatenate([judged, others]), ddof=1))
    if spread <= 0:
        return 0.0
    covariance = float(np.cov(labels, judged)[0, 1])
    return min(1.0, max(0.0, covariance / (spread * (1 + k / many))))


def _estimate(
    labels: Floats,
    judged: Floats,
    others: Floats,
    lean: float,
    labelled_clusters: Sequence[str] | None,
    other_clusters: Sequence[str] | None,
) -> tuple[float, float, int]:
    """(rate, standard error, degrees of freedom)."""
    mended = labels - lean * judged
    rate = float(np.mean(mended)) + (lean * float(np.mean(others)) if len(others) else 0.0)
    own, degrees = _variance(mended, labelled_clusters)
    theirs = lean**2 * _variance(others, other_clusters)[0] if len(others) > 1 and lean > 0 else 0.0
    return rate, math.sqrt(own + theirs), degrees


def _variance(values: Floats, clusters: Sequence[str] | None) -> tuple[float, int]:
    """(of the mean, clusters − 1)."""
    centred = np.asarray(values, dtype=float) - np.mean(values)
    sums = grouped(centred[:, None], None if clusters is None else list(clusters))[:, 0]
    many = len(sums)
    if many < 2:
        return 0.0, 0
    return float((sums**2).sum()) * many / (many - 1) / len(values) ** 2, many - 1
