"""What the commands print: plain text, aligned, readable in any terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.benchmarks import list_tasks
from harness.errors import HarnessError
from harness.records import Benchmark, Comparison, Estimate, Summary
from harness.scorers import METRICS, grade_references
from harness.store import find_run, list_runs
from harness.tasks import list_suites, load_suite, task_folders

_SHOWN = ("correct", "words", "answer_words", "rep_4", "loop", "leak", "truncated", "empty")
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
        if any(metric in summary.metrics.get(name, {}) for name in names)
    ]
    for task, metric in _benchmark_rows(summary):
        cells = [summary.benchmarks.get(name, {}).get(task, {}).get(metric) for name in names]
        marks = [_mark(verdicts.get((task, metric, name))) for name in names]
        rows.append([f"{task} {metric}"] + [_value(cell) + mark for cell, mark in zip(cells, marks, strict=True)])
    title = f"{summary.suite}: {summary.questions} questions; beside each figure, what it means against {names[0]}"
    notes = [f"! {warning.message}" for warning in summary.warnings]
    return "\n".join([title, "", aligned([head, *rows]), *([""] if notes else []), *notes])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns, the first to the left, the others to the left of their verdicts."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


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
            faults += [f"{name} {g.question_id}: '{g.text}' is graded wrong ({g.note or 'no match'})" for g in wrong]
    text = aligned(rows) + "\n\nlm-eval tasks here: " + ", ".join(list_tasks(task_folders(folders)))
    if check:
        text += "\n\n" + ("\n".join(faults) if faults else "Every reference answer gets full marks.")
    return text, len(faults)


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
    if METRICS[metric].unit == "%":
        return _percent(cell.mean)
    return f"{cell.mean:,.1f}"


def _percent(share: float) -> str:
    """Never rounded to 0 or 100 unless it is."""
    text = f"{100 * share:.1f} %"
    if share > 0 and text == "0.0 %":
        return "<0.1 %"
    return ">99.9 %" if share < 1 and text == "100.0 %" else text


def _value(cell: Benchmark | None) -> str:
    return "missing" if cell is None else f"{cell.value:.4g}"


def _mark(row: Comparison | None) -> str:
    return "" if row is None else f" ({_ARROWS[row.verdict]})"
