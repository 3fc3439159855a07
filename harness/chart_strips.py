"""Every answer as a dot: one strip a variant on a common axis, with median and quartiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from harness.charts import CUT, INK, MUTED, RULE, Mark, Spec, fixed
from harness.numerals import median_and_quartiles
from harness.visible import visible

_STRIP = 46
_NAME = 18
_GOLDEN = 0.6180339887


@dataclass(frozen=True)
class Strip:
    """One variant's values; cut ones are lower bounds, because the token limit ended the text."""

    mark: Mark
    values: tuple[float, ...]
    cut: tuple[bool, ...]
    label: str
    """What stands at the strip's right end, for example its median and quartiles."""


def strips(rows: Sequence[Strip], share: bool) -> Spec:
    """Dots, a thick line from quartile to quartile, a stroke at the median."""
    height = _STRIP * len(rows)
    x = {"type": "quantitative", "scale": {"zero": True, "nice": True}}
    axis = {
        "title": None,
        "tickCount": 6,
        "format": "~%" if share else ",~f",
        "offset": 4,
        "domain": True,
    }
    y = {"type": "quantitative", "scale": {"domain": [0, height], "reverse": True}, "axis": None}
    layers: list[Spec] = []
    for index, row in enumerate(rows):
        layers += _layers(index, row, {**x, "axis": axis}, y)
    return {
        "width": 470,
        "height": height,
        "padding": {"left": 112, "right": 118, "top": 4, "bottom": 24},
        "autosize": {"type": "none"},
        "layer": layers,
    }


def _layers(index: int, row: Strip, x: Spec, y: Spec) -> list[Spec]:
    middle = index * _STRIP + _STRIP / 2
    name = {"type": "text", "x": -108, "y": middle, "align": "left", "baseline": "middle"}
    label = {"type": "text", "x": 480, "y": middle, "align": "left", "baseline": "middle", "color": MUTED}
    layers: list[Spec] = [
        fixed({**name, "text": _short(row.mark.name), "fontSize": 11, "color": INK}),
        fixed({**label, "text": row.label}),
    ]
    if not row.values:
        return layers
    dots = [
        {"x": value, "y": round(middle - 15 + 20 * ((number * _GOLDEN) % 1), 1), "cut": cut}
        for number, (value, cut) in enumerate(zip(row.values, row.cut, strict=True))
    ]
    both = {"x": {"field": "x", **x}, "y": {"field": "y", **y}}
    faint = {"type": "point", "filled": True, "aria": False, "color": row.mark.colour}
    whole = [dot for dot in dots if not dot["cut"]]
    ended = [dot for dot in dots if dot["cut"]]
    opacity = 0.6 if len(dots) <= 60 else 0.45
    for shown, style in (
        (whole, {"shape": row.mark.shape, "size": 9 if len(dots) > 60 else 16, "opacity": opacity}),
        (ended, {"shape": CUT, "size": 18, "opacity": 0.75, "filled": False, "strokeWidth": 0.8}),
    ):
        if shown:
            layers.append({"data": {"values": shown}, "mark": {**faint, **style}, "encoding": both})
    low, median, high = median_and_quartiles(list(row.values))
    line = {"field": "y", **y}
    layers.append(
        {
            "data": {"values": [{"x": low, "x2": high, "y": middle + 13}]},
            "mark": {"type": "rule", "strokeWidth": 4, "color": row.mark.colour},
            "encoding": {"x": {"field": "x", **x}, "x2": {"field": "x2"}, "y": line},
        }
    )
    layers.append(
        {
            "data": {"values": [{"x": median, "y": middle + 7, "y2": middle + 19}]},
            "mark": {"type": "rule", "strokeWidth": 2, "color": INK},
            "encoding": {"x": {"field": "x", **x}, "y": line, "y2": {"field": "y2"}},
        }
    )
    if index:
        edge = {"type": "rule", "color": RULE, "strokeWidth": 0.5, "x": -108, "x2": 585, "y": index * _STRIP}
        layers.append(fixed(edge))
    return layers


def _short(name: str) -> str:
    """Both ends of a long name: checkpoints of one training differ in the last figures only."""
    shown = visible(name)
    wide = any(east_asian_width(letter) in "WF" for letter in shown)
    room = _NAME // 2 if wide else _NAME
    return shown if len(shown) <= room else f"{shown[: room // 2]}…{shown[len(shown) - room // 2 + 1 :]}"
