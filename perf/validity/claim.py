"""What is claimed of a figure, and the cells in which it is measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Figures = dict[str, float]
"""Figure → share of the worlds; NaN where no world had any, absent where the cell does not measure it."""
Measure = Callable[[np.random.Generator, int], Figures]
"""What so many worlds, drawn by that generator, show; one that enumerates all that can happen draws none."""


@dataclass(frozen=True)
class Band:
    """Between what a figure has to lie."""

    least: float = 0.0
    most: float = 1.0

    def holds(self, value: float, slack: float = 0.0) -> bool:
        """Whether it does, give or take so many of these worlds' standard errors."""
        return not math.isnan(value) and self.least - slack <= value <= self.most + slack


@dataclass(frozen=True)
class Cell:
    """One world, one size: what is measured at a time."""

    world: str
    """The row of the table: how values come about."""
    size: str
    """Its column: how many there are."""
    measure: Measure
    promised: bool = True
    """Whether the claim is made here too; else the cell shows where it ends."""
    quick: bool = False
    """Whether the tests measure it."""


@dataclass(frozen=True)
class Claim:
    """A table: its cells, how they are written, and the bands that they have to keep."""

    title: str
    says: str
    """What is measured, of what, and from where on it is promised."""
    bands: Mapping[str, Band]
    layout: str
    """How a cell's figures are written, as in "{coverage} ({below} + {above})"."""
    cells: tuple[Cell, ...]
    enumerated: bool = False
    """Whether all that can happen is weighed by its chance, and nothing is drawn."""

    def strays(self, cell: Cell, figures: Figures, worlds: int, errors: float = 0.0) -> list[str]:
        """The figures that leave their bands by more than so many standard errors; none of what is not promised."""
        if not cell.promised:
            return []
        found = []
        for name, band in self.bands.items():
            if name not in figures:
                continue
            slack = 0.0 if self.enumerated else max(map(_error, (band.least, band.most), (worlds, worlds))) * errors
            if not band.holds(figures[name], slack):
                found.append(f"{self.title}, {cell.world}, {cell.size}: {name} {figures[name]:.4f}")
        return found


def _error(share: float, worlds: int) -> float:
    return math.sqrt(share * (1 - share) / worlds)
