"""What stored lm-eval results say: figures, standard errors, directions, margins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from harness.comparing import benchmark_table, task_direction, task_rule
from harness.comparing.rules import task_kind, task_margin
from harness.records import Benchmark
from harness.store import RunFolder, read_run, write_json, write_jsonl
from tests.support.task_sides import task_results, task_samples


def cell(
    path: Path, metric: str, values: list[object], figure: object, aggregation: str | None = None
) -> Benchmark | None:
    run = RunFolder(path)
    write_json(path / "manifest.json", {"variants": [{"name": "base", "kind": "base"}]})
    write_json(run.results_file("base"), task_results("t", metric, figure, len(values), True, aggregation))
    write_jsonl(run.samples_file("base", "t"), task_samples(metric, values))
    return benchmark_table(read_run(run))["base"]["t"].get(metric)


def test_a_means_standard_error_is_lm_evals(tmp_path: Path) -> None:
    from lm_eval.api.metrics import mean_stderr

    values = [1.0, 0.0, 1.0, 1.0, 0.25]
    found = cell(tmp_path, "acc", [*values], 0.65)
    assert found is not None and found.stderr == pytest.approx(mean_stderr(values)) and found.n == 5


def test_f1s_standard_error_is_the_bootstraps(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    right = rng.integers(0, 2, 200)
    given = np.where(rng.random(200) < 0.2, 1 - right, right)
    draws = rng.integers(0, 200, (500, 200))
    theirs = np.std([f1_score(right[draw], given[draw]) for draw in draws])
    values: list[object] = np.column_stack([right, given]).tolist()
    found = cell(tmp_path, "f1", values, float(f1_score(right, given)))
    assert found is not None and found.stderr == pytest.approx(theirs, rel=0.1)


def test_a_perplexitys_standard_error_is_by_the_delta_method(tmp_path: Path) -> None:
    logs = (-np.random.default_rng(0).gamma(4, 0.5, 80)).tolist()
    figure = float(np.exp(-np.mean(logs)))
    plain = cell(tmp_path, "perplexity", [*logs], figure)
    assert plain is not None and plain.stderr is not None
    assert plain.stderr == pytest.approx(figure * float(np.std(logs, ddof=1)) / 80**0.5)
    # Weighted by 7 words each, the mean is over 7 times as many.
    weighted = cell(tmp_path, "word_perplexity", [[7 * log, 7] for log in logs], figure)
    assert weighted is not None and weighted.stderr == pytest.approx(plain.stderr)
    bits = cell(tmp_path, "bits_per_byte", [[7 * log, 7] for log in logs], float(-np.mean(logs) / np.log(2)))
    assert bits is not None and bits.stderr == pytest.approx(plain.stderr / figure / np.log(2))


@pytest.mark.parametrize(
    ("metric", "values", "figure", "aggregation"),
    [
        ("f1", [[0, 0], [1, 0], [0, 0]], 0.5, None),
        ("word_perplexity", [[-1.0, 0], [-2.0, 0]], 3.0, None),
        ("bits_per_byte", [[0, 0], [1, 0]], 0.0, None),
        ("acc", [1.0, 0.0], 0.9, None),
        ("acc", [1.0, None], 0.5, "mean"),
        ("score", ["a", "b"], 0.5, None),
        ("score", [[1, 0]], 0.5, "def own(items): ..."),
    ],
)
def test_a_figure_that_the_samples_do_not_give_has_no_standard_error_and_does_not_crash(
    tmp_path: Path, metric: str, values: list[object], figure: object, aggregation: str | None
) -> None:
    found = cell(tmp_path, metric, values, figure, aggregation)
    assert found == Benchmark(float(str(figure)), None, len(values))


@pytest.mark.parametrize("figure", [None, float("nan"), "N/A", True])
def test_what_is_no_number_has_no_cell(tmp_path: Path, figure: object) -> None:
    assert cell(tmp_path, "acc", [1.0], figure) is None


def test_a_share_and_a_coefficient_may_lose_three_points_and_an_amount_two_percent_whichever_way_is_better() -> None:
    assert task_margin("acc", "higher", (0.7, 0.6), 0.7) == 0.03
    assert task_margin("brier_score", "lower", (0.2, 0.4), 0.3) == 0.03
    assert task_margin("brier_score", "lower", (0.2, 1.4), 0.8) == pytest.approx(0.016)
    assert task_margin("mcc", "higher", (-0.1, 0.9), 0.4) == 0.03
    assert task_margin("perplexity", "lower", (12.0, 0.9), 12.0) == pytest.approx(0.24)
    assert task_margin("bits_per_byte", "lower", (0.7, 0.8), 0.5) == pytest.approx(0.01)
    assert task_margin("bleu,none", "higher", (0.4, 0.9), 30.0) == pytest.approx(0.6)
    assert task_margin("acc", "neither", (0.7, 0.6), 0.7) is None


def test_a_coefficient_is_never_told_in_percent() -> None:
    assert [task_kind("mcc", (0.9, 0.2)), task_kind("f1", (0.9, 0.2)), task_kind("f1", (0.9, 1.2))] == [
        "amount", "share", "amount",
    ]  # fmt: skip


def test_a_task_says_which_way_is_better_and_a_perplexity_is_better_lower_in_any_case() -> None:
    said, silent = task_results("t", "acc", 0.5, 1, higher=False), task_results("t", "acc", 0.5, 1, higher=None)
    assert (task_direction(said, "t", "acc"), task_direction(silent, "t", "acc")) == ("lower", "neither")
    assert {task_direction(silent, "t", name) for name in ("perplexity", "word_perplexity,none", "bits_per_byte")} == {
        "lower"
    }


def test_a_task_may_name_its_own_margin() -> None:
    results = task_results("t", "acc", 0.5, 1)
    results["configs"]["t"]["metadata"]["margin"] = 0.01
    assert task_rule(results, "t", "acc", (0.5, 0.5), 0.5).margin == 0.01


def test_a_group_counts_the_documents_of_the_tasks_that_have_the_metric(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    write_json(tmp_path / "manifest.json", {"variants": [{"name": "base", "kind": "base"}]})
    group = {"acc,none": 0.5, "exact_match,flexible-extract": 0.25, "em,none": 0.5}
    counts = {"acc,none": 27, "exact_match,flexible-extract": 4}
    found = {
        "results": {"whole": {**group, "sample_count": counts}},
        "group_subtasks": {"whole": ["a", "b"]},
        "n-samples": {"a": {"original": 27, "effective": 27}, "b": {"original": 16, "effective": 4}},
    }
    write_json(run.results_file("base"), found)
    cells = benchmark_table(read_run(run))["base"]["whole"]
    # Older results do not say: all documents of the group's tasks then.
    counted = {name: it.n for name, it in cells.items()}
    assert counted == {"acc": 27, "exact_match,flexible-extract": 4, "em": 31}
