"""The forest plot in pieces: an axis, and a line of it for each difference, so that the table around it can break."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.charts.drawing import BAND, MUTED, Spec, frame, layer, span
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
class DrawnDifference:
    """Variant minus baseline, in the unit of its panel."""

    delta: float
    low: float | None
    high: float | None
    margin: float | None


def scale(differences: Iterable[DrawnDifference]) -> Scale:
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


def _extent(row: DrawnDifference) -> tuple[float, float]:
    margin = row.margin or 0.0
    values = [row.delta, 0.0, margin, -margin]
    values += [end for end in (row.low, row.high) if end is not None]
    return min(values), max(values)


def axis(scale: Scale) -> Spec:
    """The numbers above the lines."""
    numbers = {
        "orient": "bottom",
        "offset": -16,
        "values": _ticks(scale),
        "format": "+,~f",
        "labelExpr": "datum.value === 0 ? '0' : datum.label",
        "labelOverlap": "greedy",
        "labelSeparation": 4,
        "title": None,
        "domain": False,
        "ticks": False,
        "labelPadding": 3,
        "labelFontSize": 11,
    }
    return {**frame(WIDTH, 16), **layer([{"x": 0}], {"type": "rule", "opacity": 0}, x=_across("x", scale, numbers))}


def line(row: DrawnDifference, mark: Mark, scale: Scale) -> Spec:
    """Margin as a band, zero as a rule, the interval as a line, the difference as the variant's shape."""
    x, x2 = _across("a", scale), {"field": "b"}
    upright, lying = {"type": "rule", "y": 0, "y2": HEIGHT}, {"type": "rule", "y": HEIGHT / 2}
    layers: list[Spec] = []
    if row.margin:
        layers.append(
            layer([{"a": -row.margin, "b": row.margin}], {**upright, "type": "rect", "color": BAND}, x=x, x2=x2)
        )
    layers.append(layer([{"a": 0}], {**upright, "color": MUTED, "strokeWidth": 0.75}, x=x))
    if row.low is not None and row.high is not None:
        ends = [{"a": row.low, "b": row.high}]
        layers.append(layer(ends, {**lying, "color": mark.colour, "strokeWidth": 2}, x=x, x2=x2))
    point = {"type": "point", "shape": mark.shape, "filled": True, "opacity": 1, "size": 64, "color": mark.colour}
    layers.append(layer([{"a": row.delta}], {**point, "y": HEIGHT / 2}, x=x))
    return {**frame(WIDTH, HEIGHT), "layer": layers}


def _across(field: str, scale: Scale, axis: Spec | None = None) -> Spec:
    found = {"field": field, **span(scale.low, scale.high, axis)}
    kind = {"type": "pow", "exponent": 0.5} if scale.stretched else {"type": "linear"}
    return {**found, "scale": {**found["scale"], **kind}}


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
