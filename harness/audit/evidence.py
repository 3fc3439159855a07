"""What the checks of the audit look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.comparing import Column
from harness.on_disk import Keyed
from harness.records import BASE, Caveat, Comparison, Question
from harness.store import AskedBase, AskedModel, Manifest, Run


@dataclass(frozen=True)
class Evidence:
    """A run, with its scores by variant and metric."""

    run: Run
    table: Mapping[str, Mapping[str, Column]]
    comparisons: Sequence[Comparison] = ()

    @property
    def manifest(self) -> Manifest:
        """What was asked of whom, with the certificates of the trainings."""
        return self.run.manifest

    def asked_models(self) -> Iterator[tuple[str, AskedBase | AskedModel]]:
        """The base and each full model, by what the run calls them."""
        yield BASE, self.manifest.base
        yield from (self.manifest.models or {}).items()

    @cached_property
    def _questions(self) -> Keyed[str, Question]:
        return Keyed(self.run.questions, lambda question: question.id)

    def question(self, id_: str) -> Question | None:
        """The question of that id; None where the run folder has none."""
        return self._questions.get(id_)

    def share(self, variant: str, metric: str) -> float:
        """Mean of a metric over a variant's judged answers; 0 where there are none."""
        column = self.table.get(variant, {}).get(metric)
        values = column.values if column else {}
        return sum(values.values()) / len(values) if values else 0.0


Check = Callable[[Evidence], Iterator[Caveat]]
