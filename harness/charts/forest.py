"""The forest plot in pieces: an axis, and a line of it for each difference, so that the table around it can break."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.charts.drawing import BAND, MUTED, Spec
from harness.charts.marks import Mark

WIDTH, HEIGHT = 260, 22
_LABEL_ROOM = 15
_ROUND = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


@dataclass(frozen=True)
class Scale:
    """A common horizontal scale; stretched ones give small differences room beside large ones."""

    low: float
    high: float
    stretched: bool


@dataclass(frozen=True)
class Difference:
    """Variant minus baseline, in the unit of its panel."""

    delta: float
    low: float | None
    high: float | None
    margin: float | None


def scale(differences: Iterable[Difference]) -> Scale:
    """Wide enough for every interval and margin, zero included."""
    rows = list(differences)
    ends = [_extent(row) for row in rows]
    low = min((end[0] for end in ends), default=-1.0)
    high = max((end[1] for end in ends), default=1.0)
    if high <= low:
        low, high = -1.0, 1.0
    room = 0.07 * (high - low)
    reach = [max(abs(low), abs(high)) for low, high in ends]
    stretched = bool(reach) and max(reach) > 8 * min(reach)
    return Scale(low - room, high + room, stretched)


def _extent(row: Difference) -> tuple[float, float]:
    margin = row.margin or 0.0
    values = [row.delta, 0.0, margin, -margin]
    values += [end for end in (row.low, row.high) if end is not None]
    return min(values), max(values)


def axis(scale: Scale) -> Spec:
    """The numbers above the lines."""
    ticks = _ticks(scale)
    return {
        **_frame(16),
        "data": {"values": [{"x": 0}]},
        "mark": {"type": "rule", "opacity": 0},
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "scale": _scale(scale),
                "axis": {
                    "orient": "bottom",
                    "offset": -16,
                    "values": ticks,
                    "format": "+,~f",
                    "labelExpr": "datum.value === 0 ? '0' : datum.label",
                    "labelOverlap": "greedy",
                    "labelSeparation": 4,
                    "title": None,
                    "domain": False,
                    "ticks": False,
                    "labelPadding": 3,
                    "labelFontSize": 11,
                },
            }
        },
    }


def line(row: Difference, mark: Mark, scale: Scale) -> Spec:
    """Margin as a band, zero as a rule, the interval as a line, the difference as the variant's shape."""
    x = {"type": "quantitative", "scale": _scale(scale), "axis": None}
    layers: list[Spec] = []
    if row.margin:
        layers.append(
            {
                "data": {"values": [{"a": -row.margin, "b": row.margin}]},
                "mark": {"type": "rect", "color": BAND, "y": 0, "y2": HEIGHT},
                "encoding": {"x": {"field": "a", **x}, "x2": {"field": "b"}},
            }
        )
    layers.append(
        {
            "data": {"values": [{"a": 0}]},
            "mark": {"type": "rule", "color": MUTED, "strokeWidth": 0.75, "y": 0, "y2": HEIGHT},
            "encoding": {"x": {"field": "a", **x}},
        }
    )
    if row.low is not None and row.high is not None:
        layers.append(
            {
                "data": {"values": [{"a": row.low, "b": row.high}]},
                "mark": {"type": "rule", "color": mark.colour, "strokeWidth": 2, "y": HEIGHT / 2},
                "encoding": {"x": {"field": "a", **x}, "x2": {"field": "b"}},
            }
        )
    layers.append(
        {
            "data": {"values": [{"a": row.delta}]},
            "mark": {
                "type": "point",
                "shape": mark.shape,
                "filled": True,
                "opacity": 1,
                "size": 64,
                "color": mark.colour,
                "y": HEIGHT / 2,
            },
            "encoding": {"x": {"field": "a", **x}},
        }
    )
    return {**_frame(HEIGHT), "layer": layers}


def _frame(height: int) -> Spec:
    return {"width": WIDTH, "height": height, "padding": 0, "autosize": {"type": "none"}}


def _scale(scale: Scale) -> Spec:
    kind = {"type": "pow", "exponent": 0.5} if scale.stretched else {"type": "linear"}
    return {**kind, "domain": [scale.low, scale.high], "nice": False, "zero": False}


def _ticks(scale: Scale) -> list[float]:
    """Zero, then round numbers from the outside in, each where it has room beside those before."""
    reach = max(abs(scale.low), abs(scale.high))
    step = next((value for value in _ROUND if (scale.high - scale.low) / value <= 6), _ROUND[-1])
    sizes = [value for value in _ROUND if value <= reach] if scale.stretched else [step * n for n in range(1, 7)]
    kept = [0.0]
    for size in reversed(sizes):
        for value in (-float(size), float(size)):
            place = _place(value, scale)
            # A number at the very end would be cut in half by the picture's edge.
            inside = _LABEL_ROOM <= place <= WIDTH - _LABEL_ROOM
            if inside and all(abs(place - _place(other, scale)) >= 2 * _LABEL_ROOM for other in kept):
                kept.append(value)
    return sorted(kept)


def _place(value: float, scale: Scale) -> float:
    """Pixels from the left, as Vega computes them."""

    def bent(value: float) -> float:
        return math.copysign(math.sqrt(abs(value)), value) if scale.stretched else value

    low, high = bent(scale.low), bent(scale.high)
    return WIDTH * (bent(value) - low) / (high - low)
