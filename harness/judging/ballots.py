"""What a judge said of a pair of answers: once in each order, made into one preference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.comparing.inference import Floats

Choice = Literal["first", "second", "tie"]
"""Which of the two answers, as they stood before the judge."""


@dataclass(frozen=True)
class Ballot:
    """A judge's word on one pair: the variant's answer and the baseline's to one question."""

    question_id: str
    baseline: str
    variant: str
    forward: Choice | None
    """With the baseline's answer first; None where the judge said nothing that can be used."""
    swapped: Choice | None = None
    """With the variant's answer first."""
    both_orders: bool = True
    """Whether it was asked in both orders; of a recording that has one, forward alone counts."""
    sample: int = 0
    reason: str = ""
    """The judge's own words, as data."""
    given: float | None = None
    """The preference itself, 0 to 1, where a recording has a number in place of verdicts."""

    @property
    def preference(self) -> float | None:
        """1 where the variant wins, 0 where it loses, ½ for a tie; None where it was not judged.

        Orders that disagree are a tie. Without a usable verdict in each order that was asked, the pair is not judged.
        """
        if self.given is not None:
            return self.given
        forward = _for_variant(self.forward, variant_first=False)
        if not self.both_orders:
            return forward
        swapped = _for_variant(self.swapped, variant_first=True)
        if forward is None or swapped is None:
            return None
        return forward if forward == swapped else 0.5

    @property
    def consistent(self) -> bool | None:
        """Whether both orders say the same; None where there are not two verdicts."""
        forward = _for_variant(self.forward, variant_first=False)
        swapped = _for_variant(self.swapped, variant_first=True)
        if not self.both_orders or forward is None or swapped is None:
            return None
        return forward == swapped


@dataclass(frozen=True)
class Preferred:
    """Judged pairs of one variant and one baseline, in the order of their questions."""

    values: Floats
    """(n,) of 0 to 1: how far the variant is preferred."""
    clusters: tuple[str, ...]
    """(n,) what depends on each other: the question, or the group that it belongs to."""
    inconsistent: int = 0
    """Pairs whose two orders disagree; they are ties."""
    not_judged: int = 0

    @property
    def exchanged(self) -> Preferred:
        """The same with variant and baseline exchanged."""
        return Preferred(1.0 - self.values, self.clusters, self.inconsistent, self.not_judged)


def preferences(ballots: Iterable[Ballot], clusters: dict[str, str] | None = None) -> Preferred:
    """What ballots of one pair of variants come to; clusters says by question what it belongs together with."""
    judged: list[tuple[str, float]] = []
    inconsistent = not_judged = 0
    for ballot in sorted(ballots, key=lambda ballot: (ballot.question_id, ballot.sample)):
        value = ballot.preference
        if value is None:
            not_judged += 1
            continue
        inconsistent += ballot.consistent is False
        judged.append(((clusters or {}).get(ballot.question_id, ballot.question_id), value))
    return Preferred(
        np.array([value for _, value in judged], dtype=float),
        tuple(cluster for cluster, _ in judged),
        inconsistent,
        not_judged,
    )


def repeated(first: Sequence[Ballot], again: Sequence[Ballot]) -> list[tuple[float, float]]:
    """The preferences of pairs that were judged twice, (first, again)."""
    before = {(it.question_id, it.baseline, it.variant, it.sample): it.preference for it in first}
    found = ((before.get((it.question_id, it.baseline, it.variant, it.sample)), it.preference) for it in again)
    return [(one, other) for one, other in found if one is not None and other is not None]


def _for_variant(choice: Choice | None, variant_first: bool) -> float | None:
    if choice is None:
        return None
    if choice == "tie":
        return 0.5
    return float((choice == "first") == variant_first)
