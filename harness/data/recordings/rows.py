"""Rows of recorded answers as a file holds them: whose they may be, what they say, and whether their asking failed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from shlex import quote
from typing import Any

from harness.data.recordings.columns import (
    ANSWERS,
    IDS,
    MODELS,
    PROMPTS,
    SURE,
    WORDINGS,
    Columns,
    Row,
    cell,
    chosen_rows,
    found_columns,
    has,
    plain_cell,
    with_usual_names,
)
from harness.data.recordings.conversations import SentPrompt, sent_in, turns_in
from harness.data.recordings.failures import failure_of
from harness.data.recordings.files import EXPECTED, read_objects
from harness.data.recordings.forms import FORMS, Form, form_of
from harness.data.recordings.said_settings import SaidSettings, said_settings
from harness.errors import HarnessError
from harness.on_disk import Spool

_CUT = {"max_tokens", "max_output_tokens", "model_length", "length"}
"""How APIs say that an answer was cut."""


@dataclass(frozen=True)
class RecordedRow:
    """One answer of a recording."""

    place: str
    """The file and the row's number, for refusals."""
    ids: Mapping[str, Any]
    """Column → what stands where a question's id may stand."""
    wordings: tuple[str, ...]
    """The question as the file words it, where it does: each wording by which it may be found."""
    sent: SentPrompt | None
    """What the model was sent, where the file holds it."""
    text: str
    """"" where the asking failed."""
    failure: str | None
    finish_reason: str | None
    completion_tokens: int | None
    said: Mapping[str, str]
    """The row's short columns, which tell several answers to a question apart."""


@dataclass(frozen=True)
class RecordedRows:
    """The rows of a file, all of one form."""

    form: str
    rows: Sequence[RecordedRow]
    whole: bool
    """Whether the answers' column is one of prompt and answer together."""
    notes: tuple[str, ...] = ()
    """What was not read, a sentence each."""
    column: str = ""
    """Where the answers stand, if its name says no more than that they are answers."""
    said: SaidSettings | None = None
    """How they were generated, as far as the file says it."""


def read_recorded_rows(path: Path, columns: Columns) -> RecordedRows:
    """The rows of a file in whatever form; refuses a row that says nothing, by its number."""
    held = read_objects(path)
    form = form_of(map(with_usual_names, held))
    numbered = Spool(
        (number, one)
        for number, row in enumerate(map(with_usual_names, held), start=1)
        for one in (form.flat(row) if form else [row])
    )
    numbered = chosen_rows(path, numbered, columns)
    flat = _Flat(numbered)
    answer = columns.answer or _answer_column(path, held, flat, form)
    _refuse_several_models(path, flat)
    rows = Spool(_row(f"{path} row {number}", row, answer, columns) for number, row in numbered)
    return RecordedRows(
        form.name if form else "rows of answers",
        rows,
        answer == "generated_text",
        _left_out(flat),
        column="" if columns.answer or answer in SURE else answer,
        said=said_settings(path, _taken(held, numbered) if columns.only else held),
    )


def _taken(held: Sequence[Row], numbered: Iterable[tuple[int, Row]]) -> Sequence[Row]:
    """The file's own rows of those that were chosen."""
    numbers = {number for number, _ in numbered}
    return Spool(row for number, row in enumerate(held, start=1) if number in numbers)


class _Flat:
    """Rows without their numbers, as often as they are gone through."""

    def __init__(self, numbered: Iterable[tuple[int, Row]]) -> None:
        self._numbered = numbered

    def __iter__(self) -> Iterator[Row]:
        return (row for _, row in self._numbered)


def _answer_column(path: Path, held: Sequence[Row], rows: Iterable[Row], form: Form | None) -> str:
    """The column that holds the answers, the same in every row; refuses several that differ."""
    if form is None:
        raise HarnessError(f"{path} has the columns {', '.join(found_columns(held)) or 'none'}. {_nearest(held)}")
    there = {name for row in rows for name in form.answers if name in row}
    found = next((name for name in form.answers if name in there), form.answers[0])
    for row in rows:
        texts = {name: row[name] for name in SURE if isinstance(row.get(name), str) and row[name]}
        if found in texts and len(set(texts.values())) > 1:
            raise HarnessError(
                f"{path} holds texts in {' and in '.join(texts)}. Say which are the answers: "
                f"--answer-column {quote(found)}"
            )
    if found in ANSWERS and found not in SURE:
        _refuse_likelier(path, held, found)
    return found


def _refuse_likelier(path: Path, rows: Sequence[Row], found: str) -> None:
    """Refuses an answer that may be the right one, beside a column of texts that is called after a model's."""
    for name in found_columns(rows):
        words = name.strip().casefold().replace(" ", "_").split("_")
        if len(words) > 1 and {words[0], words[-1]} & set(SURE):
            texts = [row.get(name) for row in rows]
            if any(isinstance(text, str) and " " in text.strip() for text in texts):
                raise HarnessError(
                    f"{path} holds texts in {found} and in {name}. Say which are the answers: "
                    f"--answer-column {quote(name)}"
                )


def _nearest(rows: Sequence[Row]) -> str:
    """What a file of no known form is nearest to, and how to say what its columns are."""
    found = found_columns(rows)
    likely = [
        (name, near) for name in found for near in get_close_matches(name.lower(), (*SURE, "answer"), n=1, cutoff=0.7)
    ]
    if likely:
        name, near = likely[0]
        return f"Is {name} what {near} is elsewhere? Then say --answer-column {quote(name)}. {EXPECTED}"
    form = max(FORMS, key=lambda form: sum(name in found for name in form.columns) / len(form.columns))
    shared = [name for name in form.columns if name in found]
    near = f"Nearest: {form.name}, which has {', '.join(form.columns)}. " if shared else ""
    return f"{near}Say which hold the answers and the questions: --answer-column, --id-column. {EXPECTED}"


