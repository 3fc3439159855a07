"""Aggregations of (right label, given label): F1 and its kin, Matthews' correlation, as scikit-learn has them.

In closed form over counts: scikit-learn takes a millisecond a resample, and a comparison asks for ten thousand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.comparing.aggregations.aggregation import Aggregation, Rows, of_sums
from harness.comparing.aggregations.numbers import one_number

Pair = tuple[float | str, float | str]


def f1() -> Aggregation:
    """2 TP / (2 TP + FP + FN) of label 1; 0 where nothing is and nothing is said to be 1."""
    return Aggregation(_read_f1, of_sums(_f1), imagined=_imagined_f1)


def matthews() -> Aggregation:
    """Matthews' correlation, R_K of more than two labels (Gorodkin 2004); 0 where either side has one label only."""
    return Aggregation(_read_confusion, of_sums(_matthews), imagined=_imagined_confusion)


def macro_f1() -> Aggregation:
    """The mean of F1 over the labels that occur."""
    return Aggregation(_read_confusion, of_sums(_macro_f1), imagined=_imagined_confusion)


def weighted_f1() -> Aggregation:
    """The mean of F1 over labels, each by how often it is right."""
    return Aggregation(_read_confusion, of_sums(_weighted_f1), imagined=_imagined_confusion)


def micro_f1() -> Aggregation:
    """F1 over all labels together, which is the share of right ones."""
    return Aggregation(_read_right, one_number(lambda level: level), "mean")


def read_pairs(values: Sequence[object]) -> list[Pair] | None:
    """(right, given) of each document; None where any is no pair of labels of one kind."""
    pairs = [tuple(value) for value in values if isinstance(value, list | tuple) and len(value) == 2]
    labels = [label for pair in pairs for label in pair]
    texts = all(isinstance(label, str) for label in labels)
    whole = all(isinstance(label, int | float) and label % 1 == 0 for label in labels)
    return pairs if pairs and len(pairs) == len(values) and (texts or whole) else None


def _read_f1(values: Sequence[object]) -> Rows | None:
    """(n, 3) of TP, FP and FN; scikit-learn refuses two labels without a 1 among them, and three."""
    pairs = read_pairs(values)
    if pairs is None or isinstance(pairs[0][0], str):
        return None
    labels = {label for pair in pairs for label in pair}
    if len(labels) > 2 or (len(labels) == 2 and 1 not in labels):
        return None
    right, given = (np.array(pairs) == 1).T
    return np.column_stack([right & given, ~right & given, right & ~given]).astype(float)


def _f1(sums: Rows) -> Rows:
    return _share(2 * sums[..., 0], 2 * sums[..., 0] + sums[..., 1] + sums[..., 2])


def _imagined_f1(rows: Rows) -> tuple[Rows, Rows]:
    ones = float((rows[:, 0] + rows[:, 2]).mean())
    return np.array([ones, 0.0, 0.0]), np.array([0.0, 1 - ones, ones])


def _read_confusion(values: Sequence[object]) -> Rows | None:
    """(n, 3k): whether each label is right, is given, and both."""
    pairs = read_pairs(values)
    if pairs is None:
        return None
    _, places = np.unique(np.array(pairs), return_inverse=True)
    # Two labels at least: where one alone was seen, another could have been given.
    hot = np.eye(max(2, int(places.max()) + 1))[places.reshape(-1, 2)]  # (n, 2, k)
    return np.hstack([hot[:, 0], hot[:, 1], hot[:, 0] * hot[:, 1]])


def _read_right(values: Sequence[object]) -> Rows | None:
    pairs = read_pairs(values)
    return None if pairs is None else np.array([[float(right == given)] for right, given in pairs])


def _matthews(sums: Rows) -> Rows:
    right, given, both = np.split(sums, 3, axis=-1)
    n = right.sum(axis=-1)
    together = n * both.sum(axis=-1) - (right * given).sum(axis=-1)
    spread = (n**2 - (right**2).sum(axis=-1)) * (n**2 - (given**2).sum(axis=-1))
    return _share(together, np.sqrt(np.maximum(spread, 0.0)))


def _macro_f1(sums: Rows) -> Rows:
    right, given, both = np.split(sums, 3, axis=-1)
    there = right + given > 0
    return _share((_share(2 * both, right + given) * there).sum(axis=-1), there.sum(axis=-1))


def _weighted_f1(sums: Rows) -> Rows:
    right, given, both = np.split(sums, 3, axis=-1)
    return _share((_share(2 * both, right + given) * right).sum(axis=-1), right.sum(axis=-1))


def _imagined_confusion(rows: Rows) -> tuple[Rows, Rows]:
    right = np.split(rows.mean(axis=0), 3)[0]
    others = (1 - right) / (len(right) - 1)
    return np.concatenate([right, right, right]), np.concatenate([right, others, np.zeros_like(right)])


def _share(part: Rows, whole: Rows) -> Rows:
    """A part of a whole, 0 where there is no whole."""
    return np.asarray(np.where(whole > 0, part / np.where(whole > 0, whole, 1), 0.0))
