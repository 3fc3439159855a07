"""A line of a sweep's ranked table: the interval, each seed, the mean; and the axis above the lines."""

from __future__ import annotations

import math

from harness.charts.drawing import MUTED, Spec, fixed, frame
from harness.charts.marks import COLOURS, SHAPES, Mark
from harness.charts.sweep import TEXT, UP, Range, SettingPoint, pin, ticks

_WIDTH, _HEIGHT = 190, 22
_ROW = Mark("", COLOURS[1], SHAPES["circle"])


def row_axis(scale: Range) -> Spec:
    """The numbers above a ranked table's lines."""
    values = [value for value in ticks(scale.low, scale.high, 4) if 9 <= _across(value, scale) <= _WIDTH - 9]
    texts: list[Spec] = [
        fixed({**TEXT, "align": "center", "x": _across(value, scale), "y": 8, "fontSize": 11, "text": _number(value)})
        for value in values
    ]
    return {**frame(_WIDTH, 16), "layer": texts or [{"data": {"values": []}, "mark": "point"}]}


def row(point: SettingPoint, scale: Range) -> Spec:
    """One line of the table: the interval, each seed, the mean, and the base as an upright line."""
    middle = _HEIGHT / 2
    layers: list[Spec] = []
    if scale.base is not None:
        at = _across(scale.base, scale)
        rule = {"type": "rule", "color": MUTED, "strokeWidth": 1, "strokeDash": [4, 2]}
        layers.append(fixed({**rule, "x": at, "x2": at, "y": 0, "y2": _HEIGHT}))
    if point.low is not None and point.high is not None and point.low != point.high:
        ends = [_across(min(max(end, scale.low), scale.high), scale) for end in (point.low, point.high)]
        dash = {} if point.over_seeds else {"strokeDash": [2, 2]}
        rule = {"type": "rule", "color": _ROW.colour, "strokeWidth": 1.6, **dash}
        layers.append(fixed({**rule, "x": ends[0], "x2": ends[1], "y": middle, "y2": middle}))
        beyond = [(ends[0], -90, point.low < scale.low), (ends[1], 90, point.high > scale.high)]
        for at, angle, open_end in beyond:
            arrow = {"shape": UP, "angle": angle, "x": at - math.copysign(3, angle), "y": middle, "size": 50}
            layers += [pin({**arrow, "filled": True, "color": _ROW.colour})] if open_end else []
    seeds = point.values if len(point.values) > 1 else ()
    dot = {"shape": SHAPES["circle"], "filled": False, "color": _ROW.colour, "opacity": 0.75, "strokeWidth": 0.8}
    layers += [pin({**dot, "x": _across(value, scale), "y": middle, "size": 20}) for value in seeds]
    mean = {"shape": _ROW.shape, "filled": True, "color": _ROW.colour, "opacity": 1, "size": 52}
    layers.append(pin({**mean, "x": _across(point.mean, scale), "y": middle}))
    return {**frame(_WIDTH, _HEIGHT), "layer": layers}


def _across(value: float, scale: Range) -> float:
    return _WIDTH * (value - scale.low) / (scale.high - scale.low)


def _number(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−")
