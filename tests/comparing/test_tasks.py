"""Metrics of lm-eval tasks compared: every metric that lm-eval registers, better and worse, and what cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from harness.comparing import NotCompared, Rule, TaskSide, task_comparison, task_rule
from harness.comparing.aggregations import AGGREGATIONS
from harness.records import Comparison
from tests.support.task_sides import task_results, task_samples, task_side

Values = list[Any]
WORDS = "the a cat dog sat ran on mat over lazy fox . , big small red blue tree house !".split()
N = 80


@cache
def registered() -> tuple[dict[str, Callable[[Values], float]], dict[str, bool]]:
    """(aggregation of each metric that lm-eval registers, whether higher is better)."""
    import lm_eval.api.metrics  # noqa: F401 (registers them)
    from lm_eval.api.registry import METRIC_REGISTRY, get_metric_aggregation, is_higher_better

    names = [name for name, _ in METRIC_REGISTRY.items()]
    return {name: get_metric_aggregation(name) for name in names}, {name: is_higher_better(name) for name in names}


METRICS = sorted(registered()[0])
ASKED_AS = {"likelihood": (0, [-1.0, -2.0]), "bypass": None}
"""What a sample of these holds, of which lm-eval makes no figure by its own aggregation."""


def values_of(metric: str, errors: float) -> Values:
    """What a sample of that metric holds; the more errors, the worse, on the same documents."""
    rng = np.random.default_rng(5)
    wrong, other = rng.random(N) < errors, rng.random(N) < errors / 4
    if metric in ("f1", "mcc"):
        right = np.arange(N) % 2
        return list(np.column_stack([right, np.where(wrong, 1 - right, right)]).tolist())
    if metric == "brier_score":
        return [[place % 2, [0.2, 0.8] if bad == (place % 2 == 0) else [0.8, 0.2]] for place, bad in enumerate(wrong)]
    if metric == "perplexity":
        return list(-0.1 - 9 * wrong - other)
    if metric in ("word_perplexity", "byte_perplexity", "bits_per_byte"):
        sizes = rng.integers(3, 90, N).tolist()
        return [[-0.1 * size - 3 * size * bool(bad), size] for size, bad in zip(sizes, wrong, strict=True)]
    if metric in ("bleu", "chrf", "chrf++", "ter"):
        texts = [[str(word) for word in rng.choice(WORDS, 14)] for _ in range(N)]
        return [[" ".join(text), " ".join("zzz" if rng.random() < errors else word for word in text)] for text in texts]
    return list((~wrong).astype(float))


def sides(metric: str, first: Values, second: Values, **more: Any) -> tuple[TaskSide, TaskSide]:
    """Both with the figures that lm-eval's own aggregation makes."""
    made, higher = registered()[0][metric], registered()[1][metric]
    a, b = (task_side(name, "t", metric, found, float(made(found)), higher=higher, **more)
            for name, found in (("base", first), ("dpo", second)))  # fmt: skip
    return a, b


def compared(first: TaskSide, second: TaskSide, metric: str) -> Comparison | NotCompared:
    name, _, rule = metric.partition(",")
    figures = [side.results["results"]["t"][f"{name},{rule or 'none'}"] for side in (first, second)]
    numbers = [value for value in figures if isinstance(value, int | float)] or [0.0]
    return task_comparison(first, second, task_rule(first.results, "t", metric, numbers, numbers[0]), 0)


@pytest.mark.parametrize("metric", [metric for metric in METRICS if metric not in ASKED_AS])
def test_of_every_metric_of_lm_evals_the_worse_is_worse_and_the_better_better(metric: str) -> None:
    good, bad = values_of(metric, 0.02), values_of(metric, 0.5)
    made, higher = registered()[0][metric], registered()[1][metric]
    change = made(bad) - made(good)
    assert (change < 0) == higher
    down, up = compared(*sides(metric, good, bad), metric), compared(*sides(metric, bad, good), metric)
    assert isinstance(down, Comparison) and isinstance(up, Comparison)
    assert (down.verdict, up.verdict) == ("regressed", "improved")
    assert (down.delta, up.delta) == pytest.approx((change, -change), rel=1e-9)
    for row in (down, up):
        assert row.low is not None and row.high is not None and row.p is not None
        assert row.low <= row.delta <= row.high and row.p < 0.05 and (row.n, row.unpaired) == (N, 0)


@pytest.mark.parametrize("metric", [metric for metric in METRICS if metric not in ASKED_AS])
def test_of_every_metric_the_same_again_is_no_change(metric: str) -> None:
    values = values_of(metric, 0.2)
    row = compared(*sides(metric, values, values), metric)
    assert isinstance(row, Comparison) and (row.delta, row.p) == (0.0, 1.0)
    assert row.verdict in ("unchanged", "undecided")


