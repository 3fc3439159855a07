"""The shipped suite asks what the assignment asks, in words of its own, and its keys fit its own answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from harness.records import Question
from harness.resources import shipped
from harness.scorers import grade_references

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"


def suite() -> list[Question]:
    lines = (shipped("tasks") / "assignment" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [Question(**{**row, "aliases": tuple(row.get("aliases", ()))}) for row in map(json.loads, lines)]


def test_it_has_ten_questions_of_which_six_have_a_key() -> None:
    assert [question.id for question in suite()] == [str(number) for number in range(1, 11)]
    assert [question.id for question in suite() if question.match != "open"] == ["1", "2", "6", "8", "9", "10"]
    assert all(question.reference for question in suite())


def test_every_own_answer_gets_full_marks() -> None:
    grades = grade_references(suite())
    assert len(grades) > 12
    assert [one for one in grades if one.value != 1] == []


def test_the_question_that_is_asked_twice_is_one_cluster() -> None:
    by_id = {question.id: question for question in suite()}
    assert by_id["2"].question == by_id["10"].question
    assert by_id["2"].cluster == by_id["10"].cluster is not None


def test_the_suite_names_its_template_and_its_token_limit() -> None:
    settings = yaml.safe_load((shipped("tasks") / "assignment" / "suite.yaml").read_text(encoding="utf-8"))
    assert (settings["prompt"], settings["generation"]) == ("alpaca", {"max_new_tokens": 500})


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")
def test_no_question_copies_the_assignments_words() -> None:
    theirs = json.loads((REAL / "assignment" / "questions.json").read_text())
    for question, other in zip(suite(), theirs, strict=True):
        assert not _runs(question.question) & _runs(other["prompt"])


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.strip(".,?:").casefold() for word in text.split()]
    # Quantities are shared by necessity: "20 oranges, 60 apples and 40 bananas".
    return {tuple(words[at : at + 7]) for at in range(len(words) - 6)}
