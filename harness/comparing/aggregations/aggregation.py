"""What an aggregation is: values of documents in, rows of numbers out, and a figure of any resample of the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
"""(n, m), a row of numbers a document."""
Figure = Callable[[Rows, Rows], Rows]
"""(how often each document counts, (…, n); rows, (n, m)) → figures, (…)."""


@dataclass(frozen=True)
class Aggregation:
    """How one figure of a task is made."""

    read: Callable[[Sequence[object]], Rows | None]
    """Values as samples hold them → rows, NaN for a document that was not judged; None for values of another kind."""
    figure: Figure
    compared: Literal["mean", "ratio", "bootstrap"] = "bootstrap"
    """mean: rows are one number each, averaged; ratio: (sum, weight) each, summed; bootstrap: all else."""
    finish: Callable[[Rows], Rows] | None = None
    """Of a ratio: Σ sums / Σ weights → the figure."""
    exponential: bool = False
    """Whether that is an exponential, of which logarithms are compared."""
    imagined: Callable[[Rows], tuple[Rows, Rows]] | None = None
    """What a document that is right, and one that is wrong, would add, were it like the others; None: nobody knows."""
    tolerance: float = 1e-9
    """How near, relatively, the figure must come to the stored one."""


def ratio(
    read: Callable[[Sequence[object]], Rows | None], finish: Callable[[Rows], Rows], exponential: bool = False
) -> Aggregation:
    """The figure that is made of Σ sums / Σ weights."""

    def finished(rate: Rows) -> Rows:
        with np.errstate(over="ignore"):
            return np.asarray(finish(rate))

    figure = of_sums(lambda sums: finished(sums[..., 0] / sums[..., 1]))
    return Aggregation(read, figure, "ratio", finished, exponential)


def of_sums(finish: Callable[[Rows], Rows]) -> Figure:
    """The figure that is made of the rows' sums."""

    def figure(counts: Rows, rows: Rows) -> Rows:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(finish(counts @ rows))

    return figure