@pytest.mark.parametrize("metric", ASKED_AS)
def test_of_what_lm_eval_makes_no_figure_nothing_is_compared(metric: str) -> None:
    values = [ASKED_AS[metric]] * N
    a, b = (task_side(name, "t", metric, values, 999.0) for name in ("base", "dpo"))
    assert isinstance(compared(a, b, metric), NotCompared)


@pytest.mark.parametrize("name", AGGREGATIONS)
def test_an_aggregation_that_a_task_names_is_taken_whatever_its_metric_is_called(name: str) -> None:
    from lm_eval.api.registry import get_aggregation

    usual = {"weighted_perplexity": "word_perplexity", "matthews_corrcoef": "mcc"}.get(name, name)
    good, bad = values_of(usual, 0.02), values_of(usual, 0.6)
    made = get_aggregation(name)
    a, b = (task_side(side, "t", "own", found, float(made(found)), aggregation=name)
            for side, found in (("base", good), ("dpo", bad)))  # fmt: skip
    row = compared(a, b, "own")
    assert isinstance(row, Comparison)
    assert row.delta == pytest.approx(made(bad) - made(good), rel=1e-9)


# Which aggregation is believed.


def f1_of(values: Sequence[Sequence[int]]) -> float:
    return float(registered()[0]["f1"]([tuple(value) for value in values]))


def test_a_figure_that_the_samples_do_not_give_is_not_compared() -> None:
    good, bad = values_of("f1", 0.02), values_of("f1", 0.5)
    a = task_side("base", "t", "f1", good, f1_of(good))
    b = task_side("dpo", "t", "f1", bad, f1_of(bad) + 1e-6)
    found = compared(a, b, "f1")
    assert found == NotCompared("has a stored figure that its samples do not give by lm-eval's f1 or mean")


def test_a_document_that_is_lost_from_the_samples_spoils_the_proof() -> None:
    values = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    a = task_side("base", "t", "acc", values, 5 / 7)
    short = TaskSide("dpo", a.results, a.samples[1:])
    assert isinstance(compared(a, a, "acc"), Comparison) and isinstance(compared(a, short, "acc"), NotCompared)


MACRO = "def macro(items):\n    return sklearn.metrics.f1_score(*zip(*items), average='macro')\n"


def test_a_function_of_the_tasks_own_is_compared_where_the_figures_prove_what_it_computes() -> None:
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(2)
    right = rng.integers(0, 4, 60)
    given = [np.where(rng.random(60) < share, rng.integers(0, 4, 60), right) for share in (0.1, 0.9)]
    values = [np.column_stack([right, one]).tolist() for one in given]
    figures = [float(f1_score(right, one, average="macro")) for one in given]
    a, b = (task_side(name, "t", "f1", found, figure, aggregation=MACRO)
            for name, found, figure in zip(("base", "dpo"), values, figures, strict=True))  # fmt: skip
    row = compared(a, b, "f1")
    assert isinstance(row, Comparison) and (row.test, row.verdict) == ("paired bootstrap", "regressed")
    assert row.delta == pytest.approx(figures[1] - figures[0], rel=1e-9)
    # By lm-eval's own F1, of label 1, the figures would be others.
    other = task_side("dpo", "t", "f1", values[1], 0.123, aggregation=MACRO)
    assert compared(a, other, "f1") == NotCompared(
        "is aggregated by a function of the task's own, which its samples do not reproduce"
    )


def test_equal_values_prove_no_function_of_the_tasks_own() -> None:
    def compared_by(aggregation: str, second: Values, figure: float) -> Comparison | NotCompared:
        a = task_side("base", "t", "acc", [1.0] * 8, 1.0, aggregation=aggregation)
        return compared(a, task_side("dpo", "t", "acc", second, figure, aggregation=aggregation), "acc")

    # 1 is the mean, the median and the largest of eight ones; of 1 and 0s, 1/8 is the mean alone.
    assert isinstance(compared_by("def largest(items): ...", [0.0] * 8, 0.0), NotCompared)
    assert isinstance(compared_by("def largest(items): ...", [1.0] + [0.0] * 7, 1.0), NotCompared)
    assert isinstance(compared_by("def average(items): ...", [1.0] + [0.0] * 7, 0.125), Comparison)
    assert isinstance(compared_by("mean", [0.0] * 8, 0.0), Comparison)


def test_lists_of_numbers_are_pooled() -> None:
    first = [[True, True], [True], [False, True, True]] * 4
    second = [[False, True], [False], [False, False, True]] * 4
    a, b = (task_side(name, "t", "inst_level", values, figure, aggregation="def agg_inst_level_acc(items): ...")
            for name, values, figure in (("base", first, 5 / 6), ("dpo", second, 2 / 6)))  # fmt: skip
    row = compared(a, b, "inst_level")
    assert isinstance(row, Comparison) and row.delta == pytest.approx(-0.5) and row.verdict == "regressed"


