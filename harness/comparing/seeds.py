"""Figures over the seeds of a setting: intervals, groups, ranking, sensitivity. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from statistics import fmean, stdev
from typing import Any, Protocol

from harness.comparing.statistics import Interval
from harness.errors import HarnessError
from harness.records import Estimate, Summary
from harness.scorers import METRICS
from harness.store import Json, Run

SEED = "seed"


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
    """t over seeds; with one seed the training's own interval, over questions."""


def t_interval(values: Sequence[float], bounds: tuple[float, float] | None = None) -> Interval:
    """95 % interval, by Student's t, of the mean over all seeds that might have been drawn; None below two values.

    A single further training scatters √(n + 1) times as far. Each seed answered the same questions: what others would
    show is not in it. bounds: the least and the most that a mean can be, to cut the interval at.
    """
    if len(values) < 2:
        return Interval(None, None, "none")
    if len(set(values)) == 1:
        # Chance has not shown itself yet, which does not mean that there is none.
        return Interval(values[0], values[0], "constant")
    from scipy.stats import t

    middle = fmean(values)
    half = float(t.ppf(0.975, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    low, high = middle - half, middle + half
    if bounds:
        low, high = max(bounds[0], low), min(bounds[1], high)
    return Interval(low, high, "t over seeds")


def groups(jobs: Iterable[Varied], summary: Summary, metric: str) -> list[SeedGroup]:
    """One for each combination but for the seed, in the file's order; without values where nothing was trained."""
    gathered: dict[str, list[Varied]] = {}
    for job in jobs:
        gathered.setdefault(json.dumps(_without(job.varied, SEED)), []).append(job)
    return [_group(members, summary, metric) for members in gathered.values()]


def ranked(found: Sequence[SeedGroup], metric: str) -> list[SeedGroup]:
    """The best mean first, what has no value last; first is not better beyond chance: see the intervals."""
    sign = -1 if METRICS[metric].better == "higher" else 1
    return sorted(found, key=lambda group: (group.mean is None, sign * (group.mean or 0.0)))


def sensitivity(found: Sequence[SeedGroup], metric: str) -> list[Json]:
    """A panel a setting, of series along it with all other settings fixed: what small multiples are drawn from."""
    keys = dict.fromkeys(key for group in found for key in group.settings)
    panels = []
    for key in keys:
        lines: dict[str, list[SeedGroup]] = {}
        for group in found:
            if key in group.settings:
                lines.setdefault(json.dumps(_without(group.settings, key)), []).append(group)
        series = [_series(members, key) for members in lines.values() if len(members) > 1]
        if series:
            panels.append({"metric": metric, "setting": key, "series": series})
    return panels


def read_sweep(run: Run) -> Json | None:
    """The run's sweep.json with figures as its summary has them now; None where the run is none of a sweep."""
    found, summary = run.sweep, run.summary
    if found is None:
        return None
    try:
        metric = str(found["metric"])
        members = [Member(str(row["name"]), dict(row["settings"])) for row in found["trainings"]]
        METRICS[metric]
    except (KeyError, TypeError, ValueError) as error:
        raise HarnessError(
            f"{run.path / 'sweep.json'} is not what a sweep writes ({error}). Run the sweep again."
        ) from None
    # Answers may have been scored again since.
    return {**found, "base": means(summary.metrics.get("base", {})), **figures(members, summary, metric)}


def figures(members: Sequence[Varied], summary: Summary, metric: str) -> Json:
    """What the settings came to: ranked by the metric with other metrics beside it, and along each setting."""
    # The sensitivity is given for these, besides the one that ranks.
    chosen = (name for name, it in METRICS.items() if it.sweep)
    shown = [name for name in dict.fromkeys((metric, *chosen)) if any(name in row for row in summary.metrics.values())]
    by = {name: groups(members, summary, name) for name in (metric, *shown)}
    beside: dict[tuple[str, ...], Json] = {}
    for name in shown:
        for group in by[name] if name != metric else ():
            beside.setdefault(group.trainings, {})[name] = {"mean": group.mean, "low": group.low, "high": group.high}
    return {
        "ranking": [
            {**asdict(group), "others": beside.get(group.trainings, {})} for group in ranked(by[metric], metric)
        ],
        "sensitivity": [panel for name in shown for panel in sensitivity(by[name], name)],
    }


def _group(members: Sequence[Varied], summary: Summary, metric: str) -> SeedGroup:
    judged = [
        (job.name, cell)
        for job in members
        if (cell := summary.metrics.get(job.name, {}).get(metric)) is not None and cell.mean is not None
    ]
    values = tuple(float(cell.mean) for _, cell in judged if cell.mean is not None)
    interval = t_interval(values, (0.0, 1.0 if METRICS[metric].kind == "share" else inf))
    if len(judged) == 1:
        only = judged[0][1]
        interval = Interval(only.low, only.high, only.interval)
    return SeedGroup(
        settings=_without(members[0].varied, SEED),
        trainings=tuple(job.name for job in members),
        values=values,
        mean=fmean(values) if values else None,
        low=interval.low,
        high=interval.high,
        interval=interval.method,
    )


def _series(members: Sequence[SeedGroup], key: str) -> Json:
    points = [
        {
            "value": group.settings[key],
            "mean": group.mean,
            "low": group.low,
            "high": group.high,
            "interval": group.interval,
            "values": list(group.values),
        }
        for group in members
    ]
    if all(isinstance(point["value"], int | float) for point in points):
        points.sort(key=lambda point: point["value"])
    return {"fixed": _without(members[0].settings, key), "points": points}


def _without(settings: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != key}


def means(cells: Mapping[str, Estimate]) -> dict[str, float | None]:
    """Metric → mean, without the intervals; None where nothing was judged."""
    return {metric: cell.mean for metric, cell in cells.items()}
