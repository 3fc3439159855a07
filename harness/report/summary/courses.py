"""What a logged quantity did over a training, read off the values as they were logged, and the sentence on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Literal

from harness.charts import Points, evaluation_lines
from harness.curves import quantity_text
from harness.words import Words, numerals

Keyed = Mapping[str, Points]
"""Logged key → (step, value), ascending."""
Turn = Literal["rose", "fell", "stayed"]

HIGH = 0.95
"""The reward accuracy from which it tells one checkpoint from another no longer."""
_PART = 10
"""The beginning and the end of a course are this part of its values each."""
_FEW = 20
_MOSTLY = 0.9


@dataclass(frozen=True)
class Course:
    """A quantity's logged values, none of them smoothed."""

    key: str
    points: Points

    @property
    def first(self) -> float:
        """The value that was logged first."""
        return self.points[0][1]

    @property
    def last(self) -> float:
        """The value that was logged last, which stands at the line's end."""
        return self.points[-1][1]

    @property
    def low(self) -> tuple[float, float]:
        """(step, value) of the lowest; of equal ones the first."""
        return min(self.points, key=lambda point: point[1])

    @property
    def high(self) -> tuple[float, float]:
        """(step, value) of the highest; of equal ones the first."""
        return max(self.points, key=lambda point: point[1])

    @property
    def end(self) -> tuple[float, int]:
        """(mean, count) of the last tenth of the values."""
        many = max(1, len(self.points) // _PART)
        return fmean(value for _, value in self.points[-many:]), many

    @property
    def turn(self) -> Turn:
        """Rose or fell where the last tenth lies beyond the first one's own scatter, and the last value agrees."""
        values = [value for _, value in self.points]
        if not all(map(math.isfinite, values)):
            return "stayed"
        many = max(1, len(values) // _PART) if len(values) >= _FEW else 1
        change, noise = fmean(values[-many:]) - fmean(values[:many]), pstdev(values[-many:])
        if abs(change) <= noise or change * (self.last - self.first) <= 0:
            return "stayed"
        return "rose" if change > 0 else "fell"

    def text(self, value: float, say: Words) -> str:
        """A value of it, as charts write it."""
        return quantity_text(self.key, value, say)


@dataclass(frozen=True)
class HighSteps:
    """Where a reward accuracy is HIGH or more."""

    since: float
    """The first logged step."""
    count: int
    """Of the logged steps from there on, so many."""
    of: int
    unbroken: float | None
    """The first step from which none is below; None where the last one is."""

    @property
    def mostly(self) -> bool:
        """Whether nine in ten of the steps from the first one on are."""
        return self.count >= _MOSTLY * self.of


def high_steps(points: Points) -> HighSteps | None:
    """None where no value reaches HIGH."""
    above = [value >= HIGH for _, value in points]
    if True not in above:
        return None
    start = above.index(True)
    below = [place for place, is_high in enumerate(above) if not is_high]
    after = below[-1] + 1 if below else 0
    unbroken = points[after][0] if after < len(points) else None
    return HighSteps(points[start][0], sum(above), len(points) - start, unbroken)


def finding(quantity: str, trainings: Mapping[str, Keyed], say: Words) -> str:
    """The caption of a row of curves: a clause a training, each with the numbers that were logged."""
    told = (CLAUSES[quantity](name, found, say) for name, found in trainings.items())
    clauses = [clause for clause in told if clause]
    return say("training.finding", clauses=say.listed(clauses, key="list.clause")) if clauses else ""


def evaluated(points: Points, say: Words, key: str = "eval_loss", name: str = "") -> str:
    """What an evaluation set's loss came to, behind a clause; empty where there was none."""
    if not points:
        return ""
    message = "training.evaluation" if len(points) > 1 else "training.evaluation_one"
    first, last = (quantity_text(key, value, say) for value in (points[0][1], points[-1][1]))
    named = {"name": name} if name else {}
    return say(f"{message}_named" if name else message, first=first, last=last, **named)


def _turned(quantity: str, key: str, name: str, found: Keyed, say: Words) -> str:
    if not (points := found.get(key, ())):
        return ""
    it = Course(key, points)
    if len(points) == 1:
        return say(f"training.{quantity}_once", name=name, value=it.text(it.last, say))
    if it.turn == "stayed":
        ends = {"low": it.text(it.low[1], say), "high": it.text(it.high[1], say)}
        return say(f"training.{quantity}_stayed", name=name, **ends)
    ends = {"first": it.text(it.first, say), "last": it.text(it.last, say)}
    return say(f"training.{quantity}_{it.turn}", name=name, **ends)


def _loss(name: str, found: Keyed, say: Words) -> str:
    clause = _turned("loss", "loss", name, found, say)
    if not clause:
        return ""
    clause += evaluated(found.get("eval_loss", ()), say)
    for line in evaluation_lines(found, {"loss": ""}):
        clause += evaluated(line.evaluations, say, name=line.label)
    return clause


def _margin(name: str, found: Keyed, say: Words) -> str:
    return _turned("margin", "rewards/margins", name, found, say)


def _rewards(name: str, found: Keyed, say: Words) -> str:
    sides = [Course(f"rewards/{side}", found.get(f"rewards/{side}", ())) for side in ("chosen", "rejected")]
    if not all(side.points for side in sides):
        return ""
    chosen, rejected = sides
    ends = {
        "a": chosen.text(chosen.first, say), "b": chosen.text(chosen.last, say),
        "c": rejected.text(rejected.first, say), "d": rejected.text(rejected.last, say),
    }  # fmt: skip
    case = _together(chosen, rejected)
    return say(f"training.rewards_{case}" if case else "training.rewards_ends", name=name, **ends)


def _together(chosen: Course, rejected: Course) -> str:
    """How the two moved; empty where that is none of these."""
    turns, wider = (chosen.turn, rejected.turn), chosen.last - rejected.last > chosen.first - rejected.first
    if turns == ("rose", "fell"):
        return "apart"
    if turns == ("fell", "fell") and wider:
        return "both_fall"
    return "both_rise" if turns == ("rose", "rose") and wider else ""


def _accuracy(name: str, found: Keyed, say: Words) -> str:
    key = "rewards/accuracies"
    if not (points := found.get(key, ())):
        return ""
    it, above = Course(key, points), high_steps(points)
    ends = {"name": name, "high": it.text(HIGH, say), "last": it.text(it.last, say)}
    if above is None:
        return say("training.accuracy_never", top=it.text(it.high[1], say), **ends)
    if above.unbroken == above.since:
        return say("training.accuracy_from", step=numerals.number(above.since), **ends)
    since = numerals.number(above.since)
    return say(
        "training.accuracy_mostly" if above.mostly else "training.accuracy_at_times",
        step=since, count=numerals.number(above.count), of=numerals.number(above.of), **ends,
    )  # fmt: skip


def _rate(name: str, found: Keyed, say: Words) -> str:
    if not (points := found.get("learning_rate", ())):
        return ""
    it = Course("learning_rate", points)
    step, high = it.high
    ends = {"high": it.text(high, say), "step": numerals.number(step), "last": it.text(it.last, say)}
    return say("training.rate_course", name=name, **ends)


CLAUSES: dict[str, Callable[[str, Keyed, Words], str]] = {
    "loss": _loss,
    "rewards": _rewards,
    "margin": _margin,
    "accuracy": _accuracy,
    "learning_rate": _rate,
}
"""Row of curves → what is said of one training's."""


def by_variant(names: Sequence[str], found: Mapping[tuple[str, str], Points]) -> dict[str, dict[str, Points]]:
    """Of each training what was logged, by key."""
    return {name: {key: points for (variant, key), points in found.items() if variant == name} for name in names}
