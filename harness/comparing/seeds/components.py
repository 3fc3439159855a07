"""Where a figure's variance comes from: training seeds, questions, several answers to a question. Pure.

They say what more of each would buy: a mean over s seeds and q questions has the variance seed / s + question / q +
rest / (s · q).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.comparing import Groups, Item, labels
from harness.comparing.inference import Floats


@dataclass(frozen=True)
class Components:
    """Variances of a single answer's value, by where they come from; their sum is the variance of one answer."""

    seed: float | None
    """Between trainings that differ in their seed alone; None with one seed."""
    question: float
    """Between questions, or clusters of them: how hard they are. With one seed, the rest of it too."""
    rest: float | None
    """Seed by question: which questions a seed happens to get right. With one answer each, sampling too."""
    sampling: float | None
    """Between answers to one question of one training; None with one answer each."""
    seeds: int
    questions: int
    samples: float
    """Answers to a question, as the harmonic mean has it."""


def components(values: Sequence[Mapping[Item, float]], groups: Groups) -> Components | None:
    """By the method of moments, over the questions that every seed has an answer to; None where there are not two.

    Mean squares of the two-way layout without replication, on cell means (Searle, Casella and McCulloch 1992, 4.4); an
    estimate below nought is nought. values has a seed's judged answers in each row.
    """
    cells = _cells(values, groups)
    if cells is None:
        return None
    means, answers, within = cells
    s, q = means.shape
    samples = 1 / float((1 / answers).mean())
    sampling = within if samples > 1 else None
    own = (sampling or 0.0) / samples
    between = s * float(means.mean(axis=0).var(ddof=1))
    if s < 2:
        return Components(None, max(0.0, between - own), None, sampling, s, q, samples)
    seeds = q * float(means.mean(axis=1).var(ddof=1))
    left = means - means.mean(axis=1, keepdims=True) - means.mean(axis=0) + means.mean()
    error = float((left**2).sum()) / ((s - 1) * (q - 1))
    return Components(
        seed=max(0.0, (seeds - error) / q),
        question=max(0.0, (between - error) / s),
        rest=max(0.0, error - own),
        sampling=sampling,
        seeds=s,
        questions=q,
        samples=samples,
    )


def _cells(values: Sequence[Mapping[Item, float]], groups: Groups) -> tuple[Floats, Floats, float] | None:
    """((s, q) means of cells, (s, q) answers in them, pooled variance of answers to one question by one seed)."""
    items = sorted({item for row in values for item in row})
    found = labels(items, groups) or [question for question, _ in items]
    cluster = dict(zip(items, found, strict=True))
    rows: list[dict[str, dict[str, list[float]]]] = []
    for row in values:
        table: dict[str, dict[str, list[float]]] = {}
        for item, value in row.items():
            table.setdefault(cluster[item], {}).setdefault(item[0], []).append(value)
        rows.append(table)
    shared = [label for label in dict.fromkeys(found) if all(label in table for table in rows)]
    if not rows or len(shared) < 2:
        return None
    means = np.array([[np.mean([np.mean(it) for it in table[label].values()]) for label in shared] for table in rows])
    answers = np.array([[_harmonic(list(map(len, table[label].values()))) for label in shared] for table in rows])
    return means, answers, _within(rows)


def _harmonic(counts: Sequence[int]) -> float:
    return len(counts) / sum(1 / count for count in counts)


def _within(rows: Sequence[Mapping[str, Mapping[str, Sequence[float]]]]) -> float:
    several = [it for table in rows for cell in table.values() for it in cell.values() if len(it) > 1]
    degrees = sum(len(it) - 1 for it in several)
    return sum(float(np.var(it, ddof=1)) * (len(it) - 1) for it in several) / degrees if degrees else 0.0
