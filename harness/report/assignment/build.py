"""`harness report RUN --template assignment`: the whole assignment from one run folder, ready to hand in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from harness.machine import missing_glyphs
from harness.report import Material, gather, read_cover
from harness.report.assignment.answers import before_and_after
from harness.report.assignment.appendix import appendix
from harness.report.assignment.curves import curves
from harness.report.assignment.ends import section_end
from harness.report.assignment.experiments import experiments
from harness.report.assignment.layout import Layout, SectionPlan, cover_of, in_language, read_layout
from harness.report.assignment.lora import lora
from harness.report.assignment.notes import Notes, read_notes
from harness.report.assignment.submission import export
from harness.report.assignment.theory import comparison, methods, references
from harness.report.assignment.view import Assignment, Section
from harness.report.summary import VariantCard, cards, shortfall_sentence
from harness.report.sweep import narrowed, narrowing
from harness.store import Run
from harness.words import words

_OF_ALL = ("experiments",)
"""Sections that show every training of a sweep."""
_COVER = 3
"""Checkpoints whose facts a cover has room for, and facts each."""
Body = dict[str, Any]


def build_assignment(run: Run, lang: str = "en", folders: Sequence[Path] = ()) -> Assignment:
    """Everything that the template shows; also lays down `submission/`, which the appendix lists."""
    say = words(lang, folders)
    layout = read_layout(folders)
    whole = gather(run, say)
    # A sweep's trainings stand together in the extra experiments; elsewhere, the best of each method.
    material = narrowed(whole)
    plans = [plan for plan in layout.sections if plan.show]
    notes = {plan.id: read_notes(plan.id, (run.path, Path.cwd())) for plan in plans}
    bodies = {
        plan.id: _BODIES[plan.id](whole if plan.id in _OF_ALL else material, run)
        for plan in plans
        if plan.id in _BODIES
    }
    for plan in plans:
        if plan.id in bodies:
            bodies[plan.id]["ends"] = section_end(plan.id, whole if plan.id in _OF_ALL else material, run)
    warnings = _unknown_letters(material, [layout, bodies, list(notes.values())])
    if any(plan.id == "appendix" for plan in plans):
        files = export(run, folders)
        bodies["appendix"] = {"appendix": appendix(whole, plans, notes, files, warnings)}
    sections = tuple(
        _section(material, number, plan, notes[plan.id], bodies.get(plan.id, {}))
        for number, plan in enumerate(plans, start=1)
    )
    return Assignment(
        run=run.id,
        suite=material.suite,
        title=in_language(layout.title, say, "assignment.title"),
        cover=read_cover((run.path, Path.cwd()), cover_of(layout)),
        lines=tuple(_lines(whole)),
        narrowed=narrowing(whole, material),
        base=say("assignment.base", base=_base(material)),
        points=say("assignment.points_sum", n=_percent(material, sum(plan.points for plan in plans))),
        shortfall=shortfall_sentence(material),
        briefs=_on_the_cover(material),
        sections=sections,
        pictures=any(map(_shows_pictures, sections)),
    )


def _shows_pictures(section: Section) -> bool:
    return bool(section.curves and section.curves.panels) or bool(section.notes and "<img " in section.notes.html)


def _section(
    material: Material, number: int, plan: SectionPlan, notes: Notes | None, body: Mapping[str, Any]
) -> Section:
    points = _percent(material, plan.points) if plan.points else None
    return Section(plan.id, number, in_language(plan.title, material.say, f"section.{plan.id}"), points, notes, **body)


def _on_the_cover(material: Material) -> tuple[VariantCard, ...]:
    tuned = cards(material)[1:]
    many = _COVER if len(tuned) < _COVER else _COVER - 1
    return tuple(replace(it, facts=it.facts[:many], exploratory=()) for it in tuned[:_COVER])


def _percent(material: Material, points: float) -> str:
    return material.say("unit.share", share=f"{points:g}")


def _lines(material: Material) -> list[str]:
    say, summary = material.say, material.summary
    many = say.counted("report.variant", len(summary.variants), str(len(summary.variants)))
    beside = [variant.name for variant in material.references]
    told = [say("assignment.beside", names=say.both(beside))] if beside else []
    return [material.asked, many, *told, *([material.created] if material.created else [])]


def _base(material: Material) -> str:
    """The base model's own name: of a recording, its file's."""
    if material.base.kind == "recorded":
        return Path(material.base.path or material.base.name).stem
    return material.manifest.base.name or material.base.name


def _unknown_letters(material: Material, shown: Sequence[object]) -> list[str]:
    """Warns of letters that no font of this machine can draw, here and in the appendix."""
    warnings = [
        material.say("assignment.glyphs", letters=material.say.listed(letters, 20), command=command)
        for command, letters in missing_glyphs(_texts(shown)).items()
    ]
    for warning in warnings:
        logging.getLogger("harness").warning(warning)
    return warnings


def _texts(value: object) -> list[str]:
    """Every text in a view, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    if isinstance(value, Layout):
        return _texts(value.model_dump())
    if is_dataclass(value):
        return [text for part in fields(value) for text in _texts(getattr(value, part.name))]
    return []


_BODIES: dict[str, Callable[[Material, Run], Body]] = {
    "methods": lambda material, _: {"theory": methods(material)},
    "comparison": lambda material, _: {"theory": comparison(material)},
    "lora": lambda material, run: {"theory": lora(material, run)},
    "curves": lambda material, run: {"curves": curves(material, (run.path, Path.cwd()))},
    "answers": lambda material, _: {"before": before_and_after(material)},
    "experiments": lambda material, run: {"experiments": experiments(material, run)},
    "references": lambda material, _: {"references": references()},
}
