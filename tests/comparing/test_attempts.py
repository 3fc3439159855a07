"""pass@k and pass^k: against every draw, and against worlds whose truth is known."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from harness.cli.printed import comparison_table
from harness.comparing.attempts import attempt_differences, attempts, figures, pass_all, pass_at
from harness.comparing.sides import Column, Side
from harness.report.summary import build_report
from harness.store import read_run
from tests.support.report_fixture import make_run


def side(name: str, answers: dict[str, list[float]], prompt: str = "p") -> Side:
    values = {(question, k): value for question, row in answers.items() for k, value in enumerate(row)}
    return Side(name, {"correct": Column(values, 0)}, dict.fromkeys(answers, prompt))


@pytest.mark.parametrize("right", range(6))
def test_each_is_the_share_of_all_draws(right: int) -> None:
    answers = [1] * right + [0] * (5 - right)
    for k in range(1, 6):
        draws = list(combinations(answers, k))
        assert pass_at(5, right, k) == pytest.approx(fmean(any(draw) for draw in draws))
        assert pass_all(5, right, k) == pytest.approx(fmean(all(draw) for draw in draws))


def test_one_and_all_and_the_powers_of_two_between_are_told() -> None:
    one, every = ["pass@1", "pass@2", "pass@4", "pass@5"], ["pass^2", "pass^4", "pass^5"]
    assert [title for title, _, _ in figures(5)] == [*one, *every]
    assert [title for title, _, _ in figures(2)] == ["pass@1", "pass@2", "pass^2"]


def test_questions_are_averaged_and_one_without_all_answers_is_counted_out() -> None:
    answers = {"a": [1.0, 0.0], "b": [1.0, 1.0], "c": [0.0, 0.0], "d": [1.0]}
    found = attempts({"base": side("base", answers)}, ["a", "b", "c", "d", "e"], 2, {})["base"]
    # Of a, b, c: half, one, none are right; one of two in two of them, both in one.
    assert {title: (cell.n, cell.unjudged) for title, cell in found.items()} == dict.fromkeys(found, (3, 2))
    means = {title: cell.mean for title, cell in found.items()}
    assert means == pytest.approx({"pass@1": 1 / 2, "pass@2": 2 / 3, "pass^2": 1 / 3})


def test_variants_are_compared_on_the_questions_that_both_have() -> None:
    base = side("base", {"a": [0.0, 0.0], "b": [1.0, 0.0], "c": [1.0, 1.0]})
    tuned = side("dpo", {"a": [1.0, 0.0], "b": [1.0, 1.0], "d": [0.0, 0.0]})
    rows = {row.metric: (row.delta, row.n) for row in attempt_differences({"base": base, "dpo": tuned}, 2, {})}
    assert rows == {"pass@1": (0.5, 2), "pass@2": (0.5, 2), "pass^2": (0.5, 2)}
    other = side("dpo", {"a": [1.0, 0.0]}, prompt="another")
    assert attempt_differences({"base": base, "dpo": other}, 2, {}) == ()


def test_one_answer_each_has_no_attempts() -> None:
    one = {"base": side("base", {"a": [1.0]}), "dpo": side("dpo", {"a": [1.0]})}
    assert attempts(one, ["a"], 1, {}) == {} and attempt_differences(one, 1, {}) == ()


def test_what_fresh_answers_would_show_is_met_without_bias_and_covered() -> None:
    rng, found = np.random.default_rng(0), []
    for _ in range(150):
        chances = rng.beta(1.0, 1.0, 80)
        draws = (rng.random((80, 5)) < chances[:, None]).astype(float)
        answers = {str(n): row.tolist() for n, row in enumerate(draws)}
        cell = attempts({"base": side("base", answers)}, list(answers), 5, {})["base"]["pass@2"]
        assert cell.mean is not None and cell.low is not None and cell.high is not None
        # Of chances that are uniform, E[1 − (1 − p)²] = 2/3.
        found.append((cell.mean - 2 / 3, cell.low <= 2 / 3 <= cell.high))
    bias, covers = np.mean(found, axis=0)
    # A question's own figure scatters by 0.35: 80 of them by 0.04, 150 worlds by 0.0033.
    assert abs(bias) < 0.012 and covers >= 0.9


def test_attempts_stand_in_the_table_and_in_the_report_and_a_summary_without_them_is_read(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", names=("base", "dpo"), questions=3, benchmarks=False, curves=False)
    summary = read_run(run).summary
    assert summary.attempts == {} and "several answers" not in comparison_table(summary)
    base = side("base", {"a": [0.0, 0.0], "b": [1.0, 0.0], "c": [1.0]})
    sides = {"base": base, "dpo": side("dpo", {"a": [1.0, 0.0], "b": [1.0, 1.0], "c": [1.0]})}
    told, apart = attempts(sides, ["a", "b", "c"], 2, {}), attempt_differences(sides, 2, {})
    run.write_summary(replace(summary, attempts=told, attempt_differences=apart))
    held = read_run(run)
    assert held.summary.attempts == told and held.summary.attempt_differences == apart
    table = comparison_table(held.summary)
    assert "over 2 questions; 1 without all answers judged are left out" in table
    assert re.search(r"^pass@2 +50 % +100 %, \+50\.0 pt", table, re.MULTILINE)
    [group] = [it for it in build_report(held).verdict.tables[0].groups if it.title == "Several answers per question"]
    rows = {row.title: [cell.level for cell in row.cells] for row in group.rows}
    assert rows["pass@2: at least one of 2 right"] == ["50", "100"] and rows["pass^2: all 2 right"] == ["0", "50"]
    assert group.rows[0].cells[0].notes == ("1 question left out, because not all of its answers are judged",)
