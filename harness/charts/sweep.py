"""What a setting moves: a panel of lines along its values, each seed a faint dot."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.charts.drawing import INK, MUTED, RULE, Spec, fixed, frame, layer, span
from harness.charts.marks import COLOURS, DASHES, SHAPES, Mark
from harness.words import visible

_WIDTH, _HEIGHT = 230, 108
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 108, 8, 22
_EDGE = 20
"""Pixels between the panel's edge and the outermost value."""
_APART = 11.5
_LETTER = 5.8
"""Pixels that a letter of a label takes, generously."""
UP, _DOWN = "M-0.8,0.5L0,-0.7L0.8,0.5Z", "M-0.8,-0.5L0,0.7L0.8,-0.5Z"


@dataclass(frozen=True)
class SettingPoint:
    """Trainings that differ in their seed alone, in the unit that is drawn."""

    place: int
    """Which of the axis' values."""
    mean: float
    low: float | None
    high: float | None
    over_seeds: bool
    """Whether the interval is one over seeds, and not over the questions of a single training."""
    values: tuple[float, ...]


@dataclass(frozen=True)
class Series:
    """All other settings the same; the points in the axis' order."""

    label: str
    index: int
    """Of its look: the same everywhere for the same settings."""
    points: tuple[SettingPoint, ...]

    @property
    def mark(self) -> Mark:
        """Its colour and shape; the first colour is the base's."""
        colours, shapes = COLOURS[1:], tuple(SHAPES.values())
        return Mark(self.label, colours[self.index % len(colours)], shapes[self.index % len(shapes)])

    @property
    def dash(self) -> tuple[int, ...]:
        """Its line's dashes and gaps in pixels; no gap for a solid line."""
        return DASHES[self.index % len(DASHES)]


@dataclass(frozen=True)
class Axis:
    """Where the values of a setting stand, from 0 to 1, and what is written beneath them."""

    places: tuple[float, ...]
    labels: tuple[str, ...]
    kind: str
    """log, linear or steps: at equal distances."""


@dataclass(frozen=True)
class Range:
    """The vertical scale that all panels of a metric share."""

    low: float
    high: float
    base: float | None
    """The base's level, where it lies near enough to be drawn."""
    cut: bool
    """Whether some interval reaches beyond it."""


def axis(values: Sequence[object], labels: Sequence[str]) -> Axis:
    """Logarithmic for rates that span more than three times, at equal distances for what are no numbers."""
    numbers = [float(it) for it in values if isinstance(it, int | float) and not isinstance(it, bool)]
    several = len(numbers) == len(values) > 1 and max(numbers) > min(numbers)
    if several and min(numbers) > 0 and max(numbers) / min(numbers) >= 3:
        return Axis(_spread([math.log(it) for it in numbers]), tuple(labels), "log")
    if several:
        places = _spread(numbers)
        if min(b - a for a, b in pairwise(sorted(places))) >= 0.15:
            return Axis(places, tuple(labels), "linear")
    return Axis(_spread([float(it) for it in range(len(values))]), tuple(labels), "steps")


def _spread(numbers: Sequence[float]) -> tuple[float, ...]:
    low, high = min(numbers), max(numbers)
    return tuple((it - low) / (high - low) if high > low else 0.5 for it in numbers)


def reach(points: Iterable[SettingPoint], base: float | None, share: bool) -> Range:
    """Wide enough for every seed, and for intervals as far as they leave the seeds room to be told apart."""
    rows = list(points)
    values = [value for row in rows for value in (row.mean, *row.values)]
    low, high = min(values), max(values)
    size = high - low or abs(high) * 0.1 or (5.0 if share else 1.0)
    near = base is not None and low - size <= base <= high + size
    if base is not None and near:
        low, high = min(low, base), max(high, base)
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    most = (3.0 if share else 1.5) * size
    first, last = max(min([low, *ends]), low - most), min(max([high, *ends]), high + most)
    cut = any(end < first or end > last for end in ends)
    room = 0.06 * (last - first) or size
    return Range(first - room, last + room, base if near else None, cut)


