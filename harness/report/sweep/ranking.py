"""The settings of a sweep in a ranked table, each with its interval drawn."""

from __future__ import annotations

from collections.abc import Sequence

from harness.charts import Chart, Range, chart, reach, sweep_row
from harness.comparing import Measure, called, heading, scaled, suite_measure, value_text
from harness.report import Material
from harness.report.sweep.findings import untrained
from harness.report.sweep.points import drawn, figure, point_of, value_of
from harness.report.sweep.terms import setting_title, settings_text
from harness.report.sweep.view import Ranked, Ranking
from harness.store import Json
from harness.words import numerals


def ranking(material: Material, found: Json, measure: Measure) -> Ranking:
    """The table of settings, best first, one scale for all of its intervals, and the base as its last row."""
    say, groups = material.say, found["ranking"]
    keys = list(dict.fromkeys(key for group in groups for key in group["settings"]))
    beside = dict.fromkeys(name for group in groups for name in group["others"] if drawn(name))
    others = [suite_measure(name) for name in beside]
    points = {number: point_of(group, 0, measure) for number, group in enumerate(groups) if group["mean"] is not None}
    base = scaled(found["base"].get(measure.metric), measure)
    scale = reach(points.values(), base, measure.kind == "share") if points else None
    rows = [_ranked(material, found, number, keys, others, measure, scale) for number in range(len(groups))]
    notes = [say("sweep.ranked.note")]
    notes += [say("sweep.ranked.corrected_note")] if found["first"] is not None else []
    notes += [say("sweep.ranked.base", base=material.base.name)] if scale is not None and scale.base is not None else []
    notes += [say("sweep.cut")] if scale is not None and scale.cut else []
    return Ranking(
        settings=tuple(setting_title(key, say) for key in keys),
        measure=heading(measure, say),
        others=tuple(heading(it, say) for it in others),
        axis=chart(sweep_row.row_axis(scale), heading(measure, say)) if scale is not None else None,
        rows=(*rows, _base_row(material, found, keys, others, measure)),
        notes=say.text(notes),
        finding=_finding(material, found, measure),
    )


def _finding(material: Material, found: Json, measure: Measure) -> str:
    """The first and the last of the settings that were judged, with their figures."""
    say = material.say
    judged = [group for group in found["ranking"] if group["mean"] is not None]
    if not judged:
        return say("sweep.ranking.none", measure=called(measure, say))
    first, last = judged[0], judged[-1]
    ends = {
        "measure": called(measure, say),
        "best": settings_text(first["settings"], say),
        "figure": figure(first, measure, say),
    }
    if len(judged) == 1:
        return say("sweep.ranking.one", **ends)
    if first["mean"] == last["mean"]:
        return say("sweep.ranking.level", n=len(judged), **ends)
    worst, least = settings_text(last["settings"], say), figure(last, measure, say)
    return say("sweep.ranking.ends", worst=worst, least=least, **ends)


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
        told = say(
            "sweep.ranked.line", settings=settings_text(settings, say), measure=called(measure, say), figure=text
        )
        picture = chart(sweep_row.row(point_of(group, 0, measure), scale), told)
    return Ranked(
        place=str(number + 1) if group["mean"] is not None else numerals.NOTHING,
        settings=tuple(value_of(key, settings.get(key)) for key in keys),
        chart=picture,
        figure=text,
        corrected=_corrected(found, measure, material) if number == 0 else (),
        others=tuple(value_text(group["others"].get(it.metric, {}).get("mean"), it, 1) for it in others),
        seeds=str(values) if values == asked else say("sweep.of", n=values, all=asked),
    )


def _base_row(
    material: Material, found: Json, keys: Sequence[str], others: Sequence[Measure], measure: Measure
) -> Ranked:
    base = found["base"]
    text = value_text(base.get(measure.metric), measure, 1)
    blank = ("",) * (len(keys) - 1)
    values = tuple(value_text(base.get(it.metric), it, 1) for it in others)
    return Ranked("", (material.base.name, *blank)[: max(1, len(keys))], None, text, (), values, "")


def _corrected(found: Json, measure: Measure, material: Material) -> tuple[str, ...]:
    told = [key for key in ("first", "confirmed") if found.get(key) is not None and found[key]["mean"] is not None]
    return tuple(material.say(f"sweep.ranked.{key}", figure=_figure(found[key], measure, material)) for key in told)


def _figure(point: Json, measure: Measure, material: Material) -> str:
    """Without the unit, which stands in the column's head."""
    value = value_text(point["mean"], measure, 1)
    if point["low"] is None:
        return value
    if point["low"] == point["high"]:
        return value if len(point.get("values", ())) < 2 else material.say("sweep.constant", value=value)
    low, high = (value_text(end, measure, 1) for end in (point["low"], point["high"]))
    return material.say("sweep.figure", value=value, span=material.say("span", low=low, high=high))
