"""How many seeds and questions a claim about a setting needs, from the variance that a run has measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from harness.comparing.seeds import Components, Scored, components, read_sweep, scored, seed_groups
from harness.records import BASE
from harness.store import Run
from harness.words import aligned, numerals

_SEEDS = (3, 4, 5, 8, 12, 20)
_METRIC = "correct"
_FEWEST = 6
"""Questions below which there is no interval over them."""
_MOST = 1_000_000
Row = Mapping[tuple[str, int], float]


@dataclass(frozen=True)
class SeedPlan:
    """What a difference between settings varies by, as a run has measured it."""

    run: str
    settings: int
    """Settings that were trained with several seeds."""
    against_base: Components | None
    """Of the difference of one training to the base; None without a base."""
    between: Components | None
    """Of the difference of two trainings of different settings; None with a single setting."""


def plan_seeds(run: Run) -> SeedPlan | None:
    """None where no two trainings of the run differ in their seed alone."""
    answers = scored(run)
    groups = [rows for names in _groups(run) if len(rows := _rows(answers, names)) > 1]
    if not groups:
        return None
    base = answers.values(BASE, _METRIC)
    alone = [[_minus(row, base) for row in rows] for rows in groups] if base else []
    pairs = [[_minus(a, b) for a, b in zip(first, second, strict=False)] for first, second in combinations(groups, 2)]
    return SeedPlan(run.id, len(groups), _pooled(alone, answers), _pooled(pairs, answers))


def needed_questions(found: Components, seeds: int, effect: float) -> int | None:
    """The fewest questions with which so many seeds a setting show a true difference with 80 % power; None if none do.

    By the interval that a sweep tells: the variance of the seeds' means and that of the questions' means, Student's t
    at Satterthwaite's degrees. Where seeds alone vary too much, no number of questions makes up for it.
    """
    low, high = _FEWEST - 1, _FEWEST
    while _detectable(found, seeds, high) > effect:
        low, high = high, 2 * high
        if high > _MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _detectable(found, seeds, middle) > effect else (low, middle)
    return high


def seeds_table(plan: SeedPlan, effect: float) -> str:
    """What `harness plan --run` prints of seeds."""
    shown = (("against base", plan.against_base), ("against another setting", plan.between))
    claims = [(title, found) for title, found in shown if found is not None]
    rows = [["seeds", *(f"questions, {title}" for title, _ in claims)]]
    for seeds in _SEEDS:
        counts = (needed_questions(found, seeds, effect) for _, found in claims)
        rows.append([str(seeds), *("no number" if count is None else f"{count:,}" for count in counts)])
    return "\n".join([
        f"seeds and questions to see a setting differ by {effect * 100:.3g} points (80 % power), as {plan.run} varies",
        *(f"  {title}, SD by {_spread(found)}" for title, found in claims),
        "",
        aligned(rows),
    ])  # fmt: skip


def _groups(run: Run) -> list[tuple[str, ...]]:
    """Names of trainings by setting: as the sweep has them, else as their certificates say."""
    found = read_sweep(run)
    if found is None:
        return seed_groups(run.manifest.trainings)
    return [tuple(group["trainings"]) for group in found["ranking"]]


def _rows(answers: Scored, names: Sequence[str]) -> list[Row]:
    """Of the trainings that have judged answers."""
    return [row for row in (answers.values(name, _METRIC) for name in names) if row]


def _minus(row: Row, other: Row) -> dict[tuple[str, int], float]:
    return {item: value - other[item] for item, value in row.items() if item in other}


def _pooled(groups: Sequence[Sequence[Row]], answers: Scored) -> Components | None:
    """The mean of each component over the groups that have one."""
    known = [found for rows in groups if (found := components(rows, answers.groups)) is not None]
    if not known:
        return None
    return Components(
        seed=fmean(it.seed or 0.0 for it in known),
        question=fmean(it.question for it in known),
        rest=fmean(it.rest or 0.0 for it in known),
        sampling=fmean(it.sampling or 0.0 for it in known) if known[0].sampling is not None else None,
        seeds=min(it.seeds for it in known),
        questions=min(it.questions for it in known),
        samples=fmean(it.samples for it in known),
    )


def _detectable(found: Components, seeds: int, questions: int) -> float:
    from scipy.stats import t

    seed, rest = found.seed or 0.0, (found.rest or 0.0) + (found.sampling or 0.0) / found.samples
    parts = [
        ((seed + rest / questions) / seeds, seeds - 1),
        ((found.question + rest / seeds) / questions, max(1, questions - 1)),
    ]
    total = sum(variance for variance, _ in parts)
    if total == 0:
        return 0.0
    degrees = total**2 / sum(variance**2 / known for variance, known in parts)
    return float(t.ppf(0.975, degrees) + t.ppf(0.8, degrees)) * math.sqrt(total)


def _spread(found: Components) -> str:
    """Of one answer, in points."""
    parts = {"seed": found.seed, "question": found.question, "seed by question": found.rest, "sampling": found.sampling}
    told = (f"{name} {numerals.number(100 * math.sqrt(it), 1)}" for name, it in parts.items() if it is not None)
    return f"{', '.join(told)} points"