def panel(lines: Sequence[Series], along: Axis, scale: Range, base: str) -> Spec:
    """Means joined by a line a series, intervals as whiskers beside each other, labels at the lines' ends."""
    height = max(_HEIGHT, round(_APART * (len(lines) + 1)))
    y = {"field": "y", **span(scale.low, scale.high, _value_axis(scale, height))}
    x = {"field": "x", **span(0, _WIDTH)}
    middles = [_EDGE + place * (_WIDTH - 2 * _EDGE) for place in along.places]
    layers = [*_bottom(along, middles, height), *_level(scale, x, y)]
    step = _dodge(middles, len(lines))
    for number, line in enumerate(lines):
        off = (number - (len(lines) - 1) / 2) * step
        places = {point.place: middles[point.place] + off for point in line.points}
        layers += _line(line, places, x, y)
        layers += _points(line, places, scale, (x, y), min(3.0, 0.45 * step))
    layers += _labels(lines, scale, height, base)
    return {**frame(_WIDTH, height, _LEFT, _RIGHT, _TOP, _BOTTOM), "layer": layers}


TEXT: Spec = {"type": "text", "baseline": "middle", "color": MUTED}


def pin(mark: Spec) -> Spec:
    """A point at its own pixels."""
    where = {key: {"value": mark[key]} for key in ("x", "y")}
    style = {key: value for key, value in mark.items() if key not in where}
    return {"data": {"values": [{}]}, "mark": {"type": "point", **style}, "encoding": where}


def _value_axis(scale: Range, height: int) -> Spec:
    label = "replace(datum.label, '-', '−')"
    values = ticks(scale.low, scale.high, 4 if height < 2 * _HEIGHT else 7)
    return {"title": None, "values": values, "format": ",~f", "labelExpr": label, "domain": False, "ticks": False}


def ticks(low: float, high: float, many: int) -> list[float]:
    """Round numbers inside, about so many."""
    power = 10.0 ** math.floor(math.log10((high - low) / many))
    step = next(by * power for by in (1, 2, 5, 10) if by * power >= 0.7 * (high - low) / many)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{step * n:.12g}") for n in range(first, last + 1)]


def _bottom(along: Axis, middles: Sequence[float], height: int) -> list[Spec]:
    """The setting's values; where they are too many, each second, third, … of them."""
    layers = [fixed({"type": "rule", "color": RULE, "x": 0, "x2": _WIDTH, "y": height, "y2": height})]
    gaps = _gaps(middles)
    room = max(min(gaps), 2 * _EDGE)
    wide = max(len(label) for label in along.labels) * _LETTER
    each = 1 if wide <= room or along.kind == "steps" else math.ceil(wide / min(gaps))
    for number, (label, x) in enumerate(zip(along.labels, middles, strict=True)):
        layers.append(fixed({"type": "rule", "color": RULE, "x": x, "x2": x, "y": height, "y2": height + 3}))
        if number % each == 0:
            text = {**TEXT, "align": "center", "x": x, "y": height + 12, "limit": min(gaps) + 12}
            layers.append(fixed({**text, "text": visible(label)}))
    return layers


def _level(scale: Range, x: Spec, y: Spec) -> list[Spec]:
    if scale.base is None:
        return []
    dashed = {"type": "rule", "color": MUTED, "strokeDash": [4, 2], "strokeWidth": 1, "aria": False}
    return [layer([{"x": 0, "x2": _WIDTH, "y": scale.base}], dashed, x=x, x2={"field": "x2"}, y=y)]


def _dodge(middles: Sequence[float], lines: int) -> float:
    """Pixels between lines, so that whiskers at one value stand beside each other."""
    return min(8.0, 0.62 * min(*_gaps(middles), 2.0 * _EDGE + 12) / max(lines, 1))


def _gaps(middles: Sequence[float]) -> list[float]:
    return [b - a for a, b in pairwise(sorted(middles))] or [float(_WIDTH)]


