"""What the ranked table and the panels of a sweep share: its measures, points and values as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.charts import Range, SettingPoint, reach
from harness.report import Material, Measure
from harness.report.sweep.terms import value_text
from harness.scorers import METRICS
from harness.store import Json

DRAWN = ("correct", "words", "rep_4", "loop", "leak")
"""Metrics that have pictures, besides the one that ranks."""
_OVER_SEEDS = ("t over seeds", "constant")


def find_measure(material: Material, metric: str) -> Measure:
    known = next((it for it in material.measures if it.source == "suite" and it.metric == metric), None)
    if known is not None:
        return known
    about = METRICS[metric]
    title = material.say.get(f"metric.{metric}", about.title)
    return Measure("suite", metric, title, "other", about.better, "share" if about.unit == "%" else "amount", "")


def head(material: Material, measure: Measure) -> str:
    unit = material.say("unit.percent") if measure.kind == "share" else ""
    return f"{measure.title}{material.say('cell.unit', unit=unit)}" if unit else measure.title


def points_of(found: Json, metric: str) -> Iterator[tuple[Json, Json]]:
    for panel in found["sensitivity"]:
        if panel["metric"] == metric:
            for line in panel["series"]:
                for point in line["points"]:
                    yield line, point


def point_of(found: Json, place: int, measure: Measure) -> SettingPoint:
    low, high = (times(found[end], measure) for end in ("low", "high"))
    values = tuple(float(value) * _by(measure) for value in found["values"])
    mean = float(found["mean"]) * _by(measure)
    return SettingPoint(place, mean, low, high, found["interval"] in _OVER_SEEDS, values)


def panels_range(found: Json, measure: Measure) -> Range | None:
    """The scale that all panels of a metric share; None where nothing was judged."""
    points = [point_of(point, 0, measure) for _, point in points_of(found, measure.metric) if point["mean"] is not None]
    base = times(found["base"].get(measure.metric), measure)
    return reach(points, base, measure.kind == "share") if points else None


def times(value: float | None, measure: Measure) -> float | None:
    return None if value is None else value * _by(measure)


def _by(measure: Measure) -> float:
    return 100.0 if measure.kind == "share" else 1.0


def value_of(key: str, value: Any) -> str:
    return str(value).upper() if key == "method" and value is not None else value_text(value)
