"""What a sample can show, and what sample a claim needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from harness.comparing.inference.proportions import paired_score
from harness.comparing.inference.studentised import ALPHA, POWER, Floats

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
    most = _critical(1 << int(pairs[-1]).bit_length(), alpha)[pairs]
    share = (discordant + abs(delta)) / (2 * discordant)
    rejects = binom.cdf(most, pairs, share) + binom.sf(pairs - most - 1, pairs, share)
    return float((binom.pmf(pairs, n, discordant) * rejects).sum())


@lru_cache(maxsize=64)
def _critical(limit: int, alpha: float) -> Floats:
    """Of 0 to limit − 1 discordant pairs: the most of the rarer kind with which the test rejects, −1 for none."""
    from scipy.stats import binom

    pairs = np.arange(limit)
    most = binom.ppf(alpha / 2, pairs, 0.5)
    return np.asarray(np.where(binom.cdf(most, pairs, 0.5) > alpha / 2, most - 1, most))


@lru_cache(maxsize=4096)
def detectable_rate(n: int, discordant_pairs: int) -> float | None:
    """The smallest true difference of two paired rates that n pairs show beside that many discordant ones.

    The discordance of the sample is taken for the churn, which a true change comes on top of: answers that flip without
    being better or worse do not stop to flip where some get worse. Not "observed power", which only says the p-value
    again: the difference that was observed does not enter. None where no difference would show, and where no pair was
    discordant: how much two variants churn cannot be known from none.
    """
    from scipy.optimize import brentq

    churn = discordant_pairs / n if n else 0.0

    def lacking(delta: float) -> float:
        return mcnemar_power(n, churn + delta, delta) - POWER

    if churn == 0 or lacking(1.0 - churn) < 0:
        return None
    return float(brentq(lacking, 0.0, 1.0 - churn, xtol=1e-6))


def needed_to_detect(delta: float, churn: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """The fewest pairs from which on the exact McNemar test finds a true difference with that power.

    churn: the share of pairs that are discordant where nothing differs; the difference makes others so, beside these.
    """
    return _fewest(lambda n: mcnemar_power(n, churn + delta, delta, alpha) >= power)


def hold_power(n: int, margin: float, discordant: float) -> float:
    """How often the interval of an unchanged variant's difference stays above −margin, by enumeration."""
    from scipy.stats import beta, binom

    middle, width = n * discordant, 6 * math.sqrt(n * discordant * (1 - discordant)) + 6
    pairs = np.arange(max(0, math.floor(middle - width)), min(n, math.ceil(middle + width)) + 1)[:, None]
    # Of so many discordant pairs, how many are lost: those that occur at all lie around the half.
    lost = pairs // 2 + np.arange(-math.ceil(4 * math.sqrt(middle + 1)) - 4, math.ceil(4 * math.sqrt(middle + 1)) + 5)
    gained = np.maximum(0, pairs - lost).astype(float)
    plus, minus = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    error = np.sqrt(np.maximum(0.0, plus + minus - (plus - minus) ** 2) / (n + 2))
    reach = NormalDist().inv_cdf(1 - ALPHA / 2)
    # The lower ends of proportions.paired_bounds.
    holds = (plus - minus - reach * error > -margin) & (paired_score(gained, lost.astype(float), n, -margin) > reach)
    holds &= (gained > 0) | (beta.ppf(1 - ALPHA / 2, lost + 1, np.maximum(1, n - lost)) < margin)
    return float((binom.pmf(pairs, n, discordant) * binom.pmf(lost, pairs, 0.5) * holds).sum())


def needed_to_hold(margin: float, discordant: float) -> int:
    """The fewest pairs with which an unchanged variant is shown to be no worse than the margin in 95 of 100 samples.

    Unchanged is not identical: discordant is the share of questions on which it still flips, as often up as down.
    """
    return _fewest(lambda n: hold_power(n, margin, discordant) >= SURE)


def needed_to_catch(drop: float, churn: float, family: int) -> int:
    """Pairs with which the gate finds a drop beside that churn in 95 of 100 samples.

    Corrected over a family of tests as Bonferroni has it, Holm's first step: no other test need be significant.
    """
    return needed_to_detect(drop, churn, ALPHA / max(1, family), SURE)


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
