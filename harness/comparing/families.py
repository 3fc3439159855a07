"""Many comparisons at once: p-values adjusted over the family of tests that they stand in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from harness.comparing.inference import ALPHA, Floats
from harness.records import Comparison

Named = tuple[str, str]
"""(source, metric): suite and the metric's name, or an lm-eval task and its metric."""


def with_families(comparisons: Sequence[Comparison], primary: Collection[Named]) -> list[Comparison]:
    """The same with p-values adjusted over their family, and no verdict that the family does not carry.

    primary: (source, metric) of what was named before the answers were seen. Its tests against the first variant are
    one family, those between the others a second: over either the chance of any false "improved", "regressed" or
    "shifted" is at most 5 %. All other metrics are exploratory: their p-values stay as they are, they may be shown to
    be unchanged, and are never called better or worse. p_bh is over everything that was compared of a pair.
    """
    found = list(comparisons)
    for pair in dict.fromkeys((row.baseline, row.variant) for row in comparisons):
        members = [index for index, row in enumerate(comparisons) if (row.baseline, row.variant) == pair]
        loose = benjamini_hochberg([comparisons[index].p for index in members])
        for index, p in zip(members, loose, strict=True):
            row = comparisons[index]
            found[index] = _carried(replace(row, p_bh=p, primary=(row.source, row.metric) in primary))
    first = comparisons[0].baseline if comparisons else ""
    for of_first in (True, False):
        members = [index for index, row in enumerate(found) if row.primary and (row.baseline == first) is of_first]
        tests = [found[index].p for index in members]
        of = f"against {first}" if of_first else "of the others against each other"
        family = f"the {sum(p is not None for p in tests)} tests of primary metrics {of}"
        for index, strict in zip(members, holm(tests), strict=True):
            found[index] = _carried(replace(found[index], p_holm=strict, family=family))
    return found


def _carried(row: Comparison) -> Comparison:
    """What is left of the verdict: a change needs a primary metric, and Holm's p-value once the family is known."""
    if row.verdict in ("unchanged", "undecided"):
        return row
    if not row.primary:
        return replace(row, verdict="undecided", reason="exploratory")
    return row if row.p_holm is None or row.p_holm < ALPHA else replace(row, verdict="undecided", reason="family")


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
