"""Rates and their intervals, the other graders' rules, and how often ours is wrong."""

from __future__ import annotations

import pytest

from harness.records import Question
from perf.grading.agreement import Rate, Verdict, judged, rates, summary
from perf.grading.command import main
from perf.grading.gold import GOLD, gold_rows
from perf.grading.graders import GRADERS, flexible_extract, last_number, math_verify, ours
from perf.grading.language import HALVES, Half
from perf.grading.variants import variants

MOST: dict[Half, dict[str, float]] = {
    "dev": {"false accept": 0.012, "false reject": 0.006},
    "held": {"false accept": 0.055, "false reject": 0.06},
}
"""Shares of errors that the grader keeps below; what it is to come to is 0.005 of each."""


def number(key: str) -> Question:
    return Question("q", "How many apples are left?", "number", key)


def test_the_interval_is_clopper_and_pearsons() -> None:
    # Clopper and Pearson (1934): with no error of n the upper limit is 1 − 0.025^(1/n).
    assert Rate(0, 500).interval == pytest.approx((0.0, 1 - 0.025 ** (1 / 500)))
    low, high = Rate(1, 10).interval
    assert low == pytest.approx(1 - 0.975 ** (1 / 10)) and high == pytest.approx(0.4450161)
    assert Rate(3, 3).interval[1] == 1.0 and Rate(0, 0).share is None


def test_wrong_answers_accepted_and_right_ones_rejected_are_counted_apart() -> None:
    some = variants(40, 3)
    accepting = rates([Verdict("g", variant, True) for variant in some])
    refusing = rates([Verdict("g", variant, False) for variant in some])
    wrong = sum(not variant.right for variant in some)
    assert accepting == (Rate(wrong, wrong), Rate(0, 40 - wrong))
    assert refusing == (Rate(0, wrong), Rate(40 - wrong, 40 - wrong))
    assert rates([Verdict("g", variant, variant.right) for variant in some]) == (Rate(0, wrong), Rate(0, 40 - wrong))


def test_the_last_number_is_what_three_of_them_take() -> None:
    text = "There were 20 and 8 were eaten, so 12 are left."
    assert last_number(number("12"), text) and flexible_extract(number("12"), text) and math_verify(number("12"), text)
    assert not last_number(number("20"), text) and not flexible_extract(number("20"), text)
    assert last_number(number("1200"), "1,200 apples") and not last_number(number("12"), "no digits")
    # As lm-eval has it: a text is compared, and 12.0 is another one.
    assert last_number(number("12"), "12.0") and not flexible_extract(number("12"), "12.0")


def test_ours_looks_at_the_whole_answer() -> None:
    assert ours(number("12"), "12 apples are left.") and not ours(number("12"), "20 apples are left.")


def test_a_grader_is_asked_of_no_kind_that_it_is_not_made_for() -> None:
    verdicts = judged(variants(200, 5))
    assert {verdict.grader for verdict in verdicts} == set(GRADERS)
    assert {verdict.variant.question.match for verdict in verdicts if verdict.grader == "last number"} == {"number"}
    rows = summary(verdicts)
    assert [row["half"] for row in rows] == ["dev"] * 9 + ["held"] * 9
    assert [row["grader"] for row in rows[:9]] == [*GRADERS, *GRADERS, "ours"]
    asked = [row for row in rows if row["what"] == "all kinds"]
    assert sum(row[name]["n"] for row in asked for name in ("false accept", "false reject")) == 200


@pytest.mark.skipif(not GOLD.is_file(), reason="the real data is not beside the project")
def test_gold_solutions_are_graded_with_their_mark_and_without_it() -> None:
    rows = gold_rows(["ours", "last number"], 100)
    assert [(row["what"], row["grader"]) for row in rows] == [
        (what, name) for what in ("with its mark", "without") for name in ("ours", "last number")
    ]
    assert all(row["false reject"]["n"] == 100 for row in rows)
    assert rows[0]["false reject"]["errors"] == rows[1]["false reject"]["errors"] == 0


def test_the_command_prints_rates_and_lists_faults_of_the_dev_half_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--number", "60", "--grader", "last number", "--limit", "2", "--show", "90"]) == 0
    text = capsys.readouterr().out
    assert "by distractor" in text and "\ndev-00" in text and "held-00" not in text


def test_ours_is_wrong_less_often_than_any_other_on_the_same_numbers() -> None:
    some = [variant for variant in variants(200, 21) if variant.question.match == "number"]
    errors = {name: sum(not verdict.agrees for verdict in judged(some, [name])) for name in GRADERS}
    assert errors["ours"] < 0.6 * min(count for name, count in errors.items() if name != "ours"), errors


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_of_all_answers_of_a_half_ours_is_wrong_on_few(half: Half) -> None:
    found = rates(judged(variants(2000, 21, (half,)), ["ours"]))
    for (name, most), rate in zip(MOST[half].items(), found, strict=True):
        assert rate.errors <= most * rate.n, f"{name}: {rate}"
