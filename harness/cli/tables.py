"""What the commands print: plain text, aligned, readable in any terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.asking import list_tasks
from harness.comparing import (
    Measure,
    factor,
    is_asked,
    measures,
    plain_difference,
    plain_level,
    plain_size,
    suite_measure,
)
from harness.data import list_suites, load_suite, task_folders
from harness.errors import HarnessError
from harness.records import AttemptDifference, Comparison, Estimate, Summary
from harness.scorers import METRICS, ReferenceGrade, grade_references
from harness.store import find_run, list_runs
from harness.words import MINUS, aligned, compact, number, plain

_ARROWS = {"improved": "better", "regressed": "WORSE", "shifted": "shifted", "unchanged": "same", "undecided": "?"}


def comparison_table(summary: Summary) -> str:
    """A row a metric, a column a variant, and what each difference to the first variant amounts to."""
    names = [variant.name for variant in summary.variants]
    verdicts = {
        (row.source, row.metric, row.variant): row for row in summary.comparisons if names and row.baseline == names[0]
    }
    head = ["", *names]
    rows = [
        [
            _title(it),
            *(_cell(summary, name, it) + _mark(verdicts.get((it.source, it.metric, name)), it) for name in names),
        ]
        for it in _shown(summary)
    ]
    against = f"; beside each figure, what it means against {names[0]}" if len(names) > 1 else ""
    title = plain(f"{summary.suite}: {summary.questions} questions{against}")
    notes = [*_legend(list(verdicts.values())), *map(plain, [*_unpaired(summary), *_noise(summary)])]
    warnings = [f"! {plain(warning.message)}" for warning in summary.warnings]
    blocks = [[title], [aligned([head, *rows])], _attempts(summary), notes, warnings]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def runs_table() -> str:
    """A row for each run below runs/eval, those that are not scored yet, or cannot be read, too."""
    rows = [["run", "suite", "questions", "variants"]]
    for name in list_runs():
        run = find_run(name)
        try:
            _, summary = run.manifest, run.summary if run.folder.scored else None
        except HarnessError as error:
            rows.append([name, "unreadable", "", plain(str(error))])
            continue
        if summary is None:
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


def _shown(summary: Summary) -> list[Measure]:
    """The suite's in the order of METRICS, then every one of the lm-eval tasks."""
    present = {metric for metrics in summary.metrics.values() for metric in metrics}
    chosen = [name for name, it in METRICS.items() if it.table and name in present and is_asked(summary, name)]
    return [*map(suite_measure, chosen), *(it for it in measures(summary, {}) if it.source != "suite")]


def _attempts(summary: Summary) -> list[str]:
    """One of k answers right, or all of them, where each question was answered several times."""
    names = [variant.name for variant in summary.variants if variant.name in summary.attempts]
    if not names:
        return []
    against = {(it.metric, it.variant): it for it in summary.attempt_differences if it.baseline == names[0]}
    rows = [["several answers", *names]]
    for title in summary.attempts[names[0]]:
        cells = [_attempt(summary.attempts[name].get(title), against.get((title, name))) for name in names]
        rows.append([title, *cells])
    counted = summary.attempts[names[0]]["pass@1"]
    left_out = f"; {counted.unjudged} without all answers judged are left out" if counted.unjudged else ""
    note = f"pass@k: one of k answers is right; pass^k: all k are; over {counted.n} questions{left_out}"
    return [aligned(rows), "", note]


def _attempt(level: Estimate | None, row: AttemptDifference | None) -> str:
    if level is None:
        return "not judged"
    correct = suite_measure("correct")
    beside = f", {plain_difference(row, correct)}" if row is not None else ""
    return f"{plain_level(level.mean, correct, exact=1)}{beside}"


def _title(measure: Measure) -> str:
    return measure.title if measure.source == "suite" else f"{measure.source} {measure.metric}"


def _cell(summary: Summary, name: str, measure: Measure) -> str:
    if measure.source != "suite":
        result = summary.benchmarks.get(name, {}).get(measure.source, {}).get(measure.metric)
        # As lm-eval itself prints it.
        return "missing" if result is None else compact(result.value, 4).replace(MINUS, "-")
    cell = summary.metrics.get(name, {}).get(measure.metric)
    if cell is None or cell.mean is None:
        return "not judged"
    spread = "" if cell.spread is None else f" ±{number(cell.spread * factor(measure), 1)}"
    counted = "" if not cell.unjudged else f" of {cell.n}/{cell.n + cell.unjudged}"
    return plain_level(cell.mean, measure, exact=1) + spread + counted


def _mark(row: Comparison | None, measure: Measure) -> str:
    """The verdict, and beside each "no difference" the smallest one that would have been seen."""
    if row is None:
        return ""
    noise = ", inside noise" if row.inside_noise and row.verdict not in ("unchanged", "undecided") else ""
    seen = f", {_size(row.mde, measure)}" if row.verdict in ("unchanged", "undecided") and row.mde else ""
    return f" ({_ARROWS[row.verdict]}{seen}{noise})"


def _size(value: float, measure: Measure) -> str:
    return number(value * factor(measure), 1) if measure.kind == "share" else plain_size(value, measure, figures=2)


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
    correct = suite_measure("correct")
    flips = [
        f"{name} {plain_level(found['correct'].value, correct, exact=1)} of {found['correct'].n}"
        for name, found in summary.noise.items()
        if "correct" in found
    ]
    return [f"noise floor: asked twice, right and wrong change places in {', '.join(flips)}"] if flips else []
