"""Metrics of whole lm-eval tasks at the gate: what fell is regressed, and what cannot be compared never passes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef

from harness.gate import Policy, check_run
from harness.records import Check
from harness.store import RunFolder, read_run, write_json, write_jsonl
from tests.support.gate_runs import ALL, make_run
from tests.support.task_sides import task_results, task_samples

RIGHT = np.arange(40) % 2
GOOD = np.where(np.arange(40) % 20 == 0, 1 - RIGHT, RIGHT)
COIN = np.arange(40) // 2 % 2


def labels(given: np.ndarray) -> list[object]:
    return list(np.column_stack([RIGHT, given]).tolist())


def make(path: Path, metric: str, values: Sequence[object], figure: float, **more: bool | str | None) -> RunFolder:
    """A run with one lm-eval task beside its answers."""
    run = make_run(path, {"base": ALL, "dpo": ALL}, {"base": "base", "dpo": "adapter"}, tasks={})
    write_json(run.results_file("dpo"), task_results("t", metric, figure, len(values), **more))  # type: ignore[arg-type]
    write_jsonl(run.samples_file("dpo", "t"), task_samples(metric, values))
    return run


def check(new: RunFolder, old: RunFolder, metric: str) -> Check:
    return check_run(read_run(new), read_run(old), Policy(metrics={}, tasks={f"t/{metric}": 0.03}), ())


@pytest.mark.parametrize(("metric", "made"), [("mcc", matthews_corrcoef), ("f1", f1_score)])
def test_f1_and_matthews_correlation_that_fall_to_chance_are_regressed(
    tmp_path: Path, metric: str, made: object
) -> None:
    assert callable(made)
    old = make(tmp_path / "old", metric, labels(GOOD), float(made(RIGHT, GOOD)))
    new = make(tmp_path / "new", metric, labels(COIN), float(made(RIGHT, COIN)))
    down, up, same = check(new, old, metric), check(old, new, metric), check(old, old, metric)
    assert (down.exit_code, down.findings[0].verdict) == (1, "regressed")
    assert (up.exit_code, up.findings[0].verdict) == (0, "passed")
    # 40 documents do not prove that no more than 3 points were lost.
    assert (same.exit_code, same.findings[0].verdict) == (0, "undecided")


def test_lambadas_perplexity_is_better_lower_and_in_its_own_unit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    fine, broken = (-rng.gamma(2, 0.05, 200)).tolist(), (-rng.normal(38, 0.5, 200)).tolist()
    old, new = (
        make(tmp_path / name, "perplexity", values, math.exp(-sum(values) / 200), higher=False)
        for name, values in (("old", fine), ("new", broken))
    )
    down, up = check(new, old, "perplexity"), check(old, new, "perplexity")
    (row,) = down.findings
    assert row.before == pytest.approx(1.1, abs=0.02) and row.after > 1e16
    assert (down.exit_code, row.verdict, row.better) == (1, "regressed", "lower")
    assert row.delta == pytest.approx(row.after - row.before)
    assert (up.exit_code, up.findings[0].verdict) == (0, "passed")


def test_what_is_not_compared_is_missing_and_the_policy_is_told_what_to_name(tmp_path: Path) -> None:
    old, new = (make(tmp_path / name, "f1", labels(GOOD), 0.5) for name in ("old", "new"))
    found = check(new, old, "f1")
    assert (found.status, found.exit_code, found.findings) == ("incomplete", 3, ())
    assert found.missing == (
        "dpo: f1 of t has a stored figure that its samples do not give by lm-eval's f1 or mean. "
        "Name other tasks under tasks in the policy.",
    )
    for run in (old, new):
        results = task_results("t", "f1", 0.5, 40)
        results["results"]["t"]["acc,none"], results["higher_is_better"]["t"]["acc"] = 0.95, True
        write_json(run.results_file("dpo"), results)
        rows = task_samples("f1", labels(GOOD))
        write_jsonl(run.samples_file("dpo", "t"), [{**row, "acc": float(row["f1"][0] == row["f1"][1])} for row in rows])
    (sentence,) = check(new, old, "f1").missing
    assert sentence.endswith("Name t/acc under tasks in the policy.")


def test_a_figure_of_the_baseline_that_is_no_number_never_passes(tmp_path: Path) -> None:
    old = make(tmp_path / "old", "acc", [1.0, None] * 20, math.nan, aggregation="mean")
    new = make(tmp_path / "new", "acc", [1.0, 0.0] * 20, 0.5, aggregation="mean")
    for policy in (Policy(metrics={}), Policy(metrics={}, tasks={"t": 0.03})):
        found = check_run(read_run(new), read_run(old), policy, ())
        assert (found.exit_code, found.missing) == (3, ("The baseline's acc of the lm-eval task t is no number.",))
    assert check_run(read_run(old), read_run(new), Policy(metrics={}), ()).exit_code == 3
