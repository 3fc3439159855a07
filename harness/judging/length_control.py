"""The win rate at equal length, and at equal style: a logistic model of the preference, refitted in each resample.

After AlpacaEval 2's length control (Dubois et al. 2024, arXiv:2404.04475), on any set of questions: their term of how
hard an instruction is for the baseline needs a leaderboard of models, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.comparing.inference import DECIDABLE, Floats, Numbers
from harness.judging.resampling import RESAMPLES, draws, p_of, percentiles, places

_SHARE, _LEAST = 0.02, 5
"""Of the pairs, and pairs, that must lie on either side of equal length."""
_STEPS = 12
_STEEP = 30.0
"""Log-odds past which a fit has run away: the pairs are separated."""
STYLES = {
    "headings": re.compile(r"^[ \t]{0,3}#{1,6}[ \t]", re.MULTILINE),
    "list items": re.compile(r"^[ \t]{0,40}(?:[-*+]|\d{1,3}[.)])[ \t]", re.MULTILINE),
    "bold": re.compile(r"\*\*[^*\n]{1,200}\*\*"),
}
"""What is counted of Markdown; each difference is relative, (a − b) / (a + b)."""


@dataclass(frozen=True)
class Controlled:
    """A win rate at equal length; or why there is none."""

    rate: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    """Two-sided, of a true rate of ½."""
    n: int = 0
    bias: float | None = None
    """The coefficient of length: log-odds that one unit of tanh(Δ / SD) moves the judge; above 0 it likes long ones."""
    refused: str = ""
    """Why nothing can be said: few, constant (every pair got the same verdict), no_overlap, separated."""


def length_controlled(
    values: Floats,
    variant_lengths: Numbers,
    baseline_lengths: Numbers,
    clusters: Sequence[str],
    styles: Floats | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Controlled:
    """Logit P(variant preferred) = θ + φ · tanh(Δ / SD(Δ)) + Σ ψ · styles, and the rate where all but θ is 0.

    values (n,) are preferences from 0 to 1; lengths (n,) of the two answers, in any unit; styles (n, s) differences of
    style, 0 where the answers are alike. Δ is variant − baseline. The interval is the bootstrap's over clusters.
    Refused where equal length is no place among the pairs: fewer than 2 %, or five, on either side of it.
    """
    n = len(values)
    index = places(clusters) if n else np.zeros(0, dtype=np.int64)
    many = int(index.max()) + 1 if n else 0
    if many < DECIDABLE:
        return Controlled(None, n=n, refused="few")
    if np.ptp(values) == 0:
        return Controlled(None, n=n, refused="constant")
    delta = np.asarray(variant_lengths, dtype=float) - np.asarray(baseline_lengths, dtype=float)
    shorter, longer = int((delta <= 0).sum()), int((delta >= 0).sum())
    if min(shorter, longer) < max(_LEAST, _SHARE * n):
        return Controlled(None, n=n, refused="no_overlap")
    spread = float(delta.std())
    length = np.tanh(delta / spread) if spread > 0 else delta
    # What never differs is nothing to hold equal.
    kept = [column for column in (length, *(() if styles is None else styles.T)) if np.ptp(column) > 0]
    design = np.column_stack([np.ones(n), *kept])
    whole = _fit(design, np.asarray(values, dtype=float), np.ones((1, n)), np.zeros((1, design.shape[1])))[0]
    if not np.isfinite(whole).all() or abs(whole[0]) > _STEEP:
        return Controlled(None, n=n, refused="separated")
    fitted = [
        _fit(design, values, counts[:, index], np.repeat(whole[None], len(counts), axis=0))
        for counts in draws(many, resamples, seed)
    ]
    drawn = np.concatenate(fitted)[:, 0]
    if not np.isfinite(drawn).all():
        return Controlled(None, n=n, refused="separated")
    low, high = percentiles(drawn, many)
    return Controlled(
        rate=_expit(whole[0]),
        low=_expit(low),
        high=_expit(high),
        p=p_of(drawn, 0.0, many),
        n=n,
        bias=float(whole[1]) if spread > 0 else None,
    )


def style_differences(variant: Sequence[str], baseline: Sequence[str]) -> Floats:
    """(n, 3) relative differences of what STYLES counts, 0 where neither text has any, scaled to a spread of one."""
    counts = [[_counts(text) for text in texts] for texts in (variant, baseline)]
    a, b = (np.array(side, dtype=float).reshape(len(variant), len(STYLES)) for side in counts)
    found = np.divide(a - b, a + b, out=np.zeros_like(a), where=(a + b) > 0)
    spread = found.std(axis=0)
    return np.asarray(found / np.where(spread > 0, spread, 1.0))


def _counts(text: str) -> list[int]:
    return [sum(1 for _ in pattern.finditer(text)) for pattern in STYLES.values()]


def _fit(design: Floats, values: Floats, weights: Floats, start: Floats) -> Floats:
    """Maximum likelihood by Newton's method, many weightings at once: weights (b, n), start (b, k) → (b, k).

    NaN where a weighting has no maximum.
    """
    fitted = start.copy()
    k = design.shape[1]
    upper = [(i, j) for i in range(k) for j in range(i, k)]
    products = np.column_stack([design[:, i] * design[:, j] for i, j in upper])  # (n, k(k+1)/2)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(fitted @ design.T, -_STEEP, _STEEP)))  # (b, n)
        gradient = (weights * (values - chance)) @ design
        flat = (weights * chance * (1 - chance)) @ products
        hessian = np.empty((len(fitted), k, k))
        for column, (i, j) in enumerate(upper):
            hessian[:, i, j] = hessian[:, j, i] = flat[:, column]
        step = _solved(hessian, gradient)
        fitted = fitted + step
        if np.nanmax(np.abs(step), initial=0.0) < 1e-9:
            break
    lost: NDArray[np.bool_] = ~np.isfinite(fitted).all(axis=1) | (np.abs(fitted).max(axis=1) > _STEEP)
    fitted[lost] = np.nan
    return fitted


def _solved(matrix: Floats, right: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, right[..., None])[..., 0])
    except np.linalg.LinAlgError:
        rows = np.full_like(right, np.nan)
        for place, (one, side) in enumerate(zip(matrix, right, strict=True)):
            if np.linalg.matrix_rank(one) == len(one):
                rows[place] = np.linalg.solve(one, side)
        return rows


def _expit(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))
