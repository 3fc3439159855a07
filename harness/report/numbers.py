"""What a report looks up of its measures: levels, differences and verdicts."""

from __future__ import annotations

from collections.abc import Iterable

from harness.comparing import Measure, asked_answers, asked_of, blind_pairs, counted_text, family_size, reason_text
from harness.comparing.inference import stated_interval
from harness.records import Comparison, Estimate, Summary, Variant
from harness.report.view import Judged
from harness.words import Words, numerals


def base_of(summary: Summary) -> Variant:
    """What the others are compared with: the base model, or the first variant where there is none."""
    return next((variant for variant in summary.variants if variant.kind == "base"), summary.variants[0])


class Numbers:
    """Looks up levels and differences of a summary."""

    def __init__(self, summary: Summary) -> None:
        self._summary = summary
        self.blind = blind_pairs(summary.comparisons)
        """(baseline, variant) of which the sample decides nothing."""
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

    def is_blind(self, row: Comparison) -> bool:
        """Whether the sample decides nothing about its two variants, which is then said once and not of each row."""
        return (row.baseline, row.variant) in self.blind

    def judged(self, row: Comparison, say: Words) -> Judged | None:
        """The verdict beside its word in that language; None where the run may not claim one.

        Of exploratory measures nothing is claimed but that they are unchanged.
        """
        if self.is_blind(row) or (not row.primary and row.verdict != "unchanged"):
            return None
        return Judged(row.verdict, say(f"verdict.{row.verdict}"))

    def is_primary(self, measure: Measure) -> bool:
        """Whether the run compared the measure as a primary one."""
        place = (measure.source, measure.metric)
        return any(row.primary and (row.source, row.metric) == place for row in self._comparisons.values())

    def reason(self, row: Comparison, measure: Measure, say: Words) -> str | None:
        """Why the verdict is not what the figures alone would say; None where they say it all."""
        if not row.primary or (self.is_blind(row) and row.reason != "family"):
            return None
        return reason_text(row, measure, self.family(row), say)

    def family(self, row: Comparison) -> int:
        """How many tests the row's p-value is adjusted over."""
        return family_size(self._summary.comparisons, row)

    def asked(self, measure: Measure) -> int:
        """How many answers of a variant there would be on a measure of the suite, were none missing or unjudged."""
        return asked_answers(self._summary, measure.metric)


def counts_text(counts: Iterable[int]) -> str:
    """240, or 198–240."""
    ends = sorted(set(counts))
    return "–".join(numerals.number(end) for end in dict.fromkeys((ends[0], ends[-1])))


def pairs_text(rows: Iterable[Comparison], say: Words) -> str:
    """How many pairs these comparisons have: 240, or 160 of 200 where answers are missing or not judged."""
    found = list(rows)
    asked = max(map(asked_of, found))
    return counted_text(counts_text(row.n for row in found), asked, all(row.n == asked for row in found), say)
