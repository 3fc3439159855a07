"""A sweep in its report: the settings ranked, what each of them moves, and every training in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup, escape

from harness import chart_sweep, numerals
from harness.chart_sweep import Point, Range, Series
from harness.charts import Chart, chart
from harness.report_material import Material
from harness.report_measures import Measure, judged, level_text
from harness.report_measures import value_text as measured
from harness.report_sweep_findings import caution, figure, findings, untrained
from harness.report_sweep_terms import (
    Facet,
    facets,
    lines_of,
    rest_of,
    setting_title,
    settings_text,
    value_text,
)
from harness.report_view import Multiple, Ranked, Ranking, Sensitivity, SweepSection, Trained
from harness.scorers import METRICS
from harness.store import Json
from harness.visible import visible

FEW = 6
"""Tuned variants that all sections of a report show side by side."""
_DRAWN = ("correct", "words", "rep_4", "loop", "leak")
_IN_TABLE = (*_DRAWN, "truncated")
_BENCHMARKS = 3
_BESIDE = 2
_OVER_SEEDS = ("t over seeds", "constant")


def sweep_section(material: Material) -> SweepSection | None:
    """None where the run is none of a sweep."""
    found, say = material.sweep, material.say
    if found is None:
        return None
    measure = _measure(material, str(found["metric"]))
    drawn = [_measure(material, name) for name in _drawn(found)]
    moved = [it for it in drawn if _moves(found, it.metric)]
    panels = tuple(_sensitivity(material, found, setting, moved) for setting in _settings(found))
    failed = tuple(untrained(found))
    columns = _columns(material) if len(material.tuned) > FEW else ()
    still = [it.title for it in drawn if it not in moved]
    return SweepSection(
        lead=_lead(found, measure, len(failed), material),
        findings=findings(found, measure, {it.metric: it for it in drawn}, say),
        caution=caution(found, say),
        ranking=_ranking(material, found, measure),
        panels=tuple(panel for panel in panels if panel.rows),
        reading=_reading(material, found),
        unmoved=say("sweep.unmoved", titles=say.listed(still)) if still and panels else None,
        heads=tuple(_breaking(_head(material, it)) for it in columns),
        trainings=tuple(_training(material, variant.name, columns) for variant in (material.base, *material.tuned))
        if columns
        else (),
        trainings_note=say("sweep.trainings_note", base=material.base.name),
        failed=failed,
    )


def best_trainings(found: Json, known: Sequence[str]) -> list[str]:
    """The first training of the best settings of each method; of a single method, of its best two."""
    by_method: dict[str, list[str]] = {}
    for group in found["ranking"]:
        trained = [name for name in group["trainings"] if name in known]
        if trained and group["mean"] is not None:
            by_method.setdefault(str(group["settings"].get("method")), []).append(trained[0])
    each = 1 if len(by_method) > 1 else 2
    return [name for names in by_method.values() for name in names[:each]][:FEW]


def narrowed(material: Material) -> Material:
    """The same with the base and the best trainings only, where a sweep has more than a page holds side by side."""
    if material.sweep is None or len(material.tuned) <= FEW:
        return material
    names = {material.base.name, *best_trainings(material.sweep, [variant.name for variant in material.tuned])}
    variants = tuple(variant for variant in material.summary.variants if variant.name in names)
    return replace(
        material,
        summary=replace(material.summary, variants=variants),
        marks={name: mark for name, mark in material.marks.items() if name in names},
        curves=tuple(curve for curve in material.curves if curve.variant in names),
    )


def narrowing(material: Material, shown: Material) -> str | None:
    """Which variants the sections show, and where the others are."""
    if len(shown.tuned) == len(material.tuned):
        return None
    names = material.say.both(variant.name for variant in shown.tuned)
    return material.say("sweep.narrowed", n=len(material.tuned), names=names)


def _lead(found: Json, measure: Measure, failed: int, material: Material) -> str:
    say = material.say
    counts = sorted({len(group["trainings"]) for group in found["ranking"]})
    seeds = "–".join(str(n) for n in dict.fromkeys((counts[0], counts[-1]))) if counts else "0"
    text = say(
        "sweep.lead",
        trainings=len(found["trainings"]),
        settings=len(found["ranking"]),
        seeds=say.counted("sweep.seeds", counts[-1] if counts else 0, seeds),
        measure=measure.title,
    )
    return say.text([text, say.counted("sweep.left_out", failed, str(failed)) if failed else ""])


def _measure(material: Material, metric: str) -> Measure:
    known = next((it for it in material.measures if it.source == "suite" and it.metric == metric), None)
    if known is not None:
        return known
    about = METRICS[metric]
    title = material.say.get(f"metric.{metric}", about.title)
    return Measure("suite", metric, title, "other", about.better, "share" if about.unit == "%" else "amount", "")


def _head(material: Material, measure: Measure) -> str:
    unit = material.say("unit.percent") if measure.kind == "share" else ""
    return f"{measure.title}{material.say('cell.unit', unit=unit)}" if unit else measure.title


def _breaking(text: str) -> Markup:
    """The names of tasks may break behind an underscore: columns are narrow."""
    return Markup(str(escape(visible(text))).replace("_", "_<wbr>"))


def _settings(found: Json) -> list[str]:
    return list(dict.fromkeys(str(panel["setting"]) for panel in found["sensitivity"]))


def _drawn(found: Json) -> list[str]:
    there = dict.fromkeys(str(panel["metric"]) for panel in found["sensitivity"])
    return [name for name in there if name in _DRAWN or name == found["metric"]]


def _moves(found: Json, metric: str) -> bool:
    every = [point for _, point in _points_of(found, metric)]
    return len({value for point in every for value in (point["mean"], *point["values"])} - {None}) > 1


def _points_of(found: Json, metric: str) -> Iterator[tuple[Json, Json]]:
    for panel in found["sensitivity"]:
        if panel["metric"] == metric:
            for line in panel["series"]:
                for point in line["points"]:
                    yield line, point


# ---- The ranked table ----


def _ranking(material: Material, found: Json, measure: Measure) -> Ranking:
    say, groups = material.say, found["ranking"]
    keys = list(dict.fromkeys(key for group in groups for key in group["settings"]))
    beside = dict.fromkeys(name for group in groups for name in group["others"] if name in _DRAWN)
    others = [_measure(material, name) for name in beside]
    points = {number: _point(group, 0, measure) for number, group in enumerate(groups) if group["mean"] is not None}
    base = _times(found["base"].get(measure.metric), measure)
    scale = chart_sweep.reach(points.values(), base, measure.kind == "share") if points else None
    rows = [_ranked(material, found, number, keys, others, measure, scale) for number in range(len(groups))]
    notes = [say("sweep.ranked.note")]
    notes += [say("sweep.ranked.base", base=material.base.name)] if scale is not None and scale.base is not None else []
    notes += [say("sweep.cut")] if scale is not None and scale.cut else []
    return Ranking(
        settings=tuple(setting_title(key, say) for key in keys),
        measure=_head(material, measure),
        others=tuple(_head(material, it) for it in others),
        axis=chart(chart_sweep.row_axis(scale), _head(material, measure)) if scale is not None else None,
        rows=(*rows, _base_row(material, found, keys, others, measure)),
        notes=say.text(notes),
    )


def _ranked(
    material: Material,
    found: Json,
    number: int,
    keys: Sequence[str],
    others: Sequence[Measure],
    measure: Measure,
    scale: Range | None,
) -> Ranked:
    say, group = material.say, found["ranking"][number]
    settings = group["settings"]
    values, asked = len(group["values"]), len(group["trainings"])
    failed = {name for name, _ in untrained(found)}.issuperset(group["trainings"])
    unknown = say("sweep.failed_row" if failed else "cell.unknown")
    text = unknown if group["mean"] is None else _figure(group, measure, material)
    picture: Chart | None = None
    if scale is not None and group["mean"] is not None:
        told = say("sweep.ranked.line", settings=settings_text(settings, say), measure=measure.title, figure=text)
        picture = chart(chart_sweep.row(_point(group, 0, measure), scale), told)
    return Ranked(
        place=str(number + 1) if group["mean"] is not None else numerals.NOTHING,
        settings=tuple(_setting(key, settings.get(key)) for key in keys),
        chart=picture,
        figure=text,
        others=tuple(measured(group["others"].get(it.metric, {}).get("mean"), 1, it) for it in others),
        seeds=str(values) if values == asked else say("sweep.of", n=values, all=asked),
    )


def _base_row(
    material: Material, found: Json, keys: Sequence[str], others: Sequence[Measure], measure: Measure
) -> Ranked:
    base = found["base"]
    text = measured(base.get(measure.metric), 1, measure)
    blank = ("",) * (len(keys) - 1)
    values = tuple(measured(base.get(it.metric), 1, it) for it in others)
    return Ranked("", (material.base.name, *blank)[: max(1, len(keys))], None, text, values, "")


def _setting(key: str, value: Any) -> str:
    return str(value).upper() if key == "method" and value is not None else value_text(value)


def _figure(point: Json, measure: Measure, material: Material) -> str:
    """Without the unit, which stands in the column's head."""
    value = measured(point["mean"], 1, measure)
    if point["low"] is None:
        return value
    if point["low"] == point["high"]:
        return value if len(point["values"]) < 2 else material.say("sweep.constant", value=value)
    low, high = (measured(end, 1, measure) for end in (point["low"], point["high"]))
    return material.say("sweep.figure", value=value, span=material.say("span", low=low, high=high))


