"""Answers made elsewhere, read as responses.

Three kinds of rows are recognised by their columns, in a JSON list or in JSON lines:

| columns               | made by                 | belongs to the question                                          |
|-----------------------|-------------------------|------------------------------------------------------------------|
| id, generated_text    | the assignment's script | with that id; the prompt echoed in front of the answer is cut off |
| instruction, output   | AlpacaEval              | with that wording, exactly or but for white space                |
| id, response          | anyone                  | with that id                                                     |

A row may also say finish_reason and completion_tokens. A question that no row answers has no response.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from harness.errors import HarnessError
from harness.json_yaml import json_lines
from harness.records import FinishReason, Question, Response
from harness.resources import text_digest

RecordingRow = Mapping[str, Any]
Render = Callable[[str], str]
"""A question's text → the prompt, by the suite's template."""

_EXPECTED = "Expected rows with id and generated_text, with instruction and output, or with id and response."
_BEGINNING = re.compile(r"\s*(?:<s>|<bos>|<\|begin_of_text\|>)?\s*")


@dataclass(frozen=True)
class _Answer:
    question_id: str
    text: str
    prompt: str
    """The prompt as it was rendered when the model was asked."""


def read_recording(
    path: Path, variant: str, suite: str, questions: Sequence[Question], render: Render, headers: Sequence[str]
) -> list[Response]:
    """The responses of a file in its order; refuses what is not valid, and answers to questions that the suite lacks.

    headers are the fixed lines of the prompt template, needed where the echoed prompt is not the rendered one.
    """
    rows = _rows(path)
    match _columns(path, rows):
        case "generated_text":
            answers = _echoing(path, rows, questions, render, headers)
        case "output":
            answers = _by_wording(path, rows, questions, render)
        case _:
            answers = _by_id(path, rows, questions, render)
    _refuse_repeated(path, [answer.question_id for answer in answers])
    return [_response(path, variant, suite, row, answer) for row, answer in zip(rows, answers, strict=True)]


def answer_behind_prompt(text: str, prompt: str, question: str, headers: Sequence[str]) -> str:
    """What a model wrote behind its echoed prompt.

    The prompt is looked for as rendered, then but for its white space, then as the question's own words up to the
    template's last header behind them; where none of that begins the text, all of the text is the answer.
    """
    if text.startswith(prompt):
        return text[len(prompt) :]
    begin = _BEGINNING.match(text)
    start = begin.end() if begin else 0
    end = _end_of(prompt, text, start)
    if end is not None:
        return text[end:].removeprefix("\n")
    return _behind_question(text, start, question, headers)


def _behind_question(text: str, start: int, question: str, headers: Sequence[str]) -> str:
    end = _end_of(question, text, start)
    if end is not None:
        return text[end:].removeprefix("\n")
    # Another preamble than the suite's: the first header's block must still open the text to be an echo.
    found = _loosely(question).search(text) if question.strip() else None
    last = headers[-1].strip() if headers else ""
    opened = any(header.strip() and header.strip() in text[: found.start()] for header in headers) if found else False
    if not found or not last or not opened:
        return text
    header = text.find(last, found.end())
    # Between the question and the header of its answer stands nothing but white space.
    if header < 0 or text[found.end() : header].strip():
        return text
    return text[header + len(last) :].removeprefix("\n")


def _end_of(words: str, text: str, start: int) -> int | None:
    found = _loosely(words).match(text, start) if words.strip() else None
    return found.end() if found else None


def _loosely(words: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(map(re.escape, words.split())))


def _rows(path: Path) -> list[RecordingRow]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path} is not UTF-8 text (byte {error.start}). {_EXPECTED}") from None
    if not text.strip():
        raise HarnessError(f"{path} is empty. {_EXPECTED}")
    rows = _parsed(path, text)
    if not rows:
        raise HarnessError(f"{path} is an empty list. {_EXPECTED}")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise HarnessError(f"{path} row {number} is a {type(row).__name__}, not an object. {_EXPECTED}")
    return rows


def _parsed(path: Path, text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return [row for _, row in json_lines(path, text.split("\n"), advice=_EXPECTED)]
    return whole if isinstance(whole, list) else [whole]


def _columns(path: Path, rows: Sequence[RecordingRow]) -> str:
    """Which column holds the answers; the same in every row."""
    for key, text in (("id", "generated_text"), ("instruction", "output"), ("id", "response")):
        if key in rows[0] and text in rows[0]:
            for number, row in enumerate(rows, start=1):
                _check_row(path, number, row, key, text)
            return text
    found = ", ".join(map(str, rows[0])) or "none"
    raise HarnessError(f"{path} has the columns {found}. {_EXPECTED}")


def _check_row(path: Path, number: int, row: RecordingRow, key: str, text: str) -> None:
    if key not in row or text not in row:
        missing = key if key not in row else text
        raise HarnessError(f"{path} row {number} has no {missing}; found {', '.join(map(str, row)) or 'nothing'}.")
    if isinstance(row[key], bool) or not isinstance(row[key], str | int):
        raise HarnessError(f"{path} row {number}: {key} is a {type(row[key]).__name__}, expected a string or a number.")
    for column in (text, "prompt" if text == "generated_text" else text):
        if not isinstance(row.get(column, ""), str):
            raise HarnessError(f"{path} row {number}: {column} is a {type(row[column]).__name__}, expected a string.")


def _echoing(
    path: Path, rows: Sequence[RecordingRow], questions: Sequence[Question], render: Render, headers: Sequence[str]
) -> list[_Answer]:
    known = _known(path, rows, questions)
    answers = []
    for row in rows:
        # The file's own wording is what the model saw; the suite may ask the same in other words.
        asked = row.get("prompt", known[str(row["id"])].question)
        prompt = render(asked)
        text = answer_behind_prompt(row["generated_text"], prompt, asked, headers)
        answers.append(_Answer(str(row["id"]), text, prompt))
    return answers


def _by_id(path: Path, rows: Sequence[RecordingRow], questions: Sequence[Question], render: Render) -> list[_Answer]:
    known = _known(path, rows, questions)
    return [_Answer(str(row["id"]), row["response"], render(known[str(row["id"])].question)) for row in rows]


def _by_wording(
    path: Path, rows: Sequence[RecordingRow], questions: Sequence[Question], render: Render
) -> list[_Answer]:
    """Rows in the order of the questions that share a wording: a question asked twice is answered twice."""
    exact: dict[str, list[Question]] = {}
    for question in reversed(questions):
        exact.setdefault(question.question, []).append(question)
    loose: dict[str, list[Question]] = {}
    for wording, group in exact.items():
        loose.setdefault(_flat(wording), []).extend(group)
    taken: set[str] = set()
    answers = []
    for row in rows:
        instruction = str(row["instruction"])
        group = exact.get(instruction) or loose.get(_flat(instruction)) or []
        free = [question for question in group if question.id not in taken]
        if not free:
            why = "more often than the suite asks it" if group else "which no question of the suite asks"
            raise HarnessError(f"{path} answers {_short(instruction)}, {why}.")
        taken.add(free[-1].id)
        answers.append(_Answer(free[-1].id, row["output"], render(free[-1].question)))
    return answers


def _known(path: Path, rows: Sequence[RecordingRow], questions: Sequence[Question]) -> dict[str, Question]:
    known = {question.id: question for question in questions}
    strange = list(dict.fromkeys(str(row["id"]) for row in rows if str(row["id"]) not in known))
    if strange:
        raise HarnessError(
            f"{path} answers {_listed(strange)}, which no question of the suite has as id. "
            f"The suite's ids: {_listed(list(known))}."
        )
    return known


def _refuse_repeated(path: Path, ids: Sequence[str]) -> None:
    seen: set[str] = set()
    repeated = dict.fromkeys(one for one in ids if one in seen or seen.add(one))  # type: ignore[func-returns-value]
    if repeated:
        raise HarnessError(f"{path} answers {_listed(list(repeated))} more than once; expected one row a question.")


def _response(path: Path, variant: str, suite: str, row: RecordingRow, answer: _Answer) -> Response:
    reason, tokens = row.get("finish_reason"), row.get("completion_tokens")
    if reason is not None and not isinstance(reason, str):
        raise HarnessError(f"{path}, question {answer.question_id}: finish_reason is {reason!r}, expected a string.")
    if tokens is not None and (isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0):
        raise HarnessError(f"{path}, question {answer.question_id}: completion_tokens is {tokens!r}, expected a count.")
    return Response(
        variant=variant,
        suite=suite,
        question_id=answer.question_id,
        text=answer.text,
        prompt_sha256=text_digest(answer.prompt),
        completion_tokens=tokens,
        # Other words than ours (eos_token, content_filter) are kept as they are: only "length" means something.
        finish_reason=cast(FinishReason | None, reason),
    )


def _flat(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    flat = _flat(text)
    return repr(flat if len(flat) <= 60 else flat[:57] + "…")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
