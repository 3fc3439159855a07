"""Student's t for figures of skewed values and of clusters: an interval and a p-value that never contradict each other.

A figure is any smooth function of sums over clusters (an item that stands alone is its own cluster). Its error is the
jackknife's; its skewness is taken out by Hall's transformation (1992, J. R. Statist. Soc. B 54, 221, his g₃ of
Johnson's modified t); what is reported is the wider of this and plain Student at either end, since the transformation
trusts a skewness that few values cannot know. Closed form: nothing is drawn by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = Sequence[float] | Floats
Clusters = Sequence[str] | NDArray[np.int32] | None
"""Each item's cluster; None where every item stands alone."""
Statistic = Callable[[Floats], Floats]
"""Sums over clusters, (..., m) → figures, (..., c)."""

ALPHA = 0.05
POWER = 0.8
DECIDABLE = 6
"""Pairs or clusters below which no sign says anything: all of five alike happen in 2 · ½⁵ > 0.05 of the cases."""
_DRAWS = 400
_NORMAL_DRAWS = 20_000
_WHOLE, _DRAWN = 4_000, 20_000
"""Values up to which they are drawn one by one, all draws or a part of them in memory."""
_KNOWN = 4.0
"""Degrees of freedom below which so few values carry the spread that the next sample's is not known."""
_DUST = 1e-12


@dataclass(frozen=True)
class Studentised:
    """c figures, and how sure they are; arrays of shape (c,)."""

    figure: Floats
    error: Floats
    """Standard error, by the jackknife over clusters."""
    skew: Floats
    """Of the clusters' influences, as it is believed of further samples."""
    degrees: Floats
    """Of freedom, fewer than clusters − 1 where their sizes are unequal."""
    clusters: int
    spread: Floats
    """Satterthwaite's degrees of freedom from the squared influences alone: how many values carry the variance."""
    influence: Floats
    """(k, c): the figure less the figure without that cluster."""

    def bounds(self, alpha: float = ALPHA) -> tuple[Floats, Floats]:
        """(c,) lower and upper ends of the 1 − alpha interval."""
        return _bounds(self.figure, self.error, self.skew, self.clusters, self.degrees, alpha)

    def p(self, null: float = 0.0) -> Floats:
        """(c,) two-sided p-values of a true figure of `null`: below alpha exactly where the interval leaves it out.

        Never below 2 / 2^k: so often k clusters that owe nothing to a normal distribution all point the same way. NaN
        where no cluster differs from another.
        """
        from scipy.stats import t

        plain = (self.figure - null) / np.where(self.error > 0, self.error, np.nan)
        bend = self.skew / 3 / math.sqrt(self.clusters)
        mended = plain + bend * plain**2 + bend**2 * plain**3 / 3 + bend / 2
        least = np.minimum(np.abs(plain), np.where(np.sign(mended) == np.sign(plain), np.abs(mended), 0.0))
        return np.asarray(np.maximum(2 * t.sf(least, self.degrees), 2.0 ** (1 - min(self.clusters, 1000))))

    def constant(self, column: int = 0) -> bool:
        """Whether the clusters agree on that figure in all but the dust that floating point leaves."""
        return is_constant(self.figure[column] + self.influence[:, column] * (self.clusters - 1))

    def detectable(self) -> Floats:
        """(c,) the smallest true figures that such samples find with 80 % power; NaN where nobody can know.

        By simulation from the data: clusters are drawn anew, and the figure that is found 80 times in 100 is read off
        the draws (the larger of the two directions). Where few values carry the spread, another sample may well have
        more of it: it is widened as the spread's 95 % limit is beside that of normal values. Where hardly any do,
        nothing is promised.
        """
        from scipy.stats import chi2

        k = self.clusters
        moments = _drawn_moments(self.influence)  # (draws, c) each
        spread = np.maximum(moments[1] - moments[0] ** 2, 0.0)
        third = moments[2] - 3 * moments[0] * moments[1] + 2 * moments[0] ** 3
        with np.errstate(divide="ignore", invalid="ignore"):
            skew = _believed(np.where(spread > 0, third / spread**1.5, 0.0), k)
        error = np.sqrt(spread * (k - 1))
        moved = moments[0] * (k - 1)
        low, high = _bounds(moved, error, skew, k, self.degrees, ALPHA)
        needed = np.maximum(np.quantile(-low, POWER, axis=0), np.quantile(high, POWER, axis=0))
        wider = np.sqrt(self.spread / chi2.ppf(0.05, self.spread) * chi2.ppf(0.05, k) / k)
        return np.where(self.spread < _KNOWN, np.nan, needed * wider)


