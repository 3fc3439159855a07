"""Which question is told through: the one whose answers differ most, and not in one measure alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from harness.report import Asked, Material

APART = ("words", "leak", "rep_4")
"""Measures whose changes are weighed, beside the verdict."""


@dataclass(frozen=True)
class Apart:
    """How far the answers to a question lie apart."""

    question: Asked
    complete: bool
    """Whether every variant answered it."""
    turned: int
    """Variants whose verdict is not the base's."""
    changes: tuple[float, ...]
    """The largest change of any variant on each of APART, 0 to 1: words as a share of the longer answer."""

    @property
    def rank(self) -> tuple[bool, int, float, float]:
        """Verdicts first; then the change that two of three measures reach, so that none decides alone."""
        return self.complete, self.turned, median(self.changes), sum(self.changes)


def most_apart(material: Material) -> list[Apart]:
    """Every question that was answered, those of the highest rank first, of equal ones in the suite's order."""
    found = [apart(material, question) for question in material.questions if _answered(material, question)]
    return sorted(found, key=lambda it: it.rank, reverse=True)


def apart(material: Material, question: Asked) -> Apart:
    """How far the answers to this question lie from the base's; with the base alone, nowhere."""
    base, tuned = material.base.name, [variant.name for variant in material.tuned]
    verdicts = [material.value(name, question.id, "correct") for name in (base, *tuned)]
    turned = sum(it is not None and verdicts[0] is not None and it != verdicts[0] for it in verdicts[1:])
    changes = tuple(_largest(material, question, metric, tuned) for metric in APART)
    return Apart(question, len(_answered(material, question)) == 1 + len(tuned), turned, changes)


def _answered(material: Material, question: Asked) -> list[str]:
    found = ((name, material.responses.get((name, question.id))) for name in material.marks)
    return [name for name, response in found if response is not None and response.error is None]


def _largest(material: Material, question: Asked, metric: str, tuned: Sequence[str]) -> float:
    before = material.value(material.base.name, question.id, metric)
    after = [value for name in tuned if (value := material.value(name, question.id, metric)) is not None]
    if before is None or not after:
        return 0.0
    if metric != "words":
        return max(abs(value - before) for value in after)
    return max(abs(value - before) / (max(value, before) or 1.0) for value in after)
