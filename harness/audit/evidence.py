"""What the checks of the audit look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.comparing import Column
from harness.records import Caveat, Comparison, Curve, Question, Response
from harness.store import AnswerKey


@dataclass(frozen=True)
class Evidence:
    """What a run folder holds, with the scores by variant and metric."""

    manifest: Mapping[str, Any]
    questions: Sequence[Question]
    answers: Mapping[AnswerKey, Response]
    table: Mapping[str, Mapping[str, Column]]
    curves: Sequence[Curve]
    comparisons: Sequence[Comparison] = ()

    @property
    def responses(self) -> dict[tuple[str, str], Response]:
        """(variant, question id) → its first answer."""
        return {key[:2]: response for key, response in self.answers.items() if key[2] == 0}

    @property
    def samples(self) -> int:
        """How many answers each question was to have."""
        return int(self.manifest.get("generation", {}).get("samples", 1))

    @property
    def variants(self) -> list[str]:
        return [row["name"] for row in self.manifest.get("variants", [])]

    @property
    def trainings(self) -> Mapping[str, Mapping[str, Any]]:
        """variant → certificate, for the adapters that have one."""
        found: Mapping[str, Mapping[str, Any]] = self.manifest.get("trainings", {})
        return found

    def share(self, variant: str, metric: str) -> float:
        """Mean of a metric over a variant's judged answers; 0 where there are none."""
        column = self.table.get(variant, {}).get(metric)
        values = column.values if column else {}
        return sum(values.values()) / len(values) if values else 0.0


Check = Callable[[Evidence], Iterator[Caveat]]
