"""All metrics of one response: values by hand, ranges by property."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records import Question, Response
from harness.scorers import METRICS, count_words, find_loop, first_answer, score_response
from harness.scorers.refusals import refuses
from harness.scorers.repetition import repeated_ngrams

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
HEADERS = ("Below is an instruction that", "### Instruction:", "### Input:", "### Response:")
SEVEN = Question("1", "How many?", "number", "7", reference="There are seven.")


def scored(text: str, question: Question = SEVEN, **more: object) -> dict[str, float | None]:
    response = Response("v", "s", question.id, text, "0", **more)  # type: ignore[arg-type]
    return {score.metric: score.value for score in score_response(question, response, HEADERS)}


def test_every_metric_of_the_table_is_scored_in_its_order() -> None:
    assert list(scored("<think>Six?</think>Seven.")) == list(METRICS)
    assert list(scored("Seven.")) == [name for name, metric in METRICS.items() if not metric.of_thoughts]


def test_a_failed_generation_is_judged_by_no_metric_and_says_why() -> None:
    scores = score_response(SEVEN, Response("v", "s", "1", "", "0", error="out of memory"), HEADERS)
    assert {(score.value, score.note) for score in scores} == {(None, "out of memory")}
    assert len(scores) == sum(not metric.of_thoughts for metric in METRICS.values())


def test_rouge_can_be_left_out() -> None:
    scores = score_response(SEVEN, Response("v", "s", "1", "Seven.", "0"), HEADERS, rouge=False)
    assert "rouge_l" not in {score.metric for score in scores}


def test_an_empty_answer_is_wrong_and_counted_as_no_answer() -> None:
    values = scored("")
    assert (values["correct"], values["empty"], values["no_answer"], values["words"]) == (0, 1, 1, 0)
    assert values["compression"] is values["rep_1"] is None


def test_the_answer_is_judged_and_the_whole_text_is_measured() -> None:
    values = scored("\nSeven.\n\n### Instruction:\nEight is right.")
    assert (values["correct"], values["answer_words"], values["words"], values["leak"]) == (1, 1, 6, 1)


def test_a_text_that_begins_with_a_header_has_no_answer() -> None:
    values = scored("\n### Instruction:\nSeven.")
    assert (values["correct"], values["leak"], values["empty"], values["no_answer"]) == (0, 1, 0, 1)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Seven.\n### Explanation:\nIt is.", "Seven.\n### Explanation:\nIt is."),
        ("Seven.### Input: x", "Seven."),
        ("Seven. #### Input: x", "Seven. #### Input: x"),
        ("The User: him.\n User: hi", "The User: him."),
        ("", ""),
    ],
)
def test_the_answer_ends_where_a_header_of_the_template_begins(text: str, answer: str) -> None:
    assert first_answer(text, ("### Input:", "User:", "")) == answer


def test_rouge_and_lengths_of_a_known_answer() -> None:
    # 3 words of "there are seven" and 4 of the answer share "there are seven": F = 2 * 1 * 0.75 / 1.75.
    values = scored("There are seven, yes.", completion_tokens=5, finish_reason="stop")
    assert values["rouge_l"] == pytest.approx(6 / 7)
    assert (values["characters"], values["tokens"], values["truncated"]) == (21, 5, 0)


def test_rouge_reads_east_asian_characters() -> None:
    assert scored("七種顏色", Question("1", "?", reference="七種"))["rouge_l"] == pytest.approx(2 / 3)


def test_what_a_recording_does_not_say_is_not_judged() -> None:
    values = scored("Seven.")
    assert values["tokens"] is values["truncated"] is None
    assert scored("Seven", finish_reason="length")["truncated"] == 1


def test_an_open_question_has_no_correctness() -> None:
    values = scored("Words.", Question("1", "Why?"))
    assert values["correct"] is values["no_answer"] is values["rouge_l"] is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0), ("one two  three\n", 3), ("it's well-known — yes", 4), ("我喜歡貓", 4), ("我喜歡 machine learning", 5),
        ("用Python寫", 3), ("你好，世界。", 6), ("ひらがなとカタカナ", 9), ("안녕하세요 세계", 2), ("a\u3000b", 2),
        ("𠮷野家", 3),
        ("naïve café", 2), ("2024年", 2),
    ],
)  # fmt: skip
def test_words_are_counted_as_a_word_processor_counts(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")
def test_words_of_real_answers_are_those_between_spaces() -> None:
    for path in sorted((REAL / "assignment" / "submission").glob("*.json")):
        for row in json.loads(path.read_text()):
            answer = row["generated_text"].split("### Response:\n", 1)[1]
            assert count_words(answer) == len(answer.split())


def test_repetition_of_known_texts() -> None:
    assert repeated_ngrams("a b a b a b".split(), 2) == pytest.approx(1 - 2 / 5)
    assert repeated_ngrams("a A a".split(), 1) == pytest.approx(1 / 3)
    assert repeated_ngrams(["a", "b", "c"], 4) is None
    assert scored("a b c d " * 25)["rep_4_prefix"] == pytest.approx(1 - 4 / 97)
    assert scored("a b c d " * 24)["rep_4_prefix"] is None


@given(st.lists(st.sampled_from("abc"), max_size=60), st.integers(1, 4))
def test_repetition_equals_its_definition(words: list[str], n: int) -> None:
    grams = Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))
    expected = 1 - len(grams) / grams.total() if grams else None
    assert repeated_ngrams(words, n) == (None if expected is None else pytest.approx(expected))


BLOCK = "### Instruction:\nBe kind.\n\n### Input:\nHow far is the moon from here?\n\n### Response:\nQuite far away.\n\n"


@pytest.mark.parametrize(
    ("text", "unit", "period", "start"),
    [
        ("The value is 0." + "0" * 400, "characters", 1, 14),
        ("Well " + "word " * 160, "characters", 5, 4),
        ("It is far. " + BLOCK * 4, "characters", len(BLOCK), 11),
        ("It is far. " + BLOCK * 3 + BLOCK[:50], "characters", len(BLOCK), 11),
        ("A list:\n" + "".join(f"{i}. Apple pie\n" for i in range(1, 12)), "words", 3, 8),
        ("好" * 120, "characters", 1, 0),
        ("Look: " + "very  nice\nvery nice " * 12, "characters", 21, 6),
    ],
)
def test_a_loop_is_found_with_its_period_and_start(text: str, unit: str, period: int, start: int) -> None:
    loop = find_loop(text)
    # A character before the pattern that happens to fit belongs to the loop as well.
    assert loop and (loop.unit, loop.period) == (unit, period) and start - 1 <= loop.start <= start + 1


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "Wait...", "No!!!", "1. tea\n2. milk\n3. rum", "| a | b |\n|---|---|\n" + "-" * 80, "Ha " + "ha " * 20,
        "Row, row, row your boat\n" * 2, "Let it be, let it be, let it be, let it be", "1" + "0" * 30,
        "A plain sentence that ends like any other sentence does.", BLOCK * 2,
    ],
)  # fmt: skip
def test_an_ordinary_ending_is_no_loop(text: str) -> None:
    assert find_loop(text) is None


@pytest.mark.parametrize(
    "unit", ["a", "ab", "-", "1:1 ", "1 to ", "The answer is ", "a\n", "not ", "(", "\\frac{", "1,000"]
)
def test_a_very_long_text_is_scored_in_seconds(unit: str) -> None:
    text = unit * (40_000 // len(unit))
    assert scored(text, Question("1", "How many?", "number", "7"))["characters"] == len(text)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("I'm sorry, but I can't help with that.", True), ("As an AI language model, I cannot answer that.", True),
        ("I cannot provide this.", True), ("I don't know.", True), ("抱歉，我無法回答。", True),
        ("I’m unable to assist.", True),
        ("You can't see it. It is a thief.", False), ("Sorry seems to be the hardest word.", False), ("", False),
        ("I can't believe how good this is.", False),
    ],
)  # fmt: skip
def test_a_refusal_is_known_by_its_opening(text: str, refusal: bool) -> None:
    assert refuses(text) is refusal


@settings(max_examples=120, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300), st.integers(1, 40))
def test_no_text_crashes_a_metric_and_no_value_leaves_its_range(text: str, times: int) -> None:
    for name, value in scored(text * times, finish_reason="stop", completion_tokens=3).items():
        if value is not None:
            assert value >= 0
            if METRICS[name].unit == "%":
                assert value <= 1
            if METRICS[name].rate:
                assert value in (0, 1)
