"""What the commands print: plain text, aligned, readable in any terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.asking import list_tasks
from harness.cli.printed.cells import (
    APART,
    legend,
    line,
    points,
    reasons,
    shortfall_line,
    shown_level,
    shown_measures,
    typed,
    with_first,
)
from harness.comparing import plain_difference, plain_level, suite_measure
from harness.data.suites import list_suites, load_suite, task_folders
from harness.errors import HarnessError
from harness.records import AttemptDifference, Estimate, Summary
from harness.scorers import ReferenceGrade, grade_references
from harness.store import Manifest, find_run, list_runs, read_experiments
from harness.words import aligned, plain

_TOLD = ("temperature", "top_p", "max_new_tokens", "seed", "dtype", "quantization")
_EXPLORATORY = "-- exploratory: the difference and its 95 % CI, unadjusted; none is called better or worse --"


def comparison_table(summary: Summary, suite: str = "") -> str:
    """A row a metric, a column a variant, and what each difference to the first variant amounts to.

    suite is what --suite takes to find the suite again, where that is not its name.
    Primary metrics carry verdicts; of the others, below a line that says so, stands the difference alone.
    """
    compared = with_first(summary)
    primary, others = shown_measures(compared)
    names, beside = ([it.name for it in found] for found in (summary.variants, summary.references))
    lines = aligned(
        [["", *names, *([APART, *beside] if beside else [])], *(line(compared, it) for it in (*primary, *others))]
    ).split("\n")
    if others and compared.rows:
        lines.insert(1 + len(primary), _EXPLORATORY)
    against = f"; beside each figure, what it means against {names[0]}" if len(names) > 1 else ""
    if beside:
        against += f"; right of {APART}, references: levels only"
    title = plain(f"{_asked(summary)}{against}")
    notes = [*legend(compared), *reasons(compared), *_unpaired(summary), *_noise(summary)]
    short = shortfall_line(compared, suite or summary.suite)
    # Said once: the audit counts the same questions.
    warnings = [f"! {plain(it.message)}" for it in summary.warnings if not (short and it.code == "few_questions")]
    blocks = [[title], lines, _attempts(summary), [*map(typed, notes)], [short] if short else [], warnings]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def recorded_note(manifest: Manifest) -> str:
    """Of a recording, the settings that it holds and those that it does not, a line each; "" of a run asked here."""
    if not manifest.is_recorded:
        return ""
    lines: dict[str, list[str]] = {}
    for variant in manifest.variants:
        told = manifest.told_generation(variant.name)
        known = [f"{key} {told[key]}" for key in _TOLD if key in told]
        unknown = [key for key in _TOLD if key not in told]
        parts = [", ".join(known), f"not recorded: {', '.join(unknown)}" if unknown else ""]
        lines.setdefault("; ".join(filter(None, parts)), []).append(variant.name)
    return "\n".join(plain(f"{', '.join(names)}: recorded elsewhere; {told}") for told, names in lines.items())


def _asked(summary: Summary) -> str:
    """The suite and its questions; the number of lm-eval tasks where no suite was asked."""
    if summary.suite:
        return f"{summary.suite}: {summary.questions} questions"
    many = len({task for tasks in summary.benchmarks.values() for task in tasks})
    return f"lm-eval: {many} task{'' if many == 1 else 's'}"


def runs_table() -> str:
    """A row for each run below runs/eval, references behind a bar; those not scored yet, or not to be read, too."""
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
        if summary.references:
            variants += f" {APART} {', '.join(variant.name for variant in summary.references)}"
        asked = [summary.suite, str(summary.questions)] if summary.suite else [_asked(summary), ""]
        further = [held.told.name for held in read_experiments(run)]
        rows.append([name, *asked, f"{variants}; experiments: {', '.join(further)}" if further else variants])
    return aligned(rows) if len(rows) > 1 else "No runs below runs/eval yet. Next: harness evaluate --adapters dpo,orpo"


def tasks_table(folders: Sequence[Path], check: bool) -> tuple[str, int]:
    """(text, number of faults): suites and lm-eval tasks; with check, each reference answer graded by its own key."""
    rows, faults = [["suite", "questions", "closed", "title"]], []
    for name in list_suites(folders):
        try:
            suite = load_suite(name, folders)
        except HarnessError as error:
            rows.append([name, "unreadable", "", plain(str(error))])
            faults += [plain(f"{name} cannot be read: {error}")] if check else []
            continue
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
    return f"{shown_level(level, correct)}{beside}"


def _items(source: str) -> str:
    return "questions" if source == "suite" else f"documents of {source}"


def _unpaired(summary: Summary) -> list[str]:
    """Only what says whether an answer is right: repetition and length are often not judged for good reason."""
    return [
        f"{row.unpaired} {_items(row.source)} have no pair in {row.baseline} and {row.variant} ({row.metric})"
        for row in summary.comparisons
        if row.unpaired and (row.metric == "correct" or row.source != "suite")
    ]


def _noise(summary: Summary) -> list[str]:
    """How many answers flip between right and wrong when the same model is asked twice, and how far that carries."""
    correct = suite_measure("correct")
    found = [(name, metrics["correct"]) for name, metrics in summary.noise.items() if "correct" in metrics]
    flips = [
        f"{name} {plain_level(it.value if it.flips is None else it.flips, correct)} of {it.n}" for name, it in found
    ]
    said = [f"noise floor: asked twice, right and wrong change places in {', '.join(flips)}"] if flips else []
    return said + [
        f"asking again moves {correct.title} of {row.variant} against {row.baseline} by "
        f"±{points(1.96 * row.noise, correct)} points"
        for row in summary.comparisons
        if row.noise is not None and (row.source, row.metric) == ("suite", "correct")
    ]
