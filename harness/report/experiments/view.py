"""What the section on recorded experiments shows, its text ready to print."""

from __future__ import annotations

from dataclasses import dataclass

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
class FarthestAnswer:
    """The question on which an experiment's answer is farthest from what it is compared with."""

    title: str
    exchange: Exchange


@dataclass(frozen=True)
class RecordedSection:
    """All recorded experiments of a run."""

    lead: tuple[str, ...]
    changed: Grid
    settings: tuple[Grid, ...]
    settings_notes: tuple[str, ...]
    curves: tuple[BesideCurves, ...]
    scored: tuple[ScoredGroup, ...]
    said: tuple[str, ...]
    answers: tuple[FarthestAnswer, ...]
