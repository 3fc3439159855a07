"""How often graders take a wrong answer for a right one and a right one for a wrong one, with intervals and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perf.grading.graders import GRADERS
from perf.grading.variants import Variant

_LEVEL = 0.05
_IN_DIGITS = ("digits", "separators", "currency")
"""What everybody's rule was made for."""
_RATES = ("false accept", "false reject")


@dataclass(frozen=True)
class Verdict:
    """What one grader says of one variant."""

    grader: str
    variant: Variant
    accepted: bool

    @property
    def agrees(self) -> bool:
        """Whether that is the truth."""
        return self.accepted == self.variant.right


@dataclass(frozen=True)
class Rate:
    """Errors of so many answers, with Clopper and Pearson's interval."""

    errors: int
    n: int

    @property
    def share(self) -> float | None:
        """None where there was nothing to be wrong about."""
        return self.errors / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """At 95 %: exact, as binomial tails give it."""
        from scipy.stats import beta

        low = float(beta.ppf(_LEVEL / 2, self.errors, self.n - self.errors + 1)) if self.errors else 0.0
        high = float(beta.ppf(1 - _LEVEL / 2, self.errors + 1, self.n - self.errors)) if self.errors < self.n else 1.0
        return low, high

    def __str__(self) -> str:
        if not self.n:
            return "–"
        low, high = self.interval
        return f"{100 * self.errors / self.n:.2f} % [{100 * low:.2f}, {100 * high:.2f}] of {self.n}"


def judged(variants: Iterable[Variant], graders: Sequence[str] = tuple(GRADERS)) -> list[Verdict]:
    """Each grader's verdict on each variant of a kind that it is made for."""
    return [
        Verdict(name, variant, GRADERS[name].judge(variant.question, variant.text))
        for variant in variants
        for name in graders
        if (kinds := GRADERS[name].kinds) is None or variant.question.match in kinds
    ]


def rates(verdicts: Iterable[Verdict]) -> tuple[Rate, Rate]:
    """(false accepts of what is wrong, false rejects of what is right)."""
    errors, counts = [0, 0], [0, 0]
    for verdict in verdicts:
        counts[verdict.variant.right] += 1
        errors[verdict.variant.right] += not verdict.agrees
    return Rate(errors[0], counts[0]), Rate(errors[1], counts[1])


DIMENSIONS: Mapping[str, Callable[[Variant], str]] = {
    "form": lambda variant: variant.form,
    "language": lambda variant: variant.language,
    "distractor": lambda variant: variant.distractor,
    "fault": lambda variant: variant.fault or "right",
}


def groups(verdicts: Sequence[Verdict], dimension: str) -> dict[str, list[Verdict]]:
    """The verdicts by one of DIMENSIONS, in the order of their names."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(DIMENSIONS[dimension](verdict.variant), []).append(verdict)
    return dict(sorted(found.items()))


def summary(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """A row for each half, group of kinds and grader: what is saved, and what the page shows."""
    return [
        row
        for half in ("dev", "held")
        for row in _summary_of([verdict for verdict in verdicts if verdict.variant.half == half], half)
    ]


def _summary_of(verdicts: Sequence[Verdict], half: str) -> list[dict[str, Any]]:
    numbers = [verdict for verdict in verdicts if verdict.variant.question.match == "number"]
    plain = [verdict for verdict in numbers if verdict.variant.form in _IN_DIGITS]
    return [
        _row(half, what, grader, [verdict for verdict in some if verdict.grader == grader])
        for what, some in (("numbers in digits", plain), ("numbers", numbers), ("all kinds", verdicts))
        for grader in GRADERS
        if any(verdict.grader == grader for verdict in some) and (what != "all kinds" or GRADERS[grader].kinds is None)
    ]


def _row(half: str, what: str, grader: str, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    row: dict[str, Any] = {"half": half, "what": what, "grader": grader}
    for name, rate in zip(_RATES, rates(verdicts), strict=True):
        low, high = rate.interval
        row[name] = {"errors": rate.errors, "n": rate.n, "low": round(low, 6), "high": round(high, 6)}
    return row
