"""From stored responses to summary.json: needs the run folder only, and no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations

from harness.audit import audit
from harness.comparing import (
    ScoreTable,
    Side,
    benchmark_comparison,
    benchmark_table,
    columns,
    estimate,
    noise_floor,
    paired_values,
    question_groups,
    suite_comparisons,
    task_rule,
    variant_sides,
    with_families,
    with_noise,
)
from harness.records import Benchmark, Comparison, Noise, Response, Score, Summary
from harness.scorers import score_response
from harness.store import AnswerKey, Manifest, Run


def score_run(run: Run) -> Summary:
    """Scores every stored response, compares the variants, and writes scores.jsonl and summary.json."""
    manifest, questions = run.manifest, run.questions
    scores = list(_scores(run, run.answers))
    run.folder.write_scores(scores)
    seed, groups = manifest.seed or 0, question_groups(questions)
    table = columns(scores)
    sides = _sides(manifest, table, run.answers)
    benchmarks = benchmark_table(run)
    noise = _noise(run, table, seed, groups)
    rows = [
        *suite_comparisons(list(combinations(sides.values(), 2)), manifest.margins, seed, groups),
        *_task_comparisons(run, benchmarks, seed),
    ]
    compared = with_noise(with_families(rows), noise)
    summary = Summary(
        run=run.id,
        suite=manifest.suite.name,
        questions=len(questions),
        variants=manifest.variants,
        metrics={
            name: {metric: estimate(metric, column, seed, groups) for metric, column in metrics.items()}
            for name, metrics in table.items()
        },
        benchmarks=benchmarks,
        comparisons=tuple(compared),
        warnings=tuple(audit(run, table, compared)),
        noise=noise,
    )
    run.folder.write_summary(summary)
    return summary


def _sides(manifest: Manifest, table: ScoreTable, answers: Mapping[AnswerKey, Response]) -> dict[str, Side]:
    """The same; a full model asked by its own chat template counts as asked alike."""
    sides = variant_sides(table, answers)
    own = {name for name in sides if manifest.own_prompt(name) is not None}
    alike = next((side.prompts for name, side in sides.items() if name not in own), {})
    return {name: replace(side, prompts=alike) if name in own else side for name, side in sides.items()}


def _scores(run: Run, answers: Mapping[AnswerKey, Response]) -> Iterable[Score]:
    found: dict[tuple[str, str], list[Response]] = {}
    for variant, question, sample in sorted(answers, key=lambda key: key[2]):
        found.setdefault((variant, question), []).append(answers[variant, question, sample])
    # In the suite's order, whatever the order in which the answers came.
    for name in run.variants:
        headers = run.manifest.headers(name)
        for question_ in run.questions:
            for response in found.get((name, question_.id), ()):
                yield from score_response(question_, response, headers)


def _noise(run: Run, table: ScoreTable, seed: int, groups: Mapping[str, str]) -> dict[str, dict[str, Noise]]:
    second = columns(list(_scores(run, run.again)))
    return {name: noise_floor(table[name], second[name], seed, groups) for name in table if name in second}


def _task_comparisons(
    run: Run, benchmarks: Mapping[str, Mapping[str, Mapping[str, Benchmark]]], seed: int
) -> list[Comparison]:
    found = []
    for first, second in combinations([name for name in run.variants if name in benchmarks], 2):
        for task, cells in benchmarks[first].items():
            a, b = run.samples(first, task), run.samples(second, task)
            for metric in cells:
                other = benchmarks[second].get(task, {}).get(metric, cells[metric])
                level = (cells[metric].value + other.value) / 2
                rule = task_rule(run.results[first], task, metric, level)
                pairs, unpaired = paired_values(a, b, metric)
                row = benchmark_comparison(first, second, rule, pairs, unpaired, seed)
                if row is not None:
                    found.append(row)
    return found
