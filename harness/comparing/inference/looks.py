"""Many looks at many columns of the same items: bounds that all of them together cross by chance with alpha at most.

Checkpoints of a training answer the same questions and are compared with the same baseline, so what is seen at one look
is much of what is seen at the next; a bound for each look alone is crossed sooner or later, and a union bound wastes
what the looks have in common. Here the signs of all differences of an item are turned together, which keeps every
dependence between looks and metrics (max-T of Westfall and Young 1993), and alpha is spent look by look (Lan and DeMets
1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.comparing.inference.studentised import Floats

FLIPS = 4999
_HALF = 10
"""The look by which half of alpha is spent."""
_DUST = 1e-9
_BLOCK = 500


@dataclass(frozen=True)
class Look:
    """What one look at all columns shows."""

    statistics: Floats
    """(c,) Σ / √Σ² of each column: as a t of many items, and 0 where nothing differs."""
    bound: float
    """Beyond this a column is harmful by more than chance, all looks together; infinity where nothing may be said."""

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """(c,) which columns are beyond the bound."""
        return np.asarray(self.statistics > self.bound + _DUST)


def spent(look: int) -> float:
    """The share of alpha that is spent after so many looks, however many will follow: k / (k + 10)."""
    return look / (look + _HALF)


def looks(columns: Sequence[Floats], alpha: float, seed: int, two_sided: Sequence[bool] = ()) -> list[Look]:
    """Each look's statistics and bound; columns[k] is (n, c) of the k-th look, harmful differences being above 0.

    The null is that no column of any look has a mean above 0 over the population of items. Exact where differences are
    symmetric about 0, item by item; else for many items, as their sums become normal.
    """
    if not columns:
        return []
    width = columns[0].shape[1]
    together, sides = np.hstack(columns), np.tile(np.asarray(two_sided or [False] * width, dtype=bool), len(columns))
    statistics = _statistics(together, np.ones((1, len(together))), sides).reshape(-1, width)
    largest = _largest(together, _signs(len(together), seed), sides, width)  # (FLIPS, looks)
    alive, used = np.ones(len(largest), dtype=bool), 0
    found = []
    for number, observed in enumerate(statistics):
        # Of the FLIPS + 1 rows, the observed being one, so many may be beyond by now (Phipson and Smyth 2010).
        room = int(alpha * spent(number + 1) * (len(largest) + 1) + _DUST) - used
        bound = np.inf
        if room > 0:
            left = np.sort(np.where(alive, largest[:, number], -np.inf))[::-1]
            # The observed takes a place of its own: it is beyond where fewer than `room` others are as large.
            bound = float(left[room - 1])
            crossed = alive & (largest[:, number] > left[room] + _DUST)
            used += int(crossed.sum())
            alive &= ~crossed
        found.append(Look(observed, bound))
    return found


def falls(values: Floats, times: Floats) -> Floats:
    """(n,) each item's part in the common slope of values, (n, k) with NaN where not judged, over k times.

    Σₖ (tₖ − t̄ᵢ) vᵢₖ: the least-squares slope with an intercept for each item is their sum over `spread`.
    """
    return np.asarray(np.nansum(_centred(values, times) * values, axis=1))


def slope(values: Floats, times: Floats) -> float | None:
    """The common slope, in the unit of values by that of times; None where no item was judged at two times."""
    spread = float(np.nansum(_centred(values, times) ** 2))
    return float(falls(values, times).sum()) / spread if spread > 0 else None


def _centred(values: Floats, times: Floats) -> Floats:
    there = ~np.isnan(values)
    counts = np.maximum(1, there.sum(axis=1, keepdims=True))
    middle = (there * times).sum(axis=1, keepdims=True) / counts
    return np.where(there, times - middle, np.nan)


def _largest(together: Floats, signs: NDArray[np.int8], sides: NDArray[np.bool_], width: int) -> Floats:
    return np.concatenate([
        _statistics(together, block.astype(float), sides).reshape(len(block), -1, width).max(axis=2)
        for block in np.array_split(signs, -(-len(signs) // _BLOCK))
    ])  # fmt: skip


def _statistics(together: Floats, signs: Floats, sides: NDArray[np.bool_]) -> Floats:
    scale = np.sqrt((together**2).sum(axis=0))
    found = (signs @ together) / np.where(scale > 0, scale, 1.0)
    found[:, sides] = np.abs(found[:, sides])
    return np.asarray(found)


def _signs(n: int, seed: int) -> NDArray[np.int8]:
    """(FLIPS, n) of ±1, the same for every look."""
    return np.random.default_rng(seed).integers(0, 2, size=(FLIPS, n), dtype=np.int8) * np.int8(2) - np.int8(1)
