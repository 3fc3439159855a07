"""The cells of the table that commands print: what each variant reached, and what may be said of the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.comparing import (
    Measure,
    asked_answers,
    blind_pairs,
    difference_parts,
    factor,
    family_size,
    is_asked,
    level_text,
    measures,
    p_text,
    plain_size,
    reason_text,
    shortfall,
    shortfall_text,
    suite_measure,
)
from harness.records import Comparison, Estimate, Summary
from harness.scorers import METRICS
from harness.words import MINUS, compact, number, numerals, plain, words

APART = "|"
"""Stands between the variants, which are compared, and the references, which are not."""
_WORDS = {"improved": "better", "regressed": "WORSE", "shifted": "shifted", "unchanged": "same", "undecided": "?"}
_ASCII = str.maketrans({MINUS: "-", "\u00a0": " ", "±": "+/-"})


@dataclass(frozen=True)
class Compared:
    """A summary and its comparisons with its first variant."""

    summary: Summary
    rows: Mapping[tuple[str, str, str], Comparison]
    """By source, metric and variant."""
    blind: frozenset[tuple[str, str]]
    """(baseline, variant) of which the sample decides nothing."""


def with_first(summary: Summary) -> Compared:
    """The summary beside its comparisons with the variant that stands first."""
    base = summary.variants[0].name if summary.variants else ""
    rows = {(row.source, row.metric, row.variant): row for row in summary.comparisons if row.baseline == base}
    return Compared(summary, rows, frozenset(pair for pair in blind_pairs(summary.comparisons) if pair[0] == base))


def shown_measures(compared: Compared) -> tuple[list[Measure], list[Measure]]:
    """(primary, exploratory), each the suite's in the order of METRICS, then every one of the lm-eval tasks."""
    summary = compared.summary
    present = {metric for metrics in summary.metrics.values() for metric in metrics}
    chosen = [name for name, it in METRICS.items() if it.table and name in present and is_asked(summary, name)]
    every = [*map(suite_measure, chosen), *(it for it in measures(summary, {}) if it.source != "suite")]
    named = {(row.source, row.metric) for row in compared.rows.values() if row.primary}
    primary = [it for it in every if (it.source, it.metric) in named]
    return primary, [it for it in every if it not in primary]


def line(compared: Compared, measure: Measure) -> list[str]:
    """A measure's title, what each variant reached, and behind a bar each reference."""
    names = [variant.name for variant in compared.summary.variants]
    rows = [compared.rows.get((measure.source, measure.metric, name)) for name in names]
    cells = [_level(compared.summary, name, measure) for name in names]
    beside = [_level(compared.summary, it.name, measure, "-") for it in compared.summary.references]
    marked = (cell + _mark(compared, row, measure) for cell, row in zip(cells, rows, strict=True))
    return [_title(measure), *marked, *([APART, *beside] if beside else [])]


def legend(compared: Compared) -> Iterator[str]:
    """How to read the verdicts, as far as there are any, and over which family of tests they hold."""
    rows = [row for row in compared.rows.values() if _is_claimed(compared, row)]
    if compared.rows and not any(row.primary for row in compared.rows.values()):
        yield "no primary metric was compared, so nothing is called better or worse; suite.yaml names the primary ones"
    if any(_shows(row) for row in rows):
        yield "?: undecided; after it, the smallest detectable difference (80 % power; of rates, in points)"
    if family := next((row for row in rows if row.family), None):
        tests = family_size(compared.summary.comparisons, family)
        by = f"by Holm-adjusted p over {tests} tests of primary metrics" if tests > 1 else "by the one primary test"
        yield f"better, WORSE, shifted: {by} against {family.baseline}"


def reasons(compared: Compared) -> Iterator[str]:
    """Why a primary metric is undecided whatever its interval says."""
    say = words("en")
    for measure in shown_measures(compared)[0]:
        for variant in compared.summary.variants:
            row = compared.rows.get((measure.source, measure.metric, variant.name))
            if row is None or not (row.reason == "family" or _is_claimed(compared, row)):
                continue
            reason = reason_text(row, measure, family_size(compared.summary.comparisons, row), say)
            if reason:
                yield typed(f"{variant.name}, {_title(measure)}: {row.verdict}: {reason}")


