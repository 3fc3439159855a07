"""What a report shows: filled first, its text ready to print, then handed to a template that computes nothing."""

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
    text: str
    judged: Judged | None = None
    certainty: str | None = None
    """What the sample could have shown, beside a difference that it did not."""


@dataclass(frozen=True)
class Card:
    """One variant in thirty seconds."""

    mark: Mark
    training: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Cell:
    """One variant on one measure."""

    level: str
    difference: str
    """To the base, with its interval; the level's own interval where there is nothing to compare with."""
    judged: Judged | None
    note: str | None


@dataclass(frozen=True)
class Row:
    title: str
    unit: str
    direction: Direction
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """As many variants as a page holds side by side, the base first."""

    marks: tuple[Mark, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class VerdictSection:
    lead: str
    findings: str
    cards: tuple[Card, ...]
    title: str
    note: str
    meaning: str | None
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class ForestLine:
    mark: Mark
    chart: Chart | None
    difference: str
    judged: Judged


@dataclass(frozen=True)
class ForestRow:
    title: str
    n: str
    direction: Direction
    lines: tuple[ForestLine, ...]


@dataclass(frozen=True)
class ForestPanel:
    """Differences on one common scale."""

    title: str
    axis: Chart
    rows: tuple[ForestRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """A difference between two tuned variants."""

    first: Mark
    second: Mark
    measure: str
    difference: str
    judged: Judged


@dataclass(frozen=True)
class ChangesSection:
    captions: tuple[str, ...]
    panels: tuple[ForestPanel, ...]
    same: str | None
    """Names the measures on which nothing differs at all."""
    pairs: tuple[Pair, ...]
    pairs_note: str | None


@dataclass(frozen=True)
class Figure:
    title: str
    chart: Chart
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Segment:
    """A piece of an answer: plain, or marked as repeat, leak or after (the first leak)."""

    text: str
    kind: str


@dataclass(frozen=True)
class Answer:
    mark: Mark
    place: int
    """The variant's, among all; the base's is 0."""
    found: tuple[str, ...]
    """What a reader can filter by: right, wrong, unjudged, leak, loop, truncated, missing."""
    change: float
    """How far from the base's answer; 0 for the base."""
    state: str
    """right, wrong or unjudged; empty where the question is open."""
    facts: tuple[str, ...]
    flags: tuple[str, ...]
    note: str | None
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


@dataclass(frozen=True)
class Exchange:
    """One question and what each variant made of it."""

    id: str
    question: str
    expected: str | None
    kind: str | None
    """How it is judged: number, choice, open, …"""
    tags: tuple[tuple[Verdict, str], ...]
    rows: tuple[tuple[Answer, ...], ...]
    """Answers, as many side by side as a page holds."""


@dataclass(frozen=True)
class AnswersSection:
    lead: str
    marks: tuple[Mark, ...]
    kinds: tuple[str, ...]
    print_note: str
    shown: tuple[Exchange, ...]
    printed: tuple[Exchange, ...]


@dataclass(frozen=True)
class Multiple:
    """One row of small pictures: a quantity, a picture a training, None where it was not logged."""

    title: str
    charts: tuple[Chart | None, ...]


@dataclass(frozen=True)
class Multiples:
    marks: tuple[Mark, ...]
    methods: tuple[str, ...]
    rows: tuple[Multiple, ...]


@dataclass(frozen=True)
class TrainingSection:
    lead: str | None
    captions: tuple[str, ...]
    grids: tuple[Multiples, ...]
    without: str | None


@dataclass(frozen=True)
class Finding:
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


@dataclass(frozen=True)
class Ranked:
    """A combination of settings, over its seeds."""

    place: str
    settings: tuple[str, ...]
    chart: Chart | None
    figure: str
    others: tuple[str, ...]
    """Means of the other metrics."""
    seeds: str


@dataclass(frozen=True)
class Ranking:
    """The settings of a sweep by the metric that ranks them, the base beneath."""

    settings: tuple[str, ...]
    """Heads of the settings' columns."""
    measure: str
    others: tuple[str, ...]
    axis: Chart | None
    rows: tuple[Ranked, ...]
    notes: str


@dataclass(frozen=True)
class Sensitivity:
    """Small multiples: a column a panel along the setting, a row a metric."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Multiple, ...]


@dataclass(frozen=True)
class Trained:
    """One training of a sweep on every measure, with the verdict on its difference to the base."""

    mark: Mark
    cells: tuple[tuple[str, Judged | None], ...]


@dataclass(frozen=True)
class SweepSection:
    lead: str
    findings: tuple[str, ...]
    caution: str
    """What the intervals are worth."""
    ranking: Ranking
    panels: tuple[Sensitivity, ...]
    reading: str
    unmoved: str | None
    """Names the metrics that no setting moved at all."""
    heads: tuple[Markup, ...]
    trainings: tuple[Trained, ...]
    """A row a training, the base first."""
    trainings_note: str
    failed: tuple[tuple[str, str], ...]
    """Trainings that are not in the figures, with the line that each ended with."""


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
    audit: tuple[Finding, ...]
    command: str | None
    sources: tuple[Source, ...]
    sweep: SweepSection | None
    narrowed: str | None
    """Says which variants the other sections show where a sweep has more than they hold."""
