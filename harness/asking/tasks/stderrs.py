"""lm-eval's standard errors to the last digit, those of its bootstrap too, from the dice that it would have thrown.

Its bootstrap (100,000 resamples of a perplexity, an F1, …) takes a process a core; NumPy draws the same numbers as
Python's own dice, a thousand resamples at a time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.store import Json

_RESAMPLES = 100_000
_OF_TEXTS = 100
"""lm-eval's numbers of resamples: of a figure, and of one that takes all texts again."""
_TEXTS = ("bleu", "chrf", "chrf++", "ter")
"""Metrics of that kind."""
_AT_ONCE = 1000
"""lm-eval seeds its dice anew for every so many resamples."""
_CELLS = 2_000_000
"""Documents of resamples held at a time: 16 MB."""

Picks = NDArray[np.int64]
"""(resamples, documents): the places of the documents that each resample takes."""


def with_stderrs(found: Json, samples: Mapping[str, Sequence[Json]], loaded: Any) -> Json:
    """lm-eval's results with the standard errors that its command gives, of tasks, then of groups.

    "N/A" stays where it gives none; found: of a run without its bootstrap; loaded: the tasks and groups.
    """
    from lm_eval.evaluator_utils import EvalAcc, aggregate_groups

    figures = {name: dict(row) for name, row in found["results"].items()}
    for name, task in loaded["tasks"].items():
        values: dict[tuple[str, str], list[Any]] = {}
        for row in samples.get(name, ()):
            for metric in row["metrics"]:
                values.setdefault((metric, row["filter"]), []).append(row[metric])
        for (metric, rule), given in values.items():
            stderr = _stderr(task.aggregation().get(metric), metric, given)
            figures[name][f"{metric}_stderr,{rule}"] = "N/A" if stderr is None else stderr
    leaves = {name: row for name, row in figures.items() if name in loaded["tasks"]}
    # A group's error is made of its tasks', so lm-eval makes it once more.
    grouped = aggregate_groups(EvalAcc(metrics=leaves, groups=dict(loaded["groups"]))).metrics
    told = {name: {**row, **grouped.get(name, {})} for name, row in figures.items()}
    groups = {name: told[name] for name in found.get("groups", {})}
    return {**found, "results": told, **({"groups": groups} if groups else {})}


def _stderr(aggregation: Any, metric: str, values: Sequence[Any]) -> float | None:
    """None where lm-eval has no standard error of that aggregation; None is its mean."""
    from lm_eval.api import metrics as theirs

    if len(values) < 2:
        return None
    if aggregation is None or aggregation is theirs.mean:
        return float(theirs.mean_stderr(values))
    if aggregation is theirs.acc_all:
        return float(theirs.acc_all_stderr(values))
    quick = _QUICK.get(getattr(aggregation, "__name__", ""))
    if quick is not None and aggregation is getattr(theirs, aggregation.__name__):
        figure, read = quick
        resampled = [found for picks in _draws(len(values), _RESAMPLES) for found in figure(read(values), picks)]
        return _deviation(resampled)
    if metric in _TEXTS and aggregation in (theirs.bleu, theirs.chrf, theirs.chrfpp, theirs.ter):
        rows = (row for picks in _draws(len(values), _OF_TEXTS) for row in picks)
        return _deviation([aggregation([values[place] for place in row]) for row in rows])
    return None


def _draws(count: int, resamples: int) -> Iterator[Picks]:
    """The places that random.Random(0), random.Random(1), … choose, as lm-eval seeds them, in parts."""
    at_once = min(_AT_ONCE, resamples)
    rows = max(1, _CELLS // count)
    for number in range(resamples // at_once):
        *keys, place = random.Random(number).getstate()[1]
        dice = np.random.RandomState()
        dice.set_state(("MT19937", np.array(keys, dtype=np.uint32), int(place), 0, 0.0))
        for start in range(0, at_once, rows):
            shape = (min(rows, at_once - start), count)
            yield np.floor(dice.random_sample(shape) * count).astype(np.int64)


def _deviation(values: Sequence[float]) -> float:
    found = np.asarray(values, dtype=float)
    return float(found.std(ddof=1))


def _numbers(values: Sequence[Any]) -> NDArray[Any]:
    return np.asarray(values, dtype=float)


def _positive(values: Sequence[Any]) -> NDArray[Any]:
    """(2, documents): whether the gold label is 1, and the predicted one."""
    return np.asarray([[bool(pair[side] == 1) for pair in values] for side in (0, 1)])


def _codes(values: Sequence[Any]) -> NDArray[Any]:
    """(2, documents): gold and predicted labels, numbered."""
    place = {label: number for number, label in enumerate(dict.fromkeys(one for pair in values for one in pair[:2]))}
    return np.asarray([[place[pair[side]] for pair in values] for side in (0, 1)])


def _perplexity(values: NDArray[Any], picks: Picks) -> NDArray[Any]:
    found: NDArray[Any] = np.exp(-values[picks].mean(axis=1))
    return found


def _median(values: NDArray[Any], picks: Picks) -> NDArray[Any]:
    middle = picks.shape[1] // 2
    return np.partition(values[picks], middle, axis=1)[:, middle]


def _nanmean(values: NDArray[Any], picks: Picks) -> NDArray[Any]:
    drawn = values[picks]
    judged = np.isfinite(drawn) | np.isinf(drawn)
    count = judged.sum(axis=1)
    return np.where(count > 0, np.where(judged, drawn, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _f1(positive: NDArray[Any], picks: Picks) -> NDArray[Any]:
    gold, said = (positive[side][picks] for side in (0, 1))
    both, either = (gold & said).sum(axis=1), gold.sum(axis=1) + said.sum(axis=1)
    return np.where(either > 0, 2 * both / np.maximum(either, 1), 0.0)


def _matthews(codes: NDArray[Any], picks: Picks) -> NDArray[Any]:
    """Of any number of labels (Gorodkin 2004), 0 where either side says only one, as scikit-learn has it."""
    labels, count = int(codes.max()) + 1, picks.shape[1]
    gold, said = (np.stack([(codes[side][picks] == label).sum(axis=1) for label in range(labels)]) for side in (0, 1))
    right = (codes[0] == codes[1])[picks].sum(axis=1)
    covariance = right * count - (gold * said).sum(axis=0)
    spread = (count**2 - (said**2).sum(axis=0)) * (count**2 - (gold**2).sum(axis=0))
    return np.where(spread > 0, covariance / np.sqrt(np.maximum(spread, 1)), 0.0)


_QUICK: Mapping[str, tuple[Callable[[NDArray[Any], Picks], NDArray[Any]], Callable[[Sequence[Any]], NDArray[Any]]]] = {
    "perplexity": (_perplexity, _numbers),
    "median": (_median, _numbers),
    "nanmean": (_nanmean, _numbers),
    "f1_score": (_f1, _positive),
    "matthews_corrcoef": (_matthews, _codes),
}
"""lm-eval's aggregation → (the figure of each resample, what it is made of)."""
