"""What a sweep's settings came to: ranked, the first place corrected for having been picked, and along each setting."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from math import inf

from harness.comparing.seeds.crossed import Distance, crossed_difference, seed_part
from harness.comparing.seeds.crossfit import SPLITS, select, tell
from harness.comparing.seeds.groups import Member, SeedGroup, Varied, groups, without
from harness.comparing.seeds.sheets import Scored, scored
from harness.errors import HarnessError
from harness.records import Estimate, Summary
from harness.scorers import METRICS
from harness.store import Json, Run


@dataclass(frozen=True)
class FirstPlace:
    """The first place of a ranking, told by questions (and seeds) that did not choose it.

    What is estimated is the value of the setting that such a selection picks; the figure in the ranking is the value
    of the largest of many means, and too good.
    """

    trainings: tuple[str, ...]
    """Those of the setting that has the first place on all questions."""
    candidates: int
    """Settings that it was picked from."""
    mean: float
    low: float
    high: float
    against_base: Distance | None
    """The paired difference to the base; None where no base was asked."""
    excess: float
    """How much better the figure in the ranking is than this one; the metric's own unit, above 0 for the better."""
    votes: float
    """Share of the half samples that chose this setting."""
    splits: int
    clusters: int
    seeds_split: bool
    """Whether seeds were halved too: the figure is then of the setting, else of these trainings."""


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
    return {**found, "base": means(summary.metrics.get("base", {})), **figures(members, summary, scored(run), metric)}


def figures(members: Sequence[Varied], summary: Summary, answers: Scored, metric: str) -> Json:
    """What the settings came to: ranked by the metric with other metrics beside it, and along each setting."""
    # The sensitivity is given for these, besides the one that ranks.
    chosen = (name for name, it in METRICS.items() if it.sweep)
    shown = [name for name in dict.fromkeys((metric, *chosen)) if any(name in row for row in summary.metrics.values())]
    by = {name: groups(members, summary, answers, name) for name in (metric, *shown)}
    beside: dict[tuple[str, ...], Json] = {}
    for name in shown:
        for group in by[name] if name != metric else ():
            beside.setdefault(group.trainings, {})[name] = {"mean": group.mean, "low": group.low, "high": group.high}
    ranking = ranked(by[metric], metric)
    first = first_place(ranking, answers, metric)
    return {
        "ranking": [{**asdict(group), "others": beside.get(group.trainings, {})} for group in ranking],
        "first": None if first is None else asdict(first),
        "sensitivity": [panel for name in shown for panel in sensitivity(by[name], answers, name)],
    }


def ranked(found: Sequence[SeedGroup], metric: str) -> list[SeedGroup]:
    """The best mean first, what has no value last; first is not better beyond chance: see first_place."""
    sign = -1 if METRICS[metric].better == "higher" else 1
    return sorted(found, key=lambda group: (group.mean is None, sign * (group.mean or 0.0)))


def first_place(ranking: Sequence[SeedGroup], answers: Scored, metric: str) -> FirstPlace | None:
    """The first place by cross-fitting; None with a single setting, or below twelve clusters of questions."""
    judged = [group for group in ranking if group.mean is not None]
    names = [name for group in judged for name in group.trainings if answers.values(name, metric)]
    rows = [[names.index(name) for name in group.trainings if name in names] for group in judged]
    rule, sheets = METRICS[metric], answers.sheets(names, metric)
    selection = select(sheets.levels, rows, rule.better == "higher", answers.seed) if all(rows) else None
    if selection is None:
        return None
    several = min(map(len, rows)) > 1
    seeds = seed_part([group.values for group in judged], min(map(len, rows))) if several else None
    level = tell(sheets.levels, selection, (0, 0, 1, 1) if rule.rate else (), seeds)
    against = None if sheets.against is None else tell(sheets.against, selection, (-1, 1) if rule.rate else (), seeds)
    most = 1.0 if rule.kind == "share" else inf
    better = 1 if rule.better == "higher" else -1
    return FirstPlace(
        trainings=judged[0].trainings,
        candidates=len(judged),
        mean=level.mean,
        low=max(0.0, level.low),
        high=min(most, level.high),
        against_base=None
        if against is None
        else Distance(against.mean, max(-most, against.low), min(most, against.high)),
        excess=better * ((judged[0].mean or 0.0) - level.mean),
        votes=selection.votes[0] / sum(selection.votes),
        splits=SPLITS,
        clusters=sheets.levels.clusters,
        seeds_split=several,
    )


def sensitivity(found: Sequence[SeedGroup], answers: Scored, metric: str) -> list[Json]:
    """A panel a setting, of series along it with all other settings fixed: what small multiples are drawn from."""
    keys = dict.fromkeys(key for group in found for key in group.settings)
    panels = []
    for key in keys:
        lines: dict[str, list[SeedGroup]] = {}
        for group in found:
            if key in group.settings:
                lines.setdefault(json.dumps(without(group.settings, key)), []).append(group)
        series = [_series(members, key, answers, metric) for members in lines.values() if len(members) > 1]
        if series:
            panels.append({"metric": metric, "setting": key, "series": series})
    return panels


def means(cells: dict[str, Estimate]) -> dict[str, float | None]:
    """Metric → mean, without the intervals; None where nothing was judged."""
    return {metric: cell.mean for metric, cell in cells.items()}


def _series(members: Sequence[SeedGroup], key: str, answers: Scored, metric: str) -> Json:
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
    return {
        "fixed": without(members[0].settings, key),
        "points": points,
        "contrasts": _contrasts(members, key, answers, metric),
    }


def _contrasts(members: Sequence[SeedGroup], key: str, answers: Scored, metric: str) -> list[Json]:
    """The paired difference between every two points that were trained with several seeds, over seeds and questions."""
    several = [group for group in members if len(group.values) > 1]
    names = [name for group in several for name in group.trainings]
    levels = answers.sheets(names, metric).levels
    rows = {group.trainings: levels.rows([names.index(name) for name in group.trainings]) for group in several}
    return [
        {
            "first": first.settings[key],
            "second": second.settings[key],
            **asdict(difference),
        }
        for first, second in combinations(several, 2)
        if (difference := crossed_difference(rows[first.trainings], rows[second.trainings])) is not None
    ]
