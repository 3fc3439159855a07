"""Pairs of a setting's values with all else the same, and whether their difference is shown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from harness.comparing.seeds import SEEDS, Distance
from harness.report.sweep.terms import Facet, lines_of, rest_of
from harness.store import Json


@dataclass(frozen=True)
class Contrast:
    """Two values of a setting with all else the same, the first of them the one with the higher mean."""

    fixed: dict[str, Any]
    high: Json
    low: Json
    difference: Distance | None = None
    """Higher minus lower, paired, over seeds and questions; None where one of the two has a single seed."""

    @property
    def testable(self) -> bool:
        """Whether both were trained with enough seeds for a claim, and chance has shown itself in one of them."""
        known = self.difference is not None and self.difference.low is not None
        return self.enough and known and not self._agreed

    @property
    def settled(self) -> bool:
        """Whether each seed came to the same figure, at either value, and the two differ."""
        several = min(len(self.high["values"]), len(self.low["values"])) > 1
        return several and self._agreed and bool(self.high["mean"] != self.low["mean"])

    @property
    def enough(self) -> bool:
        """Whether either has the seeds that a claim about a setting needs."""
        return min(len(self.high["values"]), len(self.low["values"])) >= SEEDS

    @property
    def apart(self) -> bool:
        """Whether the interval of their difference leaves zero out."""
        span = self.difference
        return self.testable and span is not None and span.low is not None and span.low > 0

    @property
    def half(self) -> float:
        """How far the interval of their difference reaches."""
        span = self.difference
        return 0.0 if span is None or span.low is None or span.high is None else (span.high - span.low) / 2

    @property
    def _agreed(self) -> bool:
        return len(set(self.high["values"])) == 1 == len(set(self.low["values"]))


def contrasts(panel: Json, facet: Facet) -> list[Contrast]:
    """Every two values along each line."""
    pairs: list[Contrast] = []
    for line in lines_of(panel, facet):
        judged = [point for point in line["points"] if point["mean"] is not None]
        for pair in combinations(judged, 2):
            low, high = sorted(pair, key=lambda point: float(point["mean"]))
            pairs.append(Contrast(rest_of(line, facet), high, low, _between(line, high, low)))
    return pairs


def _between(line: Json, high: Json, low: Json) -> Distance | None:
    for found in line["contrasts"]:
        span = Distance(found["delta"], found["low"], found["high"])
        if (found["first"], found["second"]) == (low["value"], high["value"]):
            return span
        if (found["first"], found["second"]) == (high["value"], low["value"]):
            return Distance(-span.delta, span.high and -span.high, span.low and -span.low)
    return None
