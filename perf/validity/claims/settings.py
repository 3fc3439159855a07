"""The best of many settings, figures over seeds and questions, several answers to a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.comparing import Column, Side, attempts
from harness.comparing.inference import Floats
from harness.comparing.seeds import (
    Sheet,
    crossed_against,
    crossed_difference,
    crossed_interval,
    seed_part,
    select,
    tell,
)
from perf.validity.claim import Band, Cell, Claim, Figures, Measure
from perf.validity.claims.shapes import Bounds, Generator, coverage, percent

_RIGHT = 0.6
"""The base's rate."""
_ANSWERS = 5


@dataclass(frozen=True)
class _Sweep:
    """Settings that are all the base."""

    settings: int
    seeds: int = 1
    apart: float = 0.0
    """Standard deviation between seeds."""
    alike: float = 0.8
    """Correlation of what decides whether two trainings are right on a question."""
    size: int = 1
    """Questions a cluster."""


def first_place() -> Claim:
    """Of a sweep in which every setting is the base: what the first place is told to be worth."""
    sweeps = {
        "16 trainings that answer much alike": _Sweep(16),
        "16 trainings that answer less alike": _Sweep(16, alike=0.5),
        "16 trainings, questions in fours": _Sweep(16, size=4),
        "8 settings of 2 seeds, 3 points apart": _Sweep(8, 2, 0.03),
        "8 settings of 3 seeds, 3 points apart": _Sweep(8, 3, 0.03),
    }
    cells = [
        Cell(world, str(n), _first(it, n), quick=n == 100 and it.size == 1)
        for world, it in sweeps.items()
        for n in (48, 100, 252)
    ]
    return Claim(
        title="The first place of a sweep",
        says="All settings are the base, 60 % right. By cross-fitting, the level and the difference to the base, and "
        "how far the figure lies above the truth on average; beside it how far the ranked one does.",
        bands={"coverage": Band(0.93), "against": Band(0.93)},
        layout="{coverage}, {against}, off {off}, ranked {ranked}",
        cells=tuple(cells),
    )


def seeds_and_questions() -> Claim:
    """Of settings that were trained with several seeds and asked the same questions."""
    cells = [
        Cell(f"{kind}, seeds {percent(apart)} apart, {seeds} seeds", str(n), _crossed(kind, n, seeds, apart),
             promised=seeds >= 3, quick=n == 100 and seeds == 3)
        for kind in ("level", "difference to base", "difference of two settings")
        for seeds in (2, 3, 5)
        for apart in (0.0, 0.02, 0.05)
        for n in (100, 252)
    ]  # fmt: skip
    return Claim(
        title="A setting over seeds and questions",
        says="Rights and wrongs of a base rate of 60 %. Promised from the three seeds on that a claim needs.",
        bands={"coverage": Band(0.935)},
        layout="{coverage} ({above} + {below})",
        cells=tuple(cells),
    )


def several_answers() -> Claim:
    """Of pass@k and pass^k over five answers to a question."""
    cells = [
        Cell(title, str(n), _attempts(title, n), quick=n == 50)
        for title in ("pass@1", "pass@2", "pass@5", "pass^2", "pass^5")
        for n in (50, 200)
    ]
    return Claim(
        title="One of k answers right, all of k right",
        says="Five answers each; a question's chance is drawn from Beta(0.6, 0.4).",
        bands={"coverage": Band(0.92)},
        layout="{coverage} ({above} + {below})",
        cells=tuple(cells),
    )


def _answers(rng: Generator, chances: Floats, hard: Floats, alike: float) -> Floats:
    """(t, n) rights and wrongs of trainings, correlated by how hard a question is."""
    from scipy.special import ndtri

    own = rng.standard_normal((len(chances), len(hard)))
    right = np.sqrt(alike) * hard + np.sqrt(1 - alike) * own < ndtri(chances)[:, None]
    return np.asarray(right, dtype=float)


