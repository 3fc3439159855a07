"""What a model card says of an evaluation: this adapter against the base, with intervals, verdicts and warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.audit import sentence
from harness.comparing import Measure, called, difference_text, level_span, level_text, measures, size_text
from harness.errors import HarnessError
from harness.records import Comparison, Estimate, Summary
from harness.report import Numbers, base_of
from harness.store import Manifest, Run, find_run, list_runs
from harness.words import Words, words


@dataclass(frozen=True)
class CardRow:
    """One measure of the table."""

    title: str
    base: str
    adapter: str
    change: str
    verdict: str


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
    return AdapterEvaluation(
        run=run.id,
        manifest=run.manifest,
        summary=summary,
        adapter=name,
        base=None if base == name else base,
        rows=tuple(_rows(Numbers(summary), found, base, name, say)),
        results=tuple(_results(Numbers(summary), found, name, run.manifest, summary, say)),
        warnings=tuple(sentence(it, say) for it in summary.warnings if not it.variants or name in it.variants),
    )


def _rows(numbers: Numbers, found: tuple[Measure, ...], base: str, name: str, say: Words) -> Iterator[CardRow]:
    for measure in found:
        levels = [numbers.level(variant, measure) for variant in (base, name)]
        if not any(level and level.n for level in levels):
            continue
        before, after = (_shown(level, measure, say) for level in levels)
        row = numbers.difference(base, name, measure)
        change = difference_text(row, measure, say) if row else ""
        yield CardRow(called(measure, say), before, after, change, _verdict(row, measure, say) if row else "")


def _shown(found: Estimate | None, measure: Measure, say: Words) -> str:
    """63.3 % (57.1 to 69.2)."""
    level, span = level_text(found, measure, say), level_span(found, measure, say)
    return f"{level} ({span})" if span else level


def _verdict(row: Comparison, measure: Measure, say: Words) -> str:
    """A verdict; beside each that shows no difference, the smallest that would have been seen."""
    said = say(f"verdict.{row.verdict}")
    if row.verdict in ("unchanged", "undecided") and row.mde:
        return f"{said}; would have shown {size_text(row.mde, measure, say)}"
    return said


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
