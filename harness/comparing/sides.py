"""What is compared: each variant's judged values, and which questions depend on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.comparing.compare import Column, Side
from harness.records import Question, Response
from harness.store import AnswerKey

ScoreTable = Mapping[str, Mapping[str, Column]]


def variant_sides(table: ScoreTable, answers: Mapping[AnswerKey, Response]) -> dict[str, Side]:
    """What is compared: each variant's judged values, and the prompts that it saw."""
    prompts: dict[str, dict[str, str]] = {}
    for (variant, question, _), response in answers.items():
        prompts.setdefault(variant, {})[question] = response.prompt_sha256
    return {name: Side(name, metrics, prompts.get(name, {})) for name, metrics in table.items()}


def question_groups(questions: Sequence[Question]) -> dict[str, str]:
    """Question id → cluster: the suite's own, and one for each wording that is asked more than once."""
    wordings: dict[str, list[Question]] = {}
    for question in questions:
        wordings.setdefault(" ".join(question.question.casefold().split()), []).append(question)
    groups = {question.id: question.cluster for question in questions if question.cluster}
    for same in wordings.values():
        if len(same) > 1:
            name = next((question.cluster for question in same if question.cluster), f"as {same[0].id}")
            groups |= {question.id: question.cluster or name for question in same}
    return groups
