"""The win rate: how often a variant's answer is preferred, ties half, with an interval over questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.comparing.inference import Clusters, Paired, distinct, paired_means, paired_rates
from harness.judging.ballots import Preferred
from harness.records import Reason


@dataclass(frozen=True)
class WinRate:
    """A share of 0 to 1 against ½; p is below 0.05 exactly where the interval leaves ½ out."""

    rate: float
    low: float | None
    high: float | None
    p: float | None
    """Two-sided, of a true rate of ½."""
    test: str
    n: int
    """Pairs judged."""
    wins: int
    losses: int
    ties: int
    """Pairs neither won nor lost, those included whose two orders disagree."""
    inconsistent: int
    not_judged: int
    mde: float | None
    """The smallest true distance from ½ that such a sample shows at alpha 0.05 with 80 % power."""
    reason: Reason = ""


def win_rate(found: Preferred) -> WinRate | None:
    """The win rate of judged pairs; None where none was judged.

    A pair that is won counts 1, one that is lost 0, a tie ½: rate = ½ + (wins − losses) / 2n, so that it is tested as
    a difference of paired shares is (McNemar, Tango; at the effective number of pairs where questions come in groups).
    Preferred between 0 and 1, as weighted annotators give them, are tested as means are.
    """
    values = found.values
    n = len(values)
    if n == 0:
        return None
    clusters: Clusters = list(found.clusters) if distinct(found.clusters) < n else None
    wins, losses = values > 0.5, values < 0.5
    whole = bool(np.isin(values, (0.0, 0.5, 1.0)).all())
    tested = (
        paired_rates(losses.astype(float), wins.astype(float), clusters)
        if whole
        else paired_means(np.zeros(n), 2 * values - 1, clusters)
    )
    return WinRate(
        rate=float(values.mean()),
        low=_rate(tested.low),
        high=_rate(tested.high),
        p=tested.p,
        test=tested.test,
        n=n,
        wins=int(wins.sum()),
        losses=int(losses.sum()),
        ties=n - int(wins.sum()) - int(losses.sum()),
        inconsistent=found.inconsistent,
        not_judged=found.not_judged,
        mde=_half(tested),
        reason=tested.reason,
    )


def _rate(difference: float | None) -> float | None:
    return None if difference is None else min(1.0, max(0.0, (1 + difference) / 2))


def _half(tested: Paired) -> float | None:
    return None if tested.mde is None else tested.mde / 2
