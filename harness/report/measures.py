"""What was measured, in the order and under the titles of a report, with its levels and differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from harness.comparing import higher_is_better, stated_interval
from harness.records import Comparison, Direction, Estimate, Summary, Variant, Verdict
from harness.report.view import Judged
from harness.scorers import METRICS
from harness.store import Json
from harness.words import Words, numerals

Kind = Literal["share", "amount"]
HEADLINES = ("correct", "words", "leak", "rep_4")
"""What a reader asks first."""

_GROUPS: dict[str, tuple[str, ...]] = {
    "answers": ("correct", "points", "rouge_l", "no_answer", "refusal"),
    "form": ("leak", "loop", "truncated", "empty"),
    "length": ("words", "answer_words", "tokens", "characters"),
    "repetition": ("rep_1", "rep_2", "rep_3", "rep_4", "rep_4_prefix", "compression"),
}
_BENCHMARK_AMOUNTS = {"word_perplexity", "byte_perplexity", "bits_per_byte", "perplexity"}


@dataclass(frozen=True)
class Measure:
    """One metric of the suite or of one lm-eval task."""

    source: str
    """suite, or the task."""
    metric: str
    title: str
    group: str
    better: Direction
    kind: Kind
    """A share between 0 and 1, shown in percent, or an amount in its own unit."""
    unit: str
    """What an amount counts, for example words; empty where a number says it all."""


def measures(summary: Summary, results: Mapping[str, Json], say: Words) -> tuple[Measure, ...]:
    """Everything that the summary has a number for; results are lm-eval's, by variant."""
    present = {metric for metrics in summary.metrics.values() for metric in metrics}
    if not any(metrics["points"].n for metrics in summary.metrics.values() if "points" in metrics):
        # A suite without required points asks for none.
        present.discard("points")
    known = [(group, metric) for group, metrics in _GROUPS.items() for metric in metrics if metric in present]
    strange = sorted(present - {metric for _, metric in known})
    own = [_measure(metric, group, say) for group, metric in known]
    own += [_measure(metric, "other", say) for metric in strange]
    return (*own, *_benchmarks(summary, results, say))


def base_of(summary: Summary) -> Variant:
    """What the others are compared with: the base model, or the first variant where there is none."""
    return next((variant for variant in summary.variants if variant.kind == "base"), summary.variants[0])


class Numbers:
    """Looks up levels and differences of a summary."""

    def __init__(self, summary: Summary) -> None:
        self._summary = summary
        self._comparisons = {(row.baseline, row.variant, row.source, row.metric): row for row in summary.comparisons}

    def level(self, variant: str, measure: Measure) -> Estimate | None:
        """The variant's mean, with the interval that its values or its standard error allow."""
        if measure.source == "suite":
            return self._summary.metrics.get(variant, {}).get(measure.metric)
        found = self._summary.benchmarks.get(variant, {}).get(measure.source, {}).get(measure.metric)
        if found is None:
            return None
        interval = stated_interval(found.value, found.stderr, found.n, measure.kind == "share")
        return Estimate(found.value, interval.low, interval.high, interval.method, found.n, 0)

    def difference(self, baseline: str, variant: str, measure: Measure) -> Comparison | None:
        return self._comparisons.get((baseline, variant, measure.source, measure.metric))

    def between(self, one: str, other: str, measure: Measure) -> Comparison | None:
        """The difference in the direction in which the run has it: of its variants, the later minus the earlier."""
        return self.difference(one, other, measure) or self.difference(other, one, measure)


def judged(verdict: Verdict, say: Words) -> Judged:
    return Judged(verdict, say(f"verdict.{verdict}"))


def level_text(estimate: Estimate | None, measure: Measure, say: Words | None = None) -> str:
    """63.3 or 41.2; with words, 63.3 % as their language sets it."""
    if estimate is None:
        return numerals.NOTHING
    return value_text(estimate.mean, digits(estimate.low, estimate.high, measure), measure, say)


