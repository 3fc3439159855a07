"""From stored responses to summary.json: needs the run folder only, and no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations

from harness.audit import audit
from harness.comparing import (
    ScoreTable,
    Side,
    TaskSide,
    attempt_differences,
    attempts,
    benchmark_table,
    columns,
    estimate,
    noise_floor,
    primary_metrics,
    question_groups,
    suite_comparisons,
    task_comparison,
    task_rule,
    variant_sides,
    with_families,
    with_noise,
)
from harness.errors import HarnessError
from harness.records import Benchmark, Comparison, Response, Score, Summary
from harness.scorers import checked_margins, score_response, thinks
from harness.store import AnswerKey, Manifest, Run


def score_run(run: Run) -> Summary:
    """Scores every stored response, compares the variants, and writes scores.jsonl and summary.json."""
    run.refuse_newer()
    if run.answers and not run.questions:
        raise HarnessError(f"{run.path / 'questions.jsonl'} holds no questions, and answers are judged by them.")
    scores, again = list(_scores(run, run.answers)), list(_scores(run, run.again))
    run.folder.write_scores(scores)
    summary = _summary(run, columns(scores), columns(again))
    run.folder.write_summary(summary)
    return summary


def score_answers(run: Run) -> None:
    """Scores every stored response, and writes scores.jsonl alone: enough for a look at a run that is still asked."""
    run.folder.write_scores(list(_scores(run, run.answers)))


def _summary(run: Run, table: ScoreTable, again: ScoreTable) -> Summary:
    manifest, seed, groups = run.manifest, run.manifest.seed or 0, question_groups(run.questions)
    sides = _sides(manifest, table, run.answers)
    benchmarks = benchmark_table(run)
    margins = checked_margins(manifest.margins, run.path / "manifest.json")
    rows = [
        *suite_comparisons(list(combinations(sides.values(), 2)), margins, groups),
        *_task_comparisons(run, benchmarks, seed),
    ]
    noise = {name: noise_floor(table[name], again[name], groups) for name in table if name in again}
    compared = with_noise(with_families(rows, primary_metrics(run)), noise)
    closed = [question.id for question in run.questions if question.match != "open"]
    samples = manifest.generation.samples
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
    )


def _sides(manifest: Manifest, table: ScoreTable, answers: Mapping[AnswerKey, Response]) -> dict[str, Side]:
    """Each variant as it is compared; a full model asked by its own chat template counts as asked alike."""
    sides = variant_sides(table, answers)
    own = {name for name in sides if manifest.own_prompt(name) is not None}
    alike = next((side.prompts for name, side in sides.items() if name not in own), {})
    return {name: replace(side, prompts=alike) if name in own else side for name, side in sides.items()}


def _scores(run: Run, answers: Mapping[AnswerKey, Response]) -> Iterable[Score]:
    found: dict[tuple[str, str], list[Response]] = {}
    for variant, question, sample in sorted(answers, key=lambda key: key[2]):
        found.setdefault((variant, question), []).append(answers[variant, question, sample])
    # Metrics of thoughts are of all answers or of none, so that who thinks is compared with who does not.
    thinking = any(thinks(it.text, it.special, run.manifest.reasoning(it.variant)) for it in run.answers.values())
    # In the suite's order, whatever the order in which the answers came.
    for name in run.variants:
        headers, reasoning = run.manifest.headers(name), run.manifest.reasoning(name)
        for question_ in run.questions:
            for response in found.get((name, question_.id), ()):
                yield from score_response(question_, response, headers, True, reasoning, thinking)


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
