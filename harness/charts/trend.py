"""One metric over the steps of a training: baseline with its margin, value with its interval, first regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.charts.drawing import BAND, INK, MUTED, Spec, fixed, frame, layer, span
from harness.charts.marks import COLOURS, SHAPES
from harness.comparing import Measure
from harness.records import GateVerdict
from harness.words import compact

WIDTH, HEIGHT = 234, 116
_FEW = 5
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 46, 18, 22
_OURS, _WORSE = COLOURS[1], COLOURS[2]
_STYLES: dict[GateVerdict, Spec] = {
    "passed": {"shape": SHAPES["circle"], "filled": True, "color": _OURS},
    "undecided": {"shape": SHAPES["circle"], "filled": False, "color": _OURS, "strokeWidth": 1.4},
    "regressed": {"shape": SHAPES["wedge"], "filled": True, "color": _WORSE},
}


@dataclass(frozen=True)
class TrendPoint:
    """A checkpoint's value, in the unit that is drawn."""

    step: int
    value: float
    low: float | None
    high: float | None
    verdict: GateVerdict


@dataclass(frozen=True)
class TrendRow:
    """One metric of all checkpoints."""

    points: tuple[TrendPoint, ...]
    before: float
    """The baseline's level."""
    margin: float
    measure: Measure
    """Shares are drawn in percent: between 0 and 100, and named so."""
    baseline: str


def trend_chart(row: TrendRow, steps: Sequence[int]) -> Spec:
    """The picture; steps are those of all metrics, so that all pictures share one axis."""
    low, high = _domain(row)
    x = {"field": "x", **span(*_ends(steps), _step_axis(steps))}
    y = {"field": "y", **span(low, high, _value_axis(row))}
    layers = [*_baseline(row, low, high, y), *_first_regressed(row, steps, x), *_values(row, x, y, len(steps))]
    return {**frame(WIDTH, HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM), "layer": layers}


def _domain(row: TrendRow) -> tuple[float, float]:
    below, above = _band(row)
    values = [below, above, row.before, *(point.value for point in row.points)]
    values += [end for point in row.points for end in (point.low, point.high) if end is not None]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _band(row: TrendRow) -> tuple[float, float]:
    """What is tolerated: the margin on the side that is worse."""
    below = row.before if row.measure.better == "lower" else row.before - row.margin
    above = row.before if row.measure.better == "higher" else row.before + row.margin
    return (max(0.0, below), min(100.0, above)) if row.measure.kind == "share" else (below, above)


def _ends(steps: Sequence[int]) -> tuple[float, float]:
    first, last = min(steps), max(steps)
    room = 0.04 * (last - first) or 1.0
    return first - room, last + room


def _step_axis(steps: Sequence[int]) -> Spec:
    """The steps themselves where they are few, round numbers otherwise."""
    there = sorted(set(steps))
    ticks = {"values": there} if len(there) <= _FEW else {"tickCount": 5}
    return {"title": None, **ticks, "format": ",d", "domain": True, "labelOverlap": "greedy"}


def _value_axis(row: TrendRow) -> Spec:
    unit = " + ' %'" if row.measure.kind == "share" else ""
    label = f"replace(datum.label, '-', '−'){unit}"
    return {"title": None, "tickCount": 4, "format": ",~f", "labelExpr": label, "domain": False, "ticks": False}


def _baseline(row: TrendRow, low: float, high: float, y: Spec) -> list[Spec]:
    below, above = (_place(value, low, high) for value in _band(row))
    level = _place(row.before, low, high)
    value = f"{compact(row.before)}{' %' if row.measure.kind == 'share' else ''}"
    text = {"type": "text", "align": "left", "x": WIDTH + 4, "baseline": "middle", "limit": _RIGHT - 4, "color": MUTED}
    dashed = {"type": "rule", "color": MUTED, "strokeDash": [4, 2], "strokeWidth": 1, "aria": False}
    return [
        fixed({"type": "rect", "color": BAND, "x": 0, "x2": WIDTH, "y": above, "y2": below}),
        layer([{"y": row.before}], dashed, y=y),
        fixed({**text, "text": row.baseline, "y": level - 6}),
        fixed({**text, "text": value, "y": level + 6}),
    ]


def _first_regressed(row: TrendRow, steps: Sequence[int], x: Spec) -> list[Spec]:
    first = next((point for point in row.points if point.verdict == "regressed"), None)
    if first is None:
        return []
    left, right = _ends(steps)
    place = WIDTH * (first.step - left) / (right - left)
    side = "left" if place < WIDTH / 2 else "right"
    text = {"type": "text", "align": side, "baseline": "bottom", "x": place + (-2 if side == "left" else 2), "y": -5}
    rule = {"type": "rule", "color": _WORSE, "strokeWidth": 1, "y": -4, "y2": HEIGHT, "aria": False}
    return [
        layer([{"x": first.step}], rule, x=x),
        fixed({**text, "text": f"▼ regressed: step {first.step:,}", "color": INK}),
    ]


def _values(row: TrendRow, x: Spec, y: Spec, count: int) -> list[Spec]:
    rows = [{"x": point.step, "y": point.value} for point in row.points]
    spans = [{"x": p.step, "y": p.low, "y2": p.high} for p in row.points if p.low is not None and p.high is not None]
    thin = {"type": "line", "color": _OURS, "strokeWidth": 1, "opacity": 0.45, "aria": False}
    layers = [layer(rows, thin, x=x, y=y)]
    if spans:
        bar = {"type": "rule", "color": _OURS, "strokeWidth": 1.2 if count > 30 else 1.6}
        layers.append(layer(spans, bar, x=x, y=y, y2={"field": "y2"}))
    size = 22 if count > 30 else 40
    for verdict, style in _STYLES.items():
        own = [{"x": point.step, "y": point.value} for point in row.points if point.verdict == verdict]
        if own:
            mark = {"type": "point", "opacity": 1, "size": size * (1.5 if verdict == "regressed" else 1), **style}
            layers.append(layer(own, mark, x=x, y=y))
    return layers


def _place(value: float, low: float, high: float) -> float:
    return HEIGHT * (high - value) / (high - low)
