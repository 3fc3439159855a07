"""AnytimeEvidence that may be looked at after every question: bets against a paired mean, and what they exclude.

A bettor who starts with 1 and stakes a share λ of what he has on each difference being harmful multiplies his wealth by
1 + λ(d − μ₀). If the mean is μ₀ or less he wins nothing on average, whatever λ he chose from the past: the wealth ever
reaches 1/α with a chance of at most α (Ville 1939), however often it is looked at (Waudby-Smith and Ramdas 2024).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.comparing.inference.studentised import ALPHA, Floats
from harness.records import Question

_CAP = 0.9
"""The largest share of the wealth that one difference may take away."""
_USUAL, _WORTH = 0.1, 10
"""The second moment that differences are expected to have, and how many seen ones that is worth."""
_STEPS = 40
"""Halvings by which the end of an interval is found: to 2⁻³⁹."""


@dataclass(frozen=True)
class Bets:
    """A mixture of bettors, each of whom expects the mean to lie so many margins from what is tested."""

    shifts: tuple[float, ...]
    weights: tuple[float, ...]


CATCH = Bets((1.0, 2.0, 4.0, 16.0), (0.1, 0.65, 0.15, 0.1))
"""Against "not worse": quickest where the harm is twice the margin, and not slow where it is a collapse."""
HOLD = Bets((1.0, 3.0), (0.7, 0.3))
"""Against "worse by the margin": quickest where nothing has changed."""


@dataclass(frozen=True)
class Harm:
    """Differences in the harmful direction, by cluster, in the order in which the questions are asked."""

    sums: Floats
    """(k,) Σ over the cluster's items, each from −1 to 1."""
    sizes: Floats
    """(k,) items in the cluster; 0 where none of them was judged."""
    margin: float
    either: bool = False
    """Whether a change to the other side is a harm as well."""

    @property
    def mean(self) -> float:
        """Over all items."""
        return float(self.sums.sum() / self.sizes.sum())


@dataclass(frozen=True)
class AnytimeEvidence:
    """What all looks up to the last question say of a mean harm."""

    low: float
    high: float
    """A 95 % confidence sequence, 2.5 % a side: with that chance it holds the mean at every look."""
    p: float
    """Anytime-valid: one-sided, or of both sides where a change to either is a harm."""


def evidence(harm: Harm) -> AnytimeEvidence:
    """The confidence sequence and p-value at the last question.

    They are each other's dual: low > 0 exactly where the one-sided p is below 0.025.
    """
    low, high = _end(harm, CATCH, 1), _end(harm, CATCH if harm.either else HOLD, -1)
    # Where looks contradict each other, as they do in one sample of 20 at most, nothing lies between the ends.
    return AnytimeEvidence(min(low, high), max(low, high), float(p_path(harm)[-1]))


def p_path(harm: Harm) -> Floats:
    """(k,) the anytime-valid p-value of "not worse" after each cluster, 1 / the most won so far; it never rises."""
    won = np.maximum.accumulate(np.maximum(0.0, log_wealth(harm, 0.0, 1, CATCH)))
    if harm.either:
        other = np.maximum.accumulate(np.maximum(0.0, log_wealth(harm, 0.0, -1, CATCH)))
        won = np.maximum(0.0, np.maximum(won, other) - np.log(2))
    return np.asarray(np.exp(-won))


def held_path(harm: Harm) -> NDArray[np.bool_]:
    """(k,) whether the confidence sequence lies within the margin after each cluster; once it does, it stays."""
    held = _ever(log_wealth(harm, min(1.0, harm.margin), -1, CATCH if harm.either else HOLD))
    return held & _ever(log_wealth(harm, max(-1.0, -harm.margin), 1, CATCH)) if harm.either else held


def log_wealth(harm: Harm, null: float, side: int, bets: Bets) -> Floats:
    """(k,) log of the mixture's wealth against a mean harm of `null` or less (side 1), or or more (side −1).

    A bettor who expects a shift δ stakes δ / (v + δ²), Kelly's bet, v being the second moment of the differences seen
    before: no stake depends on what it is laid on. Clusters of unlike size are divided by the largest seen, so that the
    null is that of the mean over items. The wealth grows with the distance from `null`: an interval has no holes.
    """
    largest = np.maximum(1.0, np.maximum.accumulate(harm.sizes))
    won = side * (harm.sums - null * harm.sizes) / largest
    judged = np.cumsum(harm.sizes > 0)
    shift = harm.margin * np.cumsum(harm.sizes) / np.maximum(1, judged) / largest
    moment = (_USUAL * _WORTH + _before(np.cumsum((harm.sums / largest) ** 2))) / (_WORTH + _before(judged))
    most = _CAP / (1 + side * null) if null * side > -1 else np.inf
    logs = [
        np.log(weight) + np.cumsum(np.log1p(np.minimum(most, times * shift / (moment + (times * shift) ** 2)) * won))
        for times, weight in zip(bets.shifts, bets.weights, strict=True)
    ]
    return np.asarray(np.logaddexp.reduce(logs, axis=0))


def in_random_order(questions: Sequence[Question], groups: Mapping[str, str], seed: int) -> list[list[str]]:
    """Ids by cluster, in an order drawn by the seed: that of the whole suite and that of a part of it agree."""
    found: dict[str, list[str]] = {}
    for question in questions:
        label = f"cluster {groups[question.id]}" if question.id in groups else f"question {question.id}"
        found.setdefault(label, []).append(question.id)
    return [
        found[label] for label in sorted(found, key=lambda label: (random.Random(f"{seed} {label}").random(), label))
    ]


def _before(totals: NDArray[Any]) -> Floats:
    """What had been seen before each."""
    return np.concatenate([[0.0], totals[:-1]])


def _end(harm: Harm, bets: Bets, side: int) -> float:
    """The mean nearest to the data that has never been excluded, searched from the far end."""
    excluded, kept = float(-side), float(side)
    if not _ever(log_wealth(harm, excluded, side, bets))[-1]:
        return excluded
    for _ in range(_STEPS):
        middle = (excluded + kept) / 2
        if _ever(log_wealth(harm, middle, side, bets))[-1]:
            excluded = middle
        else:
            kept = middle
    return excluded


def _ever(path: Floats) -> NDArray[np.bool_]:
    """(k,) whether it has been excluded at 2.5 % by then."""
    return np.asarray(np.maximum.accumulate(path) >= np.log(2 / ALPHA))
