"""How many questions a claim needs: the command, and the figures behind it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.comparing.inference.power import hold_power, mcnemar_power
from harness.data.suites import load_suite
from harness.errors import HarnessError
from harness.gate import plan_suite, plan_table
from tests.conftest import run_harness


def suite(folder: Path, count: int, **fields: object) -> str:
    (folder / "s").mkdir()
    (folder / "s" / "suite.yaml").write_text("title: s\nmargins: {correct: 0.05}\n")
    rows: list[dict[str, object]] = [
        {"id": str(n), "question": f"What is {n} + 1?", "match": "number", "answer": str(n + 1)} for n in range(count)
    ]
    rows[-1] |= fields
    (folder / "s" / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / "s")


def test_the_plan_says_what_each_claim_needs_and_what_the_suite_can_show(tmp_path: Path) -> None:
    size = plan_suite(load_suite(suite(tmp_path, 300)), 0.1, None, 0.1, None)
    # The suite's own margin; in large samples (1.96 + 1.645)² · 0.1 / 0.05² = 519.8
    assert size.margin == 0.05 and 519 < size.to_hold < 560
    assert hold_power(size.to_hold, 0.05, 0.1) >= 0.95 > hold_power(size.to_hold - 1, 0.05, 0.1)
    # A difference of ten points beside a churn of ten: one answer in five differs.
    assert mcnemar_power(size.to_detect, 0.2, 0.1) >= 0.8 > mcnemar_power(size.to_detect - 1, 0.2, 0.1)
    assert size.proposed == max(size.to_detect, size.to_hold, size.to_catch)
    text = plan_table(size)
    assert "300 questions that are right or wrong" in text and f"{size.to_hold:,}" in text
    assert f"For all of the above: {size.proposed:,} questions. {size.proposed - 300:,} more are needed." in text


def test_questions_of_one_cluster_count_once(tmp_path: Path) -> None:
    size = plan_suite(load_suite(suite(tmp_path, 20, question="What is 3 + 1?", answer="4")), None, None, None, None)
    assert (size.closed, size.independent) == (20, 19)
    assert "worth at most 19 independent ones" in plan_table(size)


def test_enough_questions_are_said_to_be_enough(tmp_path: Path) -> None:
    size = plan_suite(load_suite(suite(tmp_path, 700)), 0.2, 0.2, 0.05, None)
    assert plan_table(size).endswith("There are enough.")


@pytest.mark.parametrize("value", [0.0, 1.0, 5.0, -0.1])
def test_a_figure_that_is_no_share_is_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(HarnessError, match="Five points are 0.05"):
        plan_suite(load_suite(suite(tmp_path, 20)), value, None, None, None)


def test_the_discordance_is_measured_in_a_run(tmp_path: Path) -> None:
    path = suite(tmp_path, 50)
    for name, wrong in (("a", 5), ("b", 0)):
        rows: list[dict[str, object]] = [{"id": str(n), "response": f"It is {n + 1 + (n < wrong)}."} for n in range(50)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run_harness(
        "import", "--suite", path, "a=a.jsonl", "b=b.jsonl", "--run", "r", "--no-report", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    planned = run_harness("plan", "--suite", path, "--run", "r", folder=tmp_path)
    assert "in 10 % (measured in r)" in planned.stdout
    assumed = run_harness("plan", "--suite", path, "--effect", "0.05", folder=tmp_path)
    assert assumed.returncode == 0 and "in 20 % (assumed" in assumed.stdout


def test_a_suite_of_open_questions_has_no_plan(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "suite.yaml").write_text("title: s\n")
    (tmp_path / "s" / "questions.jsonl").write_text('{"id": "1", "question": "Why?"}\n')
    done = run_harness("plan", "--suite", "s", folder=tmp_path)
    assert done.returncode == 2 and "open questions only" in done.stderr


def test_each_variant_that_is_checked_has_tests_of_its_own(tmp_path: Path) -> None:
    known = load_suite(suite(tmp_path, 20))
    one, four = (plan_suite(known, None, None, 0.1, None, variants) for variants in (1, 4))
    assert four.family == 4 * one.family and four.to_catch > one.to_catch
    with pytest.raises(HarnessError, match="checks nothing"):
        plan_suite(known, None, None, 0.1, None, 0)