def _refuse_several_models(path: Path, rows: Iterable[Row]) -> None:
    found: dict[str, dict[str, None]] = {column: {} for column in MODELS}
    for row in rows:
        for column in MODELS:
            if column in row and (name := plain_cell(row[column])) is not None:
                found[column].setdefault(name)
    for column in MODELS:
        names = list(found[column])
        if len(names) > 1:
            shown = ", ".join(names[:8])
            raise HarnessError(
                f"{path} holds answers of several models ({column}: {shown}). Take those of one, under a name of its "
                f"own: NAME={path} --only {quote(f'NAME:{column}={names[0]}')}"
            )


def _left_out(rows: Iterable[Row]) -> tuple[str, ...]:
    longest = max((row["turns"] for row in rows if isinstance(row.get("turns"), int)), default=1)
    return (f"of {longest} turns the first is read: a suite asks one question",) if longest > 1 else ()


def _row(place: str, row: Row, answer: str, columns: Columns) -> RecordedRow:
    value = cell(row, answer)
    turns = turns_in(value) if not isinstance(value, str) else ()
    text = turns[-1][1] if turns and turns[-1][0] == "assistant" else value
    if isinstance(text, int | float) and math.isfinite(text):
        text = plain_cell(text)
    failure = failure_of(row, text if isinstance(text, str) else None)
    if failure is None:
        _refuse_silence(place, row, answer, text)
    sent = _sent(place, row, answer, columns) or (sent_in(value) if len(turns) > 1 else None)
    ids = {name: value for name in _id_columns(columns) if (value := cell(row, name)) is not None}
    # Of a text alone that is prompt and answer together, its beginning says what it answers.
    wordings = tuple(dict.fromkeys(filter(str.strip, _wordings(row, answer, columns, sent))))
    return RecordedRow(
        place=place,
        ids=ids,
        wordings=wordings or ((str(text),) if answer == "generated_text" and not ids and not failure else ()),
        sent=sent,
        text="" if failure else str(text),
        failure=failure,
        finish_reason=_finish_reason(place, row),
        completion_tokens=_tokens(place, row),
        said={name: said for name in row if name != answer and (said := plain_cell(row[name])) is not None},
    )


def _id_columns(columns: Columns) -> Sequence[str]:
    """Where a user who names the questions' column says that ids are to be left alone."""
    return (columns.id,) if columns.id else () if columns.question else IDS


def _refuse_silence(place: str, row: Row, answer: str, text: Any) -> None:
    if not has(row, answer):
        raise HarnessError(f"{place} has no {answer}; found {', '.join(map(str, row)) or 'nothing'}.")
    if text is None:
        raise HarnessError(
            f"{place}: {answer} is null, and no error beside it says why. Expected a string, or an error."
        )
    if not isinstance(text, str):
        inside = [f"{answer}.{name}" for name in text] if isinstance(text, Mapping) else []
        named = f" It holds {', '.join(inside[:8])}: name one, as --answer-column {quote(inside[0])}" if inside else ""
        kind = "an object" if isinstance(text, Mapping) else f"a {type(text).__name__}"
        raise HarnessError(f"{place}: {answer} is {kind}, expected a string.{named}")


def _sent(place: str, row: Row, answer: str, columns: Columns) -> SentPrompt | None:
    """What the model was sent, from the fullest column that says it."""
    for name in (columns.prompt,) if columns.prompt else PROMPTS:
        value = cell(row, name)
        if name == answer or value is None or value == "" or (name == "input" and "instruction" in row):
            continue
        found = sent_in(value)
        if found is not None:
            return _with_context(found, row) if name == "instruction" else found
        if name in (columns.prompt, "prompt") and not isinstance(value, str):
            raise HarnessError(f"{place}: {name} is a {type(value).__name__}, expected a string or messages.")
    return None


def _with_context(sent: SentPrompt, row: Row) -> SentPrompt:
    """An instruction with its input, as Alpaca's rows have them."""
    context = row.get("input")
    if not isinstance(context, str) or not context.strip():
        return sent
    return SentPrompt((("user", f"{sent.wording}\n\n{context}"),), False)


def _wordings(row: Row, answer: str, columns: Columns, sent: SentPrompt | None) -> list[str]:
    if columns.question:
        value = cell(row, columns.question)
        return [value] if isinstance(value, str) else []
    names = [*WORDINGS, *(name for name in row if str(name).startswith("vars."))]
    values = [row[name] for name in names if name != answer and isinstance(row.get(name), str)]
    return [*([sent.wording, sent.said("")] if sent else []), *values]


def _finish_reason(place: str, row: Row) -> str | None:
    reason = row.get("finish_reason")
    if reason is not None and not isinstance(reason, str):
        raise HarnessError(f"{place}: finish_reason is {reason!r}, expected a string.")
    if reason is None:
        reason = next((row[name] for name in ("stop_reason", "finishReason") if isinstance(row.get(name), str)), None)
    # Other words than ours (eos_token, content_filter) are kept as they are: only "length" means something.
    return "length" if reason and reason.casefold() in _CUT else reason or None


def _tokens(place: str, row: Row) -> int | None:
    tokens = row.get("completion_tokens")
    if isinstance(tokens, str) and tokens.strip().isdecimal():
        tokens = int(tokens)
    if tokens is None or tokens == "":
        return None
    if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
        raise HarnessError(f"{place}: completion_tokens is {tokens!r}, expected a count.")
    return tokens
