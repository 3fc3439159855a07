"""Everything that the section on recorded experiments shows."""

from __future__ import annotations

from harness.report import Material
from harness.report.experiments.curves import curves_beside
from harness.report.experiments.said import what_may_be_said
from harness.report.experiments.scores import farthest_answers, first_rows, scored_groups
from harness.report.experiments.settings import changed_grid, settings_grids, settings_notes
from harness.report.experiments.trained import Beside, read_beside
from harness.report.experiments.view import Outcome, RecordedSection
from harness.store import RecordedSettings, Run
from harness.words import numerals


def outcomes(material: Material, run: Run, beside: RecordedSettings | None = None) -> list[Outcome]:
    """What each recorded experiment of the run came to; beside: settings that lie beside the run's own files."""
    return [_outcome(it, material) for it in read_beside(material, run, beside)]


def _outcome(it: Beside, material: Material) -> Outcome:
    rows, changed = tuple(first_rows(it)), tuple(it.changed())
    if it.own_base:
        changed = changed or ("base",)
    elif not changed and it.one_sided():
        changed = (material.say("assignment.recorded.unknown"),)
    numbers = it.material.numbers if it.material else material.numbers
    families = {row: numbers.family(row) for _, row in rows}
    reference = it.reference.name if it.reference else None
    return Outcome(it.name, reference, changed, rows, it.material is not None, families)


def recorded_section(material: Material, run: Run, beside: RecordedSettings | None = None) -> RecordedSection | None:
    """None where the run has no recorded experiments; beside: settings that lie beside the run's own files."""
    say, experiments = material.say, read_beside(material, run, beside)
    if not experiments:
        return None
    many = len(experiments)
    lead = say.counted(
        "assignment.recorded.lead", many, numerals.number(many), names=say.listed(it.name for it in experiments)
    )
    return RecordedSection(
        lead=(lead,),
        changed=changed_grid(material, experiments),
        settings=tuple(settings_grids(material, experiments)),
        settings_notes=tuple(settings_notes(material, experiments)),
        curves=tuple(curves_beside(material, experiments)),
        scored=tuple(scored_groups(material, experiments)),
        said=tuple(what_may_be_said(material, experiments)),
        answers=tuple(farthest_answers(material, experiments)),
    )