def studentised(totals: Floats, statistic: Statistic, sizes: Floats | None = None) -> Studentised:
    """The figures of (k, m) sums by cluster, at least two clusters; sizes, (k,): how much each cluster weighs.

    Degrees of freedom of unequal clusters lie halfway between those that the sizes give if each cluster speaks with one
    voice, (Σ w²)² / Σ w⁴, and Satterthwaite's from the squared influences (Pan and Wall 2002): the former alone cover
    too often, the latter too seldom (docs/numbers.md).
    """
    k = len(totals)
    whole = totals.sum(axis=0)
    figure = statistic(whole)
    influence = figure - statistic(whole - totals)  # (k, c)
    squares = influence**2
    total = squares.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Of each value's share in the variance, by how much it is more uneven than an equal share.
        uneven = (squares**2).sum(axis=0) / total**2 - 1 / k
        carried = np.where(total > 0, np.clip(2 / np.maximum(uneven, 2 / k), 1.0, k), 1.0)
    if sizes is None:
        degrees = np.full(figure.shape, k - 1.0)
    else:
        designed = min(k - 1.0, float((sizes**2).sum() ** 2 / (sizes**4).sum()))
        degrees = (designed + np.minimum(k - 1.0, carried)) / 2
    middle = influence - influence.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = (middle**3).mean(axis=0) / (middle**2).mean(axis=0) ** 1.5
    return Studentised(
        figure=np.asarray(figure),
        error=np.sqrt(total * (k - 1) / k),
        skew=_believed(np.where(np.isfinite(skew), skew, 0.0), k),
        degrees=np.maximum(1.0, degrees),
        clusters=k,
        spread=carried,
        influence=influence,
    )


def distinct(clusters: Sequence[str] | NDArray[np.int32]) -> int:
    """How many clusters there are."""
    return len(np.unique(clusters)) if isinstance(clusters, np.ndarray) else len(set(clusters))


def grouped(values: Floats, clusters: Clusters) -> Floats:
    """Sums by cluster of (n, m) values, (k, m); the values themselves where each item is its own cluster."""
    if clusters is None:
        return values
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.zeros((int(index.max()) + 1, values.shape[1]))
    np.add.at(sums, index, values)
    return sums


def weighted_means(sums: Floats) -> Floats:
    """Σ values / Σ weights, the weights being the last column."""
    return np.asarray(sums[..., :-1] / sums[..., -1:])


def is_constant(values: Floats) -> bool:
    """Whether the values differ in nothing but the dust that floating point leaves."""
    return bool(np.ptp(values) <= _DUST * max(1.0, float(np.abs(values).max())))


def _drawn_moments(values: Floats) -> list[Floats]:
    """Means of the first three powers of (k, c) values that are drawn anew: (draws, c) each.

    Of more than 20,000 values such means are normal, with the values' own variances and covariances; to draw the values
    themselves takes 3 GB of half a million.
    """
    k, c = values.shape
    powers = [values, values**2, values**3]
    if k <= _WHOLE:
        counts = _counts(k).astype(float)
        return [counts @ power / k for power in powers]
    if k <= _DRAWN:
        parts = np.array_split(_counts(k), 5)
        return [np.concatenate([part.astype(float) @ power for part in parts]) / k for power in powers]
    rng = np.random.default_rng(0)
    found = [np.empty((_NORMAL_DRAWS, c)) for _ in powers]
    for column in range(c):
        together = np.stack([power[:, column] for power in powers])  # (3, k)
        # In units of its own each, since a third power may be a millionth of the first.
        scale = together.std(axis=1)
        scale[scale == 0] = 1.0
        covariance = np.cov(together / scale[:, None], bias=True) / k
        draws = rng.multivariate_normal(np.zeros(3), covariance, _NORMAL_DRAWS, method="eigh") * scale
        for place, mean in enumerate(together.mean(axis=1)):
            found[place][:, column] = mean + draws[:, place]
    return found


@lru_cache(maxsize=4)
def _counts(k: int) -> NDArray[np.uint16]:
    """(draws, k): how often each of k clusters is drawn; the same draws serve all figures."""
    rng = np.random.default_rng(0)
    # A few at a time, of which numpy makes eight bytes each.
    parts = [rng.multinomial(k, np.full(k, 1 / k), size=50).astype(np.uint16) for _ in range(_DRAWS // 50)]
    return np.concatenate(parts)


def _bounds(
    figure: Floats, error: Floats, skew: Floats, k: int, degrees: Floats, alpha: float
) -> tuple[Floats, Floats]:
    from scipy.stats import t

    reach = t.ppf(1 - alpha / 2, degrees)
    ends = [figure - np.maximum(reach, _unbent(reach, skew, k)) * error]
    ends.append(figure - np.minimum(-reach, _unbent(-reach, skew, k)) * error)
    return ends[0], ends[1]


def _unbent(reach: Floats, skew: Floats, k: int) -> Floats:
    """Hall's transformation turned round: the t that a symmetric one of that reach stands for."""
    bend = skew / 3 / math.sqrt(k)
    small = np.abs(bend) < 1e-9
    safe = np.where(small, 1.0, bend)
    return np.where(small, reach - bend / 2, (np.cbrt(1 + 3 * safe * (reach - safe / 2)) - 1) / safe)


def _believed(skew: Floats, k: int) -> Floats:
    """The skewness of k values as further ones would have it.

    Fisher's G₁ (Joanes and Gill 1998), and 6 / k more: a sample that lacks the rare large value is less skewed than
    what it was drawn from.
    """
    if k < 3:
        return np.zeros_like(skew)
    return np.asarray(skew * math.sqrt(k * (k - 1)) / (k - 2) * (1 + 6 / k))
