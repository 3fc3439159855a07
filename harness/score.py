"""From stored responses to summary.json: needs the run folder only, and no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from harness.audit import audit
from harness.benchmarks import benchmark_table, higher_is_better, sample_values
from harness.compare import (
    Rule,
    benchmark_comparison,
    columns,
    estimate,
    suite_comparisons,
    task_margin,
    with_holm,
)
from harness.records import Benchmark, Comparison, Direction, Question, Response, Score, Summary, Variant
from harness.scorers import score_response
from harness.store import Json, RunFolder


def score_run(run: RunFolder) -> Summary:
    """Scores every stored response, compares the variants, and writes scores.jsonl and summary.json."""
    manifest = run.manifest()
    questions = run.questions()
    responses = run.responses()
    variants = [Variant(**row) for row in manifest["variants"]]
    scores = _scores(manifest, variants, questions, responses)
    run.write_scores(scores)
    seed = int(manifest.get("seed", 0))
    table = columns(scores)
    benchmarks = benchmark_table(run)

    def comparable(first: str, second: str, question: str) -> bool:
        return responses[first, question].prompt_sha256 == responses[second, question].prompt_sha256

    rows = [
        *suite_comparisons(table, manifest.get("margins", {}), comparable, seed),
        *_task_comparisons(run, [variant.name for variant in variants], benchmarks, seed),
    ]
    summary = Summary(
        run=run.id,
        suite=manifest["suite"]["name"],
        questions=len(questions),
        variants=tuple(variants),
        metrics={
            name: {metric: estimate(metric, column, seed) for metric, column in metrics.items()}
            for name, metrics in table.items()
        },
        benchmarks=benchmarks,
        comparisons=tuple(with_holm(rows)),
        warnings=tuple(audit(manifest, questions, responses, table, run.curves())),
    )
    run.write_summary(summary)
    return summary


def _scores(
    manifest: Json,
    variants: Sequence[Variant],
    questions: Sequence[Question],
    responses: Mapping[tuple[str, str], Response],
) -> list[Score]:
    headers = manifest["prompt"]["headers"]
    # In the suite's order, whatever the order in which the answers came.
    return [
        score
        for variant in variants
        for question in questions
        if (variant.name, question.id) in responses
        for score in score_response(question, responses[variant.name, question.id], headers)
    ]


def _task_comparisons(
    run: RunFolder, variants: Sequence[str], benchmarks: Mapping[str, Mapping[str, Mapping[str, Benchmark]]], seed: int
) -> list[Comparison]:
    results = run.benchmark_results()
    found = []
    for first, second in combinations([name for name in variants if name in benchmarks], 2):
        for task, cells in benchmarks[first].items():
            a, b = run.benchmark_samples(first, task), run.benchmark_samples(second, task)
            for metric in cells:
                better = _direction(results[first], task, metric)
                rule = Rule(task, metric, better, False, task_margin(better, cells[metric].value))
                mine, theirs = sample_values(a, metric), sample_values(b, metric)
                # Same document, prompt and target on both sides, or it is no pair.
                pairs = [
                    (mine[key][1], theirs[key][1]) for key in mine if key in theirs and mine[key][0] == theirs[key][0]
                ]
                row = benchmark_comparison(first, second, rule, pairs, seed)
                if row is not None:
                    found.append(row)
    return found


def _direction(results: Json, task: str, metric: str) -> Direction:
    higher = higher_is_better(results, task, metric)
    return "neither" if higher is None else "higher" if higher else "lower"
