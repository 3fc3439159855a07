"""One measure of a run, whatever shows it: what it is, what it is called, and how its figures are written.

A level is a mean, a difference is paired and has a sign, a size has none: a margin, or what a sample would show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, get_args

from harness.comparing.benchmarks import higher_is_better
from harness.comparing.rules import task_kind
from harness.records import Direction, Estimate, Finding, Summary
from harness.scorers import METRICS, Group, MeasureKind, in_reading_order
from harness.words import Words, numerals


@dataclass(frozen=True)
class Measure:
    """One metric of the suite or of one lm-eval task."""

    source: str
    """suite, or the task."""
    metric: str
    title: str
    """In English and without a catalogue; called() has it in a language."""
    better: Direction
    kind: MeasureKind
    """A share between 0 and 1, shown in percent, or an amount in its own unit."""
    unit: str = ""
    """What an amount counts, for example words; empty where a number says it all."""
    digits: int | None = None
    """Decimals of an amount where no interval asks for others; None: as its size deserves."""
    group: str = "other"
    headline: bool = False
    """Whether it is among what a reader asks first."""


class Difference(Protocol):
    """A paired difference, with its interval where there is one."""

    @property
    def delta(self) -> float:
        """Second minus first, in the measure's own unit: a share of 0.03 is 3 points."""
        ...

    @property
    def low(self) -> float | None:
        """Lower end of the 95 % interval; None where the data allow none."""
        ...

    @property
    def high(self) -> float | None:
        """Upper end of the 95 % interval; None where the data allow none."""
        ...


# Which measures there are.


def suite_measure(metric: str) -> Measure:
    """Of the answers to a suite; a metric that METRICS does not know is an amount."""
    known = METRICS.get(metric)
    if known is None:
        return Measure("suite", metric, metric, "neither", "amount")
    return Measure(
        source="suite",
        metric=metric,
        title=known.title,
        better=known.better,
        kind=known.kind,
        unit=known.unit if any(map(str.isalpha, known.unit)) else "",
        digits=known.digits,
        group=known.group,
        headline=known.headline,
    )


def task_measure(task: str, metric: str, better: Direction, values: Iterable[float]) -> Measure:
    """Of an lm-eval task, with all values that it came to."""
    return Measure(task, metric, f"{task}/{metric}", better, task_kind(metric, values), group="benchmarks")


def measure_of(*findings: Finding) -> Measure:
    """What all of these findings of the gate are about; better is what the policy says."""
    first = findings[0]
    if first.source == "suite":
        return replace(suite_measure(first.metric), better=first.better)
    values = (value for finding in findings for value in (finding.before, finding.after))
    return task_measure(first.source, first.metric, first.better, values)


def measures(summary: Summary, results: Mapping[str, dict[str, Any]]) -> tuple[Measure, ...]:
    """Everything that the summary has a number for, as a report orders it; results are lm-eval's, by variant."""
    present = {metric for metrics in summary.metrics.values() for metric in metrics}
    ordered = [metric for group in get_args(Group) for metric in in_reading_order() if metric.group == group]
    known = [metric.name for metric in ordered if metric.name in present and is_asked(summary, metric.name)]
    strange = sorted(present - METRICS.keys())
    return (*map(suite_measure, [*known, *strange]), *_of_tasks(summary, results))


def headlines() -> list[Measure]:
    """What a reader asks first."""
    return [suite_measure(metric.name) for metric in in_reading_order() if metric.headline]


def is_asked(summary: Summary, metric: str) -> bool:
    """Whether the suite asks for the metric: most have no questions for an optional one."""
    judged = (metrics[metric].n for metrics in summary.metrics.values() if metric in metrics)
    return not METRICS[metric].optional or any(judged)


