"""What each section ends with, made of what this assignment found for it: trainings, adapters, checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from markupsafe import Markup

from harness.comparing import measures
from harness.report import Material, Numbers
from harness.report.assignment.experiments import differences
from harness.report.assignment.formulas import rich
from harness.report.assignment.lora import adapters_of, settings_beside
from harness.report.assignment.theory import NUMBERS, checkpoints
from harness.report.assignment.trainings import Trained, asked_in, find_trainings, identity, name_in
from harness.report.experiments import outcomes
from harness.report.lessons import (
    Compared,
    Lesson,
    Tried,
    answers_end,
    comparison_end,
    curves_end,
    experiments_end,
    lora_end,
    methods_end,
)
from harness.report.sweep import sweep_section
from harness.store import Run


def section_end(section: str, material: Material, run: Run) -> tuple[Markup | str, ...]:
    """The sentences that the section ends with; none where it is one that is looked up and not read."""
    end = _ENDS.get(section)
    return () if end is None else tuple(map(_set, end(material, run)))


def _set(lesson: Lesson) -> Markup | str:
    """Sourced sentences with their numbers and formulas; what holds names of a run stays text."""
    return rich(lesson.text, NUMBERS) if lesson.sourced else lesson.text


def _comparison(material: Material, _: Run) -> Iterator[Lesson]:
    pair = checkpoints(material)
    rows = ((it, material.numbers.difference(*pair, it)) for it in material.measures if it.headline) if pair else ()
    yield from comparison_end(material, pair, [(measure, row) for measure, row in rows if row is not None])


def _lora(material: Material, run: Run) -> Iterator[Lesson]:
    yield from lora_end(material, *adapters_of(material, run))


def _experiments(material: Material, run: Run) -> Iterator[Lesson]:
    main, found = find_trainings(run)
    swept = {str(row["name"]) for row in (material.sweep or {}).get("trainings", ())}
    reference = {trained.method: trained for trained in main}
    others = [it for it in found if not (it.name in swept and asked_in(it, run))]
    tried = [_tried(trained, reference.get(trained.method)) for trained in others]
    recorded = outcomes(material, run, settings_beside(material, run))
    tried += [Tried(it.name, it.reference, it.changed, it.rows, it.asked, it.families) for it in recorded]
    yield from experiments_end(material, tried, sweep_section(material))


def _tried(trained: Trained, reference: Trained | None) -> Tried:
    rows: list[Compared] = []
    families = {}
    for here in trained.asked:
        name = name_in(here, identity(trained.certificate))
        numbers, variants = Numbers(here.summary), here.summary.variants
        base = next((it.name for it in variants if it.kind == "base"), variants[0].name)
        against = (name_in(here, identity(reference.certificate)) if reference is not None else None) or base
        for measure in measures(here.summary, {}) if name is not None else ():
            row = numbers.between(against, str(name), measure) if measure.headline else None
            if row is not None:
                rows.append((measure, row))
                families[row] = numbers.family(row)
    changed = tuple(differences(trained, reference)) if reference is not None else ()
    named = reference.name if reference is not None else None
    return Tried(trained.name, named, changed, tuple(rows), bool(trained.asked), families)


_ENDS: dict[str, Callable[[Material, Run], Iterable[Lesson]]] = {
    "methods": lambda material, _: methods_end(material),
    "comparison": _comparison,
    "lora": _lora,
    "curves": lambda material, _: curves_end(material),
    "answers": lambda material, _: answers_end(material),
    "experiments": _experiments,
}
