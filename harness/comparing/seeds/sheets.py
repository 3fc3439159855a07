"""Trainings beside questions: what each answered, summed by cluster; a figure is a quotient of two sums. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.comparing import Groups, Item, Side, columns, labels, paired_items, question_groups, variant_sides
from harness.comparing.inference import Floats
from harness.records import BASE
from harness.store import Run


@dataclass(frozen=True)
class Sheet:
    """t trainings by k clusters of questions; a question that stands alone is its own cluster."""

    sums: Floats
    """(t, k) sums of judged values."""
    counts: Floats
    """(t, k) how many values they are of."""

    @property
    def clusters(self) -> int:
        """How many there are."""
        return int(self.sums.shape[1])

    def rows(self, places: Sequence[int]) -> Sheet:
        """The same of some trainings alone."""
        return Sheet(self.sums[list(places)], self.counts[list(places)])


@dataclass(frozen=True)
class Sheets:
    """Some trainings' values and their differences to the base, over the same clusters."""

    levels: Sheet
    against: Sheet | None
    """Training minus base, on answers that both gave to the same prompt; None where no base was asked."""


@dataclass(frozen=True)
class Scored:
    """What a run's variants answered, and which questions depend on each other."""

    sides: Mapping[str, Side]
    groups: Groups
    seed: int

    def sheets(self, names: Sequence[str], metric: str) -> Sheets:
        """A row a training; one without a judged answer has counts of nought."""
        own = [self.values(name, metric) for name in names]
        items = sorted({item for row in own for item in row})
        base = self.values(BASE, metric)
        differences = [self._against_base(name, metric) for name in names] if base else None
        return Sheets(
            levels=sheet(own, items, self.groups),
            against=None if differences is None else sheet(differences, items, self.groups),
        )

    def values(self, name: str, metric: str) -> Mapping[Item, float]:
        """A variant's judged values of a metric; none where it has none."""
        side = self.sides.get(name)
        return side.columns[metric].values if side is not None and metric in side.columns else {}

    def _against_base(self, name: str, metric: str) -> dict[Item, float]:
        own, base = self.values(name, metric), self.values(BASE, metric)
        paired = paired_items(self.sides[BASE], self.sides[name], metric) if own else []
        return {item: own[item] - base[item] for item in paired}


def scored(run: Run) -> Scored:
    """What a run's scores hold."""
    return Scored(
        variant_sides(columns(run.scores), run.answers), question_groups(run.questions), run.manifest.seed or 0
    )


def sheet(values: Sequence[Mapping[Item, float]], items: Sequence[Item], groups: Groups) -> Sheet:
    """The sheet of each row's values; items are all that there are, and say in which cluster each stands."""
    found = labels(items, groups) or [question for question, _ in items]
    places = {label: place for place, label in enumerate(dict.fromkeys(found))}
    of = {item: places[label] for item, label in zip(items, found, strict=True)}
    sums, counts = np.zeros((len(values), len(places))), np.zeros((len(values), len(places)))
    for number, row in enumerate(values):
        at = [of[item] for item in row]
        np.add.at(sums[number], at, list(row.values()))
        np.add.at(counts[number], at, 1.0)
    return Sheet(sums, counts)
