"""Figures over training seeds and questions at once: means of settings, and their differences. Pure.

A setting trained with s seeds and asked q questions is a crossed design: each seed meets each question. A claim about
the setting is one about other seeds and other questions; an interval over one of the two leaves out the other's chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.comparing.inference import Floats, Interval
from harness.comparing.seeds.sheets import Sheet

SEEDS = 3
"""Trainings by seed below which nothing is claimed of a setting or a method: two leave one degree of freedom."""
CROSSED = "t over seeds and questions"
_FEWEST = 6
"""Clusters below which there is no interval over questions."""


@dataclass(frozen=True)
class Part:
    """One independent part of a figure's variance, and the degrees of freedom that it is known with."""

    variance: float
    degrees: float


@dataclass(frozen=True)
class Distance:
    """The difference between two settings, or of one to the base, over seeds and questions."""

    delta: float
    low: float | None
    high: float | None


def crossed_interval(sheet: Sheet, least: float, most: float) -> Interval:
    """Of a setting's mean over its seeds (rows), cut at the least and the most that a mean can be.

    The sum of the variance of the seeds' means and of that of the clusters' means, each with its degrees of freedom
    (Satterthwaite 1946): what seed by question adds is in both, and counted twice.
    """
    parts = _parts(sheet)
    if parts is None:
        return Interval(None, None, "none")
    middle, reach = float(np.mean(_means(sheet))), joined(parts)
    if reach == 0:
        # Chance has not shown itself yet, which does not mean that there is none.
        return Interval(middle, middle, "constant")
    return Interval(max(least, middle - reach), min(most, middle + reach), CROSSED)


def crossed_against(sheet: Sheet, most: float) -> Distance | None:
    """Of a setting and the base, whose paired differences the sheet holds; the base has no seeds. None without pairs.

    most is the most by which means can differ.
    """
    means = _means(sheet)
    if not means:
        return None
    interval = crossed_interval(sheet, -most, most)
    known = interval.method == CROSSED
    return Distance(float(np.mean(means)), interval.low if known else None, interval.high if known else None)


def crossed_difference(first: Sheet, second: Sheet) -> Distance | None:
    """Of two settings, paired by cluster; None where one has no answers, no ends below two seeds or six clusters."""
    before, after = _means(first), _means(second)
    if not before or not after:
        return None
    delta = float(np.mean(after) - np.mean(before))
    seeds = [seed_part([means], len(means)) for means in (before, after)]
    known = [part for part in seeds if part is not None]
    if len(known) < 2 or first.clusters < _FEWEST:
        return Distance(delta, None, None)
    questions = Part(_variance(_residuals(second) - _residuals(first)), first.clusters - 1)
    reach = joined([*known, questions])
    return Distance(delta, delta - reach, delta + reach)


def joined(parts: Sequence[Part]) -> float:
    """How far a 95 % interval reaches: Student's t at Satterthwaite's degrees, times the root of the parts' sum."""
    from scipy.stats import t

    total = sum(part.variance for part in parts)
    if total <= 0:
        return 0.0
    degrees = total**2 / sum(part.variance**2 / part.degrees for part in parts)
    return float(t.ppf(0.975, max(1.0, degrees))) * math.sqrt(total)


def seed_part(means: Sequence[Sequence[float]], seeds: int) -> Part | None:
    """What seeds add to the variance of a mean over so many of them; None below two.

    means has the trainings' own means of each setting; of several settings, the variance that they have in common.
    """
    several = [row for row in means if len(row) > 1]
    degrees = sum(len(row) - 1 for row in several)
    if not degrees or seeds < 2:
        return None
    within = sum(float(np.var(row, ddof=1)) * (len(row) - 1) for row in several) / degrees
    return Part(within / seeds, degrees)


def variance_of_ratio(sums: Floats, counts: Floats) -> float:
    """Of Σ sums / Σ counts over clusters, linearised (Cochran 1977, 6.4)."""
    return _variance((sums - sums.sum() / counts.sum() * counts) / counts.sum())


def _parts(sheet: Sheet) -> list[Part] | None:
    seeds = seed_part([_means(sheet)], len(_means(sheet)))
    if seeds is None or sheet.clusters < _FEWEST:
        return None
    return [seeds, Part(_variance(_residuals(sheet)), sheet.clusters - 1)]


def _means(sheet: Sheet) -> list[float]:
    """Of the trainings that have a judged answer."""
    counts = sheet.counts.sum(axis=1)
    return [float(total / count) for total, count in zip(sheet.sums.sum(axis=1), counts, strict=True) if count]


def _residuals(sheet: Sheet) -> Floats:
    """(k,) what each cluster adds to the error of the mean over all seeds."""
    sums, counts = sheet.sums.sum(axis=0), sheet.counts.sum(axis=0)
    return np.asarray((sums - sums.sum() / counts.sum() * counts) / counts.sum())


def _variance(residuals: Floats) -> float:
    k = len(residuals)
    return float((residuals**2).sum()) * k / (k - 1)
