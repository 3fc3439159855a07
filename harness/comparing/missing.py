"""What answers that are missing could do to a difference: Manski's worst-case bounds (1990, Am. Econ. Rev. 80, 319)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.comparing.inference import Paired
from harness.comparing.rules import Rule, verdict
from harness.records import Comparison

Test = Callable[[Sequence[float], Sequence[float]], Paired]
"""The paired difference of the values of both sides, in one order."""


@dataclass(frozen=True)
class OneSided:
    """Values whose partner is missing, and the least and the most that it could have been."""

    first: Sequence[float]
    """Of the baseline, where the variant has no answer."""
    second: Sequence[float]
    """Of the variant, where the baseline has none."""
    least: float
    most: float


def with_worst_case(
    row: Comparison, rule: Rule, pairs: tuple[Sequence[float], Sequence[float]], alone: OneSided, test: Test
) -> Comparison:
    """The row with both bounds of its difference; undecided where either of them would be judged otherwise.

    The test takes the values of all pairs, then those of the baseline alone, then those of the variant alone.
    """
    if not (alone.first or alone.second):
        return row
    before, after = pairs
    against = test([*before, *alone.first, *([alone.most] * len(alone.second))],
                   [*after, *([alone.least] * len(alone.first)), *alone.second])  # fmt: skip
    beside = test([*before, *alone.first, *([alone.least] * len(alone.second))],
                  [*after, *([alone.most] * len(alone.first)), *alone.second])  # fmt: skip
    bounded = replace(row, bound_low=against.delta, bound_high=beside.delta)
    if row.verdict == "undecided" or {verdict(against, rule), verdict(beside, rule)} == {row.verdict}:
        return bounded
    return replace(bounded, verdict="undecided", reason="missing")
