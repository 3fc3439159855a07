"""Answers made elsewhere, read as responses.

A file is read in three steps: what rows it holds (files), what their columns are (forms, rows), and to which questions
they belong (matching). The prompt echoed in front of an answer is cut off, and so are special tokens around it. A
question that no row answers has no response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from harness.data.recordings.columns import Columns
from harness.data.recordings.conversations import SentPrompt
from harness.data.recordings.echoes import Recorded, answers_alone
from harness.data.recordings.matching import Known, flat, holds, questions_of
from harness.data.recordings.rows import RecordedRow, read_recorded_rows
from harness.data.recordings.said_settings import SaidSettings
from harness.on_disk import Spool
from harness.records import FinishReason, Question, Response
from harness.resources import text_digest
from harness.scorers import without_special_tokens

Render = Callable[[str], str]
"""A question's text → the prompt, by the suite's template; "" where nobody can render it."""


@dataclass(frozen=True)
class Questionnaire:
    """A suite as its answers are read: what it asks, and how."""

    suite: str
    questions: Sequence[Question]
    render: Render
    headers: Sequence[str] = ()
    """The fixed lines of the prompt template, needed where an echoed prompt is not the rendered one."""
    system: str = ""

    @cached_property
    def known(self) -> Known:
        """The questions by id and by wording."""
        return Known(self.questions, self.render)


@dataclass(frozen=True)
class Recording:
    """A file of answers as it was read."""

    responses: Sequence[Response]
    """In the file's order."""
    form: str
    """What was recognised: AlpacaEval's outputs, …"""
    notes: tuple[str, ...] = ()
    """What was not read, a sentence each."""
    said: SaidSettings | None = None
    """How the answers were generated, as far as the file says it."""


@dataclass(frozen=True)
class _Asking:
    """What a row says of how its question was asked."""

    asked: str | None
    """None where the file holds no prompt, or the suite's."""
    prompt: str
    """As the suite renders it; "" where that is not known to be what was sent."""
    sha256: str
    echo: Recorded


def read_recording(path: Path, variant: str, suite: Questionnaire, columns: Columns | None = None) -> Recording:
    """The answers of a file in whatever form; refuses what is not valid, and answers to questions the suite lacks."""
    read = read_recorded_rows(path, columns or Columns())
    places = questions_of(path, read.rows, suite.known)
    asked = _Questions(suite.questions, places)
    askings = Spool(
        _asking(row, question, suite.known.rendered(question), suite)
        for row, question in zip(read.rows, asked, strict=True)
    )
    texts = answers_alone(_Recorded(askings), suite.headers, read.whole)
    responses = Spool(
        Response(
            variant=variant,
            suite=suite.suite,
            question_id=question.id,
            # No special token is without one of these, and most answers have neither.
            text=without_special_tokens(text, _named(question)) if "<" in text or "[" in text else text,
            prompt_sha256=asking.sha256,
            completion_tokens=row.completion_tokens,
            finish_reason=cast(FinishReason | None, row.finish_reason),
            error=row.failure,
            asked=asking.asked,
        )
        for row, question, asking, text in zip(read.rows, asked, askings, texts, strict=True)
    )
    return Recording(responses, read.form, (*read.notes, *_keys_told(read.column, asked, responses)), read.said)


@dataclass(frozen=True)
class _Questions:
    """The question of each row, as often as they are gone through."""

    questions: Sequence[Question]
    places: Sequence[int]

    def __iter__(self) -> Iterator[Question]:
        return (self.questions[place] for place in self.places)


@dataclass(frozen=True)
class _Recorded:
    """The text of each row, as often as they are gone through."""

    askings: Iterable[_Asking]

    def __iter__(self) -> Iterator[Recorded]:
        return (asking.echo for asking in self.askings)


def _keys_told(column: str, asked: Iterable[Question], responses: Sequence[Response]) -> Iterator[str]:
    """Says where what was read as answers may be the right ones: each of several is its question's key."""
    if column and len(responses) > 1 and all(map(_is_key, asked, responses)):
        yield (
            f"every {column} is its question's key, letter by letter: where {column} holds the right answers, "
            "--answer-column names the column of the model's"
        )


def _is_key(question: Question, response: Response) -> bool:
    return question.answer is not None and question.answer.strip() == response.text.strip()


def _asking(row: RecordedRow, question: Question, rendered: str, suite: Questionnaire) -> _Asking:
    """The prompt that the file holds beside the suite's.

    Its digest is of the suite's template around the file's words, as far as these are a question. A prompt that holds
    the suite's question among other things has none, nor have messages: nobody knows what they were made into.
    """
    sent = row.sent
    said = question.question if sent is None else sent.said(suite.system)
    if flat(said) in (flat(question.question), flat(rendered)):
        prompt = "" if sent is not None and sent.is_chat else rendered
        return _Asking(None, prompt, _digest(prompt), Recorded(row.text, question.question, rendered))
    if holds(said, question.question):
        return _Asking(said, "", "", Recorded(row.text, question.question, _text(sent) or rendered))
    prompt = "" if sent is None or len(sent.turns) > 1 else suite.render(said)
    return _Asking(said, prompt, text_digest(prompt or said), Recorded(row.text, said, prompt))


def _text(sent: SentPrompt | None) -> str:
    return "" if sent is None or sent.is_chat else sent.wording


def _digest(prompt: str) -> str:
    return text_digest(prompt) if prompt else ""


def _named(question: Question) -> list[str]:
    """Where a question and its key may name a special token, which is then part of an answer."""
    return [question.question, question.answer or "", question.reference or "", *question.aliases]
