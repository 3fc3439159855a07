"""From stored responses to summary.json: needs the run folder only, and no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from harness.records import Benchmark, Comparison, Noise, Question, Response, Score, Summary, Variant
from harness.scorers import score_response
from harness.store import AnswerKey, Json, RunFolder, own_prompt


def score_run(run: RunFolder) -> Summary:
    """Scores every stored response, compares the variants, and writes scores.jsonl and summary.json."""
    manifest = run.manifest()
    questions = run.questions()
    answers = run.answers()
    variants = [Variant(**row) for row in manifest["variants"]]
    scores = list(_scores(manifest, variants, questions, answers))
    run.write_scores(scores)
    seed, groups = int(manifest.get("seed", 0)), question_groups(questions)
    table = columns(scores)
    sides = _sides(manifest, table, answers)
    benchmarks = benchmark_table(run)
    noise = _noise(manifest, variants, questions, table, run.answers(again=True), seed)
    rows = [
        *suite_comparisons(list(combinations(sides.values(), 2)), manifest.get("margins", {}), seed, groups),
        *_task_comparisons(run, [variant.name for variant in variants], benchmarks, seed),
    ]
    compared = with_noise(with_families(rows), noise)
    summary = Summary(
        run=run.id,
        suite=manifest["suite"]["name"],
        questions=len(questions),
        variants=tuple(variants),
        metrics={
            name: {metric: estimate(metric, column, seed, groups) for metric, column in metrics.items()}
            for name, metrics in table.items()
        },
        benchmarks=benchmarks,
        comparisons=tuple(compared),
        warnings=tuple(audit(manifest, questions, answers, table, run.curves(), compared)),
        noise=noise,
    )
    run.write_summary(summary)
    return summary


def _sides(manifest: Json, table: ScoreTable, answers: Mapping[AnswerKey, Response]) -> dict[str, Side]:
    """The same; a full model asked by its own chat template counts as asked alike."""
    sides = variant_sides(table, answers)
    own = {name for name in sides if own_prompt(manifest, name) is not None}
    alike = next((side.prompts for name, side in sides.items() if name not in own), {})
    return {name: replace(side, prompts=alike) if name in own else side for name, side in sides.items()}


def _scores(
    manifest: Json, variants: Sequence[Variant], questions: Sequence[Question], answers: Mapping[AnswerKey, Response]
) -> Iterable[Score]:
    found: dict[tuple[str, str], list[Response]] = {}
    for variant, question, sample in sorted(answers, key=lambda key: key[2]):
        found.setdefault((variant, question), []).append(answers[variant, question, sample])
    # In the suite's order, whatever the order in which the answers came.
    for variant_ in variants:
        headers = (own_prompt(manifest, variant_.name) or manifest["prompt"])["headers"]
        for question_ in questions:
            for response in found.get((variant_.name, question_.id), ()):
                yield from score_response(question_, response, headers)


def _noise(
    manifest: Json,
    variants: Sequence[Variant],
    questions: Sequence[Question],
    table: ScoreTable,
    again: Mapping[AnswerKey, Response],
    seed: int,
) -> dict[str, dict[str, Noise]]:
    second = columns(list(_scores(manifest, variants, questions, again)))
    groups = question_groups(questions)
    return {name: noise_floor(table[name], second[name], seed, groups) for name in table if name in second}


def _task_comparisons(
    run: RunFolder, variants: Sequence[str], benchmarks: Mapping[str, Mapping[str, Mapping[str, Benchmark]]], seed: int
) -> list[Comparison]:
    results = run.benchmark_results()
    found = []
    for first, second in combinations([name for name in variants if name in benchmarks], 2):
        for task, cells in benchmarks[first].items():
            a, b = run.benchmark_samples(first, task), run.benchmark_samples(second, task)
            for metric in cells:
                other = benchmarks[second].get(task, {}).get(metric, cells[metric])
                level = (cells[metric].value + other.value) / 2
                rule = task_rule(results[first], task, metric, level)
                pairs, unpaired = paired_values(a, b, metric)
                row = benchmark_comparison(first, second, rule, pairs, unpaired, seed)
                if row is not None:
                    found.append(row)
    return found