# ---- Sensitivity ----


def _sensitivity(material: Material, found: Json, setting: str, moved: Sequence[Measure]) -> Sensitivity:
    """All panels of a setting; each metric's vertical scale is the same in all of them, and in other settings'."""
    own = [panel for panel in found["sensitivity"] if panel["setting"] == setting]
    columns = facets(own)
    looks = _looks(material, own, columns)
    rows = []
    for measure in moved:
        panel = next((it for it in own if it["metric"] == measure.metric), None)
        if panel is not None:
            charts = tuple(_panel(material, found, panel, facet, measure, looks) for facet in columns)
            rows.append(Multiple(_head(material, measure), charts))
    names = tuple(settings_text(dict(facet.fixed), material.say) for facet in columns)
    return Sensitivity(setting_title(setting, material.say), names, tuple(rows))


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
    if not series:
        return None
    every = [_point(point, 0, measure) for _, point in _points_of(found, measure.metric) if point["mean"] is not None]
    base = _times(found["base"].get(measure.metric), measure)
    scale = chart_sweep.reach(every, base, measure.kind == "share")
    along = chart_sweep.axis(values, [_setting(facet.setting, value) for value in values])
    told = _told(material, facet, lines, measure)
    return chart(chart_sweep.panel(series, along, scale, material.base.name), told)


