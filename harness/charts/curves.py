"""One quantity of one training: logged line faint, smoothed line strong, evaluations as dots, last value labelled."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from harness.charts.drawing import INK, MUTED, RULE, Spec, fixed, frame, layer, span
from harness.charts.marks import DASHES
from harness.charts.sweep import ticks
from harness.curves import evaluation_sets
from harness.records import Curve
from harness.words import compact, number

Points = tuple[tuple[float, float], ...]
"""(step, value), ascending by step."""
Logged = dict[tuple[str, str], Points]
"""(variant, key) → points."""

WIDE, NARROW = 420, 320
"""Pixels of a picture where two stand side by side, and where three do."""
_HEIGHT = 118
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 84, 8, 20
_APART = 12.0
_DIGIT = 5.6
"""Pixels of a figure."""
_LETTER, _GAP = 5.4, 6
"""Pixels of a letter on average, and between a line's end and its label."""
_LONGEST = 9
"""Characters of a label that have room beside the picture with a value; a set's whole name stands in the text."""
_SMOOTHED_FROM = 20
_SHARE, _LEAST = 20, 5
"""The window is this part of the logged values, and so many at least."""


@dataclass(frozen=True)
class CurveLine:
    """One logged key: what was logged in training, and at evaluations."""

    label: str
    """Stands before the last value; empty where the picture holds one line only."""
    points: Points
    evaluations: Points = ()
    exact: bool = False
    """Shown as logged, because it is set and not measured."""

    @property
    def logged(self) -> Points:
        """What was logged in training; at evaluations where there is nothing else."""
        return self.points or self.evaluations

    @property
    def strong(self) -> Points:
        """What is drawn strong."""
        return self.logged if self.exact else smoothed(self.logged)


def logged(curves: Iterable[Curve]) -> Logged:
    """What was logged under each key; a step that was logged again after a stop counts once.

    What was not finite, which a run's folder keeps as None, is a gap.
    """
    found: dict[tuple[str, str], dict[float, float | None]] = {}
    for row in curves:
        found.setdefault((row.variant, row.key), {})[row.step] = row.value
    finite = {
        key: tuple(sorted((step, it) for step, it in points.items() if it is not None and math.isfinite(it)))
        for key, points in found.items()
    }
    return {key: points for key, points in finite.items() if points}