def test_a_metric_that_is_a_function_is_known_by_its_name() -> None:
    values, figure = [0.25, 0.5, 1.0, 0.0, 0.5, 1.0, 0.25], 0.5
    a = task_side("base", "t", "score", values, figure)
    source = "    def score(references, predictions):\n        return 0.5\n"
    a.results["configs"]["t"]["metric_list"] = [{"metric": source, "aggregation": "median"}]
    row = compared(a, a, "score")
    assert isinstance(row, Comparison) and row.test == "none"  # Of equal documents, seven say nothing.
    assert isinstance(compared(task_side("base", "t", "score", values, figure), a, "score"), NotCompared)


def test_a_filter_has_samples_and_figures_of_its_own() -> None:
    metric, values = "exact_match,strict-match", [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    a = task_side("base", "t", metric, values, 5 / 6)
    loose = task_samples("exact_match,loose", [0.0] * 6)
    both = TaskSide("dpo", a.results, [*loose, *a.samples])
    row = compared(a, both, metric)
    assert isinstance(row, Comparison) and (row.delta, row.n, row.gained) == (0.0, 6, 0)


# What cannot be judged, and samples that are few.


def test_documents_that_are_no_finite_number_are_not_judged_and_do_not_crash() -> None:
    first = [1.0, 0.5, None, 0.25, 1.0, 0.5, 0.75, 0.5]
    second = [0.5, float("nan"), 1.0, 0.25, 1.0, 0.25, 0.75, 0.25]
    a = task_side("base", "t", "score", first, 4.5 / 7, aggregation="nanmean")
    b = task_side("dpo", "t", "score", second, 4.0 / 7, aggregation="nanmean")
    row = compared(a, b, "score")
    assert isinstance(row, Comparison) and (row.n, row.unpaired) == (6, 2)
    assert row.delta == pytest.approx(-1.0 / 6)
    for figure in (float("nan"), None, float("inf"), 0.5):
        side = task_side("dpo", "t", "score", second, figure, aggregation="mean")
        assert isinstance(compared(side, side, "score"), NotCompared)


@pytest.mark.parametrize("metric", ["perplexity", "word_perplexity", "bits_per_byte"])
def test_a_log_probability_that_is_no_number_is_not_compared(metric: str) -> None:
    values: Values = [[-math.inf, 3]] * 7 if metric != "perplexity" else [-math.inf] * 7
    side = task_side("base", "t", metric, values, math.inf, higher=False)
    assert isinstance(compared(side, side, metric), NotCompared)


def test_below_six_documents_a_figure_has_no_interval() -> None:
    pairs = [[1, 1], [0, 0], [1, 0], [0, 1], [1, 1], [0, 0]]
    for n in range(1, 7):
        first, second = pairs[:n], [[right, 1 - given] for right, given in pairs[:n]]
        row = compared(*sides("f1", first, second), "f1")
        assert isinstance(row, Comparison)
        ends = (row.low, row.high, row.p)
        assert (row.verdict == "undecided" and ends == (None, None, None)) if n < 6 else None not in ends


def test_documents_that_were_asked_otherwise_do_not_pair() -> None:
    a = task_side("base", "t", "acc", [1.0, 0.0, 1.0], 2 / 3)
    changed = [{**row, "prompt_hash": "q"} for row in a.samples]
    assert compared(a, TaskSide("dpo", a.results, changed), "acc") == NotCompared(
        "has no document that both sides were asked alike"
    )
    texts, _ = sides("bleu", [["a b c d", "a b c d"]] * 3, [["a", "a"]])
    changed_texts = [{**row, "target_hash": "q"} for row in texts.samples]
    assert isinstance(compared(texts, TaskSide("dpo", texts.results, changed_texts), "bleu"), NotCompared)
    row = compared(a, TaskSide("dpo", a.results, [*a.samples[:2], changed[2]]), "acc")
    assert isinstance(row, Comparison) and (row.n, row.unpaired) == (2, 1)


def test_a_group_has_a_figure_and_no_documents() -> None:
    found = task_results("t", "acc", 0.5, 10)
    side = TaskSide("base", found, ())
    assert compared(side, side, "acc") == NotCompared("has no figures by document")


def test_runs_that_name_different_aggregations_are_not_compared() -> None:
    values = [1.0, 0.0, 1.0]
    a = task_side("base", "t", "acc", values, 2 / 3, aggregation="mean")
    b = task_side("dpo", "t", "acc", values, 1.0, aggregation="median")
    found = compared(a, b, "acc")
    assert found == NotCompared("is aggregated in one way in one run and in another in the other")


def test_a_rule_of_a_metric_without_a_direction_has_no_margin() -> None:
    results = task_results("t", "acc", 0.5, 10, higher=None)
    assert task_rule(results, "t", "acc", (0.5, 0.5), 0.5) == Rule("t", "acc", "neither", False, None)
    results = task_results("t", "perplexity", 5.0, 10, higher=None)
    assert task_rule(results, "t", "perplexity", (5.0, 5.0), 5.0) == Rule("t", "perplexity", "lower", False, 0.1)
