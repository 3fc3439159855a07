"""What the best of many is worth: chosen on one half of the questions, told on the other, both ways. Pure.

The largest of 16 means is the largest by its setting and by luck with these questions, and on the same questions the
two cannot be told apart. Questions that had no say in the choice bring it no luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.comparing.seeds.crossed import Part, joined, variance_of_ratio
from harness.comparing.seeds.sheets import Sheet

SPLITS = 20
"""Ways of halving the questions that a figure is averaged over: with one, another seed would tell another figure."""
FEWEST = 12
"""Clusters below which nothing is told: each half needs the six that any interval of a mean needs."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Told:
    """The value of what a selection picks, and its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Selection:
    """Who is told where, so that nobody is told by what chose it."""

    told: Bools
    """(splits, t, k): whether the training's answers in the cluster count."""
    votes: tuple[int, ...]
    """By setting, how many of the 2 · splits halves chose it."""


def select(sheet: Sheet, settings: Sequence[Sequence[int]], higher: bool, seed: int) -> Selection | None:
    """Chooses on each half of the clusters; settings name the rows of their trainings. None below 12 clusters.

    Where every setting has several trainings, by seed, these are halved with the questions: a lucky seed that chose
    its setting does not tell it too.
    """
    if sheet.clusters < FEWEST or len(settings) < 2:
        return None
    rng = np.random.default_rng(seed)
    told, votes = np.zeros((SPLITS, *sheet.sums.shape), dtype=bool), [0] * len(settings)
    for split in range(SPLITS):
        half = np.zeros(sheet.clusters, dtype=bool)
        half[rng.permutation(sheet.clusters)[: sheet.clusters // 2]] = True
        these, those = _halved(settings, rng)
        for chooses, trainings, tells, others in ((half, these, ~half, those), (~half, those, half, these)):
            best = _best(sheet, trainings, chooses, higher)
            votes[best] += 1
            told[split, others[best]] |= tells
    return Selection(told, tuple(votes))


def tell(sheet: Sheet, selection: Selection, pads: Sequence[float], seeds: Part | None) -> Told:
    """The figure of what was chosen where it had no say, averaged over the splits.

    A split's variance is that of its told values over clusters, with the choice held fixed; the mean of the splits'
    variances is taken for that of their averaged figure, which can only be smaller: it makes up for the choices of two
    halves not being independent. pads are values of invented clusters of usual size, seen by the interval alone, as
    Agresti and Coull (1998) add two right answers and two wrong; seeds is what training seeds add to the variance.
    """
    figures, middles, variances = zip(*(_split(sheet, told, pads) for told in selection.told), strict=True)
    reach = joined([Part(float(np.mean(variances)), sheet.clusters - 1), *([seeds] if seeds else [])])
    middle = float(np.mean(middles))
    return Told(float(np.mean(figures)), middle - reach, middle + reach)


def _halved(settings: Sequence[Sequence[int]], rng: np.random.Generator) -> tuple[list[list[int]], list[list[int]]]:
    if min(map(len, settings)) < 2:
        every = [list(rows) for rows in settings]
        return every, every
    drawn = [[int(row) for row in rng.permutation(rows)] for rows in settings]
    return [rows[: len(rows) // 2] for rows in drawn], [rows[len(rows) // 2 :] for rows in drawn]


def _best(sheet: Sheet, settings: Sequence[Sequence[int]], where: Bools, higher: bool) -> int:
    by_training = np.column_stack([sheet.sums @ where, sheet.counts @ where])  # (t, 2)
    sums, counts = np.array([by_training[rows].sum(axis=0) for rows in settings]).T
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    # What has no judged answer in this half cannot be chosen by it.
    if np.isnan(means).all():
        return 0
    return int(np.nanargmax(means if higher else -means))


def _split(sheet: Sheet, told: Bools, pads: Sequence[float]) -> tuple[float, float, float]:
    """(the figure, the middle of its interval, its variance) of one way of halving."""
    sums, counts = (sheet.sums * told).sum(axis=0), (sheet.counts * told).sum(axis=0)
    usual = counts.mean()
    figure = sums.sum() / counts.sum()
    sums = np.append(sums, np.asarray(pads) * usual)
    counts = np.append(counts, [usual] * len(pads))
    middle = sums.sum() / counts.sum()
    return float(figure), float(middle), variance_of_ratio(sums, counts)
