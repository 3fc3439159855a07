"""What the section of a sweep shows, its text ready to print."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from harness.charts import Chart, Mark
from harness.report import Judged, Multiple


@dataclass(frozen=True)
class Ranked:
    """A combination of settings, over its seeds."""

    place: str
    settings: tuple[str, ...]
    chart: Chart | None
    figure: str
    corrected: tuple[str, ...]
    """Of the first place: its figure on questions that did not choose it, and on fresh ones."""
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
    finding: str
    """What the table shows, for its caption."""


@dataclass(frozen=True)
class Sensitivity:
    """Small multiples: a column a panel along the setting, a row a metric."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Multiple, ...]
    finding: str
    """How far the metric that ranks goes along it."""


@dataclass(frozen=True)
class SweptTraining:
    """One training of a sweep on every measure, with the verdict on its difference to the base."""

    mark: Mark
    cells: tuple[tuple[str, Judged | None], ...]


@dataclass(frozen=True)
class SweepSection:
    """What the sweep found: sentences, the ranked settings, a panel a setting, a row a training."""

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
    trainings: tuple[SweptTraining, ...]
    """A row a training, the base first."""
    trainings_note: str
    trainings_finding: str
    """How many of the table's differences have which verdict."""
    failed: tuple[tuple[str, str], ...]
    """Trainings that are not in the figures, with the line that each ended with."""
