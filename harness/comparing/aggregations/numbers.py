"""Aggregations of numbers: means, the median, perplexities, Brier's score."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from harness.comparing.aggregations.aggregation import Aggregation, Figure, Rows, ratio


def one_number(finish: Callable[[Rows], Rows]) -> Figure:
    """The figure that is made of the mean of one number a document."""

    def figure(counts: Rows, rows: Rows) -> Rows:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(finish(counts @ rows[:, 0] / counts.sum(axis=-1)))

    return figure


def read_numbers(values: Sequence[object]) -> Rows | None:
    """(n, 1); what is null, which JSON has for NaN and infinities, was not judged."""
    if not all(value is None or isinstance(value, int | float) for value in values):
        return None
    return np.array([[_number(value)] for value in values]).reshape(-1, 1)


def read_weighted(values: Sequence[object]) -> Rows | None:
    """(n, 2) of (log-probability, weight) each; weights are counts of tokens, words or bytes."""
    pairs = [value for value in values if isinstance(value, list | tuple) and len(value) == 2]
    rows = read_numbers([part for pair in pairs for part in pair])
    if rows is None or len(pairs) < len(values):
        return None
    weighted = rows.reshape(-1, 2)
    return None if (weighted[:, 1] < 0).any() else weighted


def read_lists(values: Sequence[object]) -> Rows | None:
    """(n, 2) of (sum, count) of the numbers in each document's list."""
    lists = [value for value in values if isinstance(value, list | tuple) and value]
    if len(lists) < len(values) or not all(isinstance(part, int | float) for found in lists for part in found):
        return None
    return np.array([[sum(map(_number, found)), len(found)] for found in lists], dtype=float).reshape(-1, 2)


def read_brier(values: Sequence[object]) -> Rows | None:
    """(n, 1) of Σ (probability − whether it is the right choice)² each, from (right choice, probabilities)."""
    found = [(value[0], _vector(value[1])) for value in values if isinstance(value, list | tuple) and len(value) == 2]
    widths = {None if chances is None else len(chances) for _, chances in found}
    if len(found) < len(values) or len(widths) != 1 or None in widths:
        return None
    (width,) = widths
    rows = []
    for right, chances in found:
        if not isinstance(right, int) or chances is None or width is None or not -width <= right < width:
            return None
        chances[right] -= 1
        rows.append([sum(chance**2 for chance in chances)])
    return np.array(rows)


def mean() -> Aggregation:
    """Σ values / documents."""
    return Aggregation(read_numbers, one_number(lambda level: level), "mean")


def nanmean() -> Aggregation:
    """The same over the documents that were judged."""
    return Aggregation(read_numbers, _nanmean, "mean")


def median() -> Aggregation:
    """The middle value; of an even number, the upper of the two."""
    return Aggregation(read_numbers, _median)


def perplexity() -> Aggregation:
    """exp(−mean log-probability), each document counting the same."""
    return ratio(_read_unweighted, lambda rate: np.exp(-rate), exponential=True)


def weighted_perplexity() -> Aggregation:
    """exp(−Σ log-probability / Σ weight)."""
    return ratio(read_weighted, lambda rate: np.exp(-rate), exponential=True)


def bits_per_byte() -> Aggregation:
    """−Σ log-probability / Σ bytes, in bits."""
    return ratio(read_weighted, lambda rate: -rate / math.log(2))


def pooled_mean() -> Aggregation:
    """The mean over the numbers of all documents' lists, each number counting the same."""
    return ratio(read_lists, lambda rate: rate)


def brier_score() -> Aggregation:
    """The mean of Brier's score (1950) over documents.

    lm-eval writes the probabilities of a sample as numpy prints them, to eight digits.
    """
    return Aggregation(read_brier, one_number(lambda level: level), "mean", tolerance=1e-6)


def _read_unweighted(values: Sequence[object]) -> Rows | None:
    rows = read_numbers(values)
    return None if rows is None else np.hstack([rows, np.ones_like(rows)])


def _nanmean(counts: Rows, rows: Rows) -> Rows:
    judged = np.isfinite(rows[:, 0])
    return one_number(lambda level: level)(counts[..., judged], rows[judged])


def _median(counts: Rows, rows: Rows) -> Rows:
    order = np.argsort(rows[:, 0], kind="stable")
    running = np.cumsum(counts[..., order], axis=-1)
    place = (running > running[..., -1:] // 2).argmax(axis=-1)
    found = rows[order, 0][place]
    return np.asarray(np.where(np.isnan(rows).any(), np.nan, found))


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        return math.nan
    try:
        found = float(value)
    except OverflowError:
        return math.nan
    return found if math.isfinite(found) else math.nan


def _vector(value: object) -> list[float] | None:
    """Of numbers, or of the text that numpy makes of an array."""
    parts = value.strip("[] \n").split() if isinstance(value, str) else value
    if not isinstance(parts, list) or not parts:
        return None
    try:
        found = [float(part) for part in parts]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if all(map(math.isfinite, found)) else None
