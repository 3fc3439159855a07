"""Many comparisons at once: p-values adjusted over the family of tests that they stand in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from harness.comparing.resampling import Floats
from harness.records import Comparison


def with_families(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same with p-values adjusted over their family: all comparisons of one pair of variants."""
    found: dict[int, Comparison] = {}
    for first, second in dict.fromkeys((row.baseline, row.variant) for row in comparisons):
        members = [i for i, row in enumerate(comparisons) if (row.baseline, row.variant) == (first, second)]
        p_values = [comparisons[i].p for i in members]
        family = f"the {sum(p is not None for p in p_values)} tests of {second} against {first}"
        for index, strict, loose in zip(members, holm(p_values), benjamini_hochberg(p_values), strict=True):
            found[index] = replace(comparisons[index], p_holm=strict, p_bh=loose, family=family)
    return [found[index] for index in range(len(comparisons))]


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p-values (1979) over those that there are: they bound the chance of any false alarm.

    True however the tests depend on each other, as metrics of the same answers do.
    """
    return _adjusted(p_values, _holm)


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini and Hochberg's adjusted p-values (1995) over those that there are: they bound the share of false ones.

    Sure for tests that are independent or depend on each other positively; for others a guide.
    """
    return _adjusted(p_values, _benjamini_hochberg)


def _adjusted(p_values: Sequence[float | None], adjust: Callable[[Floats], Floats]) -> list[float | None]:
    there = [index for index, p in enumerate(p_values) if p is not None]
    adjusted: list[float | None] = [None] * len(p_values)
    if there:
        found = adjust(np.asarray([p_values[index] for index in there], dtype=float))
        for index, value in zip(there, found, strict=True):
            adjusted[index] = float(value)
    return adjusted


def _holm(p_values: Floats) -> Floats:
    """As statsmodels' multipletests, which collects garbage at every call: a quarter of a second each."""
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _benjamini_hochberg(p_values: Floats) -> Floats:
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p_values, method="bh"))
