"""Judging the judge: on labelled pairs, how often it is right, and what else moves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.comparing.inference import Floats, Interval, Numbers, mean_interval
from harness.judging.ballots import Ballot


@dataclass(frozen=True)
class Share:
    """A share or a difference of shares over n pairs, with its 95 % interval."""

    value: float
    low: float | None
    high: float | None
    n: int

    @property
    def above(self) -> bool:
        """Whether the interval leaves ½ below it."""
        return self.low is not None and self.low > 0.5


@dataclass(frozen=True)
class JudgeCheck:
    """What labelled pairs show of a judge; a figure that no pair speaks to is None."""

    accuracy: Share | None
    """Against labels that are no ties, ties half: ½ is chance. Pairs that it did not judge are left out."""
    both_right: Share | None
    """Right in both orders, of the same pairs."""
    consistency: Share | None
    """Pairs with the same verdict in both orders."""
    first_bias: Share | None
    """How much more often than ½ the answer that stands first is chosen, of verdicts that choose one."""
    verbosity_bias: Share | None
    """How much more often than the labels it prefers the longer answer."""
    stability: Share | None
    """Pairs with the same verdict when they were judged again."""
    kappa: float | None
    """Cohen's, of win, tie and loss."""
    alpha: float | None
    """Krippendorff's, nominal."""
    n: int
    not_judged: int

    @property
    def better_than_chance(self) -> bool:
        """Whether its word may be more than numbers."""
        return self.accuracy is not None and self.accuracy.above


def check_judge(
    ballots: Sequence[Ballot],
    labels: Sequence[float],
    length_differences: Numbers | None = None,
    again: Sequence[tuple[float, float]] = (),
    clusters: Sequence[str] | None = None,
) -> JudgeCheck:
    """Labels (n,) by people: 1 where the ballot's variant is better, 0 where its baseline is, ½ for a tie.

    length_differences (n,): variant − baseline, in any unit. again: preferences of pairs judged twice.
    """
    groups = clusters if clusters is not None else [str(place) for place in range(len(ballots))]
    found = [
        (ballot, label, group)
        for ballot, label, group in zip(ballots, labels, groups, strict=True)
        if ballot.preference is not None
    ]
    values = np.array([ballot.preference for ballot, _, _ in found], dtype=float)
    truth = np.array([label for _, label, _ in found], dtype=float)
    index = [group for _, _, group in found]
    decided = truth != 0.5
    towards = np.where(truth > 0.5, values, 1 - values)
    both = np.array([ballot.consistent for ballot, _, _ in found], dtype=object)
    twice = np.array([value is not None for value in both], dtype=bool)
    longer = None
    if length_differences is not None:
        by_length = [
            difference
            for ballot, difference in zip(ballots, length_differences, strict=True)
            if ballot.preference is not None
        ]
        longer = np.sign(np.array(by_length, dtype=float))
    return JudgeCheck(
        accuracy=_share(towards, decided, index),
        both_right=_share((towards == 1.0).astype(float), decided & twice, index),
        consistency=_share(np.array([value is True for value in both], dtype=float), twice, index),
        first_bias=_first_bias([ballot for ballot, _, _ in found], index),
        verbosity_bias=None if longer is None else _share(longer * (values - truth), longer != 0, index, shift=0.0),
        stability=_share(
            np.array([one == other for one, other in again], dtype=float),
            np.ones(len(again), dtype=bool),
            [str(place) for place in range(len(again))],
        ),
        kappa=cohens_kappa(values, truth),
        alpha=krippendorffs_alpha([[value, label] for value, label in zip(_kinds(values), _kinds(truth), strict=True)]),
        n=len(found),
        not_judged=len(ballots) - len(found),
    )


def cohens_kappa(first: Floats, second: Floats) -> float | None:
    """Agreement of two raters over win, tie and loss beyond what their own shares give by chance (Cohen 1960)."""
    if not len(first):
        return None
    from statsmodels.stats.inter_rater import cohens_kappa as of_table

    kinds = sorted({*_kinds(first), *_kinds(second)})
    if len(kinds) < 2:
        return None
    table = np.zeros((len(kinds), len(kinds)))
    for one, other in zip(_kinds(first), _kinds(second), strict=True):
        table[kinds.index(one), kinds.index(other)] += 1
    return float(of_table(table, return_results=False))


def krippendorffs_alpha(ratings: Sequence[Sequence[str | None]]) -> float | None:
    """Of nominal ratings, a row a unit and None where a rater said nothing: 1 − observed / expected disagreement.

    Krippendorff 2004, Content Analysis, ch. 11; units with fewer than two ratings say nothing.
    """
    rows = [[value for value in unit if value is not None] for unit in ratings]
    rows = [unit for unit in rows if len(unit) > 1]
    kinds = sorted({value for unit in rows for value in unit})
    if len(kinds) < 2:
        return None
    counts = np.array([[unit.count(kind) for kind in kinds] for unit in rows], dtype=float)
    each = counts.sum(axis=1)
    total, shares = each.sum(), counts.sum(axis=0)
    observed = float(((each**2 - (counts**2).sum(axis=1)) / (each - 1)).sum() / total)
    expected = float((total**2 - (shares**2).sum()) / (total * (total - 1)))
    return 1 - observed / expected


def _kinds(values: Floats) -> list[str]:
    return ["win" if value > 0.5 else "loss" if value < 0.5 else "tie" for value in values]


def _first_bias(ballots: Sequence[Ballot], clusters: Sequence[str]) -> Share | None:
    """Of verdicts that choose: the share of the first answer, less ½; both of a pair belong together."""
    rows = [
        (float(choice == "first"), cluster)
        for ballot, cluster in zip(ballots, clusters, strict=True)
        for choice in (ballot.forward, ballot.swapped)
        if choice in ("first", "second")
    ]
    values = np.array([value for value, _ in rows])
    return _share(values, np.ones(len(rows), dtype=bool), [cluster for _, cluster in rows], shift=0.5)


def _share(values: Floats, of: Floats, clusters: Sequence[str], shift: float = 0.0) -> Share | None:
    chosen = np.flatnonzero(of)
    if not len(chosen):
        return None
    names = [clusters[place] for place in chosen]
    found: Interval = mean_interval(values[chosen], names if len(set(names)) < len(names) else None)
    low, high = ((None if end is None else end - shift) for end in (found.low, found.high))
    return Share(float(values[chosen].mean()) - shift, low, high, len(chosen))
