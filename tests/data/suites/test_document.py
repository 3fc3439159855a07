"""docs/suites.md: every answer of it is graded as it says, and every key stands in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from harness.data.suites import load_suite
from harness.data.suites.columns import OTHER_NAMES
from harness.data.suites.settings import QUESTION_KEYS, SUITE_KEYS
from harness.records import Match
from harness.scorers.matching import grade

TEXT = (Path(__file__).parents[3] / "docs" / "suites.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", TEXT, re.M | re.S))


def answers(kind: str) -> list[tuple[str, str]]:
    """The rows of its table: (right, wrong)."""
    return [tuple(row) for row in re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", SECTIONS[kind], re.M)]


def line(kind: str) -> str:
    return next(line.strip() for line in str(SECTIONS[kind]).splitlines() if line.startswith("    {"))


def test_every_kind_has_a_section_with_three_right_and_three_wrong_answers() -> None:
    assert set(SECTIONS) == set(get_args(Match))
    assert {kind: len(answers(kind)) for kind in SECTIONS} == {kind: 3 * (kind != "open") for kind in SECTIONS}


@pytest.mark.parametrize("kind", get_args(Match))
def test_every_answer_of_the_document_is_graded_as_it_says(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(line(kind))
    (question,) = load_suite(str(path)).questions
    assert question.match == kind
    found = [(grade(question, right).value, grade(question, wrong).value) for right, wrong in answers(kind)]
    assert found == [(1, 0)] * len(answers(kind))
    assert kind != "open" or grade(question, "Because of scattering.").value is None


def test_every_key_and_every_other_name_of_a_column_is_in_the_document() -> None:
    written = {name.casefold() for name in re.findall(r"`(\w+)`", TEXT)}
    assert {*QUESTION_KEYS, *SUITE_KEYS} <= written
    others = {name for key, names in OTHER_NAMES.items() if key != "id" for name in names} - {"answer_key"}
    assert others <= written