def window(points: Points) -> int:
    """How many logged values the strong line is the mean of: one in twenty, an odd number; 1 of a short curve."""
    if len(points) < _SMOOTHED_FROM:
        return 1
    return max(_LEAST, len(points) // _SHARE) // 2 * 2 + 1


def smoothed(points: Points) -> Points:
    """The centred moving average, and a straight line fitted through the outermost values at both ends.

    Savitzky and Golay's filter (1964) of degree 1: a line stays a line, and nothing lags, at the ends neither. No
    value leaves the range of those that it is made of.
    """
    many, values = window(points), [value for _, value in points]
    if many == 1:
        return points
    reach, last = many // 2, len(points) - 1
    out = []
    for place, (step, _) in enumerate(points):
        middle = min(max(place, reach), last - reach)
        # Summed anew each time: in a running sum one diverged loss would swallow all that follows.
        out.append((step, _fitted(values[middle - reach : middle + reach + 1], place - middle)))
    return tuple(out)


def _fitted(values: list[float], off: int) -> float:
    """The least-squares line through evenly spaced values, so many places off their middle."""
    mean = sum(values) / len(values)
    if not off:
        return mean
    reach = len(values) // 2
    slope = sum(place * value for place, value in enumerate(values, start=-reach)) / sum(
        place * place for place in range(-reach, reach + 1)
    )
    return min(max(mean + slope * off, min(values)), max(values))


def evaluation_lines(found: Mapping[str, Points], keys: Mapping[str, str]) -> list[CurveLine]:
    """A line for each evaluation set that has a name, under that name; keys: logged key → the label of its line."""
    lines = []
    for name in evaluation_sets(found):
        for key, label in keys.items():
            if points := found.get(f"eval_{name}_{key}"):
                lines.append(CurveLine(f"{label} {name}".strip(), points, points, exact=True))
    return lines


def curve(
    lines: Sequence[CurveLine],
    colour: str,
    shown: Callable[[float], str] = compact,
    *,
    share: bool = False,
    wide: int = WIDE,
    step: str = "step",
    among: Points = (),
) -> Spec:
    """The small picture; every line in the variant's colour, told apart by dash and label.

    shown writes a value, at an axis and at a line's end alike; share: they are shares of one; wide: pixels in all;
    step: the word at the end of the axis of steps; among: points of other pictures whose axes this one shares.
    """
    every = [point for line in lines for point in (*line.points, *line.evaluations)] + list(among)
    steps = [step for step, _ in every]
    first, last = min(min(steps), 0), max(*steps, 1)
    low, high = _domain([value for _, value in every])
    right = max(_RIGHT, _GAP + round(_LETTER * max(len(_end(line, shown)) for line in lines)))
    width = wide - _LEFT - right
    x = {"field": "x", **span(first, last)}
    y = {"field": "y", **span(low, high)}
    layers = [*_zero(low, high, width), *_steps(first, last, width, step), *_values(low, high, shown)]
    for line, dash in zip(lines, cycle(DASHES), strict=False):
        layers += _line(line, dash, colour, {"x": x, "y": y})
    layers += _labels(lines, low, high, width, shown)
    return {
        **frame(width, _HEIGHT, _LEFT, right, _TOP, _BOTTOM),
        "layer": layers,
        "usermeta": {
            "kind": "curve",
            "plot": [_LEFT, _TOP, width, _HEIGHT],
            "colour": colour,
            "share": share,
            **({"axes": [[first, last], [low, high]]} if among else {}),
            "lines": [_data(line, dash) for line, dash in zip(lines, cycle(DASHES), strict=False)],
        },
    }


def _data(line: CurveLine, dash: tuple[int, ...]) -> Spec:
    """What a page needs to draw the line anew: the points as logged."""
    return {
        "label": line.label,
        "dash": " ".join(map(str, dash)) if dash != DASHES[0] else "",
        "exact": line.exact,
        "points": list(zip(*line.points, strict=True)),
        "evaluations": list(zip(*line.evaluations, strict=True)),
    }


def _domain(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _zero(low: float, high: float, width: int) -> list[Spec]:
    if not low < 0 < high:
        return []
    place = _HEIGHT * high / (high - low)
    return [fixed({"type": "rule", "color": RULE, "y": place, "x": 0, "x2": width})]


def _steps(first: float, last: float, width: int, word: str) -> list[Spec]:
    """The axis beneath: round steps, and what they are."""
    found = ticks(first, last, max(2, round(width / 70)))
    told = [number(step, 0 if step == round(step) else 1) for step in found]
    rows = [{"x": step, "t": text} for step, text in zip(found, told, strict=True)]
    text = {"type": "text", "color": MUTED, "baseline": "middle", "aria": False}
    x = {"field": "x", **span(first, last)}
    # Behind the last step's own figures, where these stand at the end.
    end = width * (found[-1] - first) / (last - first) + _DIGIT / 2 * len(told[-1]) + 4
    return [
        fixed({"type": "rule", "color": RULE, "y": _HEIGHT, "x": 0, "x2": width}),
        layer(
            rows, {**text, "align": "center"}, x=x, y={"value": _HEIGHT + 12}, text={"field": "t", "type": "nominal"}
        ),
        fixed({**text, "align": "left", "x": max(width + 6, end), "y": _HEIGHT + 12, "text": word}),
    ]


def value_ticks(low: float, high: float) -> list[float]:
    """Three round values or a few more."""
    return next((found for many in (3, 4, 5) if len(found := ticks(low, high, many)) > 2), ticks(low, high, 6))


def _values(low: float, high: float, shown: Callable[[float], str]) -> list[Spec]:
    """Round values at the left."""
    rows = [{"y": value, "t": shown(value)} for value in value_ticks(low, high)]
    text = {"type": "text", "color": MUTED, "baseline": "middle", "align": "right", "aria": False}
    y = {"field": "y", **span(low, high)}
    return [layer(rows, text, x={"value": -6}, y=y, text={"field": "t", "type": "nominal"})]


def _line(line: CurveLine, dash: tuple[int, ...], colour: str, both: Spec) -> list[Spec]:
    raw = _rows(line.points)
    style = {"type": "line", "color": colour, "strokeDash": list(dash), "aria": False}
    layers: list[Spec] = []
    if line.points and line.strong != line.points:
        faint = {**style, "strokeDash": [1, 0], "strokeWidth": 0.8, "opacity": 0.35}
        layers.append(layer(raw, faint, **both))
    if len(line.points) == 1:
        layers.append(layer(raw, {"type": "circle", "color": colour}, **both))
    elif line.points:
        layers.append(layer(_rows(line.strong), {**style, "strokeWidth": 1.8}, **both))
    if line.evaluations:
        dots = {"type": "point", "filled": True, "size": 30, "opacity": 1, "color": INK}
        layers.append(layer(_rows(line.evaluations), dots, **both))
    return layers


def _rows(points: Points) -> list[Spec]:
    return [{"x": step, "y": value} for step, value in points]


def _labels(
    lines: Sequence[CurveLine], low: float, high: float, width: int, shown: Callable[[float], str]
) -> list[Spec]:
    """The last logged values beside the line's ends, moved apart where two would cover each other."""
    ends = [(line.logged[-1][1], index, _end(line, shown)) for index, line in enumerate(lines)]
    found: list[Spec] = []
    above = float("-inf")
    for value, index, text in sorted(ends, key=lambda end: -end[0]):
        above = max(_HEIGHT * (high - value) / (high - low), above + _APART)
        mark = {"type": "text", "align": "left", "baseline": "middle", "x": width + _GAP, "y": above, "text": text}
        found.append({"name": f"label-{index}-end", **fixed(mark)})
    return found


def _end(line: CurveLine, shown: Callable[[float], str]) -> str:
    """What stands at a line's end: its name, where there are several, and the last logged value."""
    short = line.label if len(line.label) <= _LONGEST else f"{line.label[: _LONGEST - 1]}…"
    return f"{short} {shown(line.logged[-1][1])}".strip()
