"""Shares of 0 and 1 and their paired differences: bounds and p-values from counts, which clusters make fractional."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.comparing.inference.studentised import ALPHA, Floats, grouped, studentised, weighted_means

EXACT_BELOW = 30
_FEW = 3
"""Clusters apart from the others below which the variance between clusters is not to be believed."""
Counts = TypeVar("Counts", float, Floats)

_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(1 - ALPHA / 2)


def rate_bounds(right: float, n: float) -> tuple[float, float]:
    """Of a share: Wilson's score interval; Clopper and Pearson's exact one below 30."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(right, n, alpha=ALPHA, method="beta" if n < EXACT_BELOW else "wilson")
    # statsmodels leaves NaN where the exact interval ends at 0 or 1.
    return (0.0 if math.isnan(low) else float(low)), (1.0 if math.isnan(high) else float(high))


def paired_bounds(gained: float, lost: float, n: float) -> tuple[float, float]:
    """Of the difference of two paired shares, gained less lost of n: the wider of three intervals at either end.

    Tango's score interval (1998) and Bonett and Price's (2012), of which either covers too seldom on the side that the
    other does not; and where nothing was gained, what Clopper and Pearson say of the share lost, which the difference
    cannot be below (where nothing was lost, the mirror image).
    """
    ends = [_bonett_price(gained, lost, n), _tango(gained, lost, n)]
    if gained == 0:
        ends.append((-_most(lost, n), ends[0][1]))
    if lost == 0:
        ends.append((ends[0][0], _most(gained, n)))
    return max(-1.0, min(low for low, _ in ends)), min(1.0, max(high for _, high in ends))


def paired_p(gained: float, lost: float, n: float) -> float:
    """Two-sided, of no difference: below 0.05 exactly where neither score interval holds 0."""
    if gained == lost:
        return 1.0
    plus, minus = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    error = math.sqrt((plus + minus - (plus - minus) ** 2) / (n + 2))
    distance = min(abs(plus - minus) / error, abs(gained - lost) / math.sqrt(gained + lost))
    return 2 * _NORMAL.cdf(-distance)


def paired_score(gained: Counts, lost: Counts, n: float, delta: float) -> Counts:
    """Tango's score (1998, 3): standard deviations that the observed difference lies above a true one of delta."""
    # The share lost if the difference were delta, by maximum likelihood; below 0 there is dust only.
    b, c = (2 * n - gained + lost) * delta - gained - lost, -lost * delta * (1 - delta)
    share = (abs(b * b - 8 * n * c) ** 0.5 - b) / (4 * n)
    variance = n * abs(2 * share + delta * (1 - delta))
    found: Counts = (gained - lost - n * delta) / (variance + 1e-300) ** 0.5
    return found


def effective(values: Floats, variance: float, clusters: Sequence[str] | NDArray[np.int32]) -> tuple[float, float]:
    """How many independent values the clustered ones are worth, between one a cluster and all of them.

    (that number less what few clusters leave unknown, for intervals; the number itself): variance of independent values
    / variance of the clustered mean. Where fewer than three clusters differ from the rest it says nothing, and they
    are worth as many as if each cluster spoke with one voice.
    """
    from scipy.stats import t

    n = values.size
    sums = grouped(np.column_stack([values, np.ones(n)]), clusters)  # (k, 2)
    sizes = sums[:, 1]
    fewest = n**2 / float((sizes**2).sum())
    if variance <= 0 or _apart(values, clusters) < _FEW:
        return fewest, fewest
    found = studentised(sums, weighted_means)
    error, degrees = float(found.error[0]), min(len(sizes) - 1.0, float(found.spread[0]))
    if error == 0:
        return float(n), float(n)
    likely = variance / error**2
    cautious = likely * (_Z / float(t.ppf(1 - ALPHA / 2, degrees))) ** 2
    return min(float(n), max(fewest, cautious)), min(float(n), max(fewest, likely))


def _apart(values: Floats, clusters: Sequence[str] | NDArray[np.int32]) -> int:
    """How many clusters hold anything but one common value, taking the value that leaves the fewest."""
    labels = np.asarray(clusters)
    return min(len(np.unique(labels[values != value])) for value in np.unique(values))


def _bonett_price(gained: float, lost: float, n: float) -> tuple[float, float]:
    plus, minus = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    middle, error = plus - minus, math.sqrt((plus + minus - (plus - minus) ** 2) / (n + 2))
    return middle - _Z * error, middle + _Z * error


def _tango(gained: float, lost: float, n: float) -> tuple[float, float]:
    """All differences that the score test at 2.5 % a side does not reject, by bisection."""

    def end(inside: float, outside: float) -> float:
        for _ in range(50):
            middle = (inside + outside) / 2
            if abs(paired_score(gained, lost, n, middle)) <= _Z:
                inside = middle
            else:
                outside = middle
        return outside

    delta = (gained - lost) / n
    return end(delta, -1.0), end(delta, 1.0)


def _most(count: float, n: float) -> float:
    """Clopper and Pearson's upper end at 2.5 %."""
    from scipy.stats import beta

    return 1.0 if count >= n else float(beta.ppf(1 - ALPHA / 2, count + 1, n - count))
