"""From stored responses to summary.json: needs the run folder only, and no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

from harness.audit import audit
from harness.comparing import (
    Items,
    Side,
    TaskSide,
    attempt_differences,
    attempts,
    benchmark_table,
    estimate,
    item_groups,
    noise_floor,
    primary_metrics,
    suite_comparisons,
    task_comparison,
    task_rule,
    with_families,
    with_noise,
)
from harness.errors import HarnessError
from harness.records import Benchmark, Comparison, Summary
from harness.scorers import checked_margins
from harness.scoring import RunScores
from harness.store import Manifest, Run


def score_run(run: Run) -> Summary:
    """Scores every stored response, compares the variants, and writes scores.jsonl and summary.json."""
    run.refuse_newer()
    if run.answers and not run.questions:
        raise HarnessError(f"{run.path / 'questions.jsonl'} holds no questions, and answers are judged by them.")
    items = Items(run.questions, 1 + max((sample for *_, sample in (*run.answers, *run.again)), default=0))
    scored, again = RunScores(run, run.answers, items), RunScores(run, run.again, items)
    run.folder.write_score_lines(scored.lines())
    for _ in again.lines():
        pass
    summary = _summary(run, scored, again)
    run.folder.write_summary(summary)
    return summary


def score_answers(run: Run) -> None:
    """Scores every stored response, and writes scores.jsonl alone: enough for a look at a run that is still asked."""
    items = Items(run.questions, 1 + max((sample for *_, sample in run.answers), default=0))
    run.folder.write_score_lines(RunScores(run, run.answers, items).lines())


def _summary(run: Run, scored: RunScores, twice: RunScores) -> Summary:
    manifest, seed = run.manifest, run.manifest.seed or 0
    table, again, groups = scored.table(), twice.table(), item_groups(run.questions, scored.items)
    # References have levels: no comparison, no test and no verdict is about them, and none changes with them.
    sides = _sides(manifest, scored.sides({name: table[name] for name in run.variants if name in table}))
    benchmarks = benchmark_table(run)
    margins = checked_margins(manifest.margins, run.path / "manifest.json")
    rows = [
        *suite_comparisons(list(combinations(sides.values(), 2)), margins, groups),
        *_task_comparisons(run, benchmarks, seed),
    ]
    noise = {name: noise_floor(table[name], again[name], groups) for name in table if name in again}
    compared = with_noise(with_families(rows, primary_metrics(run)), noise)
    samples = manifest.generation.samples
    closed = [question.id for question in run.questions if question.match != "open"] if samples > 1 else []
    return Summary(
        run=run.id,
        suite=manifest.suite.name,
        questions=len(run.questions),
        variants=manifest.variants,
        metrics={
            name: {metric: estimate(metric, column, groups) for metric, column in metrics.items()}
            for name, metrics in table.items()
        },
        benchmarks=benchmarks,
        comparisons=tuple(compared),
        warnings=tuple(audit(run, table, compared)),
        noise=noise,
        attempts=attempts(sides, closed, samples, groups),
        attempt_differences=attempt_differences(sides, samples, groups),
        references=manifest.references or (),
    )


def _sides(manifest: Manifest, sides: Mapping[str, Side]) -> dict[str, Side]:
    """Each variant as it is compared; a full model asked by its own chat template counts as asked alike."""
    own = {name for name in sides if manifest.own_prompt(name) is not None}
    alike = next((side.prompts for name, side in sides.items() if name not in own), {})
    return {name: replace(side, prompts=alike) if name in own else side for name, side in sides.items()}


def _task_comparisons(
    run: Run, benchmarks: Mapping[str, Mapping[str, Mapping[str, Benchmark]]], seed: int
) -> list[Comparison]:
    found = []
    for first, second in combinations([name for name in run.variants if name in benchmarks], 2):
        for task, cells in benchmarks[first].items():
            a, b = (TaskSide(name, run.results[name], run.samples(name, task)) for name in (first, second))
            for metric in cells:
                other = benchmarks[second].get(task, {}).get(metric, cells[metric])
                values = (cells[metric].value, other.value)
                rule = task_rule(run.results[first], task, metric, values, sum(values) / 2)
                row = task_comparison(a, b, rule, seed)
                if isinstance(row, Comparison):
                    found.append(row)
    return found
