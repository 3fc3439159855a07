"""Choices that a question lists: known by letter or by words, whatever letters and numbers their words hold."""

from __future__ import annotations

import pytest

from harness.records import Question
from harness.scorers import grade_references
from harness.scorers.matching import grade, with_options

CITIES = ("Lyon", "Paris", "Nice", "Metz")


def question(choices: tuple[str, ...], answer: str, stem: str = "Which is it?") -> Question:
    return Question("q", with_options(stem, choices), "choice", answer, choices=choices)


def values(asked: Question, texts: list[str]) -> dict[str, float | None]:
    return {text: grade(asked, text).value for text in texts}


def test_options_stand_below_the_question_a_line_each() -> None:
    assert with_options("Which?", ["x", "y"]) == "Which?\nA. x\nB. y"
    assert with_options("Which?\n(A) x\n(B) y", ["x", "y"]) == "Which?\n(A) x\n(B) y"


@pytest.mark.parametrize(
    "text",
    [
        "B", "(b)", "Paris", "paris.", "The capital is Paris.", "**B. Paris**", "Answer: Paris", "Paris, not Lyon",
        "The answer is Paris. Lyon is bigger than (A).", "A. Lyon\nB. Paris\nC. Nice\nD. Metz\nAnswer: B",
        "A. Lyon\nB. Paris\nC. Nice\nD. Metz\n\nB", "所以選B", "It's the second: Paris",
    ],
)  # fmt: skip
def test_a_listed_choice_is_known_by_letter_or_words(text: str) -> None:
    assert grade(question(CITIES, "B", "Which city is the capital of France?"), text).value == 1


@pytest.mark.parametrize(
    "text", ["A", "A or B", "Paris or Lyon", "A. Lyon\nB. Paris\nC. Nice\nD. Metz", "not Paris", "Parisian", "E", "I"]
)
def test_another_or_several_or_none_are_wrong(text: str) -> None:
    assert grade(question(CITIES, "B", "Which city is the capital of France?"), text).value == 0


@pytest.mark.parametrize(
    ("choices", "stem", "right", "wrong"),
    [
        (("4", "-4", "1/4", "14"), "What is 2 + 2?", ["4", "2 + 2 = 4", "The answer is 4."], ["-4", "14", "0.4"]),
        (("Both A and C", "Neither", "A only"), "", ["Both A and C", "A. Both A and C"], ["A only", "C"]),
        (("Aa", "AA", "aa"), "", ["Aa", "The genotype is Aa."], ["AA", "It is aa"]),
        (("Vitamin C", "Vitamin A", "Vitamin B"), "", ["Vitamin C", "It is vitamin C."], ["Vitamin A", "C"]),
        (("New York", "York"), "", ["New York", "It is New York City."], ["York", "It is York."]),
        (("x^2", "x^3"), "", ["$x^2$", "x ^2"], ["x^3", "It is x^3"]),
        (("汞", "鐵"), "何者為液態？", ["汞", "答案是汞。", "選A"], ["鐵", "選項A錯誤，選項B正確"]),
        (
            ("It ended the war with Germany in 1919", "It began the war"), "What did the treaty do?",
            ["It ended the war with Germany in 1919.", "A"], ["It began the war."],
        ),
    ],
)  # fmt: skip
def test_letters_and_numbers_within_choices_are_their_words(
    choices: tuple[str, ...], stem: str, right: list[str], wrong: list[str]
) -> None:
    asked = question(choices, "A", stem or "Which is it?")
    assert values(asked, right) == dict.fromkeys(right, 1)
    assert values(asked, wrong) == dict.fromkeys(wrong, 0)


def test_letters_go_as_far_as_the_choices() -> None:
    asked = question(tuple(str(number) for number in range(100, 126)), "Z")
    assert values(asked, ["(Z)", "The answer is Z", "125", "K"]) == {"(Z)": 1, "The answer is Z": 1, "125": 1, "K": 0}


def test_the_words_of_the_right_choice_are_among_what_must_get_full_marks() -> None:
    assert [(one.text, one.value) for one in grade_references([question(CITIES, "B")])] == [("B", 1), ("Paris", 1)]
    # A choice that is a letter can be told by its own letter alone.
    assert [one.text for one in grade_references([question(("B", "A"), "A")])] == ["A"]
