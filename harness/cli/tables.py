"""What the commands print: plain text, aligned, readable in any terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.asking import list_tasks
from harness.data import list_suites, load_suite, task_folders
from harness.errors import HarnessError
from harness.records import Benchmark, Comparison, Estimate, Summary
from harness.scorers import METRICS, ReferenceGrade, grade_references
from harness.store import find_run, list_runs
from harness.words import aligned, plain

_SHOWN = ("correct", "points", "words", "answer_words", "rep_4", "loop", "leak", "truncated", "empty")
_ARROWS = {"improved": "better", "regressed": "WORSE", "shifted": "shifted", "unchanged": "same", "undecided": "?"}


def comparison_table(summary: Summary) -> str:
    """A row a metric, a column a variant, and what each difference to the first variant amounts to."""
    names = [variant.name for variant in summary.variants]
    verdicts = {
        (row.source, row.metric, row.variant): row for row in summary.comparisons if names and row.baseline == names[0]
    }
    head = ["", *names]
    rows = [
        [_title(metric)]
        + [
            _cell(summary.metrics.get(name, {}).get(metric), metric) + _mark(verdicts.get(("suite", metric, name)))
            for name in names
        ]
        for metric in _SHOWN
        if metric != "points" or any(_judged(summary.metrics.get(name, {}).get(metric)) for name in names)
        if any(metric in summary.metrics.get(name, {}) for name in names)
    ]
    for task, metric in _benchmark_rows(summary):
        cells = [summary.benchmarks.get(name, {}).get(task, {}).get(metric) for name in names]
        marks = [_mark(verdicts.get((task, metric, name))) for name in names]
        rows.append([f"{task} {metric}"] + [_value(cell) + mark for cell, mark in zip(cells, marks, strict=True)])
    against = f"; beside each figure, what it means against {names[0]}" if len(names) > 1 else ""
    title = plain(f"{summary.suite}: {summary.questions} questions{against}")
    notes = [*_legend(list(verdicts.values())), *map(plain, [*_unpaired(summary), *_noise(summary)])]
    warnings = [f"! {plain(warning.message)}" for warning in summary.warnings]
    blocks = [[title], [aligned([head, *rows])], notes, warnings]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def runs_table() -> str:
    rows = [["run", "suite", "questions", "variants"]]
    for name in list_runs():
        try:
            summary = find_run(name).summary()
        except HarnessError:
            rows.append([name, "not scored yet", "", ""])
            continue
        variants = ", ".join(variant.name for variant in summary.variants)
        rows.append([name, summary.suite, str(summary.questions), variants])
    return aligned(rows) if len(rows) > 1 else "No runs below runs/eval yet. Next: harness evaluate --adapters dpo,orpo"


def tasks_table(folders: Sequence[Path], check: bool) -> tuple[str, int]:
    """(text, number of faults): suites and lm-eval tasks; with check, each reference answer graded by its own key."""
    rows, faults = [["suite", "questions", "closed", "title"]], []
    for name in list_suites(folders):
        suite = load_suite(name, folders)
        closed = sum(question.answer is not None for question in suite.questions)
        rows.append([name, str(len(suite.questions)), str(closed), suite.title])
        if check:
            wrong = [grade for grade in grade_references(suite.questions) if grade.value < 1]
            faults += [_fault(name, grade) for grade in wrong]
    text = aligned(rows) + "\n\nlm-eval tasks here: " + plain(", ".join(list_tasks(task_folders(folders))))
    if check:
        text += "\n\n" + ("\n".join(faults) if faults else "Every reference answer gets full marks.")
    return text, len(faults)


def _fault(suite: str, grade: ReferenceGrade) -> str:
    return plain(f"{suite} {grade.question_id}: '{grade.text}' is graded wrong ({grade.note or 'no match'})")


def _benchmark_rows(summary: Summary) -> list[tuple[str, str]]:
    return list(
        dict.fromkeys(
            (task, metric) for tasks in summary.benchmarks.values() for task, cells in tasks.items() for metric in cells
        )
    )


def _title(metric: str) -> str:
    return METRICS[metric].title if metric in METRICS else metric


def _cell(cell: Estimate | None, metric: str) -> str:
    if cell is None or cell.mean is None:
        return "not judged"
    share = METRICS[metric].unit == "%"
    spread = "" if cell.spread is None else f" ±{100 * cell.spread:.1f}" if share else f" ±{cell.spread:,.1f}"
    counted = "" if not cell.unjudged else f" of {cell.n}/{cell.n + cell.unjudged}"
    return (_percent(cell.mean) if share else f"{cell.mean:,.1f}") + spread + counted


def _judged(cell: Estimate | None) -> bool:
    return cell is not None and cell.n > 0


def _percent(share: float) -> str:
    """Never rounded to 0 or 100 unless it is."""
    text = f"{100 * share:.1f} %"
    if share > 0 and text == "0.0 %":
        return "<0.1 %"
    return ">99.9 %" if share < 1 and text == "100.0 %" else text


def _value(cell: Benchmark | None) -> str:
    return "missing" if cell is None else f"{cell.value:.4g}"


def _mark(row: Comparison | None) -> str:
    """The verdict, and beside each "no difference" the smallest one that would have been seen."""
    if row is None:
        return ""
    noise = ", inside noise" if row.inside_noise and row.verdict not in ("unchanged", "undecided") else ""
    seen = f", {_size(row.mde, row)}" if row.verdict in ("unchanged", "undecided") and row.mde else ""
    return f" ({_ARROWS[row.verdict]}{seen}{noise})"


def _size(value: float, row: Comparison) -> str:
    points = row.gained is not None or (row.source == "suite" and METRICS[row.metric].unit == "%")
    if points:
        return f"{100 * value:.1f}"
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _legend(rows: Sequence[Comparison]) -> list[str]:
    if not any(row.mde for row in rows if row.verdict in ("unchanged", "undecided")):
        return []
    return ["same, ?: no difference was shown; behind it, the smallest that would be (80 % power; of rates, in points)"]


def _unpaired(summary: Summary) -> list[str]:
    """Only what says whether an answer is right: repetition and length are often not judged for good reason."""
    return [
        f"{row.unpaired} items of {row.source} {row.metric} do not pair between {row.baseline} and {row.variant}"
        for row in summary.comparisons
        if row.unpaired and (row.metric == "correct" or row.source != "suite")
    ]


def _noise(summary: Summary) -> list[str]:
    """How many answers flip between right and wrong when the same model is asked twice."""
    flips = [
        f"{name} {_percent(found['correct'].value)} of {found['correct'].n}"
        for name, found in summary.noise.items()
        if "correct" in found
    ]
    return [f"noise floor: asked twice, right and wrong change places in {', '.join(flips)}"] if flips else []
