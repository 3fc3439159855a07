"""docs/grading.md: every worked line of it is graded as it says, and every rule has its sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast, get_args

import pytest

from harness.records import Match, Question
from harness.scorers.matching import grade
from harness.scorers.matching.grades import Rule
from harness.words import words

TEXT = (Path(__file__).parents[2] / "docs" / "grading.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| (.+?) \| (\w+) \| (.+?) \| (.+?) \| (.+?) \| (\w+) \| (yes|no) \|$", TEXT, re.MULTILINE)


def test_there_are_twenty_worked_lines_of_every_kind_that_settles_on_a_claim() -> None:
    assert len(LINES) >= 20
    assert {line[1] for line in LINES} == {"number", "ratio", "choice", "choices", "contains", "exact"}


@pytest.mark.parametrize("line", LINES, ids=[f"{line[1]}-{number}" for number, line in enumerate(LINES)])
def test_a_worked_line_is_graded_as_it_says(line: tuple[str, ...]) -> None:
    asked, kind, key, answer, read, rule, right = line
    found = grade(Question("q", asked, cast(Match, kind), key), answer)
    assert (", ".join(found.taken), found.rule, found.value) == (read, rule, float(right == "yes"))
    assert found.read


@pytest.mark.parametrize("rule", get_args(Rule))
def test_every_rule_is_said_in_the_document_and_in_both_languages(rule: str) -> None:
    told = words("en")(f"rule.{rule}")
    assert f"| `{rule}` | {told} |" in TEXT
    assert words("zh-TW")(f"rule.{rule}") != told


def test_what_is_shown_of_a_long_statement_is_what_stands_around_its_claim() -> None:
    long = f"Therefore the answer is clear {'and known ' * 60}to be 8 apples {'as they say ' * 60}."
    shown = grade(Question("q", "How many apples are left?", "number", "8"), long).shown
    assert "to be 8 apples" in shown and shown.startswith("… ") and len(shown) <= 206
