"""The forest plot in pieces: an axis, and a line of it for each difference, so that the table around it can break."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.charts.drawing import BAND, MUTED, Spec, frame, layer, span
from harness.charts.marks import Mark

WIDTH, HEIGHT = 300, 22
EDGE = 20
"""Pixels at both ends, so that the axis's last numbers stand whole above their places."""
_ROW = 48
"""Pixels of a measure's row, with its title in two lines: what is shaded joins what is shaded above and below."""
_LABEL_ROOM = 20
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
    reach = [max(abs(low), abs(high)) for low, high in ends]
    stretched = bool(reach) and max(reach) > 8 * min(reach)
    step = _step(low, high)
    if stretched:
        return Scale(-_rounded(-low), _rounded(high), True)
    return Scale(step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9), False)


def _step(low: float, high: float) -> float:
    """Between the numbers of an even axis."""
    return next((value for value in _ROUND if (high - low) / value <= 6), _ROUND[-1])


def _rounded(size: float) -> float:
    """The round number at or above a size; a little room where there is nothing to show."""
    return next((float(value) for value in _ROUND if value >= size), size) if size > 0 else 0.0


def _extent(row: DrawnDifference) -> tuple[float, float]:
    margin = row.margin or 0.0
    values = [row.delta, 0.0, margin, -margin]
    values += [end for end in (row.low, row.high) if end is not None]
    return min(values), max(values)


def axis(scale: Scale, foot: bool = False) -> Spec:
    """The whole axis with its numbers, above the lines or at their foot."""
    numbers = {
        "orient": "bottom" if foot else "top",
        "offset": 0,
        "values": _ticks(scale),
        "format": "+,~f",
        "labelExpr": "datum.value === 0 ? '0' : datum.label",
        "labelOverlap": False,
        "title": None,
        "domain": True,
        "ticks": True,
        "tickSize": 4,
        "labelPadding": 2,
        "labelFontSize": 11,
    }
    drawn = frame(WIDTH, 1, top=1 if foot else 18, bottom=18 if foot else 0)
    return {**drawn, **layer([{"x": 0}], {"type": "rule", "opacity": 0}, x=_across("x", scale, numbers))}


def height(lines: int) -> int:
    """Of each of a measure's so many lines, in pixels."""
    return max(HEIGHT, math.ceil(_ROW / max(1, lines)))


def line(row: DrawnDifference, mark: Mark, scale: Scale, height: int = HEIGHT) -> Spec:
    """Margin as a band, zero as a rule, the interval as a line, the difference as the variant's shape."""
    x, x2 = _across("a", scale), {"field": "b"}
    upright, lying = {"type": "rule", "y": 0, "y2": height}, {"type": "rule", "y": height / 2}
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
    layers.append(layer([{"a": row.delta}], {**point, "y": height / 2}, x=x))
    return {**frame(WIDTH, height), "layer": layers}


def _across(field: str, scale: Scale, axis: Spec | None = None) -> Spec:
    found = {"field": field, **span(scale.low, scale.high, axis)}
    kind = {"type": "pow", "exponent": 0.5} if scale.stretched else {"type": "linear"}
    return {**found, "scale": {**found["scale"], "range": [EDGE, WIDTH - EDGE], **kind}}


def _ticks(scale: Scale) -> list[float]:
    """Zero, both ends, then round numbers from the outside in, each where it has room beside those before."""
    if scale.stretched:
        sizes = [float(value) for value in _ROUND]
    else:
        step = _step(scale.low, scale.high)
        sizes = [step * n for n in range(1, 13)]
    kept = [0.0]
    inside = [value for size in reversed(sizes) for value in (-size, size) if scale.low <= value <= scale.high]
    for value in (scale.low, scale.high, *inside):
        if all(abs(_place(value, scale) - _place(other, scale)) >= 2 * _LABEL_ROOM for other in kept):
            kept.append(value)
    return sorted(kept)


def _place(value: float, scale: Scale) -> float:
    """Pixels from the left, as Vega computes them."""

    def bent(value: float) -> float:
        return math.copysign(math.sqrt(abs(value)), value) if scale.stretched else value

    low, high = bent(scale.low), bent(scale.high)
    return EDGE + (WIDTH - 2 * EDGE) * (bent(value) - low) / (high - low)
