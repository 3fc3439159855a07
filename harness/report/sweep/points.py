"""What the ranked table and the panels of a sweep share: its measures, points and values as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.charts import Range, SettingPoint, reach
from harness.comparing import Measure, factor, scaled
from harness.comparing import value_text as measured_text
from harness.report.sweep.terms import value_text
from harness.scorers import METRICS
from harness.store import Json
from harness.words import Words

_OVER_SEEDS = ("t over seeds and questions", "constant")


def drawn(metric: str) -> bool:
    """Whether a metric has pictures, besides the one that ranks."""
    return metric in METRICS and METRICS[metric].sweep == "drawn"


def points_of(found: Json, metric: str) -> Iterator[tuple[Json, Json]]:
    """Each (line, point) of the metric's panels in sweep.json."""
    for panel in found["sensitivity"]:
        if panel["metric"] == metric:
            for line in panel["series"]:
                for point in line["points"]:
                    yield line, point


def point_of(found: Json, place: int, measure: Measure) -> SettingPoint:
    """A point as it is drawn, shares in percent; its interval may be over seeds or over questions."""
    low, high = (scaled(found[end], measure) for end in ("low", "high"))
    values = tuple(float(value) * factor(measure) for value in found["values"])
    mean = float(found["mean"]) * factor(measure)
    return SettingPoint(place, mean, low, high, found["interval"] in _OVER_SEEDS, values)


def panels_range(found: Json, measure: Measure) -> Range | None:
    """The scale that all panels of a metric share; None where nothing was judged."""
    points = [point_of(point, 0, measure) for _, point in points_of(found, measure.metric) if point["mean"] is not None]
    base = scaled(found["base"].get(measure.metric), measure)
    return reach(points, base, measure.kind == "share") if points else None


def figure(point: Json, measure: Measure, say: Words) -> str:
    """61.2 % (54.0 to 68.4)."""
    value = measured_text(point["mean"], measure, 1, say)
    if point["low"] is None or point["low"] == point["high"]:
        return value
    low, high = (measured_text(end, measure, 1) for end in (point["low"], point["high"]))
    return say("sweep.figure", value=value, span=say("span", low=low, high=high))


def value_of(key: str, value: Any) -> str:
    """A setting's value as the axis and the table have it: methods in capitals."""
    return str(value).upper() if key == "method" and value is not None else value_text(value)
