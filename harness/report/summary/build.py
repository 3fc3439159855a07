"""The summary report of a run, section by section."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.report import Material, gather
from harness.report.summary.answers import answers_section
from harness.report.summary.changes import changes_section
from harness.report.summary.provenance import audit, sources
from harness.report.summary.spread import spread_section
from harness.report.summary.training import training_section
from harness.report.summary.verdict import verdict_section
from harness.report.summary.view import Report
from harness.report.sweep import narrowed, narrowing, sweep_section
from harness.store import Run
from harness.words import words


def build_report(run: Run, lang: str = "en", folders: Sequence[Path] = ()) -> Report:
    """Everything that the templates show, its text ready to print."""
    material = gather(run, words(lang, folders))
    shown = narrowed(material)
    return Report(
        run=run.id,
        suite=material.suite,
        subtitle=_subtitle(material),
        created=material.created,
        verdict=verdict_section(shown),
        changes=changes_section(shown),
        spread=spread_section(shown),
        answers=answers_section(shown),
        training=training_section(shown, (run.path, Path.cwd())),
        audit=audit(material),
        command=material.manifest.command or None,
        sources=sources(material),
        sweep=sweep_section(material),
        narrowed=narrowing(material, shown),
    )


def _subtitle(material: Material) -> tuple[str, ...]:
    say, many = material.say, len(material.summary.variants)
    against = say("report.against", base=material.base.name) if material.tuned else say("report.alone")
    beside = len(material.references)
    references = (say.counted("report.reference", beside, str(beside)),) if beside else ()
    return material.asked, say.counted("report.variant", many, str(many)), *references, against
