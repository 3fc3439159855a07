"""Trainings that differ in their seed alone: one setting, with its figures over seeds and questions. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import fmean
from typing import Any, Protocol

from harness.comparing.inference import Interval
from harness.comparing.seeds.components import Components, components
from harness.comparing.seeds.crossed import Distance, crossed_against, crossed_interval
from harness.comparing.seeds.sheets import Scored
from harness.records import BASE, Estimate, Summary
from harness.scorers import METRICS
from harness.store import Certificate

SEED = "seed"
_SEEDS = (SEED, "data_seed")
"""Hyper-parameters of a certificate that are seeds."""


class Varied(Protocol):
    """One training of a sweep, and what tells it from the others."""

    @property
    def name(self) -> str:
        """The training's name, which is the name of its variant in the summary."""
        ...

    @property
    def varied(self) -> Mapping[str, Any]:
        """Every setting that is not the same in all trainings of the sweep, the seed among them."""
        ...


@dataclass(frozen=True)
class Member:
    """The same, from a run folder."""

    name: str
    varied: Mapping[str, Any]


@dataclass(frozen=True)
class SeedGroup:
    """Trainings that differ in their seed alone, and a metric over them."""

    settings: Mapping[str, Any]
    trainings: tuple[str, ...]
    values: tuple[float, ...]
    mean: float | None
    low: float | None
    high: float | None
    interval: str
    """t over seeds and questions; with one seed the training's own interval, over questions."""
    against_base: Distance | None
    """The paired difference to the base, over the same; None where no base was asked."""
    components: Components | None
    """Where the variance of its answers comes from; None below two questions that every seed has answered."""


def groups(jobs: Iterable[Varied], summary: Summary, scored: Scored, metric: str) -> list[SeedGroup]:
    """One for each combination but for the seed, in the file's order; without values where nothing was trained."""
    gathered: dict[str, list[Varied]] = {}
    for job in jobs:
        gathered.setdefault(json.dumps(without(job.varied, SEED)), []).append(job)
    return [
        seed_group(without(members[0].varied, SEED), [job.name for job in members], summary, scored, metric)
        for members in gathered.values()
    ]


def seed_group(
    settings: Mapping[str, Any], names: Sequence[str], summary: Summary, scored: Scored, metric: str
) -> SeedGroup:
    """The metric over trainings of one setting, as a run has asked them."""
    judged = [
        (name, cell)
        for name in names
        if (cell := summary.metrics.get(name, {}).get(metric)) is not None and cell.mean is not None
    ]
    values = tuple(float(cell.mean) for _, cell in judged if cell.mean is not None)
    known = [name for name, _ in judged]
    interval, against = _figures(known, [cell for _, cell in judged], summary, scored, metric)
    return SeedGroup(
        settings=settings,
        trainings=tuple(names),
        values=values,
        mean=fmean(values) if values else None,
        low=interval.low,
        high=interval.high,
        interval=interval.method,
        against_base=against,
        components=components([scored.values(name, metric) for name in known], scored.groups) if known else None,
    )


def seed_groups(trainings: Mapping[str, Certificate]) -> list[tuple[str, ...]]:
    """Of the trainings of any run, those that differ in their seeds alone, two or more together.

    Two are alike where method, base, data, prompt and every setting that took effect are; of two with one seed, the
    first counts.
    """
    alike: dict[str, dict[object, str]] = {}
    for name, it in trainings.items():
        seed = it.hyperparameters.get(SEED)
        if seed is not None:
            alike.setdefault(_all_but_seeds(it), {}).setdefault(seed, name)
    return [tuple(by_seed.values()) for by_seed in alike.values() if len(by_seed) > 1]


def without(settings: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The settings but for one."""
    return {name: value for name, value in settings.items() if name != key}


def _all_but_seeds(it: Certificate) -> str:
    what = (it.method, it.base.digest, it.quantization, it.dtype, it.data.digest, it.prompt.sha256, it.prompt.line)
    chosen = {key: value for key, value in it.hyperparameters.items() if key not in _SEEDS}
    return json.dumps([*what, chosen, it.learning_rate_schedule, it.steps], sort_keys=True, default=str)


def _figures(
    names: Sequence[str], cells: Sequence[Estimate], summary: Summary, scored: Scored, metric: str
) -> tuple[Interval, Distance | None]:
    if not names:
        return Interval(None, None, "none"), None
    if len(names) == 1:
        key = (BASE, names[0], "suite", metric)
        rows = (it for it in summary.comparisons if (it.baseline, it.variant, it.source, it.metric) == key)
        against = next((Distance(row.delta, row.low, row.high) for row in rows), None)
        return Interval(cells[0].low, cells[0].high, cells[0].interval), against
    sheets, share = scored.sheets(names, metric), METRICS[metric].kind == "share"
    most = 1.0 if share else inf
    level = crossed_interval(sheets.levels, 0.0, most)
    return level, None if sheets.against is None else crossed_against(sheets.against, most)
