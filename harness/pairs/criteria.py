"""What makes an answer the better one: metrics with a direction, by the names that --prefer takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.errors import HarnessError, unknown
from harness.scorers import METRICS


@dataclass(frozen=True)
class Criterion:
    """A metric, and which way of it is better."""

    name: str
    metric: str
    sign: int
    """1 where more is better, −1 where less is."""

    @property
    def passed(self) -> float | None:
        """The value that passes, of a metric of 0 and 1; None where more and less is all that there is."""
        return float(self.sign > 0) if METRICS[self.metric].rate else None

    def gain(self, better: float, worse: float) -> float:
        """By how much the first value is better than the second, in the metric's unit."""
        return better - worse if self.sign > 0 else worse - better


CRITERIA: Mapping[str, Criterion] = {
    **{it.name: Criterion(it.name, it.name, 1 if it.better == "higher" else -1)
       for it in METRICS.values() if it.better != "neither"},
    "shorter": Criterion("shorter", "words", -1),
    "no-loop": Criterion("no-loop", "loop", -1),
    "stops": Criterion("stops", "truncated", -1),
}  # fmt: skip
"""Every metric that is better one way, and those that read better by another name. One of another kind joins here."""


def find_criteria(names: Sequence[str]) -> tuple[Criterion, ...]:
    """The criteria of those names, in their order; refuses unknown ones, none, and one that is named twice."""
    if not names:
        raise HarnessError("--prefer names no criterion. Give one or several, for example correct,shorter,no-loop")
    for name in names:
        if name not in CRITERIA:
            unknown("criterion", name, CRITERIA)
    found = tuple(CRITERIA[name] for name in names)
    metrics = [criterion.metric for criterion in found]
    if twice := [it.name for it in found if metrics.count(it.metric) > 1]:
        raise HarnessError(f"--prefer names the same criterion twice: {', '.join(twice)}. Leave one of them out.")
    return found
