"""What answers that are missing could do to a difference: Manski's worst-case bounds (1990, Am. Econ. Rev. 80, 319)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from harness.comparing.inference import Numbers, Paired
from harness.comparing.rules import Rule, verdict
from harness.records import Comparison

Test = Callable[[Numbers, Numbers], Paired]
"""The paired difference of the values of both sides, in one order."""


@dataclass(frozen=True)
class OneSided:
    """Values whose partner is missing, and the least and the most that it could have been."""

    first: Numbers
    """Of the baseline, where the variant has no answer."""
    second: Numbers
    """Of the variant, where the baseline has none."""
    least: float
    most: float


def with_worst_case(
    row: Comparison, rule: Rule, pairs: tuple[Numbers, Numbers], alone: OneSided, test: Test
) -> Comparison:
    """The row with both bounds of its difference; undecided where either of them would be judged otherwise.

    The test takes the values of all pairs, then those of the baseline alone, then those of the variant alone.
    """
    if not (len(alone.first) or len(alone.second)):
        return row
    before, after = pairs
    of_first, of_second = len(alone.first), len(alone.second)
    against, beside = (
        test(
            np.concatenate([before, alone.first, np.full(of_second, high)]),
            np.concatenate([after, np.full(of_first, low), alone.second]),
        )
        for high, low in ((alone.most, alone.least), (alone.least, alone.most))
    )
    bounded = replace(row, bound_low=against.delta, bound_high=beside.delta)
    if row.verdict == "undecided" or {verdict(against, rule), verdict(beside, rule)} == {row.verdict}:
        return bounded
    return replace(bounded, verdict="undecided", reason="missing")
