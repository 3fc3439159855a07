"""The appendix: how to reproduce it, what is submitted, the audit, and who wrote which part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.report import Grid, Material
from harness.report.assignment.layout import SectionPlan, in_language
from harness.report.assignment.notes import Notes
from harness.report.assignment.submission import FOLDER, Submitted
from harness.report.assignment.view import Appendix, Command
from harness.report.summary import audit, sources
from harness.words import numerals


def appendix(
    material: Material,
    plans: Sequence[SectionPlan],
    notes: Mapping[str, Notes | None],
    files: Sequence[Submitted],
    warnings: Sequence[str],
) -> Appendix:
    """Everything that a reader needs to run it again, or to doubt it."""
    say = material.say
    return Appendix(
        commands=tuple(_commands(material)),
        sources=sources(material),
        files=_files(material, files),
        files_notes=tuple(_file_notes(material, files)),
        audit=audit(material),
        origin=_origin(material, plans, notes),
        origin_lead=say("assignment.origin.lead", run=material.summary.run),
        warnings=tuple(warnings),
    )


def _commands(material: Material) -> Iterator[Command]:
    say = material.say
    yield Command(say("assignment.appendix.setup"), _setup(material))
    for name, certificate in material.manifest.trainings.items():
        if certificate.command:
            yield Command(say("assignment.appendix.trained", name=name), certificate.command)
    if material.manifest.command:
        yield Command(say("assignment.appendix.asked"), material.manifest.command)
    report = f"harness report {material.summary.run} --template assignment --lang {say.argument} --format html,pdf"
    yield Command(say("assignment.appendix.reported"), report)


def _setup(material: Material) -> str:
    reader = material.manifest.reader
    commit = reader.git_commit if reader else material.manifest.git_commit
    return "\n".join([*([f"git checkout {commit}"] if commit else []), "make setup"])


def _files(material: Material, files: Sequence[Submitted]) -> Grid:
    say = material.say
    head = tuple(say(f"assignment.files.{word}") for word in ("file", "variant", "answers", "digest"))
    rows = [(f"{FOLDER}/{it.file}", it.variant, numerals.number(it.answers), it.digest[:16]) for it in files]
    return Grid(say.counted("assignment.files.caption", len(files)), head, tuple(rows), id="files")


def _file_notes(material: Material, files: Sequence[Submitted]) -> Iterator[str]:
    say = material.say
    yield say("assignment.files.format")
    bare = [it.file for it in files if not it.echo]
    if bare:
        yield say("assignment.files.bare", names=say.listed(bare))
    for it in files:
        if it.missing:
            yield say("assignment.files.missing", file=it.file, n=numerals.number(it.missing))


def _origin(material: Material, plans: Sequence[SectionPlan], notes: Mapping[str, Notes | None]) -> Grid:
    """Which words are the user's own, section by section."""
    say = material.say
    head = tuple(say(f"assignment.origin.{word}") for word in ("section", "own", "generated"))
    rows = []
    for plan in plans:
        written = notes.get(plan.id)
        rows.append(
            (
                in_language(plan.title, say, f"section.{plan.id}"),
                written.source if written else say("assignment.origin.nothing", path=f"notes/{plan.id}.md"),
                say("assignment.origin.no" if plan.notes else "assignment.origin.yes"),
            )
        )
    return Grid(say("assignment.origin.caption"), head, tuple(rows), id="origin")
