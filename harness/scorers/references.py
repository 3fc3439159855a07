"""Do a suite's own answers get full marks from its own keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.records import Question
from harness.scorers.matching import grade


@dataclass(frozen=True)
class ReferenceGrade:
    """What a question's own reference (or answer) is worth by its own key."""

    question_id: str
    text: str
    value: float
    note: str | None = None


def grade_references(questions: Sequence[Question]) -> list[ReferenceGrade]:
    """One grade for each own text of a closed question: its answer, its aliases and its reference; all must be 1.

    A key that cannot be read counts 0, and so does a closed question without an answer; open questions have no grade.
    """
    return [_graded(question, text) for question in questions for text in _texts(question)]


def _texts(question: Question) -> list[str]:
    if question.match == "open":
        return []
    # A pattern is no text that it would match itself.
    own = () if question.match == "regex" and question.reference else (question.answer, *question.aliases)
    return list(dict.fromkeys(text for text in (*own, question.reference) if text)) or [""]


def _graded(question: Question, text: str) -> ReferenceGrade:
    verdict = grade(question, text)
    return ReferenceGrade(question.id, text, verdict.value or 0.0, verdict.note)
