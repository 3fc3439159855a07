"""Rows of recorded answers as a file holds them: whose they are, what they say, and whether their asking failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data.failed_rows import failure_of
from harness.errors import HarnessError
from harness.json_yaml import json_lines

EXPECTED = "Expected rows with id and generated_text, with instruction and output, or with id and response."
_SHAPES = (
    ("id", "generated_text"),
    ("instruction", "output"),
    ("custom_id", "response"),
    ("id", "response"),
    ("id", "output"),
)
"""(what tells the question, what holds the answer), the first that any row has."""


@dataclass(frozen=True)
class RecordedRow:
    """One row of a recording."""

    key: str
    """The question's id, or its wording."""
    text: str
    """"" where the asking failed."""
    failure: str | None
    asked: str | None
    """The question as the file words it, where it does."""
    finish_reason: str | None
    completion_tokens: int | None


@dataclass(frozen=True)
class RecordedRows:
    """The rows of a file, all of one shape."""

    rows: tuple[RecordedRow, ...]
    by_wording: bool
    """Whether the key is the question's wording and not its id."""
    whole: bool
    """Whether the answers' column is one of prompt and answer together."""


def read_recorded_rows(path: Path) -> RecordedRows:
    """The rows of a JSON list or of JSON lines; refuses a row that is none, by its number."""
    rows = [_flattened(row) for row in _objects(path)]
    key, column = _shape(path, rows)
    read = [_row(path, number, row, key, column) for number, row in enumerate(rows, start=1)]
    return RecordedRows(tuple(read), key == "instruction", column == "generated_text")


def _objects(path: Path) -> list[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path} is not UTF-8 text (byte {error.start}). {EXPECTED}") from None
    if not text.strip():
        raise HarnessError(f"{path} is empty. {EXPECTED}")
    rows = _parsed(path, text)
    if not rows:
        raise HarnessError(f"{path} is an empty list. {EXPECTED}")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise HarnessError(f"{path} row {number} is a {type(row).__name__}, not an object. {EXPECTED}")
    return rows


def _parsed(path: Path, text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return [row for _, row in json_lines(path, text.split("\n"), advice=EXPECTED)]
    return whole if isinstance(whole, list) else [whole]


def _flattened(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of OpenAI's batches or promptfoo's, whose response is an object, with what it says in columns."""
    response = row.get("response")
    if not isinstance(response, Mapping):
        return row
    body = response.get("body", response)
    if not isinstance(body, Mapping):
        return row
    answer = _answer_in(body)
    found = {**answer, "status_code": response.get("status_code"), "response": answer.get("response")}
    error = row.get("error") or body.get("error") or response.get("error")
    known = answer or error or found["status_code"]
    return {**row, **found, "error": error} if known else row


def _answer_in(body: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(body.get("output"), str):
        return {"response": body["output"], "finish_reason": body.get("finishReason")}
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, Mapping):
        return {}
    message = choice.get("message") if isinstance(choice.get("message"), Mapping) else {}
    usage = body.get("usage") if isinstance(body.get("usage"), Mapping) else {}
    said = [message.get("content"), message.get("refusal"), choice.get("text")]  # type: ignore[union-attr]
    return {
        "response": next((text for text in said if isinstance(text, str)), None),
        "finish_reason": choice.get("finish_reason"),
        "completion_tokens": usage.get("completion_tokens"),  # type: ignore[union-attr]
    }


def _shape(path: Path, rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Which columns hold questions and answers; the same in every row, but for an answer that there is not."""
    for key, column in _SHAPES:
        if any(key in row and column in row for row in rows):
            return key, column
    found = ", ".join(map(str, rows[0])) or "none"
    raise HarnessError(f"{path} has the columns {found}. {EXPECTED}")


def _row(path: Path, number: int, row: Mapping[str, Any], key: str, column: str) -> RecordedRow:
    place = f"{path} row {number}"
    if key not in row:
        raise HarnessError(f"{place} has no {key}; found {', '.join(map(str, row)) or 'nothing'}.")
    if isinstance(row[key], bool) or not isinstance(row[key], str | int):
        raise HarnessError(f"{place}: {key} is a {type(row[key]).__name__}, expected a string or a number.")
    text, asked = row.get(column), row.get("prompt") if column == "generated_text" else None
    failure = failure_of(row, text if isinstance(text, str) else None)
    if failure is None and column not in row:
        raise HarnessError(f"{place} has no {column}; found {', '.join(map(str, row)) or 'nothing'}.")
    if failure is None and text is None:
        raise HarnessError(
            f"{place}: {column} is null, and no error beside it says why. Expected a string, or an error."
        )
    for name, value in ((column, "" if failure else text), ("prompt", asked)):
        if not isinstance(value, str) and not (name == "prompt" and value is None):
            raise HarnessError(f"{place}: {name} is a {type(value).__name__}, expected a string.")
    reason, tokens = row.get("finish_reason"), row.get("completion_tokens")
    if reason is not None and not isinstance(reason, str):
        raise HarnessError(f"{place}: finish_reason is {reason!r}, expected a string.")
    if tokens is not None and (isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0):
        raise HarnessError(f"{place}: completion_tokens is {tokens!r}, expected a count.")
    return RecordedRow(str(row[key]), "" if failure else str(text), failure, asked, reason, tokens)
