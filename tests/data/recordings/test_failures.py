"""Rows of recordings that say that their asking failed, as APIs and evaluation tools write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.data.recordings import Questionnaire, read_recording
from harness.errors import HarnessError
from harness.records import Question, Response

SOUND = {"id": "0", "response": "Fine."}


def read(folder: Path, *rows: dict[str, Any]) -> list[Response]:
    path = folder / "answers.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    asked = Questionnaire("s", [Question(str(number), "Who?") for number in range(9)], str)
    return list(read_recording(path, "v", asked).responses)


def batch(status: int, body: dict[str, Any], error: object = None) -> dict[str, Any]:
    """A row of OpenAI's batch output."""
    response = {"status_code": status, "request_id": "r", "body": body}
    return {"id": "batch_req_1", "custom_id": "1", "response": response, "error": error}


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"response": "", "error": "429 Too Many Requests"}, "429 Too Many Requests"),
        ({"response": None, "error": "timed out\nafter 60 s"}, "timed out after 60 s"),
        ({"error": {"message": "Rate limit", "code": 429, "param": None}}, "429 Rate limit"),
        ({"response": "Error: 500", "error": {"message": "Server error"}}, "Server error"),
        ({"response": "", "error": 503}, "error 503"),
        ({"response": "", "error": True}, "error"),
        ({"response": "", "errors": [None, {"message": "refused"}]}, "refused"),
        ({"response": "", "exception": "ReadTimeout"}, "ReadTimeout"),
        ({"response": "", "status": "failed"}, "status is failed"),
        ({"response": "", "status_code": 502}, "status_code is 502"),
        ({"output": "", "success": False, "failureReason": 2}, "failureReason is ERROR"),
        ({"output": "", "success": False, "failureReason": 2, "error": "API error: 429"}, "API error: 429"),
        ({"output": "", "success": False}, "it did not succeed"),
        ({"response": "", "finish_reason": "content_filter"}, "content_filter"),
        ({"response": None, "finish_reason": "content_filter"}, "content_filter"),
        ({"response": {"error": "API error: 429"}, "success": False}, "API error: 429"),
        (batch(429, {"error": {"message": "Rate limit", "code": "rate_limit"}}), "rate_limit Rate limit"),
        ({"custom_id": "1", "response": None, "error": {"code": "expired", "message": "Late."}}, "expired Late."),
    ],
)  # fmt: skip
def test_a_row_whose_asking_failed_is_a_failed_generation(tmp_path: Path, row: dict[str, Any], error: str) -> None:
    other = {"custom_id": "0", "response": {"body": {"choices": [{"message": {"content": "Fine."}}]}}}
    first = other if "custom_id" in row else {"id": "0", "output": "Fine."} if "output" in row else SOUND
    sound, failed = read(tmp_path, first, {"id": "1", **row})
    assert (sound.question_id, sound.text, sound.error) == ("0", "Fine.", None)
    assert (failed.question_id, failed.text, failed.error) == ("1", "", error)


_NOTHINGS: tuple[Any, ...] = (None, "", False, "none", "None", "null", 0, {}, [])


@pytest.mark.parametrize(
    "row",
    [
        *({"response": "Yes.", "error": nothing} for nothing in _NOTHINGS),
        {"response": "Yes.", "error": 0.04},
        {"response": "Yes.", "status": "completed", "status_code": 200, "success": True},
        {"response": "Yes.", "success": False, "failureReason": 1, "error": "Expected output to contain 'No'"},
        {"response": "Yes.", "success": False},
        {"response": "Yes.", "finish_reason": "content_filter"},
        batch(200, {"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]}),
        batch(200, {"choices": [{"message": {"content": None, "refusal": "Yes."}}]}),
        {"response": {"output": "Yes.", "tokenUsage": {}}, "success": True, "error": None},
    ],
)
def test_a_row_that_was_answered_is_an_answer(tmp_path: Path, row: dict[str, Any]) -> None:
    (answer,) = read(tmp_path, {"id": "1", **row})
    assert (answer.question_id, answer.text, answer.error) == ("1", "Yes.", None)


def test_an_empty_answer_is_an_answer(tmp_path: Path) -> None:
    (answer,) = read(tmp_path, {"id": "1", "response": "", "error": None, "finish_reason": "stop"})
    assert (answer.text, answer.error) == ("", None)


def test_a_batch_says_how_its_answers_ended(tmp_path: Path) -> None:
    choice = {"message": {"content": "Yes, and"}, "finish_reason": "length"}
    (answer,) = read(tmp_path, batch(200, {"choices": [choice], "usage": {"completion_tokens": 3}}))
    assert (answer.completion_tokens, answer.truncated) == (3, True)


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({"response": None}, "row 2: response is null, and no error beside it says why"),
        ({}, "row 2 has no response"),
        ({"response": {"text": "Yes."}}, "row 2: response is an object, expected a string. It holds response.text"),
        ({"response": [["Yes."]]}, "row 2: response is a list"),
    ],
)
def test_a_row_that_says_nothing_is_refused_by_its_number(tmp_path: Path, row: dict[str, Any], part: str) -> None:
    with pytest.raises(HarnessError, match=part):
        read(tmp_path, SOUND, {"id": "1", **row})


def test_a_file_whose_first_rows_failed_is_read_by_the_others(tmp_path: Path) -> None:
    failed, sound = read(tmp_path, {"id": "1", "error": "429"}, SOUND)
    assert (failed.error, sound.text) == ("429", "Fine.")
