"""Which variants of two runs belong together, and what either side lacks: never a pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.errors import unknown
from harness.store import Json, Run, is_answered

VariantPair = tuple[str, str]
"""(variant of the baseline, variant of the run)."""

_SHOWN = 5


def pair_variants(
    run: Run, against: Run, wanted: Sequence[VariantPair]
) -> tuple[list[VariantPair], list[str], list[str]]:
    """(pairs, what is missing, notes): by name; one new name on each side is the same thing renamed."""
    old, new = against.variants, run.variants
    for before, after in wanted:
        if before not in old:
            unknown("variant", before, old, f"It is looked for in {against.path}.")
        if after not in new:
            unknown("variant", after, new, f"It is looked for in {run.path}.")
    if wanted:
        left = [name for name in new if name not in {after for _, after in wanted}]
        return list(wanted), [], [f"Not named by --variant and not checked: {', '.join(left)}."] if left else []
    pairs = [(name, name) for name in old if name in new]
    gone, added = [name for name in old if name not in new], [name for name in new if name not in old]
    if len(added) == 1 and (len(gone) == 1 or (not gone and len(old) == 1)):
        before = gone[0] if gone else next(iter(old))
        return [*pairs, (before, added[0])], [], [f"{added[0]} is checked against {before} of {against.id}."]
    hint = "Say which belong together with --variant NEW=OLD."
    missing = [f"Variants of {against.id} are missing: {', '.join(gone)}. {hint}"] if gone else []
    if added and not gone:
        missing.append(f"{against.id} has nothing to check {', '.join(added)} against. {hint}")
    return pairs, missing, []


def missing_questions(run: Run) -> list[str]:
    """A sentence where nobody knows what the run was asked; lm-eval's results alone come without questions."""
    if run.questions or not run.has_suite:
        return []
    return [f"{run.id} has no questions: its questions.jsonl is empty, or gone."]


def missing_suite(run: Run, against: Run) -> list[str]:
    """A sentence where the baseline has answers to a suite, and the run is one of lm-eval's results alone."""
    if run.has_suite or not against.has_suite:
        return []
    return [f"{run.id} has no answers to the suite {against.manifest.suite.name}, which {against.id} was asked."]


def missing_answers(run: Run, against: Run, before: str, after: str) -> list[str]:
    """A sentence for each side that lacks answers to what either was asked, or scores that the other side has."""
    found = []
    asked = list(dict.fromkeys(question.id for question in (*against.questions, *run.questions)))
    sides = [(held, name, held.scored_items.get(name, set())) for held, name in ((against, before), (run, after))]
    # A metric that one side was never scored with is the gate's to name, not a hole in the answers.
    shared = set.intersection(*({metric for _, _, metric in rows} for _, _, rows in sides))
    everything = {row for _, _, rows in sides for row in rows if row[2] in shared}
    for held, name, rows in sides:
        samples = range(held.manifest.generation.samples)
        scored, lacking = {row[0] for row in rows}, {row[0] for row in everything - rows}
        gaps = [
            question
            for question in asked
            if question not in scored
            or question in lacking
            or not all(is_answered(held.answers.get((name, question, sample))) for sample in samples)
        ]
        if gaps:
            more = "" if len(gaps) <= _SHOWN else f" and {len(gaps) - _SHOWN} more"
            found.append(
                f"{name} of {held.id} lacks {len(gaps)} of {len(asked)} answers, or their scores: "
                f"{', '.join(gaps[:_SHOWN])}{more}."
            )
    return found


def missing_tasks(run: Run, against: Run, before: str, after: str) -> list[str]:
    """A sentence for each lm-eval task of the baseline, or document of one, that a side does not have."""
    found = []
    sides = [(against, before, _results(against, before)), (run, after, _results(run, after))]
    asked = dict.fromkeys([*sides[0][2], *against.manifest.tasks])
    for task in asked:
        lacking = [
            f"{name} of {held.id} lacks the lm-eval task {task}." for held, name, has in sides if task not in has
        ]
        if lacking:
            found += lacking
            continue
        documents = [_documents(held, name, task) for held, name, _ in sides]
        for (held, name, _), has in zip(sides, documents, strict=True):
            many = max(len(set.union(*documents)), _counted(held, name, task))
            if len(has) < many:
                found.append(f"{name} of {held.id} lacks {many - len(has)} of {many} documents of {task}.")
    return found


def not_finite(run: Run, variant: str, task: str, metric: str) -> list[str]:
    """A sentence where a side's figure of an lm-eval metric, or that of a document, is NaN or infinite."""
    name, _, rule = metric.partition(",")
    held, rule = f"{variant} of {run.id}", rule or "none"
    figure = run.results[variant].get("results", {}).get(task, {}).get(f"{name},{rule}")
    if isinstance(figure, float) and not math.isfinite(figure):
        return [f"{held} has {figure} for {metric} of the lm-eval task {task}, which is no figure."]
    rows = [row for row in run.samples(variant, task) if row.get("filter", "none") == rule]
    odd = [str(row["doc_id"]) for row in rows if name in row and _is_odd(row[name])]
    if not odd:
        return []
    more = "" if len(odd) <= _SHOWN else f" and {len(odd) - _SHOWN} more"
    return [
        f"{held} has no finite {metric} in {len(odd)} of {len(rows)} documents of {task}: "
        f"{', '.join(odd[:_SHOWN])}{more}."
    ]


def null_figure(results: Json, task: str, metric: str = "") -> str | None:
    """The metric, or the first of the task that says which way is better, where that has no number: null for NaN."""
    row, told = results.get("results", {}).get(task, {}), results.get("higher_is_better", {}).get(task, {})
    for key, value in row.items():
        name, _, rule = key.partition(",")
        called = name if rule == "none" else key
        if rule and (called == metric if metric else told.get(name) is not None):
            return None if isinstance(value, int | float) else called
    return None


def _is_odd(value: object) -> bool:
    """NaN or infinite, or a list with such a number; null stands where the harness wrote one of them."""
    parts = value if isinstance(value, list) else [value]
    return any(part is None or (isinstance(part, float) and not math.isfinite(part)) for part in parts)


def _results(run: Run, variant: str) -> set[str]:
    """Tasks, and groups of tasks, that the variant has results of."""
    found = run.results.get(variant, {})
    return {*found.get("results", {}), *found.get("group_subtasks", {})}


def _counted(run: Run, variant: str, task: str) -> int:
    """How many documents lm-eval says that it asked."""
    counts = run.results[variant].get("n-samples", {})
    return int(counts.get(task, {}).get("effective", 0))


def _documents(run: Run, variant: str, task: str) -> set[str]:
    return {str(row["doc_id"]) for row in run.samples(variant, task)}
