"""What the summary report shows, its text ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from harness.charts import Chart, Mark
from harness.records import Direction, Verdict
from harness.report import AuditEntry, Fact, Figure, Judged, Multiples, Segment, Source, Table, beside
from harness.report.sweep import SweepSection

_ACROSS = 4
"""Answers that a sheet of paper holds side by side."""


@dataclass(frozen=True)
class VariantCard:
    """One variant in thirty seconds."""

    mark: Mark
    training: str
    facts: tuple[Fact, ...]
    exploratory: tuple[Fact, ...] = ()
    """Differences on measures that were not named as primary, of which nothing is claimed."""


@dataclass(frozen=True)
class VerdictSection:
    """What the run shows at first sight: a sentence, a card a variant, the tables of all measures."""

    lead: str
    findings: str
    shortfall: str | None
    """Where the sample decides nothing: what it would have shown, and how many questions a claim needs."""
    cards: tuple[VariantCard, ...]
    title: str
    note: str
    meaning: str | None
    """What the words mean, and over which family of tests they hold."""
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class ForestLine:
    """One variant's difference to the base, drawn and in words; no picture where the base's mean gives no scale."""

    mark: Mark
    chart: Chart | None
    difference: str
    judged: Judged | None


@dataclass(frozen=True)
class ForestRow:
    """One measure in a panel, with a line for each variant."""

    title: str
    n: str
    direction: Direction
    lines: tuple[ForestLine, ...]
    part: str | None = None
    """Stands above the first measure that is exploratory."""
    aim: Direction | None = None
    """The side that is better, at the first of the measures that share it."""


@dataclass(frozen=True)
class ForestPanel:
    """Differences on one common scale."""

    title: str
    finding: str
    axis: Chart
    foot: Chart | None
    """The axis again, where the panel is long."""
    rows: tuple[ForestRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PairedDifference:
    """A difference between two tuned variants."""

    first: Mark
    second: Mark
    measure: str
    difference: str
    brief: str
    """Without its interval."""
    judged: Judged | None
    part: str | None = None
    """Stands above the first measure that is exploratory."""


@dataclass(frozen=True)
class ChangesSection:
    """Differences to the base as forests, and those between the tuned variants."""

    captions: tuple[str, ...]
    panels: tuple[ForestPanel, ...]
    same: str | None
    """Names the measures on which nothing differs at all."""
    pairs: tuple[PairedDifference, ...]
    pairs_finding: str
    """Which of them are claimed."""
    pairs_note: str | None


@dataclass(frozen=True)
class Cell:
    """One answer in the matrix of questions and variants."""

    sign: str
    """A shape for the verdict, so that grey print and every eye tells them apart."""
    kind: str
    """right, wrong, unjudged, missing; open where the question has no key; with lost or gained behind it."""
    length: str
    """Words, in figures; empty where nothing was counted."""
    bar: int
    """Of the longest answer of all, in twentieths."""
    told: str
    """The same in words, for a pointer and a screen reader."""
    flagged: bool


@dataclass(frozen=True)
class Answer:
    """What one variant wrote to one question, with its marks, flags and verdict."""

    mark: Mark
    place: int
    """The variant's, among all; the base's is 0."""
    found: tuple[str, ...]
    """What a reader can filter by: right, wrong, unjudged, leak, roles, loop, truncated, missing."""
    change: float
    """How far from the base's answer; 0 for the base."""
    state: str
    """right, wrong or unjudged; empty where the question is open."""
    facts: tuple[str, ...]
    flags: tuple[str, ...]
    note: str | None
    claim: str | None
    """What of it was read to grade it, and by which rule."""
    segments: tuple[Segment, ...]
    printed: tuple[Segment, ...]
    """The beginning, for paper."""
    rest: str | None
    """Says how much paper leaves out."""
    cut: str | None
    """Stands where the token limit ended the text."""
    missing: str | None
    """Why there is no text."""
    region: str
    cell: Cell


@dataclass(frozen=True)
class Exchange:
    """One question and what each variant made of it."""

    id: str
    question: str
    expected: str | None
    kind: str | None
    """How it is judged: number, choice, open, …"""
    tags: tuple[tuple[Verdict, str], ...]
    answers: tuple[Answer, ...]

    @property
    def rows(self) -> tuple[tuple[Answer, ...], ...]:
        """Answers as they stand side by side on a page: rows as equal as can be, none of a reference's gaps in them."""
        there = [it for it in self.answers if it.cell.kind != "absent"]
        rows = max(1, -(-len(there) // _ACROSS))
        return tuple(beside(there, max(1, -(-len(there) // rows))))

    @property
    def absent(self) -> tuple[Answer, ...]:
        """References that answered other questions."""
        return tuple(it for it in self.answers if it.cell.kind == "absent")


@dataclass(frozen=True)
class AnswersSection:
    """Questions with their answers: those that differ most on the screen, the first of these on paper."""

    lead: str
    reading: str
    """How the matrix is read: its signs and bars."""
    marks: tuple[Mark, ...]
    kinds: tuple[str, ...]
    print_note: str
    first: int
    """Rows of the matrix that stand open to the eye; the others follow on demand."""
    shown: tuple[Exchange, ...]
    printed: tuple[Exchange, ...]


@dataclass(frozen=True)
class WandbPanel:
    """A picture of a training's page at W&B, that the user gave."""

    mark: Mark | None
    """None where it is of the whole project."""
    uri: str
    caption: str
    link: str | None
    """The page itself, where it is online."""


@dataclass(frozen=True)
class TrainingSection:
    """The training curves; where there are none, a sentence that says why."""

    lead: str | None
    grids: tuple[Multiples, ...]
    reading: str
    """What the lines and dots are, and which window the strong line is smoothed over."""
    panels: tuple[WandbPanel, ...]
    without: str | None


@dataclass(frozen=True)
class Report:
    """Everything the template shows."""

    run: str
    suite: str
    subtitle: tuple[str, ...]
    created: str | None
    verdict: VerdictSection
    changes: ChangesSection
    spread: tuple[Figure, ...]
    answers: AnswersSection
    training: TrainingSection
    audit: tuple[AuditEntry, ...]
    command: str | None
    sources: tuple[Source, ...]
    sweep: SweepSection | None
    narrowed: str | None
    """Says which variants the other sections show where a sweep has more than they hold."""