def asked_answers(summary: Summary, metric: str) -> int:
    """How many answers of a variant there would be on a metric of the suite, were none missing or unjudged.

    Every question has as many as the fullest variant has to one; of an optional metric nobody knows which are asked.
    """
    found = (metrics.get(metric) for metrics in summary.metrics.values())
    most = max((level.n + level.unjudged for level in found if level is not None), default=0)
    if metric not in METRICS or METRICS[metric].optional or not summary.questions:
        return most
    return summary.questions * max(1, -(-most // summary.questions))


def called(measure: Measure, say: Words) -> str:
    """Its title in that language."""
    if measure.source == "suite":
        return say.get(f"metric.{measure.metric}", measure.title)
    # lm-eval names a metric with its filter: exact_match,flexible-extract.
    name, _, rule = measure.metric.partition(",")
    key = "measure.task" if rule in ("", "none") else "measure.task_rule"
    return say(key, task=measure.source, metric=say.get(f"metric.{name}", name), rule=rule)


# Figures in any language.


def factor(measure: Measure) -> float:
    """What its values are shown times: shares in percent, and their differences in points."""
    return 100.0 if measure.kind == "share" else 1.0


def scaled(value: float | None, measure: Measure) -> float | None:
    """A value in the unit that it is shown in: percent for a share, else its own."""
    return None if value is None else value * factor(measure)


def value_text(value: float | None, measure: Measure, places: int | None = None, say: Words | None = None) -> str:
    """63.3 or 41.2, to its own digits unless others are asked for; with words, 63.3 % as their language sets it."""
    if measure.kind == "share":
        wanted = 1 if places is None else places
        return numerals.percent(value, wanted, sign="") if say is None else say.percent(value, wanted)
    wanted_ = measure.digits if places is None else places
    if wanted_ is not None:
        return numerals.number(value, wanted_)
    return numerals.number(value, 2) if value is not None and 1 <= abs(value) < 1e6 else numerals.compact(value)


def difference_parts(
    row: Difference,
    measure: Measure,
    by: float | None = None,
    least: int = 0,
    most: int | None = None,
    write: Callable[[float, int], str] = numerals.signed,
) -> tuple[str, str | None, str | None]:
    """(+1.3, −1.6, +4.2): points for shares, the measure's own unit otherwise, or times another factor."""
    by = factor(measure) if by is None else by
    low, high = (None if end is None else end * by for end in (row.low, row.high))
    places = max(least, _decimals(low, high, measure, most))
    delta = write(row.delta * by, places)
    if low is None or high is None:
        return delta, None, None
    return delta, write(low, places), write(high, places)


def digits(low: float | None, high: float | None, measure: Measure) -> int:
    """As many decimals as the interval deserves; one for shares in percent where it allows."""
    return _decimals(scaled(low, measure), scaled(high, measure), measure)


# In a report's language.


def level_text(estimate: Estimate | None, measure: Measure, say: Words | None = None) -> str:
    """63.3 or 41.2; with words, 63.3 % as their language sets it."""
    if estimate is None:
        return numerals.NOTHING
    return value_text(estimate.mean, measure, digits(estimate.low, estimate.high, measure), say)


def level_span(estimate: Estimate | None, measure: Measure, say: Words) -> str | None:
    """57.1 to 69.2, None where there is no interval."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    places = digits(estimate.low, estimate.high, measure)
    low, high = (value_text(end, measure, places) for end in (estimate.low, estimate.high))
    return say("span", low=low, high=high)


def difference_text(
    row: Difference, measure: Measure, say: Words, by: float | None = None, most: int | None = None
) -> str:
    """+1.3 (−1.6 to +4.2)."""
    delta, low, high = difference_parts(row, measure, by, most=most)
    return delta if low is None else say("difference", delta=delta, low=low, high=high)


def size_text(size: float, measure: Measure, say: Words) -> str:
    """A difference without a sign, in its unit: 5.1 points, 12 words."""
    unit = (
        say("unit.points")
        if measure.kind == "share"
        else measure.unit and say.get(f"unit.{measure.unit}", measure.unit)
    )
    size *= factor(measure)
    shown = numerals.number(size, numerals.digits_for(0.0, 2 * size, most=1 if unit else 4))
    return say("size", size=shown, unit=unit) if unit else shown


def heading(measure: Measure, say: Words) -> str:
    """Its title with the unit of its levels, for the head of a column."""
    unit = level_unit(measure, say)
    return f"{called(measure, say)}{say('cell.unit', unit=unit)}" if unit else called(measure, say)


def level_unit(measure: Measure, say: Words) -> str:
    """The sign for percent where levels are shares; empty for amounts, whose titles say what they count."""
    return say("unit.percent") if measure.kind == "share" else ""


# As the commands and the check's files have it: in plain English, or with words in their language.


def plain_level(value: float | None, measure: Measure, exact: int = 0, say: Words | None = None) -> str:
    """63.3 % or 41.2; exact: decimals of 0 % and 100 %."""
    if measure.kind != "share":
        return value_text(value, measure)
    return numerals.percent(value, exact=exact) if say is None else say.percent(value)


def plain_difference(row: Difference, measure: Measure, say: Words | None = None) -> str:
    """−11.0 pt (−14.9 to −7.2), with as many digits as it takes not to round it to 0 or 100."""
    most = 1 if measure.kind == "share" else 3
    delta, low, high = difference_parts(row, measure, least=1, most=most, write=numerals.told)
    if say is not None:
        span = say("check.no_interval") if low is None else say("span", low=low, high=high)
        return say("check.change", delta=_with_points(delta, measure, say), span=span)
    return f"{_with_points(delta, measure)} ({'no interval' if low is None else f'{low} to {high}'})"


def plain_size(size: float, measure: Measure, figures: int = 3, say: Words | None = None) -> str:
    """3 pt, or 12.6."""
    size *= factor(measure)
    text = numerals.compact(size, figures)
    if measure.kind == "share" and numerals.rounded_off(text, size):
        text = numerals.told(size, 2).lstrip("+")
    return _with_points(text, measure, say)


def _with_points(text: str, measure: Measure, say: Words | None = None) -> str:
    if measure.kind != "share":
        return text
    return f"{text} pt" if say is None else say("check.points", size=text)


def _decimals(low: float | None, high: float | None, measure: Measure, most: int | None = None) -> int:
    """Of an interval as it is shown."""
    if low is None or high is None:
        return 1
    if most is None:
        size = max(abs(low), abs(high))
        most = 1 if measure.kind == "share" or size >= 10 else 2 if size >= 0.1 else 4
    return numerals.digits_for(low, high, most)


def _of_tasks(summary: Summary, results: Mapping[str, dict[str, Any]]) -> Iterator[Measure]:
    values: dict[tuple[str, str], list[float]] = {}
    for tasks in summary.benchmarks.values():
        for task, metrics in tasks.items():
            for metric, cell in metrics.items():
                values.setdefault((task, metric), []).append(cell.value)
    for (task, metric), found in values.items():
        yield task_measure(task, metric, _direction(results, task, metric), found)


def _direction(results: Mapping[str, dict[str, Any]], task: str, metric: str) -> Direction:
    said = {higher_is_better(found, task, metric) for found in results.values()} - {None}
    if len(said) != 1:
        return "neither"
    return "higher" if said.pop() else "lower"
