"""What holds for any text: ranges, order, no crash, and equality with naive definitions."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records import Match, Question, Response
from harness.scorers import METRICS, count_words, find_loop, score_response, words_of
from harness.scorers.matching import Grade, grade
from harness.scorers.matching.judge import JUDGES
from harness.scorers.matching.patterns import SEARCHED, repeats_a_repeat
from harness.scorers.repetition import repeated_ngrams

KEYS: dict[Match, str] = {"number": "7", "ratio": "7:1", "choice": "B", "choices": "AC", "regex": r"\b7"}
POINTS = (("seven", "7"), ("not",))
HEADERS = ("### Input:", "User:")
STRANGE = ["\ud800", "\udfff", "\0", "\u202e", "\u2066", "\U0001f600", "\U00020000", "\u0301", "\ufeff", "a" * 5_000]
PIECES = [
    *STRANGE, "7", "7:1", "(B)", "The answer is ", "not ", "because ", "either ", " or ", ", but ", "\\frac{1}{0}", "½",
    "1e999", "10^999", "百", "七", "### Input:", "User:", "\n", " ", "?", "simplifies to ", "in 1999 ", "[", "$",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
)


def question(match: Match, asked: str = "How many?") -> Question:
    return Question("q", asked, match, KEYS.get(match, "seven"), 0.1, ("7",), "Seven, not eight.", None, POINTS)


def response(text: str) -> Response:
    return Response("v", "s", "q", text, "0", completion_tokens=3, finish_reason="stop")


@pytest.mark.parametrize("match", [*JUDGES, "open"])
@settings(max_examples=80, deadline=None)
@given(text=TEXTS, asked=TEXTS)
def test_no_text_crashes_a_metric_and_no_value_leaves_its_range(match: Match, text: str, asked: str) -> None:
    for score in score_response(question(match, asked), response(text), HEADERS):
        metric = METRICS[score.metric]
        if score.value is None:
            assert score.note
        elif metric.rate:
            assert score.value in (0, 1)
        elif metric.unit == "%":
            assert 0 <= score.value <= 1
        else:
            assert 0 <= score.value < float("inf")


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_input(texts: list[str], chance: random.Random) -> None:
    pairs = [(question(match), response(text)) for match in JUDGES for text in texts]
    scored = [score_response(asked, said, HEADERS, rouge=False) for asked, said in pairs]
    order = list(range(len(pairs)))
    chance.shuffle(order)
    assert [score_response(*pairs[at], HEADERS, rouge=False) for at in order] == [scored[at] for at in order]


def naive_repetition(words: list[str], n: int) -> float | None:
    seen: list[list[str]] = []
    total = 0
    for start in range(len(words)):
        if start + n <= len(words):
            gram = [words[start + offset] for offset in range(n)]
            total += 1
            if gram not in seen:
                seen.append(gram)
    return 1 - len(seen) / total if total else None


def naive_words(text: str) -> list[str]:
    words, current = [], ""
    for character in text:
        if character.isspace() or "\u4e00" <= character <= "\u9fff":
            words += [current] if current else []
            words += [] if character.isspace() else [character]
            current = ""
        else:
            current += character
    return [*words, current] if current else words


def test_repetition_and_words_equal_their_naive_definitions_on_10000_texts() -> None:
    chance = np.random.default_rng(0)
    vocabulary = ["a", "b", "the", "The", "x-y", "我", "貓", "我貓", "用Python寫", "3.5"]
    for _ in range(10_000):
        size = int(chance.integers(2, len(vocabulary) + 1))
        text = " ".join(vocabulary[at] for at in chance.integers(0, size, int(chance.integers(0, 61))))
        words = naive_words(text)
        assert words_of(text) == words and count_words(text) == len(words)
        for n in range(1, 5):
            assert repeated_ngrams(words, n) == naive_repetition(words, n)


@given(st.text(st.sampled_from("ab 我\u3000貓\n台1"), max_size=60))
def test_words_of_mixed_text_equal_a_count_character_by_character(text: str) -> None:
    assert words_of(text) == naive_words(text)


@settings(max_examples=150, deadline=None)
@given(st.text("abc我 1", min_size=1, max_size=150), st.text("xyz", max_size=30), st.integers(0, 20))
def test_a_constructed_loop_is_found_with_a_divisor_of_its_period(unit: str, before: str, cut: int) -> None:
    unit = unit.strip() or "a"
    text = before + unit * (400 // len(unit) + 3) + unit[: cut % len(unit)].rstrip()
    loop = find_loop(text)
    assert loop and loop.start < len(before) + len(unit)
    if loop.unit == "characters":
        assert loop.period <= len(unit) and text.rstrip().endswith(text.rstrip()[-2 * loop.period :])


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 400))
def test_a_text_of_words_that_all_differ_is_no_loop(chance: random.Random, size: int) -> None:
    words = [f"w{number:x}" for number in chance.sample(range(100_000), size)]
    assert find_loop(" ".join(words)) is None


@pytest.mark.parametrize("pattern", ["(a+)+", "(a*)*b", r"(?:\w+\s?)*$", "((a|b+)c?)+", "(a{2,})+", "(x(a+)y)*"])
def test_a_pattern_that_could_search_for_ever_is_not_judged(pattern: str) -> None:
    assert repeats_a_repeat(pattern)
    verdict = grade(Question("q", "?", "regex", pattern), "a" * 50 + "!")
    assert verdict.value is None and verdict.note and "repeats a repeat" in verdict.note


@pytest.mark.parametrize(
    "pattern", [r"(?:a++b)+", r"\(a+\)+", "[(a+)]+", "(ab)+c*", "(a+)?", "(a+){2,3}", r"\d+(?:,\d{3})*"]
)
def test_an_ordinary_pattern_is_searched(pattern: str) -> None:
    assert not repeats_a_repeat(pattern)
    assert grade(Question("q", "?", "regex", pattern), "!").value is not None


def test_a_pattern_is_searched_in_the_beginning_of_a_very_long_answer() -> None:
    asked = Question("q", "?", "regex", "needle")
    assert [grade(asked, " " * blanks + "needle").value for blanks in (0, SEARCHED)] == [1, 0]


@pytest.mark.parametrize("match", [*JUDGES])
def test_a_repeated_question_and_mere_punctuation_are_wrong(match: Match) -> None:
    asked = question(match, "How many of the seven (B) dwarfs, at a ratio of 7:1, are there?")
    for text in ("", "...", "?!", "。"):
        assert grade(asked, text).value == 0
    if match in ("contains", "number", "ratio"):
        assert grade(asked, asked.question) == Grade(0.0, grade(asked, asked.question).note, answered=False)
