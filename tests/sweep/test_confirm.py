"""Fresh questions for the winner of a sweep: which are fresh, and the asking from beginning to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.data.suites import Suite
from harness.records import Question
from harness.store import read_json
from harness.sweep.confirm import fresh_questions
from tests.conftest import run_harness

ASKED = [Question("1", "How many?", cluster="counting"), Question("2", "Who?")]


def suite(*questions: Question) -> Suite:
    return Suite("s", Path("s"), "S", questions, "d")


def ids(questions: tuple[Question, ...]) -> list[str]:
    return [question.id for question in questions]


def test_fresh_is_what_shares_no_wording_and_no_cluster_with_what_was_asked() -> None:
    rest = (Question("3", "How many more?", cluster="counting"), Question("4", "who? "), Question("5", "Where?"))
    assert ids(fresh_questions(suite(*ASKED, *rest), ASKED, same=True)) == ["5"]
    assert fresh_questions(suite(*ASKED), ASKED, same=True) == ()


def test_another_suite_may_use_the_same_ids_and_names_of_clusters() -> None:
    other = suite(Question("1", "Why?"), Question("2", "How often?", cluster="counting"), Question("3", "WHO?"))
    assert ids(fresh_questions(other, ASKED, same=False)) == ["1", "2"]


def test_a_cluster_of_another_suite_with_one_known_wording_is_not_fresh() -> None:
    other = suite(Question("7", "Who?", cluster="people"), Question("8", "Whose?", cluster="people"))
    assert fresh_questions(other, ASKED, same=False) == ()


def test_options_of_the_confirmation_need_it(tmp_path: Path) -> None:
    done = run_harness("sweep", "sweep.yaml", "--suite", "pocket", folder=tmp_path)
    assert done.returncode == 2 and "--suite is for fresh questions. Add --confirm." in done.stderr


@pytest.mark.slow
def test_the_winner_is_asked_fresh_questions_once_and_keeps_what_they_said(tmp_path: Path) -> None:
    tiny = {"suite": "pocket", "tasks": [], "limit": 16, "generation": {"max_new_tokens": 12}}
    (tmp_path / "harness.yaml").write_text(json.dumps(tiny))
    (tmp_path / "sweep.yaml").write_text(
        "settings: {method: orpo, max_steps: 2, warmup_steps: 0}\ngrid: {learning_rate: [2.0e-3, 4.0e-4]}\n"
    )
    confirm = ["sweep", "sweep.yaml", "--confirm", "--limit", "20", "--no-report"]
    done = run_harness(*confirm, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "picking the best of 2 makes its own figure too good" in done.stdout
    assert "on 20 fresh questions (pocket): " in done.stdout
    found = read_json(tmp_path / "runs/sweep/sweep/summary.json")
    asked = {row["id"] for row in lines(tmp_path / "runs/eval" / found["run"] / "questions.jsonl")}
    confirming = tmp_path / "runs/eval" / found["confirmed"]["run"]
    assert not asked & {row["id"] for row in lines(confirming / "questions.jsonl")}
    # Once more: nothing is asked, and without --confirm the figure stays.
    answered = (confirming / "responses.jsonl").read_bytes()
    assert run_harness(*confirm, folder=tmp_path).returncode == 0
    assert (confirming / "responses.jsonl").read_bytes() == answered
    assert "on 20 fresh questions" in run_harness("sweep", "sweep.yaml", "--no-report", folder=tmp_path).stdout


@pytest.mark.slow
def test_without_fresh_questions_another_suite_is_to_be_named(tmp_path: Path) -> None:
    whole = {"suite": "pocket", "tasks": [], "generation": {"max_new_tokens": 4}}
    (tmp_path / "harness.yaml").write_text(json.dumps(whole))
    (tmp_path / "sweep.yaml").write_text(
        "settings: {method: orpo, max_steps: 1, warmup_steps: 0}\nchanges: [{learning_rate: 2.0e-3}]\n"
    )
    done = run_harness("sweep", "sweep.yaml", "--confirm", "--no-report", folder=tmp_path)
    assert done.returncode == 2 and "Every question of pocket had a say in the choice" in done.stderr
    assert "--confirm --suite SUITE" in done.stderr


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
