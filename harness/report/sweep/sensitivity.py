"""What each setting of a sweep moves: panels along its values, in pictures and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.charts import Chart, Series, SettingPoint, chart, sweep
from harness.comparing import Measure, called, heading, value_text
from harness.report import Material, Multiple
from harness.report.sweep.points import figure, panels_range, point_of, points_of, value_of
from harness.report.sweep.terms import Facet, facets, lines_of, rest_of, setting_title, settings_text
from harness.report.sweep.view import Sensitivity
from harness.store import Json
from harness.words import Words


def sensitivity(material: Material, found: Json, setting: str, moved: Sequence[Measure]) -> Sensitivity:
    """All panels of a setting; each metric's vertical scale is the same in all of them, and in other settings'."""
    own = [panel for panel in found["sensitivity"] if panel["setting"] == setting]
    columns = facets(own)
    looks = _looks(material, own, columns)
    rows = []
    for measure in moved:
        panel = next((it for it in own if it["metric"] == measure.metric), None)
        if panel is not None:
            charts = tuple(_panel(material, found, panel, facet, measure, looks) for facet in columns)
            rows.append(Multiple(heading(measure, material.say), charts))
    names = tuple(settings_text(dict(facet.fixed), material.say) for facet in columns)
    title = setting_title(setting, material.say)
    return Sensitivity(title, names, tuple(rows), _finding(material, own, title, moved))


def _finding(material: Material, panels: Sequence[Json], title: str, moved: Sequence[Measure]) -> str:
    """From which to which mean the first metric drawn goes along the setting."""
    say = material.say
    for measure in moved:
        points = [
            point for panel in panels if panel["metric"] == measure.metric
            for line in panel["series"] for point in line["points"] if point["mean"] is not None
        ]  # fmt: skip
        if points:
            means = [float(point["mean"]) for point in points]
            ends = {"low": value_text(min(means), measure, 1, say), "high": value_text(max(means), measure, 1, say)}
            return say("sweep.panel.finding", setting=title, measure=called(measure, say), **ends)
    return say("sweep.panel.none", setting=title)


def _looks(material: Material, panels: Sequence[Json], columns: Sequence[Facet]) -> dict[str, int]:
    """A line's label → its look: the same settings look the same in all panels."""
    labels = [
        settings_text(rest_of(line, facet), material.say)
        for panel in panels
        for facet in columns
        for line in lines_of(panel, facet)
    ]
    return {label: number for number, label in enumerate(dict.fromkeys(labels))}


def _panel(
    material: Material, found: Json, panel: Json, facet: Facet, measure: Measure, looks: Mapping[str, int]
) -> Chart | None:
    say = material.say
    lines = lines_of(panel, facet)
    values = _values(lines)
    series = [
        Series(label, looks[label], tuple(_drawn_points(line, values, measure)))
        for line in lines
        if (label := settings_text(rest_of(line, facet), say)) in looks
    ]
    series = [line for line in series if line.points]
    scale = panels_range(found, measure)
    if not series or scale is None:
        return None
    along = sweep.axis(values, [value_of(facet.setting, value) for value in values])
    told = _told(material, facet, lines, measure)
    return chart(sweep.panel(series, along, scale, material.base.name), told)


def _values(lines: Sequence[Json]) -> list[Any]:
    """Of the setting, in the order of the file; numbers ascending."""
    found = {repr(point["value"]): point["value"] for line in lines for point in line["points"]}
    values = list(found.values())
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return sorted(values)
    return values


def _drawn_points(line: Json, values: Sequence[Any], measure: Measure) -> Iterator[SettingPoint]:
    points = {repr(point["value"]): point for point in line["points"]}
    for place, value in enumerate(values):
        point = points.get(repr(value))
        if point is not None and point["mean"] is not None:
            yield point_of(point, place, measure)


def _told(material: Material, facet: Facet, lines: Sequence[Json], measure: Measure) -> str:
    """The picture in words."""
    say = material.say
    parts = []
    for line in lines:
        judged_points = [point for point in line["points"] if point["mean"] is not None]
        shown = say.listed(
            say("sweep.told.point", value=value_of(facet.setting, point["value"]), figure=figure(point, measure, say))
            for point in judged_points
        )
        name = settings_text(rest_of(line, facet), say)
        parts.append(say("sweep.told.line", name=name, points=shown) if name else shown)
    where = settings_text(dict(facet.fixed), say)
    title = setting_title(facet.setting, say)
    what = say("sweep.told.where", setting=title, where=where) if where else title
    return say("sweep.told", measure=called(measure, say), setting=what, lines=say.listed(parts, key="list.clause"))


def reading(found: Json, drawn: Sequence[Measure], say: Words) -> str:
    """How the panels of these metrics are read."""
    single = any(len(point["values"]) == 1 for it in drawn for _, point in points_of(found, it.metric))
    ranges = [panels_range(found, it) for it in drawn]
    cut = any(scale is not None and scale.cut for scale in ranges)
    axes = [
        sweep.axis(_values(lines_of(panel, facet)), [""] * len(_values(lines_of(panel, facet)))).kind
        for panel in found["sensitivity"]
        for facet in facets([panel])
    ]
    return say.text(
        [
            say("sweep.reading"),
            say("sweep.reading_log") if "log" in axes else "",
            say("sweep.reading_single") if single else "",
            say("sweep.cut") if cut else "",
        ]
    )
