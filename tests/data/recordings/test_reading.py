"""Answers made elsewhere, read by content."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.data import load_template
from harness.data.recordings import Questionnaire, answer_behind_prompt, read_recording
from harness.errors import HarnessError
from harness.records import Question, Response
from harness.resources import text_digest

REAL = Path(__file__).resolve().parents[4] / "shared" / "real"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")

HEADERS = ("Below is an instruction.", "### Instruction:", "### Input:", "### Response:")
QUESTIONS = (Question("1", "How many?"), Question("2", "Who?"), Question("3", "Who?"))


def render(question: str) -> str:
    return f"Below is an instruction.\n\n### Instruction:\nBe kind.\n\n### Input:\n{question}\n\n### Response:\n"


def read(folder: Path, text: str, questions: tuple[Question, ...] = QUESTIONS) -> list[Response]:
    path = folder / "answers.json"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return list(read_recording(path, "dpo", Questionnaire("suite", questions, render, HEADERS)).responses)


def test_lines_with_an_id_and_a_response(tmp_path: Path) -> None:
    first_line = '{"id": "2", "response": " A\\u2028B ", "finish_reason": "length", "completion_tokens": 4}'
    lines = first_line + '\n\n{"id": 1, "response": ""}\n'
    second, first = read(tmp_path, lines)
    assert second == Response("dpo", "suite", "2", " A\u2028B ", text_digest(render("Who?")), None, 4, "length")
    assert (first.question_id, first.text, first.finish_reason) == ("1", "", None)


def test_one_line_is_a_recording_too(tmp_path: Path) -> None:
    assert [one.text for one in read(tmp_path, '\ufeff{"id": "1", "response": "Seven."}')] == ["Seven."]


def test_the_echoed_prompt_is_found_by_the_files_own_wording(tmp_path: Path) -> None:
    asked = "What is the number?\n\n### Response:\nmentioned in it?"
    rows = [{"id": 1, "prompt": asked, "generated_text": render(asked) + "\nSeven."}]
    (response,) = read(tmp_path, json.dumps(rows))
    assert (response.text, response.prompt_sha256) == ("\nSeven.", text_digest(render(asked)))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (render("Who?") + "\n\nHe.", "\n\nHe."),
        ("<s> " + render("Who?").replace("\n\n", "\n") + "\nHe.", "\nHe."),
        (render("Who?").rstrip(), ""),
        (
            "A preamble of theirs.\n### Input:\nWho?\n### Response:\nHe.\n### Response:\nShe.",
            "He.\n### Response:\nShe.",
        ),
        ("Who? He.", " He."),
        ("He is who? A man.\n### Response:\nShe.", "He is who? A man.\n### Response:\nShe."),
        ("He.", "He."),
    ],
)
def test_an_echo_that_is_not_exact_is_still_told_from_the_answer(text: str, answer: str) -> None:
    assert answer_behind_prompt(text, render("Who?"), "Who?", HEADERS) == answer


def test_alpaca_evals_rows_are_matched_by_wording_and_a_repeated_question_in_order(tmp_path: Path) -> None:
    rows = [{"instruction": words, "output": words.upper()} for words in ("Who?", " How  many?\n", "Who?")]
    assert [(one.question_id, one.text) for one in read(tmp_path, json.dumps(rows))] == [
        ("2", "WHO?"), ("1", " HOW  MANY?\n"), ("3", "WHO?"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is empty"), ("[]", "empty list"), ("{oops", "line 1 is not valid JSON"),
        ('{"id": "1", "response": "a"}\n{', "line 2"),
        ("[1, 2]", "row 1 is a int"), ('[{"a": 1, "b": 2}]', "columns a, b"), ("[{}]", "columns none"),
        ('[{"id": "1", "response": "a"}, {"id": "2"}]', "row 2 has no response"),
        ('[{"id": "1", "response": null}]', "row 1: response is null, and no error"),
        ('[{"id": [1], "response": ""}]', "id is a list"),
        ('[{"id": "1", "response": "a"}, {"id": 1, "response": "b"}]', "answers 1 more than once"),
        ('[{"id": "8", "response": "a"}, {"id": "9", "response": "b"}]', "answers 8, 9, which no question"),
        ('[{"instruction": "When?", "output": "Now."}]', "'When?', which no question"),
        ('[{"instruction": "Who?", "output": "1"}, {"instruction": "Who?", "output": "2"}, '
         '{"instruction": "Who?", "output": "3"}]', "answers 2 more than once"),
        ('[{"id": "1", "prompt": 3, "generated_text": "a"}]', "prompt is a int"),
        ('[{"id": "1", "response": "a", "completion_tokens": -1}]', "completion_tokens is -1"),
        ('[{"id": "1", "response": "a", "finish_reason": 1}]', "finish_reason is 1"),
        ("[" * 100_000, "not valid JSON"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line_with_what_was_found(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(HarnessError) as error:
        read(tmp_path, text)
    assert part in str(error.value) and "answers.json" in str(error.value) and "\n" not in str(error.value)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "bytes.json", tmp_path / "absent.json", tmp_path):
        with pytest.raises(HarnessError):
            read_recording(path, "v", Questionnaire("s", QUESTIONS, render, HEADERS))


@needs_real
def test_real_submissions_give_what_stands_behind_the_response_header() -> None:
    system = "You are a helpful assistant chatbot."
    template, questions = load_template("alpaca"), [Question(str(number), "?") for number in range(1, 11)]
    for path in sorted((REAL / "assignment" / "submission").glob("*.json")):
        asked = Questionnaire("s", questions, lambda asked: template.render(asked, system), HEADERS)
        responses = read_recording(path, "v", asked).responses
        rows = json.loads(path.read_text())
        assert [one.text for one in responses] == [row["generated_text"].split("### Response:\n", 1)[1] for row in rows]


@needs_real
def test_mean_characters_of_alpaca_evals_files_are_the_published_ones() -> None:
    means = {}
    for path in sorted((REAL / "alpaca_eval").glob("*.json")):
        rows = json.loads(path.read_text())
        questions = [Question(str(at), row["instruction"]) for at, row in enumerate(rows)]
        responses = read_recording(path, "v", Questionnaire("s", questions, str)).responses
        means[path.stem] = sum(len(one.text) for one in responses) // len(responses)
    assert means == {"Mistral-7B-Instruct-v0.3": 1581, "zephyr-7b-beta": 1444, "mistral-orpo-beta": 1636}


def test_a_question_with_choices_is_known_by_what_stands_above_them_where_that_is_its_own(tmp_path: Path) -> None:
    stems = ["What is the capital of France?", "Which one is true?", "Which one is true?"]
    questions = [
        Question(str(n), f"{stem}\nA. {n}\nB. Paris", match="choice", answer="B", choices=(str(n), "Paris"))
        for n, stem in enumerate(stems)
    ]
    asked = Questionnaire("s", questions, lambda text: "", ())
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"instruction": stems[0], "output": "B"}) + "\n")
    (response,) = read_recording(path, "v", asked).responses
    assert (response.question_id, response.text, response.asked) == ("0", "B", stems[0])
    path.write_text(json.dumps({"instruction": stems[1], "output": "B"}) + "\n")
    with pytest.raises(HarnessError, match="no question of the suite asks"):
        read_recording(path, "v", asked)
