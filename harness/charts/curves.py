"""One quantity of one training: logged line faint, smoothed line strong, evaluations as dots, last value labelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from harness.charts.drawing import INK, RULE, Spec, fixed, frame, layer, span
from harness.charts.marks import DASHES
from harness.curves import evaluation_sets
from harness.records import Curve
from harness.words import compact

Points = tuple[tuple[float, float], ...]
"""(step, value), ascending by step."""
Logged = dict[tuple[str, str], Points]
"""(variant, key) → points."""

_WIDTH, _HEIGHT = 168, 78
_LEFT, _TOP = 40, 7
_APART = 11.0
_LONGEST = 9
"""Characters of a label that have room beside the picture with a value; a set's whole name stands in the text."""


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
    def strong(self) -> Points:
        """What is drawn strong, and whose end is labelled."""
        points = self.points or self.evaluations
        return points if self.exact else smoothed(points)


def logged(curves: Iterable[Curve]) -> Logged:
    """What was logged under each key; a step that was logged again after a stop counts once."""
    found: dict[tuple[str, str], dict[float, float]] = {}
    for row in curves:
        found.setdefault((row.variant, row.key), {})[row.step] = row.value
    return {key: tuple(sorted(points.items())) for key, points in found.items()}


def smoothed(points: Points) -> Points:
    """The moving average with exponential weights, corrected for its start as W&B does; short curves stay raw."""
    if len(points) < 20:
        return points
    keep = 1 - 1 / max(5.0, len(points) / 20)
    total = weight = 0.0
    out = []
    for step, value in points:
        total = keep * total + (1 - keep) * value
        weight = keep * weight + (1 - keep)
        out.append((step, total / weight))
    return tuple(out)


def evaluation_lines(found: Mapping[str, Points], keys: Mapping[str, str]) -> list[CurveLine]:
    """A line for each evaluation set that has a name, under that name; keys: logged key → the label of its line."""
    lines = []
    for name in evaluation_sets(found):
        for key, label in keys.items():
            if points := found.get(f"eval_{name}_{key}"):
                lines.append(CurveLine(f"{label} {name}".strip(), points, points, exact=True))
    return lines


def curve(lines: Sequence[CurveLine], colour: str) -> Spec:
    """The small picture; every line in the variant's colour, told apart by dash and label."""
    every = [point for line in lines for point in (*line.points, *line.evaluations)]
    steps = [step for step, _ in every]
    low, high = _domain([value for _, value in every])
    across = {"title": None, "tickCount": 3, "format": ",~f", "domain": True}
    upward = {
        "title": None,
        "tickCount": 3,
        "format": _tick_format(low, high),
        "labelExpr": "datum.value === 0 ? '0' : replace(datum.label, '-', '−')",
        "domain": False,
        "ticks": False,
    }
    x = {"field": "x", **span(min(min(steps), 0), max(*steps, 1), across)}
    y = {"field": "y", **span(low, high, upward)}
    layers = _zero(low, high)
    for line, dash in zip(lines, cycle(DASHES), strict=False):
        layers += _line(line, dash, colour, {"x": x, "y": y})
    layers += _labels(lines, low, high)
    return {
        **frame(_WIDTH, _HEIGHT, _LEFT, 92, _TOP, 20),
        "layer": layers,
        "usermeta": {
            "kind": "curve",
            "plot": [_LEFT, _TOP, _WIDTH, _HEIGHT],
            "colour": colour,
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


def _tick_format(low: float, high: float) -> str:
    return "~e" if max(abs(low), abs(high)) < 1e-2 else ",~f"


def _zero(low: float, high: float) -> list[Spec]:
    if not low < 0 < high:
        return []
    place = _HEIGHT * high / (high - low)
    return [fixed({"type": "rule", "color": RULE, "y": place, "x": 0, "x2": _WIDTH})]


def _line(line: CurveLine, dash: tuple[int, ...], colour: str, both: Spec) -> list[Spec]:
    raw = _rows(line.points)
    style = {"type": "line", "color": colour, "strokeDash": list(dash), "aria": False}
    layers: list[Spec] = []
    if line.points and line.strong != line.points:
        faint = {**style, "strokeDash": [1, 0], "strokeWidth": 0.6, "opacity": 0.35}
        layers.append(layer(raw, faint, **both))
    if len(line.points) == 1:
        layers.append(layer(raw, {"type": "circle", "color": colour}, **both))
    elif line.points:
        layers.append(layer(_rows(line.strong), {**style, "strokeWidth": 1.6}, **both))
    if line.evaluations:
        dots = {"type": "point", "filled": True, "size": 26, "opacity": 1, "color": INK}
        layers.append(layer(_rows(line.evaluations), dots, **both))
    return layers


def _rows(points: Points) -> list[Spec]:
    return [{"x": step, "y": value} for step, value in points]


def _labels(lines: Sequence[CurveLine], low: float, high: float) -> list[Spec]:
    """The last values beside the line's ends, moved apart where two would cover each other."""
    ends = [(line.strong[-1][1], index, line.label) for index, line in enumerate(lines)]
    shown: list[Spec] = []
    above = float("-inf")
    for value, index, label in sorted(ends, key=lambda end: -end[0]):
        above = max(_HEIGHT * (high - value) / (high - low), above + _APART)
        short = label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
        text = f"{short} {compact(value)}".strip()
        mark = {"type": "text", "align": "left", "baseline": "middle", "x": _WIDTH + 5, "y": above, "text": text}
        shown.append({"name": f"label-{index}-end", **fixed(mark)})
    return shown