def _difficulty(rng: Generator, n: int, size: int) -> Floats:
    shared, own = np.repeat(rng.standard_normal(n // size), size), rng.standard_normal(n)
    return np.asarray(own if size == 1 else np.sqrt(0.7) * shared + np.sqrt(0.3) * own)


def _first(sweep: _Sweep, n: int) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        rows = [_of_one_sweep(rng, sweep, n, world) for world in range(worlds)]
        levels, differences, off, ranked = zip(*rows, strict=True)
        held = {"coverage": coverage(levels, _RIGHT)["coverage"], "against": coverage(differences, 0.0)["coverage"]}
        return {**held, "off": float(np.mean(off)), "ranked": float(np.mean(ranked))}

    return measure


def _of_one_sweep(rng: Generator, sweep: _Sweep, n: int, seed: int) -> tuple[Bounds, Bounds, float, float]:
    """(the level's interval, the difference's, how far the corrected and the ranked figure lie above the truth)."""
    settings, seeds = sweep.settings, sweep.seeds
    chances = np.concatenate([[_RIGHT], _RIGHT + sweep.apart * rng.standard_normal(settings * seeds)])
    every = _answers(rng, np.clip(chances, 0.01, 0.99), _difficulty(rng, n, sweep.size), sweep.alike)
    levels, against = _sheet(every[1:], sweep.size), _sheet(every[1:] - every[0], sweep.size)
    selection = select(levels, [list(range(it * seeds, (it + 1) * seeds)) for it in range(settings)], True, seed)
    assert selection is not None
    means = every[1:].mean(axis=1).reshape(settings, seeds)
    part = seed_part(means.tolist(), seeds)
    level, difference = tell(levels, selection, (0, 0, 1, 1), part), tell(against, selection, (-1, 1), part)
    best = float(means.mean(axis=1).max())
    return (level.low, level.high), (difference.low, difference.high), level.mean - _RIGHT, best - _RIGHT


def _sheet(values: Floats, size: int) -> Sheet:
    sums = values.reshape(len(values), -1, size).sum(axis=2)
    return Sheet(sums, np.full_like(sums, size))


def _crossed(kind: str, n: int, seeds: int, apart: float) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        found = (_interval(rng, kind, n, seeds, apart) for _ in range(worlds))
        return coverage(list(found), _RIGHT if kind == "level" else 0.0)

    return measure


def _interval(rng: Generator, kind: str, n: int, seeds: int, apart: float) -> Bounds:
    hard = rng.standard_normal(n)
    chances = np.clip(_RIGHT + apart * rng.standard_normal(2 * seeds), 0.01, 0.99)
    base = _answers(rng, np.array([_RIGHT]), hard, 0.6)
    values = _answers(rng, chances, hard, 0.6)
    if kind == "level":
        level = crossed_interval(_sheet(values[:seeds], 1), 0.0, 1.0)
        return level.low, level.high
    if kind == "difference to base":
        span = crossed_against(_sheet(values[:seeds] - base, 1), 1.0)
    else:
        span = crossed_difference(_sheet(values[:seeds], 1), _sheet(values[seeds:], 1))
    return (None, None) if span is None else (span.low, span.high)


def _attempts(title: str, n: int) -> Measure:
    from scipy.stats import beta

    k = int(title[5:])
    share: Callable[[Floats], Floats] = (lambda p: 1 - (1 - p) ** k) if "@" in title else (lambda p: p**k)
    truth = float(beta(0.6, 0.4).expect(share))

    def measure(rng: Generator, worlds: int) -> Figures:
        bounds: list[Bounds] = []
        for _ in range(worlds):
            right = rng.random((n, _ANSWERS)) < rng.beta(0.6, 0.4, n)[:, None]
            values = {(str(q), number): float(it) for (q, number), it in np.ndenumerate(right)}
            side = Side("base", {"correct": Column(values, 0)})
            cell = attempts({"base": side}, [str(q) for q in range(n)], _ANSWERS, {})["base"][title]
            bounds.append((cell.low, cell.high))
        return coverage(bounds, truth)

    return measure
