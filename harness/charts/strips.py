"""Every answer as a dot: one strip a variant on a common axis, with median and quartiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from unicodedata import east_asian_width

from harness.charts.drawing import INK, MUTED, RULE, Spec, fixed, frame, layer, span
from harness.charts.marks import CUT, Mark
from harness.words import median_and_quartiles, visible

_TOP = 4
_NAME = 18
_STEPS = (1, 2, 2.5, 5, 10)
_GOLDEN = 0.6180339887
_LETTER, _GAP = 5.9, 16
"""Pixels that a letter of a label takes at most, and that stand beside it."""


@dataclass(frozen=True)
class _Layout:
    """Where things stand, in pixels: names and labels beside the dots, or above them where there is no room."""

    strip: int
    """From the top of one variant's strip to the next one's."""
    head: int
    """Of it, what name and label take above the dots."""
    left: int
    width: int
    right: int


_WIDE = _Layout(strip=46, head=0, left=112, width=470, right=118)
_NARROW = _Layout(strip=62, head=16, left=12, width=298, right=18)
"""For a telephone, drawn at its own size instead of shrunk to it."""


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


def strips(rows: Sequence[Strip], share: bool, narrow: bool = False) -> Spec:
    """Dots, a thick line from quartile to quartile, a stroke at the median."""
    layout = _NARROW if narrow else _fitting(rows)
    height = layout.strip * len(rows)
    end = _end(max((value for row in rows for value in row.values), default=1.0))
    axis = {
        "title": None,
        "tickCount": 4 if narrow else 6,
        "format": "~%" if share else ",~f",
        "offset": 4,
        "domain": True,
    }
    x = {"field": "x", **span(0, end, axis)}
    y = {"field": "y", "type": "quantitative", "scale": {"domain": [0, height], "reverse": True}, "axis": None}
    drawn = (layer for index, row in enumerate(rows) for layer in _layers(index, row, x, y, layout))
    return {
        **frame(layout.width, height, layout.left, layout.right, _TOP, 24),
        "layer": [*_apart(rows, layout), *drawn],
        "usermeta": {
            "kind": "strips",
            "plot": [layout.left, _TOP, layout.width, height],
            "x": [0, end],
            "share": share,
            "rows": [_data(index, row, layout) for index, row in enumerate(rows)],
        },
    }


def _fitting(rows: Sequence[Strip]) -> _Layout:
    """The wide layout with room for the longest label, taken from the dots."""
    longest = max((_letters(row.label) for row in rows), default=0.0)
    more = max(0, math.ceil(_GAP + _LETTER * longest) - _WIDE.right)
    return replace(_WIDE, width=_WIDE.width - more, right=_WIDE.right + more)


def _letters(text: str) -> float:
    """The text's width in Latin letters; an East Asian character is nearly two."""
    return sum(1.8 if east_asian_width(letter) in "WF" else 1.0 for letter in text)


def _end(most: float) -> float:
    """The round number at or above the largest value, where the axis ends."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    step = power * next(step for step in _STEPS if step * power * 4 >= most) / 2
    return step * math.ceil(most / step - 1e-9)


def _data(index: int, row: Strip, layout: _Layout) -> Spec:
    """What a page needs to say which answer a dot is."""
    dots = [_height(index, number, layout) for number in range(len(row.values))]
    cut = [number for number, ended in enumerate(row.cut) if ended]
    return {"name": row.mark.name, "values": row.values, "heights": dots, "ids": row.ids, "cut": cut}


def _middle(index: int, layout: _Layout) -> float:
    """The height that a strip's dots are spread around."""
    return index * layout.strip + (layout.strip + layout.head) / 2


def _height(index: int, number: int, layout: _Layout) -> float:
    """Where a dot stands: spread over the strip's upper part, so that equal values stay apart."""
    return round(_middle(index, layout) - 15 + 20 * ((number * _GOLDEN) % 1), 1)


def _apart(rows: Sequence[Strip], layout: _Layout) -> list[Spec]:
    """A stronger rule above the first reference, which no strip above it is compared with."""
    first = next((place for place, row in enumerate(rows) if row.mark.is_reference), 0)
    ends = {"x": 4 - layout.left, "x2": layout.width + layout.right - 3}
    rule = {"type": "rule", "color": MUTED, "strokeWidth": 1, **ends, "y": first * layout.strip}
    return [fixed(rule)] if first else []


def _layers(index: int, row: Strip, x: Spec, y: Spec, layout: _Layout) -> list[Spec]:
    middle = _middle(index, layout)
    beside = {"type": "text", "baseline": "middle", "y": index * layout.strip + 10 if layout.head else middle}
    name = {**beside, "x": 4 - layout.left, "align": "left"}
    end = (
        {"x": layout.width + layout.right - 4, "align": "right"}
        if layout.head
        else {"x": layout.width + 10, "align": "left"}
    )
    label = {**beside, **end, "color": MUTED}
    shown = {**name, "text": _short(row.mark.name), "fontSize": 11, "color": INK}
    layers: list[Spec] = [{"name": f"label-{index}-name", **fixed(shown)}, fixed({**label, "text": row.label})]
    if not row.values:
        return layers
    dots = [
        {"x": value, "y": _height(index, number, layout), "cut": cut}
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
        ends = {"x": 4 - layout.left, "x2": layout.width + layout.right - 3}
        layers.append(fixed({"type": "rule", "color": RULE, "strokeWidth": 0.5, **ends, "y": index * layout.strip}))
    return layers


def _short(name: str) -> str:
    """Both ends of a long name: checkpoints of one training differ in the last figures only."""
    shown = visible(name)
    wide = any(east_asian_width(letter) in "WF" for letter in shown)
    room = _NAME // 2 if wide else _NAME
    return shown if len(shown) <= room else f"{shown[: room // 2]}…{shown[len(shown) - room // 2 + 1 :]}"
