"""Right, wrong, not judged: the traps of each matching kind."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records import Match, Question
from harness.scorers import first_answer, grade_references
from harness.scorers.matching import grade, plain
from harness.scorers.matching.judge import JUDGES
from harness.scorers.matching.normalizing import bare
from harness.scorers.matching.options import options
from harness.scorers.matching.reading.arithmetic import calculates

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")

CAPITAL = "Which city is the capital of France?\n(A) Lyon\n(B) Paris\n(C) Nice\n(D) Metz"
CURVE = "A car takes a bend of 120 m radius at 30 m/s. What is the smallest coefficient of friction that holds it?"


def question(match: Match, answer: str | None, asked: str = "What is it?", **more: object) -> Question:
    return Question("q", asked, match, answer, **more)  # type: ignore[arg-type]


def value(match: Match, key: str, text: str, asked: str = "What is it?", **more: object) -> float | None:
    return grade(question(match, key, asked, **more), text).value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("7", "seven"), ("7", "7"), ("7", "7.0"), ("7", "７"), ("seven", "7 km/h"), ("1250", "1,250"),
        ("1250", "1.25e3"),
        ("1250", "1.25 × 10³"), ("1250", "1\u202f250"), ("1000", "10^3"), ("0.34", "μ ≈ 0.34"), ("0.34", "0,34"),
        ("0.34", "zero point three four"), ("0.5", "\\frac{1}{2}"), ("0.5", "½"), ("1.5", "1½"), ("2.5", "2 1/2"),
        ("2.5", "two and a half"), ("0.5", "The answer is \\boxed{\\frac{1}{2}}."), ("-5", "−5"), ("-5", "minus five"),
        ("21", "twenty-one"), ("105", "one hundred and five"), ("2500000", "2.5 million"), ("12", "a dozen"),
        ("120", "一百二十"), ("7", "彩虹有７種顏色。"), ("3", "٣"), ("18", "$18.00"), ("0.34", "34%"),
        ("0.34", "34 percent"),
        ("34%", "0.34"), ("34", "34 %"), ("5", "The answer is 5 (not 6)."), ("7", "7 or seven"), ("7", "**7**"),
    ],
)  # fmt: skip
def test_a_number_is_known_in_any_spelling(key: str, text: str) -> None:
    assert value("number", key, text) == 1


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("7", "six or seven"), ("7", "6-7"), ("7", "between 6 and 7"), ("7", "not 7 but 8"), ("7", "It isn't 7."),
        ("0.34", "0.34%"), ("3", "v3"), ("7", "17"), ("250", "1,250"), ("2", "m/s²"), ("2", "Step 2: it is 5"),
        ("3", "the 3rd one"), ("7", "x७७"), ("1", "1. Red\n2. Orange\n3. Blue"),
    ],
)  # fmt: skip
def test_another_number_is_wrong(key: str, text: str) -> None:
    assert value("number", key, text) == 0


def test_a_tolerance_is_absolute_and_its_edge_belongs_to_it() -> None:
    assert [value("number", "0.34", text, tolerance=0.01) for text in ("0.33", "0.338", "0.35", "0.351")] == [
        1,
        1,
        1,
        0,
    ]


@pytest.mark.parametrize("text", ["Red, orange, blue.", "No one knows.", "One of them is right."])
def test_no_number_where_one_is_asked_is_wrong_and_said_so(text: str) -> None:
    verdict = grade(question("number", "1"), text)
    assert (verdict.value, verdict.note, verdict.answered) == (0, "no number", False)


def test_the_question_repeated_is_no_answer() -> None:
    asked = "How many of the 20 oranges that lie in the basket are left?"
    assert grade(question("number", "20", asked), asked).answered is False
    assert (
        grade(
            question("contains", "ghost", "Is it a ghost or is it a thief that comes?"),
            "Is it a ghost or is it a thief that comes?",
        ).value
        == 0
    )


def test_a_number_of_the_question_counts_where_the_answer_gives_no_other() -> None:
    assert value("number", "120", "120", CURVE) == 1
    assert value("number", "0.34", "It is 0.34 for a bend of 120 m at 30 m/s.", CURVE) == 1
    for i in range(60):
        asked = f"What is {i} plus 1?"
        for form in ("{}", "The answer is {}.", f"{i} plus 1 is {{}}.", f"{i} + 1 = {{}}"):
            assert value("number", str(i + 1), form.format(i + 1), asked) == 1
            assert value("number", str(i + 1), form.format(i + 5), asked) == 0


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("The smallest coefficient is 0.34. To see why: v²/(rg) = 900/1176 = 0.765.", 1),
        ("The smallest coefficient is 0.25. To see why: v²/(rg) = 900/1176 = 0.34.", 0),
        ("tan θ = 0.34, so θ = 18.8°. Then μ = (0.765 - 0.340)/(1 + 0.26) = 0.337.", 1),
        ("First 0.765, then 18.8°. Therefore the coefficient is 0.34.", 1),
        ("0.9 is a first guess. #### 0.34", 1),
        ("The answer is 0.9. No: the final answer is 0.34.", 1),
        ("0.34 (using g = 9.81 m/s²)", 1),
        ("The coefficient is 0.2.\n\n### Human:\nIs it 0.34?", 0),
    ],
)
def test_the_final_number_counts(text: str, right: int) -> None:
    assert value("number", "0.34", text, CURVE, tolerance=0.01) == right


@pytest.mark.parametrize(
    "text",
    [
        "2:23", "10:115", "10 to 115", "10/115", "2 : 23.", "10:115, which simplifies to 2:23", "10/115 = 2/23",
        "1:11.5",
        "two to twenty-three", "$\\frac{10}{115}$", "\\boxed{2:23}", "10 oranges to 115 other fruits",
        "2 oranges for every 23 others", "Oranges : (apples + pears) = 10 : 115", "10:(60+40+15) = 10:115",
        "Step 1: 20 oranges / 2 = 10.\nStep 2: 60 + 40 + 15 = 115.\nStep 3: The ratio is 10:115.",
        "From 20 to 10 oranges, so 10:115.", "10:115, not 10:60:40:15", "１０：１１５", "0.087",
    ],
)  # fmt: skip
def test_equal_ratios_are_equal_in_any_spelling(text: str) -> None:
    assert value("ratio", "10:115", text) == 1


@pytest.mark.parametrize(
    "text", ["10:120:40:15", "10:60:40:15", "1:1.5:1.5", "23:2", "1:12", "10:115:1", "2:23 or 1:12", "0:0"]
)
def test_another_ratio_is_wrong(text: str) -> None:
    assert value("ratio", "10:115", text) == 0


def test_no_ratio_where_one_is_asked_is_said_so() -> None:
    assert grade(question("ratio", "2:23"), "There are 10 oranges left.").note == "no ratio"


@pytest.mark.parametrize(
    "text",
    [
        "(B)", "**B**", "B.", "B", "b", "B) Paris", "The answer is B", "The correct answer is **(B)** Paris.", "Paris",
        "Not (A) but (B).", "(A) is wrong, (B) is right.", "I think it is B.", "Option B", "\\boxed{B}", "Answer: b",
        "Ｂ．",
        "The answer is a city: Paris", "Lyon is big. So (B).", "A city on the Seine: Paris.",
    ],
)  # fmt: skip
def test_a_choice_is_known_in_any_spelling(text: str) -> None:
    assert value("choice", "B", text, CAPITAL) == 1


@pytest.mark.parametrize(
    "text",
    ["(A)", "A or B", "The answer is not B but A.", "Lyon", "(A) Lyon\n(B) Paris\n(C) Nice\n(D) Metz", "A big city."],
)
def test_another_choice_or_several_are_wrong(text: str) -> None:
    assert value("choice", "B", text, CAPITAL) == 0


@pytest.mark.parametrize(
    ("key", "text", "right"),
    [
        ("thief", "not a ghost but a thief", 1), ("ghost", "not a ghost but a thief", 0), ("thief", "A THIEF!", 1),
        ("thief", "It is not only a thief.", 1), ("thief", "It's a cat rather than a thief.", 0),
        ("thief", "thiefs", 0),
        ("thief", "A shadow. A thief hides in it.", 0), ("thief", "The answer is fog; a thief likes it.", 1),
        ("thief", "The answer is fog. A thief likes it.", 0), ("thief", "Let me think about it. A thief!", 1),
        ("thief", "It is a shadow. A thief hides in it.", 0), ("thief", "A thief is not the answer.", 0),
        ("Slinky", "the ＳＬＩＮＫＹ", 1), ("café", "the cafe\u0301 there", 1), ("New York", "It is New  York.", 1),
        ("台北", "答案是台北。", 1), ("台北", "不是台北", 0), ("C++", "I like C++ best.", 1), ("cat", "concatenate", 0),
    ],
)  # fmt: skip
def test_a_name_counts_where_it_is_claimed_and_not_denied(key: str, text: str, right: int) -> None:
    assert value("contains", key, text) == right


def test_an_alias_is_as_good_as_the_answer() -> None:
    assert value("contains", "thief", "Burglars.", aliases=("burglar", "burglars")) == 1


def test_exact_forgives_case_articles_and_punctuation_only() -> None:
    texts = ("paris.", "The Paris", "Answer: **Paris**", "Ｐａｒｉｓ", "Paris, France", "It is Paris")
    assert [value("exact", "Paris", text) for text in texts] == [1, 1, 1, 1, 0, 0]


def test_a_pattern_is_searched_as_written() -> None:
    assert [value("regex", r"\b4[0-9]\b", text) for text in ("it is 42.", "142")] == [1, 0]


def test_a_key_that_cannot_be_read_is_not_judged() -> None:
    assert [value("regex", "(", "x"), value("number", "many", "7"), value("ratio", "many", "1:2")] == [None] * 3


@pytest.mark.parametrize("match", [*JUDGES])
def test_an_empty_answer_is_wrong_and_an_open_question_is_not_judged(match: Match) -> None:
    assert grade(question(match, "1:2"), " \n").value == 0
    assert grade(question(match, None), "something").value is None


def test_a_closed_question_without_a_key_is_no_full_mark() -> None:
    good, bad = question("number", "7", reference="Seven."), question("number", "7", reference="Eight.")
    assert [one.value for one in grade_references([good])] == [1, 1]
    assert [one.value for one in grade_references([bad, question("choice", None)])] == [1, 0, 0]
    assert grade_references([question("open", None, reference="Words.")]) == []


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200), st.text(max_size=60), st.sampled_from([*JUDGES]))
def test_no_text_crashes_a_judge(text: str, asked: str, match: Match) -> None:
    for answer in (text, text + " 1:2 = 7, (B) ½", f"The answer is {text}"):
        assert grade(question(match, "7:1", asked), answer).value in (0, 1, None)


@needs_real
def test_gold_solutions_of_gsm8k_are_right_with_their_marker_and_mostly_without() -> None:
    rows = [json.loads(line) for line in (REAL / "gsm8k" / "test.jsonl").read_text().splitlines()]
    marked = unmarked = 0.0
    for row in rows:
        solution, key = row["answer"].rsplit("#### ", 1)
        marked += value("number", key, row["answer"], row["question"]) or 0
        unmarked += value("number", key, solution, row["question"]) or 0
    assert marked == len(rows) == 1319
    assert unmarked / len(rows) > 0.96


@needs_real
def test_the_closed_answers_of_the_assignment_are_graded_as_by_hand() -> None:
    folder = REAL / "assignment"
    suite = Path(__file__).resolve().parents[2] / "tasks" / "assignment" / "questions.jsonl"
    keys = {row["id"]: row for row in map(json.loads, suite.read_text().splitlines())}
    labels = json.loads((folder / "labels.json").read_text())
    judged = 0
    for name, right in labels["correct"].items():
        for row in json.loads((folder / "submission" / f"{name}.json").read_text()):
            if row["id"] in labels["closed"]:
                key = keys[str(row["id"])]
                text = first_answer(row["generated_text"].split("### Response:\n", 1)[1], ["### Instruction:"])
                asked = Question(**{**key, "aliases": tuple(key.get("aliases", ()))})
                assert grade(asked, text).value == float(row["id"] in right), (name, row["id"], text[:200])
                judged += 1
    assert judged == 18


def test_a_sentence_calculates_where_the_one_pattern_says_so_that_would_read_it_again_and_again() -> None:
    pattern = re.compile(
        r"\d[^=\n]{0,200}?(?:[+*×÷·]|\s[-x/]\s|\d[-x]\s?\d)[^=\n]{0,200}="
        r"|\d\s*/\s*[\d.]+\s*=\D{0,4}\d[\d.,]*(?![\d.,]|\s*/)|\d\s*[+*×÷]\s*[$(]*\.?\d"
    )
    chance = random.Random(0)
    said = 0
    for _ in range(20_000):
        pieces = [
            "1",
            "23",
            "4.5",
            " ",
            " - ",
            "-",
            "x",
            " x ",
            "/",
            " / ",
            "+",
            "·",
            "=",
            "= ",
            ",",
            "word",
            " " * 99,
            "%",
        ]
        sentence = "".join(chance.choices(pieces, k=chance.randint(1, 12)))
        said += calculates(sentence)
        assert calculates(sentence) == bool(pattern.search(sentence)), sentence
    assert said > 2_000


def test_options_are_those_of_the_one_pattern_that_would_read_them_again_and_again() -> None:
    pattern = re.compile(
        r"(?:^|(?<=\s))[(\[]?([A-Ja-j])[).:\]]\s+(.+?)(?=\s+[(\[]?[A-Ja-j][).:\]]\s|\n|$)", re.MULTILINE
    )
    chance = random.Random(0)
    for _ in range(5_000):
        pieces = ["A) ", "(B) ", "C. ", "d: ", "[e] ", "red", "a", " ", "\n", "blue sky", "A)", "B.\n", ". "]
        text = plain("".join(chance.choices(pieces, k=chance.randint(1, 9)))).strip()
        assert options(text) == {match[1].upper(): bare(match[2]) for match in pattern.finditer(plain(text))}, text


def test_more_than_thirty_marks_upon_a_letter_are_let_go() -> None:
    assert plain("e\u0301" + "一" * 40) == "é" + "一" * 40
    assert plain("e" + "\u0301" * 500) == "é" + "\u0301" * 29
    assert plain("─" * 40) == "─" * 40
