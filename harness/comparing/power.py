"""What a sample can show, and what sample a claim needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

import numpy as np

ALPHA = 0.05
POWER = 0.8
SURE = 0.95
"""Power that the gate is planned for: an unchanged checkpoint passes, a drop of twice the margin is caught."""
MOST = 10_000_000


def mcnemar_power(n: int, discordant: float, delta: float, alpha: float = ALPHA) -> float:
    """Exact power of the two-sided exact McNemar test.

    n pairs, of which a share `discordant` (p₁₀ + p₀₁) differs and `delta` (p₀₁ − p₁₀) is the true difference (Connor
    1987's parameters); a difference larger than the discordance is the discordance.
    """
    from scipy.stats import binom

    discordant = min(1.0, max(discordant, abs(delta)))
    if discordant == 0:
        return 0.0
    middle, width = n * discordant, 8 * math.sqrt(n * discordant * (1 - discordant)) + 8
    pairs = np.arange(max(0, math.floor(middle - width)), min(n, math.ceil(middle + width)) + 1)
    most = binom.ppf(alpha / 2, pairs, 0.5)
    most = np.where(binom.cdf(most, pairs, 0.5) > alpha / 2, most - 1, most)
    share = (discordant + abs(delta)) / (2 * discordant)
    rejects = binom.cdf(most, pairs, share) + binom.sf(pairs - most - 1, pairs, share)
    return float((binom.pmf(pairs, n, discordant) * rejects).sum())


@lru_cache(maxsize=4096)
def detectable_rate(n: int, discordant_pairs: int) -> float | None:
    """The smallest true difference of two paired rates that n pairs with that many discordant ones show; None if none.

    The discordance of the sample is taken for the true one. Not "observed power", which only says the p-value again:
    the difference that was observed does not enter.
    """
    from scipy.optimize import brentq

    discordant = discordant_pairs / n if n else 0.0

    def lacking(delta: float) -> float:
        return mcnemar_power(n, discordant, delta) - POWER

    if n == 0 or lacking(1.0) < 0:
        return None
    return float(brentq(lacking, 0.0, 1.0, xtol=1e-6))


@lru_cache(maxsize=4096)
def detectable_mean(n: int) -> float | None:
    """The same for means, in standard deviations of the differences (Cohen's d_z); None below 2 pairs.

    By the paired t test's power, which the permutation test's is near to from a few tens of pairs on.
    """
    from statsmodels.stats.power import TTestPower

    if n < 2:
        return None
    found = TTestPower().solve_power(effect_size=None, nobs=n, alpha=ALPHA, power=POWER, alternative="two-sided")
    return float(np.asarray(found).ravel()[0])


def detectable(standard_error: float, degrees: int | None = None) -> float:
    """(q₀.₉₇₅ + q₀.₈) · SE: the smallest true mean that is found with 80 % power, in the unit of the standard error.

    Quantiles are of the normal distribution, or of Student's t at those degrees of freedom.
    """
    from scipy.stats import t

    if degrees is None:
        quantiles = NormalDist().inv_cdf(1 - ALPHA / 2) + NormalDist().inv_cdf(POWER)
    else:
        quantiles = float(t.ppf(1 - ALPHA / 2, degrees) + t.ppf(POWER, degrees))
    return quantiles * standard_error


def needed_to_detect(delta: float, discordant: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """The fewest pairs from which on the exact McNemar test finds a true difference with that power."""
    return _fewest(lambda n: mcnemar_power(n, discordant, delta, alpha) >= power)


def hold_power(n: int, margin: float, discordant: float) -> float:
    """How often Bonett and Price's interval of an unchanged variant stays above −margin, by enumeration."""
    from scipy.stats import binom

    middle, width = n * discordant, 6 * math.sqrt(n * discordant * (1 - discordant)) + 6
    pairs = np.arange(max(0, math.floor(middle - width)), min(n, math.ceil(middle + width)) + 1)[:, None]
    # Of so many discordant pairs, how many are lost: those that occur at all lie around the half.
    lost = pairs // 2 + np.arange(-math.ceil(4 * math.sqrt(middle + 1)) - 4, math.ceil(4 * math.sqrt(middle + 1)) + 5)
    plus, minus = (pairs - lost + 1) / (n + 2), (lost + 1) / (n + 2)
    error = np.sqrt(np.maximum(0.0, plus + minus - (plus - minus) ** 2) / (n + 2))
    holds = plus - minus - NormalDist().inv_cdf(1 - ALPHA / 2) * error > -margin
    return float((binom.pmf(pairs, n, discordant) * binom.pmf(lost, pairs, 0.5) * holds).sum())


def needed_to_hold(margin: float, discordant: float) -> int:
    """The fewest pairs with which an unchanged variant is shown to be no worse than the margin in 95 of 100 samples.

    Unchanged is not identical: discordant is the share of questions on which it still flips, as often up as down.
    """
    return _fewest(lambda n: hold_power(n, margin, discordant) >= SURE)


def needed_to_catch(drop: float, discordant: float, family: int) -> int:
    """Pairs with which the gate finds a drop beside that discordance in 95 of 100 samples.

    Corrected over a family of tests as Bonferroni has it, Holm's first step: no other test need be significant.
    """
    return needed_to_detect(drop, min(1.0, discordant + drop), ALPHA / max(1, family), SURE)


def _fewest(enough: Callable[[int], bool]) -> int:
    """The smallest count from which on there are enough."""
    low, high = 1, 2
    while not enough(high):
        low, high = high, high * 2
        if high > MOST:
            return MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    # Exact power goes up in teeth: on until it stays above for a while.
    while not all(enough(high + step) for step in (1, 2, 3, 5, 8, 13)):
        high += 1
    return high
