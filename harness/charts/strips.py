"""Every answer as a dot: one strip a variant on a common axis, with median and quartiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from harness.charts.drawing import INK, MUTED, RULE, Spec, fixed, frame, layer, span
from harness.charts.marks import CUT, Mark
from harness.words import median_and_quartiles, visible

_STRIP = 46
_WIDTH = 470
_LEFT, _TOP = 112, 4
_NAME = 18
_STEPS = (1, 2, 2.5, 5, 10)
_GOLDEN = 0.6180339887


@dataclass(frozen=True)
class Strip:
    """One variant's values; cut ones are lower bounds, because the token limit ended the text."""

    mark: Mark
    values: tuple[float, ...]
    cut: tuple[bool, ...]
    label: str
    """What stands at the strip's right end, for example its median and quartiles."""
    ids: tuple[str, ...] = ()
    """The question behind each value."""


def strips(rows: Sequence[Strip], share: bool) -> Spec:
    """Dots, a thick line from quartile to quartile, a stroke at the median."""
    height = _STRIP * len(rows)
    end = _end(max((value for row in rows for value in row.values), default=1.0))
    axis = {"title": None, "tickCount": 6, "format": "~%" if share else ",~f", "offset": 4, "domain": True}
    x = {"field": "x", **span(0, end, axis)}
    y = {"field": "y", "type": "quantitative", "scale": {"domain": [0, height], "reverse": True}, "axis": None}
    return {
        **frame(_WIDTH, height, _LEFT, 118, _TOP, 24),
        "layer": [layer for index, row in enumerate(rows) for layer in _layers(index, row, x, y)],
        "usermeta": {
            "kind": "strips",
            "plot": [_LEFT, _TOP, _WIDTH, height],
            "x": [0, end],
            "share": share,
            "rows": [_data(index, row) for index, row in enumerate(rows)],
        },
    }


def _end(most: float) -> float:
    """The round number at or above the largest value, where the axis ends."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    step = power * next(step for step in _STEPS if step * power * 4 >= most) / 2
    return step * math.ceil(most / step - 1e-9)


def _data(index: int, row: Strip) -> Spec:
    """What a page needs to say which answer a dot is."""
    dots = [_height(index, number) for number in range(len(row.values))]
    cut = [number for number, ended in enumerate(row.cut) if ended]
    return {"name": row.mark.name, "values": row.values, "heights": dots, "ids": row.ids, "cut": cut}


def _height(index: int, number: int) -> float:
    """Where a dot stands: spread over the strip's upper part, so that equal values stay apart."""
    return round(index * _STRIP + _STRIP / 2 - 15 + 20 * ((number * _GOLDEN) % 1), 1)


def _layers(index: int, row: Strip, x: Spec, y: Spec) -> list[Spec]:
    middle = index * _STRIP + _STRIP / 2
    name = {"type": "text", "x": 4 - _LEFT, "y": middle, "align": "left", "baseline": "middle"}
    label = {"type": "text", "x": _WIDTH + 10, "y": middle, "align": "left", "baseline": "middle", "color": MUTED}
    shown = {**name, "text": _short(row.mark.name), "fontSize": 11, "color": INK}
    layers: list[Spec] = [{"name": f"label-{index}-name", **fixed(shown)}, fixed({**label, "text": row.label})]
    if not row.values:
        return layers
    dots = [
        {"x": value, "y": _height(index, number), "cut": cut}
        for number, (value, cut) in enumerate(zip(row.values, row.cut, strict=True))
    ]
    faint = {"type": "point", "filled": True, "aria": False, "color": row.mark.colour}
    whole = [dot for dot in dots if not dot["cut"]]
    ended = [dot for dot in dots if dot["cut"]]
    opacity = 0.6 if len(dots) <= 60 else 0.45
    for drawn, style in (
        (whole, {"shape": row.mark.shape, "size": 9 if len(dots) > 60 else 16, "opacity": opacity}),
        (ended, {"shape": CUT, "size": 18, "opacity": 0.75, "filled": False, "strokeWidth": 0.8}),
    ):
        if drawn:
            layers.append({"name": f"series-{index}-{len(layers)}", **layer(drawn, {**faint, **style}, x=x, y=y)})
    low, median, high = median_and_quartiles(list(row.values))
    thick, stroke = (
        {"type": "rule", "strokeWidth": 4, "color": row.mark.colour},
        {"type": "rule", "strokeWidth": 2, "color": INK},
    )
    box, at = [{"x": low, "x2": high, "y": middle + 13}], [{"x": median, "y": middle + 7, "y2": middle + 19}]
    layers.append({"name": f"series-{index}-quartiles", **layer(box, thick, x=x, x2={"field": "x2"}, y=y)})
    layers.append({"name": f"series-{index}-median", **layer(at, stroke, x=x, y=y, y2={"field": "y2"})})
    if index:
        edge = {"type": "rule", "color": RULE, "strokeWidth": 0.5, "x": 4 - _LEFT, "x2": _WIDTH + 115}
        layers.append(fixed({**edge, "y": index * _STRIP}))
    return layers


def _short(name: str) -> str:
    """Both ends of a long name: checkpoints of one training differ in the last figures only."""
    shown = visible(name)
    wide = any(east_asian_width(letter) in "WF" for letter in shown)
    room = _NAME // 2 if wide else _NAME
    return shown if len(shown) <= room else f"{shown[: room // 2]}…{shown[len(shown) - room // 2 + 1 :]}"
