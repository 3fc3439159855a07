"""The questions of a table; every fault of it in one refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.data.suites.answers import settle
from harness.data.suites.columns import Chosen
from harness.data.suites.drafts import Draft, read_row
from harness.data.suites.settings import Settings
from harness.data.suites.tables import Kind, QuestionTable
from harness.errors import HarnessError
from harness.on_disk import Spool, repeated
from harness.records import Question

_SHOWN = 5
_NUMBERED = 20


class _Faults:
    """What is wrong in which row, collected."""

    def __init__(self, table: QuestionTable) -> None:
        self._table = table
        self._found: list[tuple[int, str]] = []

    def add(self, number: int, fault: str) -> None:
        self._found.append((number, fault))

    def refuse(self) -> None:
        """Raises what was collected, as one line, by row; nothing where there is nothing."""
        found, unit = sorted(self._found), self._table.unit
        if not found:
            return
        more = [str(number) for number, _ in found[_SHOWN:]]
        rest = f"; and {len(more)} more, in {unit}{'s' * (len(more) > 1)} {', '.join(more[:_NUMBERED])}" if more else ""
        rest += ", …" if len(more) > _NUMBERED else ""
        shown = "; ".join(f"{unit} {number}: {fault}" for number, fault in found[:_SHOWN])
        raise HarnessError(f"{self._table.where}: {shown}{rest}")


def read_questions(
    table: QuestionTable, columns: Chosen, settings: Settings
) -> tuple[Sequence[Question], tuple[str, ...]]:
    """(the questions, what was taken for granted of them)."""
    faults, drafts = _Faults(table), Spool[Draft]()
    for number_, row in table.rows:
        try:
            if isinstance(row, str):
                raise ValueError(row)
            drafts.append(read_row(number_, row, table.kind, columns, settings))
        except ValueError as error:
            faults.add(number_, str(error))
    numbered = not any(draft.has_id for draft in drafts)
    questions = Spool(_settled(drafts, faults, numbered))
    faults.refuse()
    if not questions:
        raise HarnessError(f'{table.where} has no questions. A line looks like {{"id": "1", "question": "…"}}')
    return questions.few() or questions, tuple(_notes(questions, table.kind, numbered))


def _settled(drafts: Sequence[Draft], faults: _Faults, numbered: bool) -> Iterator[Question]:
    """With the letter of each right choice, and ids that are there once."""
    choosing = [choices for draft in drafts for choices in draft.choices]
    letters = iter(settle(choosing))
    # Of those alone that come twice the first is remembered.
    twice = set(repeated(drafts, lambda draft: draft.question.id))
    seen: set[str] = set()
    for place, draft in enumerate(drafts, start=1):
        question = draft.question
        if draft.choices:
            settled = [next(letters) for _ in draft.choices]
            for fault in dict.fromkeys(fault for _, fault in settled if fault):
                faults.add(draft.number, fault)
            right = sorted({letter for letter, _ in settled if letter})
            question = replace(question, answer=",".join(right) or None)
        if numbered:
            question = replace(question, id=str(place))
        elif not draft.has_id:
            faults.add(draft.number, "no id, where others have one")
            continue
        if question.id in seen:
            faults.add(draft.number, f"id '{question.id}' stands there already")
        if question.id in twice:
            seen.add(question.id)
        yield question


def _notes(questions: Sequence[Question], kind: Kind, numbered: bool) -> Iterator[str]:
    if numbered:
        yield f"no ids, so the questions are numbered from 1 to {len(questions)}"
    unanswered = sum(question.answer is None for question in questions)
    if kind != "ours" and 0 < unanswered < len(questions):
        yield f"{unanswered} of {len(questions)} questions have no answer, and are open"
    gaps = sum((question.answer or "").strip().casefold() == "nan" for question in questions)
    if kind == "texts" and gaps:
        yield f"the answer of {gaps} questions is the text nan"
