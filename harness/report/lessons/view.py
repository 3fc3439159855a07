"""What a reader takes along: the sentences that end a section, and one question told through."""

from __future__ import annotations

from dataclasses import dataclass

from harness.charts import Mark
from harness.report.summary import Exchange


@dataclass(frozen=True)
class Lesson:
    """One sentence; what is taken from the literature names its source by a mark that is set as its number."""

    text: str
    sourced: bool = False
    """Whether the text holds such marks and formulas: then no name and no text of a run stands in it."""


@dataclass(frozen=True)
class MetricStep:
    """What one metric counted in each answer to the question, and how it counts."""

    title: str
    how: str
    """Sourced, as a lesson may be."""
    cells: tuple[str, ...]


@dataclass(frozen=True)
class WorkedExample:
    """The question whose answers differ most, from what was asked to what it cannot show."""

    exchange: Exchange
    marks: tuple[Mark, ...]
    chosen: str
    """Why this question, with the figures that chose it."""
    steps: tuple[MetricStep, ...]
    differs: str
    """The finding: what each variant did otherwise than the base."""
    limits: str
