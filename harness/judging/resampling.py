"""The bootstrap over questions: how often each is drawn, and what the draws say of a figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.comparing.inference import ALPHA, Floats

RESAMPLES = 1000
_BLOCK = 100


def places(clusters: Sequence[str]) -> NDArray[np.int64]:
    """(n,) the number of each item's cluster, from 0."""
    _, found = np.unique(np.asarray(clusters), return_inverse=True)
    return np.asarray(found, dtype=np.int64)


def draws(clusters: int, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[Floats]:
    """How often each cluster is drawn, in blocks of (resamples, clusters)."""
    rng = np.random.default_rng(seed)
    chances = np.full(clusters, 1 / clusters)
    for start in range(0, resamples, _BLOCK):
        yield rng.multinomial(clusters, chances, size=min(_BLOCK, resamples - start)).astype(float)


def percentiles(drawn: Floats, clusters: int) -> tuple[float, float]:
    """The percentile interval, expanded by Student's t and √(k/(k − 1)) (Hesterberg 2015, 3.2)."""
    from scipy.special import ndtr
    from scipy.stats import t

    share = float(ndtr(t.ppf(ALPHA / 2, clusters - 1) * math.sqrt(clusters / (clusters - 1))))
    low, high = np.quantile(drawn, [share, 1 - share])
    return float(low), float(high)


def p_of(drawn: Floats, null: float, clusters: int) -> float:
    """Two-sided, where the expanded percentile interval would just reach the null."""
    from scipy.special import ndtri
    from scipy.stats import t

    many = len(drawn)
    beyond = min(int((drawn <= null).sum()), int((drawn >= null).sum()))
    place = ndtri((beyond + 1) / (many + 2)) / math.sqrt(clusters / (clusters - 1))
    return min(1.0, 2 * float(t.cdf(place, clusters - 1)))
