"""Answers made elsewhere, read as responses.

Three kinds of rows are recognised by their columns, in a JSON list or in JSON lines:

| columns               | made by                 | belongs to the question                          |
|-----------------------|-------------------------|--------------------------------------------------|
| id, generated_text    | the assignment's script | with that id                                     |
| instruction, output   | AlpacaEval              | with that wording, exactly or but for white space |
| id, response (output) | anyone                  | with that id                                     |

OpenAI's batches are of the third kind: custom_id, and a response with status_code and body. A row may also say
finish_reason and completion_tokens, and that its asking failed: it is then a failed generation. The prompt echoed in
front of an answer is cut off, and so are special tokens around it. A question that no row answers has no response.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from harness.data.echoes import Recorded, without_echoes
from harness.data.recorded_rows import RecordedRow, read_recorded_rows
from harness.errors import HarnessError
from harness.records import FinishReason, Question, Response
from harness.resources import text_digest
from harness.scorers import without_special_tokens

Render = Callable[[str], str]
"""A question's text → the prompt, by the suite's template; "" where nobody can render it."""


def read_recording(
    path: Path, variant: str, suite: str, questions: Sequence[Question], render: Render, headers: Sequence[str]
) -> list[Response]:
    """The responses of a file in its order; refuses what is not valid, and answers to questions that the suite lacks.

    headers are the fixed lines of the prompt template, needed where the echoed prompt is not the rendered one.
    """
    read = read_recorded_rows(path)
    asked = _by_wording(path, read.rows, questions) if read.by_wording else _by_id(path, read.rows, questions)
    _refuse_repeated(path, [question.id for question in asked])
    # The file's own wording is what the model saw; the suite may ask the same in other words.
    wordings = [row.asked or question.question for row, question in zip(read.rows, asked, strict=True)]
    prompts = [render(wording) for wording in wordings]
    texts = without_echoes(
        [Recorded(row.text, *both) for row, *both in zip(read.rows, wordings, prompts, strict=True)],
        headers,
        whole=read.whole,
    )
    return [
        Response(
            variant=variant,
            suite=suite,
            question_id=question.id,
            text=without_special_tokens(text, _named(question)),
            prompt_sha256=text_digest(prompt) if prompt else "",
            completion_tokens=row.completion_tokens,
            # Other words than ours (eos_token, content_filter) are kept as they are: only "length" means something.
            finish_reason=cast(FinishReason | None, row.finish_reason),
            error=row.failure,
        )
        for row, question, prompt, text in zip(read.rows, asked, prompts, texts, strict=True)
    ]


def _named(question: Question) -> list[str]:
    """Where a question and its key may name a special token, which is then part of an answer."""
    return [question.question, question.answer or "", question.reference or "", *question.aliases]


def _by_id(path: Path, rows: Sequence[RecordedRow], questions: Sequence[Question]) -> list[Question]:
    known = {question.id: question for question in questions}
    strange = list(dict.fromkeys(row.key for row in rows if row.key not in known))
    if strange:
        raise HarnessError(
            f"{path} answers {_listed(strange)}, which no question of the suite has as id. "
            f"The suite's ids: {_listed(list(known))}."
        )
    return [known[row.key] for row in rows]


def _by_wording(path: Path, rows: Sequence[RecordedRow], questions: Sequence[Question]) -> list[Question]:
    """In the order of the questions that share a wording: a question asked twice is answered twice."""
    exact: dict[str, list[Question]] = {}
    for question in reversed(questions):
        exact.setdefault(question.question, []).append(question)
    loose: dict[str, list[Question]] = {}
    for wording, group in exact.items():
        loose.setdefault(_flat(wording), []).extend(group)
    taken: dict[str, Question] = {}
    for row in rows:
        group = exact.get(row.key) or loose.get(_flat(row.key)) or []
        free = [question for question in group if question.id not in taken]
        if not free:
            why = "more often than the suite asks it" if group else "which no question of the suite asks"
            raise HarnessError(f"{path} answers {_short(row.key)}, {why}.")
        taken[free[-1].id] = free[-1]
    return list(taken.values())


def _refuse_repeated(path: Path, ids: Sequence[str]) -> None:
    seen: set[str] = set()
    repeated = dict.fromkeys(one for one in ids if one in seen or seen.add(one))  # type: ignore[func-returns-value]
    if repeated:
        raise HarnessError(f"{path} answers {_listed(list(repeated))} more than once; expected one row a question.")


def _flat(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    flat = _flat(text)
    return repr(flat if len(flat) <= 60 else flat[:57] + "…")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
