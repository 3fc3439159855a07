"""A sweep in its report: the settings ranked, what each of them moves, and every training in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup, escape

from harness.comparing import Measure, called, heading, level_text, suite_measure
from harness.report import Material, counts_text
from harness.report.sweep.findings import caution, findings, untrained
from harness.report.sweep.points import drawn, points_of
from harness.report.sweep.ranking import ranking
from harness.report.sweep.sensitivity import reading, sensitivity
from harness.report.sweep.view import SweepSection, SweptTraining
from harness.scorers import METRICS
from harness.store import Json
from harness.words import Words, visible

FEW = 6
"""Tuned variants that all sections of a report show side by side."""
_BENCHMARKS = 3


def sweep_section(material: Material) -> SweepSection | None:
    """None where the run is none of a sweep."""
    found, say = material.sweep, material.say
    if found is None:
        return None
    measure = suite_measure(str(found["metric"]))
    shown = [suite_measure(name) for name in _drawn(found)]
    moved = [it for it in shown if _moves(found, it.metric)]
    settings = dict.fromkeys(str(panel["setting"]) for panel in found["sensitivity"])
    panels = tuple(sensitivity(material, found, setting, moved) for setting in settings)
    failed = tuple(untrained(found))
    columns = _columns(material) if len(material.tuned) > FEW else ()
    still = [called(it, say) for it in shown if it not in moved]
    return SweepSection(
        lead=_lead(found, called(measure, say), len(failed), say),
        findings=findings(found, measure, {it.metric: it for it in shown}, say),
        caution=caution(found, say),
        ranking=ranking(material, found, measure),
        panels=tuple(panel for panel in panels if panel.rows),
        reading=reading(found, shown, say),
        unmoved=say("sweep.unmoved", titles=say.listed(still)) if still and panels else None,
        heads=tuple(_breaking(heading(it, say)) for it in columns),
        trainings=tuple(_training(material, variant.name, columns) for variant in (material.base, *material.tuned))
        if columns
        else (),
        trainings_note=say("sweep.trainings_note", base=material.base.name),
        trainings_finding=_verdicts(material, columns),
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
        marks={name: mark for name, mark in material.marks.items() if name in names or mark.is_reference},
        curves=tuple(curve for curve in material.curves if curve.variant in names),
    )


def narrowing(material: Material, shown: Material) -> str | None:
    """Which variants the sections show, and where the others are."""
    if len(shown.tuned) == len(material.tuned):
        return None
    names = material.say.both(variant.name for variant in shown.tuned)
    return material.say("sweep.narrowed", n=len(material.tuned), names=names)


def _lead(found: Json, measure: str, failed: int, say: Words) -> str:
    counts = [len(group["trainings"]) for group in found["ranking"]] or [0]
    text = say(
        "sweep.lead",
        trainings=len(found["trainings"]),
        settings=len(found["ranking"]),
        seeds=say.counted("sweep.seeds", max(counts), counts_text(counts)),
        measure=measure,
    )
    return say.text([text, say.counted("sweep.left_out", failed, str(failed)) if failed else ""])


def _verdicts(material: Material, columns: Sequence[Measure]) -> str:
    """How many of the trainings' differences to the base are claimed, and as what."""
    say, base = material.say, material.base.name
    rows = [material.numbers.difference(base, it.name, measure) for it in material.tuned for measure in columns]
    judged = [found.verdict for row in rows if row is not None and (found := material.numbers.judged(row, say))]
    counts = [
        say("changes.verdict_count", n=judged.count(verdict), verdict=say(f"verdict.{verdict}"))
        for verdict in dict.fromkeys(judged)
    ]
    n = sum(row is not None for row in rows)
    if not counts:
        return say("sweep.trainings_unclaimed", base=base, n=n)
    return say("sweep.trainings_finding", base=base, n=n, found=say.listed(counts))


def _breaking(text: str) -> Markup:
    """The names of tasks may break behind an underscore: columns are narrow."""
    return Markup(str(escape(visible(text))).replace("_", "_<wbr>"))


def _drawn(found: Json) -> list[str]:
    there = dict.fromkeys(str(panel["metric"]) for panel in found["sensitivity"])
    return [name for name in there if drawn(name) or name == found["metric"]]


def _moves(found: Json, metric: str) -> bool:
    every = [point for _, point in points_of(found, metric)]
    return len({value for point in every for value in (point["mean"], *point["values"])} - {None}) > 1


def _columns(material: Material) -> tuple[Measure, ...]:
    own = [it for it in material.measures if it.source == "suite" and it.metric in METRICS and METRICS[it.metric].sweep]
    tasks: dict[str, Measure] = {}
    for measure in material.measures:
        if measure.source != "suite":
            tasks.setdefault(measure.source, measure)
    return (*own, *list(tasks.values())[:_BENCHMARKS])


def _training(material: Material, name: str, columns: Sequence[Measure]) -> SweptTraining:
    cells = []
    for measure in columns:
        row = material.numbers.difference(material.base.name, name, measure)
        level = material.numbers.level(name, measure)
        text = material.say("cell.unknown") if level is not None and level.mean is None else level_text(level, measure)
        cells.append((text, material.numbers.judged(row, material.say) if row is not None else None))
    return SweptTraining(material.marks[name], tuple(cells))
