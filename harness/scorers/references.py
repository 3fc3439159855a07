"""Do a suite's own answers get full marks from its own keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.records import Question
from harness.scorers.matching import grade, lettered
from harness.scorers.required_points import covered


@dataclass(frozen=True)
class ReferenceGrade:
    """What a question's own reference (or answer) is worth by its own key."""

    question_id: str
    text: str
    value: float
    note: str | None = None


def grade_references(questions: Sequence[Question]) -> list[ReferenceGrade]:
    """One grade for each own text of a question; all must be 1.

    Of a closed question: its answer, its aliases and its reference. A key that cannot be read counts 0, and so does a
    closed question without an answer. Of any question with required points: the share that its reference covers.
    """
    return [one for question in questions for one in (*_by_key(question), *_by_points(question))]


def _by_key(question: Question) -> list[ReferenceGrade]:
    if question.match == "open":
        return []
    # A pattern is no text that it would match itself.
    own = () if question.match == "regex" and question.reference else (question.answer, *question.aliases)
    # A choice that is a letter itself can be told by its own letter alone.
    chosen = [text for text in (lettered(question.choices).get(question.answer or "", ""),) if len(text) > 1]
    texts = list(dict.fromkeys(text for text in (*own, *chosen, question.reference) if text)) or [""]
    return [_graded(question, text) for text in texts]


def _by_points(question: Question) -> list[ReferenceGrade]:
    if not question.points or question.reference is None:
        return []
    share, note = covered(question, question.reference)
    return [ReferenceGrade(question.id, question.reference, share or 0.0, note)]


def _graded(question: Question, text: str) -> ReferenceGrade:
    verdict = grade(question, text)
    return ReferenceGrade(question.id, text, verdict.value or 0.0, verdict.note)