def shortfall_line(compared: Compared, suite: str) -> str | None:
    """Where the sample decides nothing: what it would have shown, how many questions a claim needs, and the command.

    suite is what --suite takes to find it again.
    """
    found = shortfall(compared.summary.comparisons, compared.blind)
    if found is None:
        return None
    told = (found.told.source, found.told.metric)
    measure = next(it for it in measures(compared.summary, {}) if (it.source, it.metric) == told)
    return typed(shortfall_text(found, measure, suite, words("en")))


def typed(text: str) -> str:
    """A text as any terminal has it, our own signs too."""
    return plain(text).translate(_ASCII)


def shown_level(found: Estimate, measure: Measure) -> str:
    """As every report writes it, with as many decimals as its interval deserves."""
    return level_text(found, measure, words("en")).translate(_ASCII)


def points(value: float, measure: Measure) -> str:
    """The size of a difference as every report writes it: points of a share, an amount in its own unit."""
    if measure.kind != "share":
        return plain_size(value, measure, figures=2)
    return number(value * factor(measure), numerals.digits_for(0.0, 2 * value * factor(measure), most=1))


def _title(measure: Measure) -> str:
    return measure.title if measure.source == "suite" else f"{measure.source} {measure.metric}"


def _level(summary: Summary, name: str, measure: Measure, absent: str = "") -> str:
    """absent: what is said where nobody expects a figure; "" says what is lacking."""
    if measure.source != "suite":
        result = summary.benchmarks.get(name, {}).get(measure.source, {}).get(measure.metric)
        # As lm-eval itself prints it.
        return absent or "missing" if result is None else compact(result.value, 4).replace(MINUS, "-")
    cell = summary.metrics.get(name, {}).get(measure.metric)
    if cell is None or cell.mean is None:
        return absent if absent and cell is None else "not judged"
    spread = "" if cell.spread is None else f" ±{number(cell.spread * factor(measure), 1)}"
    asked = asked_answers(summary, measure.metric)
    counted = "" if cell.n == asked else f", {cell.n} of {asked} judged"
    return shown_level(cell, measure) + spread + counted


def _mark(compared: Compared, row: Comparison | None, measure: Measure) -> str:
    """The verdict with its adjusted p, or what the sample would have shown; of what is not claimed, the difference."""
    if row is None:
        return ""
    if not _is_claimed(compared, row):
        blind = (row.baseline, row.variant) in compared.blind
        same = "same, " if row.verdict == "unchanged" and not blind else ""
        return f" ({same}{_difference(row, measure)})"
    said = [_WORDS[row.verdict]]
    if row.mde is not None and _shows(row):
        said.append(points(row.mde, measure))
    if row.verdict not in ("unchanged", "undecided"):
        said += [typed(p_text(row, words("en")) or "")] if row.p is not None else []
        said += ["inside noise"] if row.inside_noise else []
    return f" ({', '.join(said)})"


def _is_claimed(compared: Compared, row: Comparison) -> bool:
    """Whether a verdict stands beside it: of a primary metric, by a sample that decides something."""
    return row.primary and (row.baseline, row.variant) not in compared.blind


def _shows(row: Comparison) -> bool:
    """Whether it informs what the sample would have shown."""
    return row.verdict == "undecided" and not row.reason and row.mde is not None


def _difference(row: Comparison, measure: Measure) -> str:
    """+1.3, -1.6 to +4.2; without an interval, the difference alone."""
    # Of lm-eval's tasks as lm-eval itself prints figures.
    delta, low, high = difference_parts(
        row, measure, most=None if measure.source == "suite" or measure.kind == "share" else 3
    )
    return (delta if low is None else f"{delta}, {low} to {high}").replace(MINUS, "-")
