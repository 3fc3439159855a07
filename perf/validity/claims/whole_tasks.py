"""Metrics of a whole lm-eval task, compared by the paired bootstrap over documents."""

from __future__ import annotations

import numpy as np

from harness.comparing.aggregations import KNOWN, Rows
from harness.comparing.inference import paired_figures
from perf.validity.claim import Band, Cell, Claim, Figures, Measure

_MANY = 200_000
"""Documents of which the figure is taken for the true one."""


def whole_tasks() -> Claim:
    """Of F1 and Matthews' correlation, both sides with errors of their own on the same documents."""
    worlds = {
        "F1, 20 % wrong on both sides": ("f1", 0.2, 0.2),
        "F1, 20 % and 30 % wrong": ("f1", 0.2, 0.3),
        "Matthews' correlation, 20 % wrong on both sides": ("matthews_corrcoef", 0.2, 0.2),
        "Matthews' correlation, 20 % and 30 % wrong": ("matthews_corrcoef", 0.2, 0.3),
    }
    return Claim(
        title="A metric of a whole lm-eval task",
        says="Two labels, as often one as the other. Last: p below 0.05, a false alarm where both sides err as often, "
        "else power.",
        bands={"coverage": Band(least=0.93)},
        layout="{coverage} ({above} + {below}) {p}",
        cells=tuple(
            Cell(world, str(n), _compared(name, first, second, n), quick=n == 40 and name == "f1")
            for world, (name, first, second) in worlds.items()
            for n in (40, 250)
        ),
    )


def _compared(name: str, first: float, second: float, n: int) -> Measure:
    def measure(rng: np.random.Generator, worlds: int) -> Figures:
        counts = np.ones(_MANY)
        sides = _rows(rng, name, _MANY, first, second)
        before, after = (float(KNOWN[name].figure(counts, rows)) for rows in sides)
        truth = after - before if first != second else 0.0
        above = below = significant = held = 0
        for world in range(worlds):
            found = paired_figures(KNOWN[name], *_rows(rng, name, n, first, second), world)
            if found.low is None or found.high is None or found.p is None:
                continue
            held += 1
            above += found.low > truth
            below += found.high < truth
            significant += found.p < 0.05
        return {
            "coverage": 1 - (above + below) / held,
            "above": above / held,
            "below": below / held,
            "p": significant / held,
        }

    return measure


def _rows(rng: np.random.Generator, name: str, n: int, first: float, second: float) -> tuple[Rows, Rows]:
    """Both sides of n documents; what is wrong is the other label."""
    right = rng.integers(0, 2, n)
    given = [np.where(rng.random(n) < share, 1 - right, right)
             for share in (first, second)]  # fmt: skip
    found = KNOWN[name].read(np.vstack([np.column_stack([right, one]) for one in given]).tolist())
    assert found is not None
    return found[:n], found[n:]
