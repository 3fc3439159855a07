"""What every page shows: facts, tables, figures, findings and sources, their text ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from harness.charts import Chart, Mark
from harness.records import Direction, Verdict


@dataclass(frozen=True)
class Judged:
    """A verdict and its word in the report's language."""

    verdict: Verdict
    word: str


@dataclass(frozen=True)
class Fact:
    """A sentence with its figure, and the verdict on it where there is one."""

    text: str
    judged: Judged | None = None
    certainty: str | None = None
    """What the sample could have shown, beside a difference that it did not."""


@dataclass(frozen=True)
class Grid:
    """A table of texts: the first column names the row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Markup | str, ...], ...]
    foot: tuple[tuple[Markup | str, ...], ...] = ()
    figures: bool = False
    """Columns hold numbers, and stand at the right."""
    id: str = ""


@dataclass(frozen=True)
class VariantCell:
    """One variant on one measure."""

    level: str
    difference: str
    """To the base, with its interval; the level's own interval where there is nothing to compare with."""
    judged: Judged | None
    """None where nothing is claimed: of an exploratory measure, or by a sample that decides nothing."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MeasureRow:
    """One measure with a cell for each variant; unit and direction stand once, at its head."""

    title: str
    unit: str
    direction: Direction
    cells: tuple[VariantCell, ...]
    note: str | None = None
    """What the sample would have shown, once for all of its undecided cells."""


@dataclass(frozen=True)
class MeasureGroup:
    """Measures under one heading."""

    title: str
    """Empty where the heading of its part says it all."""
    rows: tuple[MeasureRow, ...]
    part: str | None = None
    """Stands above the first group of the primary and of the exploratory measures."""


@dataclass(frozen=True)
class Table:
    """As many variants as a page holds side by side."""

    marks: tuple[Mark, ...]
    groups: tuple[MeasureGroup, ...]
    has_base: bool = True
    """Whether the first is the base, with which the others are compared."""


@dataclass(frozen=True)
class Figure:
    """A picture with its title and what must be said to read it."""

    title: str
    chart: Chart
    captions: tuple[str, ...]
    narrow: Chart
    """The same picture, drawn for a telephone."""


@dataclass(frozen=True)
class Segment:
    """A piece of an answer: plain, repeat, leak, role or after (the first of either), or folded: told, not quoted."""

    text: str
    kind: str
    thought: bool = False
    """Whether it was thought, and is shown folded."""
    cut: bool = False
    """Whether more of the thought is left out behind it."""


@dataclass(frozen=True)
class LogSource:
    """Where a training's curves were logged, and the page of an online run."""

    text: str
    link: str | None = None


@dataclass(frozen=True)
class Multiple:
    """One row of small pictures: a quantity, a picture a training, None where it was not logged."""

    title: str
    charts: tuple[Chart | None, ...]


@dataclass(frozen=True)
class CourseFigure:
    """A quantity of several trainings as one figure: a picture each, None where it was not logged."""

    title: str
    charts: tuple[Chart | None, ...]
    finding: str
    """What the curves came to, with the logged numbers."""
    sources: tuple[LogSource, ...]


@dataclass(frozen=True)
class Multiples:
    """Small pictures: a column a training, a figure a quantity."""

    marks: tuple[Mark, ...]
    methods: tuple[str, ...]
    rows: tuple[CourseFigure, ...]


@dataclass(frozen=True)
class AuditEntry:
    """A warning of the audit; variants are listed in one text, None where it concerns all."""

    code: str
    message: str
    variants: str | None


@dataclass(frozen=True)
class Source:
    """One line of provenance."""

    what: str
    value: str
    digest: str | None = None
    link: str | None = None
    """Where the value leads: a training's page at W&B."""
