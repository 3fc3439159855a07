"""What a report looks up of its measures: levels, differences and verdicts."""

from __future__ import annotations

from collections.abc import Iterable

from harness.comparing import Measure
from harness.comparing.inference import stated_interval
from harness.records import Comparison, Estimate, Summary, Variant, Verdict
from harness.report.view import Judged
from harness.words import Words, numerals


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
        """Variant minus baseline, as the run compared them; None where it did not."""
        return self._comparisons.get((baseline, variant, measure.source, measure.metric))

    def between(self, one: str, other: str, measure: Measure) -> Comparison | None:
        """The difference in the direction in which the run has it: of its variants, the later minus the earlier."""
        return self.difference(one, other, measure) or self.difference(other, one, measure)


def judged(verdict: Verdict, say: Words) -> Judged:
    """A verdict beside its word in that language."""
    return Judged(verdict, say(f"verdict.{verdict}"))


def counts_text(counts: Iterable[int]) -> str:
    """240, or 198–240."""
    ends = sorted(set(counts))
    return "–".join(numerals.number(end) for end in dict.fromkeys((ends[0], ends[-1])))
