"""What the section on recorded experiments shows, its text ready to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.charts import Mark
from harness.comparing import Measure
from harness.records import Comparison
from harness.report import Grid, Multiples
from harness.report.summary import Exchange, ForestPanel


@dataclass(frozen=True)
class BesideCurves:
    """Curves of one method's trainings on shared axes."""

    title: str
    notes: tuple[str, ...]
    grids: tuple[Multiples, ...]


@dataclass(frozen=True)
class ScoredGroup:
    """Experiments that are compared with the same training, or stand on the same base of their own."""

    title: str
    note: str
    panels: tuple[ForestPanel, ...]
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class SaidOf:
    """What may be said of one experiment, of several together, or of all."""

    marks: tuple[Mark, ...]
    """Of whom; empty where it is of all."""
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class FarthestAnswer:
    """The question on which an experiment's answer is farthest from what it is compared with."""

    title: str
    exchange: Exchange


@dataclass(frozen=True)
class Outcome:
    """What one experiment came to: what a section's end is made of."""

    name: str
    reference: str | None
    """The run's training that it changes; None where it changes none."""
    changed: tuple[str, ...]
    rows: tuple[tuple[Measure, Comparison], ...]
    """Its differences to what it is compared with, on the measures that a reader asks first."""
    asked: bool
    """Whether it has answers."""
    families: Mapping[Comparison, int]
    """How many tests each row is adjusted over."""


@dataclass(frozen=True)
class RecordedSection:
    """All recorded experiments of a run."""

    lead: tuple[str, ...]
    changed: Grid
    settings: tuple[Grid, ...]
    settings_notes: tuple[str, ...]
    curves: tuple[BesideCurves, ...]
    scored: tuple[ScoredGroup, ...]
    said: tuple[SaidOf, ...]
    answers: tuple[FarthestAnswer, ...]
