"""What the assignment shows: filled first, its text ready to print, then handed to a template that computes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from harness.charts import Mark
from harness.report import AuditEntry, Cover, Figure, Grid, Multiples, Source, Table
from harness.report.assignment.notes import Notes
from harness.report.experiments import RecordedSection
from harness.report.summary import Exchange, ForestPanel, VariantCard, WandbPanel
from harness.report.sweep import SweepSection


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading, or a formula with its number."""

    text: Markup | str = ""
    heading: str = ""
    formula: Markup | None = None
    number: str = ""


@dataclass(frozen=True)
class Theory:
    """Prose with formulas, and tables beneath."""

    blocks: tuple[Block, ...]
    grids: tuple[Grid, ...] = ()
    after: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What one training's curves show, each sentence with its numbers."""

    mark: Mark
    method: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Curves:
    """The training curves, side by side, and what they show."""

    lead: tuple[str, ...]
    caption: str
    grids: tuple[Multiples, ...]
    panels: tuple[WandbPanel, ...]
    readings: tuple[Reading, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class ToldQuestion:
    """One question told through: the exchange, why it was chosen, the table of what was counted, what is not shown."""

    title: str
    chosen: str
    exchange: Exchange
    steps: Grid
    limits: str


@dataclass(frozen=True)
class Before:
    """Before and after: levels, lengths, distributions and every answer."""

    lead: str
    briefs: tuple[VariantCard, ...]
    shortfall: str | None
    """Where the sample decides nothing: what it would have shown, and how many questions a claim needs."""
    lengths: tuple[Grid, ...]
    lengths_words: str
    """What the words of these answers are called: a language may count those of its own script otherwise."""
    lengths_note: str
    lengths_print_note: str
    paper_rows: int
    """Rows of the table of lengths on paper."""
    panels: tuple[ForestPanel, ...]
    tables: tuple[Table, ...]
    tables_title: str
    tables_note: str
    repetition: Markup
    """What the rates of repetition are, and whose they are."""
    figures: tuple[Figure, ...]
    example: ToldQuestion | None
    """None where nothing was answered."""
    marks: tuple[Mark, ...]
    asked: tuple[Exchange, ...]
    """In the questions' own order."""
    reading: str
    asked_note: str
    """Says where not every question is shown; empty where all are."""
    printed: tuple[Exchange, ...]
    printed_note: str


@dataclass(frozen=True)
class SweptSettings:
    """A sweep's trainings, with the settings that took effect in each."""

    section: SweepSection
    settings: Grid
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Experiments:
    """Every training's settings, what they moved, and the commands that train them again."""

    lead: tuple[str, ...]
    settings: tuple[Grid, ...]
    effects: tuple[Grid, ...]
    notes: tuple[str, ...]
    commands: tuple[str, ...]
    commands_lead: str
    swept: SweptSettings | None = None
    recorded: RecordedSection | None = None
    """Trainings made elsewhere, that were given beside the run's own."""


@dataclass(frozen=True)
class Command:
    """A command line, and what it does."""

    what: str
    text: str


@dataclass(frozen=True)
class Appendix:
    """How to do it again: commands, provenance, the files to hand in, the audit's warnings."""

    commands: tuple[Command, ...]
    sources: tuple[Source, ...]
    files: Grid
    files_notes: tuple[str, ...]
    audit: tuple[AuditEntry, ...]
    origin: Grid
    origin_lead: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """A work that the text cites; key is what a citation names it by, number where it stands in the list."""

    key: str
    number: int
    text: str
    name: str
    """As the archive calls it."""
    url: str


@dataclass(frozen=True)
class Section:
    """One section of the assignment; exactly one of the bodies is there, none where only notes fill it."""

    id: str
    number: int
    title: str
    points: str | None
    notes: Notes | None
    theory: Theory | None = None
    curves: Curves | None = None
    before: Before | None = None
    experiments: Experiments | None = None
    appendix: Appendix | None = None
    references: tuple[Reference, ...] = ()
    ends: tuple[Markup | str, ...] = ()
    """The sentences that it ends with: what of it a reader takes along."""


@dataclass(frozen=True)
class Assignment:
    """Everything the template shows."""

    run: str
    suite: str
    title: str
    cover: Cover
    lines: tuple[str, ...]
    """Under the title: questions, variants, when they were asked."""
    base: str
    points: str
    shortfall: str | None
    """Where the sample decides nothing: said once on the cover, and above the measures."""
    briefs: tuple[VariantCard, ...]
    sections: tuple[Section, ...]
    pictures: bool
    """Whether notes or panels bring images."""
    narrowed: str | None
    """Says which variants are shown where a sweep has more than a page holds."""