def _line(line: Series, places: dict[int, float], x: Spec, y: Spec) -> list[Spec]:
    if len(line.points) < 2:
        return []
    rows = [{"x": places[point.place], "y": point.mean} for point in line.points]
    style = {"type": "line", "color": line.mark.colour, "strokeDash": list(line.dash), "strokeWidth": 1.3}
    return [layer(rows, {**style, "aria": False}, x=x, y=y)]


def _points(line: Series, places: dict[int, float], scale: Range, axes: tuple[Spec, Spec], aside: float) -> list[Spec]:
    """Whiskers, open where they go on beyond the panel; a faint dot a seed beside; the mean in the line's shape."""
    points, mark, (x, y) = line.points, line.mark, axes
    spans = [(p, p.low, p.high) for p in points if p.low is not None and p.high is not None and p.low != p.high]
    layers: list[Spec] = []
    for over_seeds in (True, False):
        rows = [
            {"x": places[p.place], "y": max(low, scale.low), "y2": min(high, scale.high)}
            for p, low, high in spans
            if p.over_seeds is over_seeds
        ]
        if rows:
            dash = {} if over_seeds else {"strokeDash": [2, 2]}
            rule = {"type": "rule", "color": mark.colour, "strokeWidth": 1.2, "opacity": 0.8, **dash}
            layers.append(layer(rows, rule, x=x, y=y, y2={"field": "y2"}))
    above = [{"x": places[p.place], "y": scale.high} for p, _, high in spans if high > scale.high]
    below = [{"x": places[p.place], "y": scale.low} for p, low, _ in spans if low < scale.low]
    seeds = [{"x": places[p.place] - aside, "y": value} for p in points if len(p.values) > 1 for value in p.values]
    means = [{"x": places[p.place], "y": p.mean} for p in points]
    faint = {"shape": SHAPES["circle"], "filled": True, "size": 12, "opacity": 0.55, "aria": False}
    for rows, style in (
        (above, {"shape": UP, "filled": True, "size": 36, "opacity": 1}),
        (below, {"shape": _DOWN, "filled": True, "size": 36, "opacity": 1}),
        (seeds, faint),
        (means, {"shape": mark.shape, "filled": True, "size": 38, "opacity": 1}),
    ):
        if rows:
            layers.append(layer(rows, {"type": "point", "color": mark.colour, **style}, x=x, y=y))
    return layers


def _labels(lines: Sequence[Series], scale: Range, height: int, base: str) -> list[Spec]:
    """The lines' names at their ends, and the base's at its level, moved apart where two would cover each other."""
    ends = [(line.points[-1].mean, line.label, line.mark.colour) for line in lines if line.label and line.points]
    ends += [(scale.base, base, MUTED)] if scale.base is not None else []
    places = _apart([height * (scale.high - value) / (scale.high - scale.low) for value, _, _ in ends], height)
    layers: list[Spec] = []
    for (_, label, colour), at in zip(ends, places, strict=True):
        text = {**TEXT, "align": "left", "x": _WIDTH + 16, "y": at, "limit": _RIGHT - 18, "text": visible(label)}
        layers.append(fixed({**text, "color": MUTED if colour == MUTED else INK}))
        style = next((line for line in lines if line.label == label and colour != MUTED), None)
        dash = list(style.dash) if style is not None else [4, 2]
        rule = {"type": "rule", "color": colour, "strokeDash": dash, "strokeWidth": 1.3}
        layers.append(fixed({**rule, "x": _WIDTH + 2, "x2": _WIDTH + 14, "y": at, "y2": at}))
        if style is not None:
            point = {"shape": style.mark.shape, "filled": True, "opacity": 1, "size": 24, "color": colour}
            layers.append(pin({**point, "x": _WIDTH + 8, "y": at}))
    return layers


def _apart(wanted: Sequence[float], height: int) -> list[float]:
    """As near as there is room: from the top down, then pushed up again from the bottom."""
    order = sorted(range(len(wanted)), key=lambda number: wanted[number])
    places = list(wanted)
    above = -math.inf
    for number in order:
        above = places[number] = max(wanted[number], above + _APART)
    below = height + _APART
    for number in reversed(order):
        below = places[number] = min(places[number], below - _APART)
    return places
