"""What a margin may be: a number above 0 that some change can go past, and no unit taken for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from harness.errors import HarnessError
from harness.scorers.metrics import METRICS

MarginScale = Literal["share", "relative", "amount"]
"""Of a share between 0 and 1; a part of the baseline's figure; in the metric's own unit."""

_BELOW: Mapping[MarginScale, tuple[float, str]] = {
    "share": (1.0, "a number above 0 and below 1 (3 points are 0.03)"),
    "relative": (10.0, "a number above 0 and below 10, a part of the baseline's figure (2 % are 0.02)"),
    "amount": (1e6, "a number above 0 and below 1,000,000, in the metric's own unit"),
}


def checked_margin(value: object, scale: MarginScale, key: str, where: object) -> float:
    """The margin as a number; refuses one that nothing can be compared with: 0, NaN, a share of 1, a billion words."""
    most, allowed = _BELOW[scale]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < most:
        raise HarnessError(f"{where}: the margin of {key} is {value}. Give {allowed}.")
    return float(value)


def checked_margins(margins: Mapping[str, object], where: object) -> dict[str, float]:
    """A suite's own margins, metric → margin in the metric's unit; those of unknown metrics need only be numbers."""
    return {
        name: checked_margin(value, METRICS[name].kind if name in METRICS else "amount", name, where)
        for name, value in margins.items()
    }