def _values(lines: Sequence[Json]) -> list[Any]:
    """Of the setting, in the order of the file; numbers ascending."""
    found = {repr(point["value"]): point["value"] for line in lines for point in line["points"]}
    values = list(found.values())
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return sorted(values)
    return values


def _drawn_points(line: Json, values: Sequence[Any], measure: Measure) -> Iterator[Point]:
    points = {repr(point["value"]): point for point in line["points"]}
    for place, value in enumerate(values):
        point = points.get(repr(value))
        if point is not None and point["mean"] is not None:
            yield _point(point, place, measure)


def _point(found: Json, place: int, measure: Measure) -> Point:
    low, high = (_times(found[end], measure) for end in ("low", "high"))
    values = tuple(float(value) * _by(measure) for value in found["values"])
    mean = float(found["mean"]) * _by(measure)
    return Point(place, mean, low, high, found["interval"] in _OVER_SEEDS, values)


def _times(value: float | None, measure: Measure) -> float | None:
    return None if value is None else value * _by(measure)


def _by(measure: Measure) -> float:
    return 100.0 if measure.kind == "share" else 1.0


def _told(material: Material, facet: Facet, lines: Sequence[Json], measure: Measure) -> str:
    """The picture in words."""
    say = material.say
    parts = []
    for line in lines:
        judged_points = [point for point in line["points"] if point["mean"] is not None]
        shown = say.listed(
            say("sweep.told.point", value=_setting(facet.setting, point["value"]), figure=figure(point, measure, say))
            for point in judged_points
        )
        name = settings_text(rest_of(line, facet), say)
        parts.append(say("sweep.told.line", name=name, points=shown) if name else shown)
    where = settings_text(dict(facet.fixed), say)
    title = setting_title(facet.setting, say)
    what = say("sweep.told.where", setting=title, where=where) if where else title
    return say("sweep.told", measure=measure.title, setting=what, lines=say.listed(parts, key="list.clause"))


def _reading(material: Material, found: Json) -> str:
    say = material.say
    drawn = {_measure(material, name): [p for _, p in _points_of(found, name)] for name in _drawn(found)}
    single = any(len(point["values"]) == 1 for points in drawn.values() for point in points)
    cut = any(
        chart_sweep.reach([_point(p, 0, it) for p in known], None, it.kind == "share").cut
        for it, points in drawn.items()
        if (known := [point for point in points if point["mean"] is not None])
    )
    axes = [
        chart_sweep.axis(_values(lines_of(panel, facet)), [""] * len(_values(lines_of(panel, facet)))).kind
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


# ---- Every training ----


def _columns(material: Material) -> tuple[Measure, ...]:
    own = [it for it in material.measures if it.source == "suite" and it.metric in _IN_TABLE]
    tasks: dict[str, Measure] = {}
    for measure in material.measures:
        if measure.source != "suite":
            tasks.setdefault(measure.source, measure)
    return (*own, *list(tasks.values())[:_BENCHMARKS])


def _training(material: Material, name: str, columns: Sequence[Measure]) -> Trained:
    cells = []
    for measure in columns:
        row = material.numbers.difference(material.base.name, name, measure)
        level = material.numbers.level(name, measure)
        text = material.say("cell.unknown") if level is not None and level.mean is None else level_text(level, measure)
        cells.append((text, judged(row.verdict, material.say) if row is not None else None))
    return Trained(material.marks[name], tuple(cells))
