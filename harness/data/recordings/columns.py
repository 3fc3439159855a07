"""Which columns of a row tell its question, its prompt and its answer, and those that a user names instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import unknown
from harness.on_disk import Spool

Row = Mapping[str, Any]
IDS = (
    "custom_id", "question_id", "id", "qid", "uid", "metadata.question_id", "metadata.id", "metadata.custom_id",
    "request.custom_id", "request.metadata.id", "vars.question_id", "vars.id", "testCase.metadata.id",
)  # fmt: skip
"""Where a question's id may stand; the column is taken that names most questions of the suite."""
WORDINGS = ("question", "instruction", "query", "prompt", "input", "inputs")
PROMPTS = (
    "messages", "conversations", "conversation", "prompt", "request.messages", "request.body.messages",
    "request.prompt", "request.input", "request.contents", "body.messages", "input", "inputs", "question",
    "instruction", "query", "origin_prompt",
)  # fmt: skip
"""Where it may stand what the model was sent, the fullest first."""
ANSWERS = (
    "generated_text", "response", "output", "completion", "generation", "prediction", "predict", "predicted_text",
    "model_output", "model_response", "model_answer", "generated", "responses", "outputs", "completions",
    "generations", "predictions", "answer", "text",
)  # fmt: skip
SURE = ANSWERS[:12]
"""Columns that hold nothing but what a model wrote; an answer may be the right one, and a text anything."""
MODELS = ("model", "model_id", "model_name", "generator")
"""Who wrote the answers."""


_KNOWN = {*IDS, *WORDINGS, *PROMPTS, *ANSWERS, *MODELS, "error", "finish_reason", "completion_tokens"}


@dataclass(frozen=True)
class Columns:
    """What a user says of a file's columns; a dot reaches into an object: metadata.id."""

    answer: str | None = None
    id: str | None = None
    question: str | None = None
    """The question as the file words it, by which it is found in the suite."""
    prompt: str | None = None
    """What was really sent."""
    only: tuple[tuple[str, str], ...] = ()
    """(column, value): the rows that are taken."""

    def named(self) -> Iterable[str]:
        """Every column that must be there."""
        chosen = (self.answer, self.id, self.question, self.prompt)
        return [*(name for name in chosen if name is not None), *(name for name, _ in self.only)]


def named_alike(row: Row) -> bool:
    """Whether any key is the usual name of a column."""
    return any(str(name).strip().casefold().replace(" ", "_") in _KNOWN for name in row)


def with_usual_names(row: Row) -> Row:
    """The row with its columns also under the names that are known here: Question, or "Model answer", in a sheet."""
    named = ((str(name).strip().casefold().replace(" ", "_"), value) for name, value in row.items())
    found = {name: value for name, value in named if name not in row and name in _KNOWN}
    return {**row, **found} if found else row


def cell(row: Row, column: str) -> Any:
    """What stands in the column; None where nothing does."""
    if column in row:
        return row[column]
    outer, dot, inner = column.partition(".")
    found = row.get(outer)
    return cell(found, inner) if dot and isinstance(found, Mapping) else None


def has(row: Row, column: str) -> bool:
    """Whether the row has the column, be it empty."""
    if column in row:
        return True
    outer, dot, inner = column.partition(".")
    found = row.get(outer)
    return bool(dot) and isinstance(found, Mapping) and has(found, inner)


def found_columns(rows: Iterable[Row]) -> list[str]:
    """Every column that any of the rows has."""
    return [str(name) for name in dict.fromkeys(name for row in rows for name in row)]


def chosen_rows(path: object, rows: Spool[tuple[int, Row]], columns: Columns) -> Spool[tuple[int, Row]]:
    """The numbered rows that `only` takes; refuses a column or a value that no row has."""
    for name in columns.named():
        if not any(has(row, name) for _, row in rows):
            unknown("column", name, found_columns(row for _, row in rows), f"It is looked for in {path}.")
    for name, value in columns.only:
        held = {plain_cell(cell(row, name)) for _, row in rows} - {None}
        if value not in held:
            unknown(f"{name} in {path}", value, [str(one) for one in held])
        rows = Spool((number, row) for number, row in rows if plain_cell(cell(row, name)) == value)
    return rows


def plain_cell(value: Any) -> str | None:
    """A cell that a name or a number stands in, as it is written; None where it holds nothing or more than that."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None