def value_text(value: float | None, places: int, measure: Measure, say: Words | None = None) -> str:
    if measure.kind != "share":
        return numerals.number(value, places)
    return numerals.percent(value, places, unit=False) if say is None else say.percent(value, places)


def level_span(estimate: Estimate | None, measure: Measure, say: Words) -> str | None:
    """57.1 to 69.2, None where there is no interval."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    places = digits(estimate.low, estimate.high, measure)
    low, high = (value_text(end, places, measure) for end in (estimate.low, estimate.high))
    return say("span", low=low, high=high)


def difference_parts(row: Comparison, measure: Measure) -> tuple[str, str | None, str | None]:
    """(+1.3, −1.6, +4.2): points for shares, the measure's own unit otherwise."""
    by = 100 if measure.kind == "share" else 1
    places = digits(row.low, row.high, measure)
    delta = numerals.signed(row.delta * by, places)
    if row.low is None or row.high is None:
        return delta, None, None
    return delta, numerals.signed(row.low * by, places), numerals.signed(row.high * by, places)


def difference_text(row: Comparison, measure: Measure, say: Words) -> str:
    """+1.3 (−1.6 to +4.2)."""
    delta, low, high = difference_parts(row, measure)
    return delta if low is None else say("difference", delta=delta, low=low, high=high)


def counts_text(counts: Iterable[int]) -> str:
    """240, or 198–240."""
    ends = sorted(set(counts))
    return "–".join(numerals.number(end) for end in dict.fromkeys((ends[0], ends[-1])))


def digits(low: float | None, high: float | None, measure: Measure) -> int:
    """As many decimals as the interval deserves; one for shares in percent where it allows."""
    if low is None or high is None:
        return 1
    if measure.kind == "share":
        return numerals.digits_for(low * 100, high * 100, most=1)
    size = max(abs(low), abs(high))
    return numerals.digits_for(low, high, most=1 if size >= 10 else 2 if size >= 0.1 else 4)


def size_text(size: float, measure: Measure, say: Words) -> str:
    """A difference without a sign, in its unit: 5.1 points, 12 words."""
    size, unit = (size * 100, say("unit.points")) if measure.kind == "share" else (size, measure.unit)
    shown = numerals.number(size, numerals.digits_for(0.0, 2 * size, most=1 if unit else 4))
    return say("size", size=shown, unit=unit) if unit else shown


def _measure(metric: str, group: str, say: Words) -> Measure:
    known = METRICS.get(metric)
    return Measure(
        source="suite",
        metric=metric,
        title=say.get(f"metric.{metric}", known.title if known else metric),
        group=group,
        better=known.better if known else "neither",
        kind="share" if known and known.unit == "%" else "amount",
        unit=say.get(f"unit.{known.unit}", known.unit) if known and known.unit.isalpha() else "",
    )


def _benchmarks(summary: Summary, results: Mapping[str, Json], say: Words) -> Iterator[Measure]:
    values: dict[tuple[str, str], list[float]] = {}
    for tasks in summary.benchmarks.values():
        for task, metrics in tasks.items():
            for metric, cell in metrics.items():
                values.setdefault((task, metric), []).append(cell.value)
    for (task, metric), found in values.items():
        # lm-eval names a metric with its filter: exact_match,flexible-extract.
        name, _, rule = metric.partition(",")
        key = "measure.task" if rule in ("", "none") else "measure.task_rule"
        title = say(key, task=task, metric=say.get(f"metric.{name}", name), rule=rule)
        share = name not in _BENCHMARK_AMOUNTS and all(0 <= value <= 1 for value in found)
        better = _direction(results, task, metric)
        yield Measure(task, metric, title, "benchmarks", better, "share" if share else "amount", "")


def _direction(results: Mapping[str, Json], task: str, metric: str) -> Direction:
    said = {higher_is_better(found, task, metric) for found in results.values()} - {None}
    if len(said) != 1:
        return "neither"
    return "higher" if said.pop() else "lower"
