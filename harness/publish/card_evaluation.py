"""What a model card says of an evaluation: this adapter against the base, with intervals, verdicts and warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.audit import sentence
from harness.comparing import (
    Measure,
    called,
    counted_text,
    difference_text,
    level_span,
    level_text,
    measures,
    p_text,
    shortfall,
    shortfall_text,
    size_text,
)
from harness.errors import HarnessError
from harness.records import Comparison, Estimate, Summary
from harness.report import Numbers, base_of
from harness.store import Manifest, Run, find_run, list_runs
from harness.words import Words, numerals, words


@dataclass(frozen=True)
class CardRow:
    """One measure of the table."""

    title: str
    base: str
    adapter: str
    change: str
    verdict: str
    """Empty where nothing is claimed."""
    primary: bool = True
    beside: tuple[str, ...] = ()
    """The level of each reference."""


@dataclass(frozen=True)
class Result:
    """One figure of the adapter as the hub's model index takes it."""

    dataset: str
    title: str
    """The dataset's name as people say it."""
    metric: str
    metric_title: str
    value: float


@dataclass(frozen=True)
class AdapterEvaluation:
    """A run that asked this adapter."""

    run: str
    manifest: Manifest
    summary: Summary
    adapter: str
    """What the run calls the adapter."""
    base: str | None
    """What it is compared with; None where the run asked nothing else."""
    rows: tuple[CardRow, ...]
    results: tuple[Result, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """Over which family of tests the verdicts hold, and what the questions could not have shown."""
    references: tuple[str, ...] = ()
    """What stands beside with its levels, and is compared with nothing."""


def find_evaluation(digest: str, wanted: str | None) -> AdapterEvaluation | None:
    """The run given, or the newest that asked the adapter of that digest; None where none did.

    By the digest and not by the name: a name may have been trained anew since.
    """
    if wanted is not None:
        found = find_run(wanted)
        if (evaluation := _read(found, digest)) is None:
            raise HarnessError(
                f"The run '{found.id}' did not ask this adapter, or asked it before it was trained anew. "
                "Leave --run out to take the newest run that did, or evaluate it again."
            )
        return evaluation
    scored = [run for run in map(find_run, list_runs()) if run.folder.scored]
    for run in sorted(scored, key=lambda run: (str(run.manifest.created), run.id), reverse=True):
        if evaluation := _read(run, digest):
            return evaluation
    return None


def _read(run: Run, digest: str) -> AdapterEvaluation | None:
    summary = run.summary
    name = next((it.name for it in summary.variants if it.kind == "adapter" and it.digest == digest), None)
    if name is None:
        return None
    say = words("en")
    base = base_of(summary).name
    found = measures(summary, run.results)
    beside = tuple(variant.name for variant in summary.references)
    return AdapterEvaluation(
        run=run.id,
        manifest=run.manifest,
        summary=summary,
        adapter=name,
        base=None if base == name else base,
        rows=tuple(_rows(Numbers(summary), found, base, name, beside, say)),
        results=tuple(_results(Numbers(summary), found, name, run.manifest, summary, say)),
        warnings=tuple(sentence(it, say) for it in summary.warnings if not it.variants or name in it.variants),
        notes=tuple(_notes(summary, found, base, name, say)),
        references=beside,
    )


def _rows(
    numbers: Numbers, found: tuple[Measure, ...], base: str, name: str, beside: tuple[str, ...], say: Words
) -> Iterator[CardRow]:
    for measure in found:
        levels = [numbers.level(variant, measure) for variant in (base, name)]
        if not any(level and level.n for level in levels):
            continue
        before, after = (_shown(level, measure, numbers, say) for level in levels)
        row = numbers.difference(base, name, measure)
        change = difference_text(row, measure, say) if row else ""
        verdict = _verdict(row, measure, numbers, say) if row else ""
        others = tuple(_shown(numbers.level(it, measure), measure, numbers, say) for it in beside)
        yield CardRow(called(measure, say), before, after, change, verdict, row is None or row.primary, others)


def _shown(found: Estimate | None, measure: Measure, numbers: Numbers, say: Words) -> str:
    """63.3 % (57.1 to 69.2), and of how many answers where some are missing or not judged."""
    level, span = level_text(found, measure, say), level_span(found, measure, say)
    shown = f"{level} ({span})" if span else level
    if found is None or measure.source != "suite" or found.n in (0, numbers.asked(measure)):
        return shown
    return f"{shown}, {counted_text(numerals.number(found.n), numbers.asked(measure), False, say)}"


def _verdict(row: Comparison, measure: Measure, numbers: Numbers, say: Words) -> str:
    """A verdict with its adjusted p; of what is undecided why, or the smallest difference that would have been seen."""
    judged, reason = numbers.judged(row, say), numbers.reason(row, measure, say)
    said = [judged.word] if judged else []
    if row.primary and (said or reason) and (p := p_text(row, say)):
        said.append(p)
    if reason:
        said.append(reason)
    elif judged and row.primary and row.verdict == "undecided" and row.mde:
        said.append(f"would have shown {size_text(row.mde, measure, say)}")
    return "; ".join(said)


def _notes(summary: Summary, found: tuple[Measure, ...], base: str, name: str, say: Words) -> Iterator[str]:
    numbers = Numbers(summary)
    rows = [row for row in (numbers.difference(base, name, measure) for measure in found) if row is not None]
    if short := shortfall(summary.comparisons, {(base, name)} & numbers.blind):
        told = next(it for it in found if (it.source, it.metric) == (short.told.source, short.told.metric))
        yield shortfall_text(short, told, summary.suite, say)
    if family := next((row for row in rows if row.primary and row.family), None):
        yield say.counted("verdict.family", numbers.family(family), base=base)
    elif rows and not any(row.primary for row in rows):
        yield say("verdict.no_primary")
    if not all(row.primary for row in rows):
        yield say("verdict.exploratory")
    if summary.references:
        yield say("reference.note", names=say.both(variant.name for variant in summary.references))


def _results(
    numbers: Numbers, found: tuple[Measure, ...], name: str, manifest: Manifest, summary: Summary, say: Words
) -> Iterator[Result]:
    for measure in found:
        level = numbers.level(name, measure)
        if level is None or level.mean is None:
            continue
        own = measure.source == "suite"
        dataset = summary.suite if own else measure.source
        title = manifest.suite.title or summary.suite if own else measure.source
        yield Result(dataset, title, measure.metric, called(measure, say), level.mean)
