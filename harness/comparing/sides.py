"""What is compared: each variant's judged values, and which questions depend on each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.records import Question, Response, Score
from harness.scorers import METRICS
from harness.store import AnswerKey

Item = tuple[str, int]
"""An answer: (question id, which sample)."""

Saw = tuple[str | None, str | None]
"""What was seen of a question: (sha256 of the prompt, "" where nobody knows it; the prompt as a recording holds it)."""

Groups = Mapping[str, str]
"""question id → cluster, for questions that share one."""


@dataclass(frozen=True)
class Column:
    """One metric of one variant: its judged values, and how many items could not be judged."""

    values: Mapping[Item, float]
    unjudged: int


@dataclass(frozen=True)
class Side:
    """One variant's part in a comparison."""

    name: str
    columns: Mapping[str, Column]
    prompts: Mapping[str, str] = field(default_factory=dict)
    """question id → sha256 of the prompt, "" where nobody knows it; of two that differ, the sides are not compared."""
    answered: Collection[Item] | None = None
    """What it has an answer to, whatever may be judged of it; None where all is answered that is judged."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """question id → the prompt that a recording holds and the suite has not."""


ScoreTable = Mapping[str, Mapping[str, Column]]


def columns(scores: Sequence[Score]) -> dict[str, dict[str, Column]]:
    """Variant → metric → column, metrics in the table's order."""
    values: dict[tuple[str, str], dict[Item, float]] = {}
    unjudged: dict[tuple[str, str], int] = {}
    for score in scores:
        key = (score.variant, score.metric)
        values.setdefault(key, {})
        if score.value is None:
            unjudged[key] = unjudged.get(key, 0) + 1
        else:
            values[key][score.question_id, score.sample] = score.value
    variants = dict.fromkeys(score.variant for score in scores)
    return {
        variant: {
            metric: Column(values[variant, metric], unjudged.get((variant, metric), 0))
            for metric in METRICS
            if (variant, metric) in values
        }
        for variant in variants
    }


def labels(items: Sequence[Item], groups: Groups) -> list[str] | None:
    """Each item's cluster: its question's, or the question itself; None where every item stands alone."""
    found = [f"cluster {groups[question]}" if question in groups else f"question {question}" for question, _ in items]
    return found if len(set(found)) < len(found) else None


def paired_items(first: Side, second: Side, metric: str) -> list[Item]:
    """The items that both sides were asked alike and have judged, sorted."""
    if metric not in first.columns or metric not in second.columns:
        return []
    a, b = first.columns[metric].values, second.columns[metric].values
    return sorted(item for item in a if item in b and not asked_unlike(first, second, item[0]))


def asked_unlike(first: Side, second: Side, question: str) -> bool:
    """Whether the two sides are known to have seen other prompts of a question."""
    return saw_unlike(
        (first.prompts.get(question), first.asked.get(question)),
        (second.prompts.get(question), second.asked.get(question)),
    )


def saw_unlike(one: Saw, other: Saw) -> bool:
    """Whether two prompts are known to differ: an unknown one is neither alike nor another, but other words are.

    Of two recordings that hold their prompts these decide. A digest beside words of the file's own is of these words.
    """
    (a, said), (b, also_said) = one, other
    if said is not None and also_said is not None:
        return said.split() != also_said.split()
    if "" not in (a, b):
        return a != b
    return bool((a and said) or (b and also_said))


def items_without_partner(first: Side, second: Side, metric: str) -> tuple[list[Item], list[Item]]:
    """(what the first side alone has judged because the second has no answer to it, the same of the second), sorted."""

    def alone(mine: Side, other: Side) -> list[Item]:
        answered = other.answered
        return [] if answered is None else sorted(item for item in mine.columns[metric].values if item not in answered)

    if metric not in first.columns or metric not in second.columns:
        return [], []
    return alone(first, second), alone(second, first)


def values_of(side: Side, metric: str, items: Sequence[Item]) -> list[float]:
    """A side's judged values of those items, in their order."""
    column = side.columns[metric].values
    return [column[item] for item in items]


def mean_level(side: Side, metric: str) -> float:
    """How large a side's values are on average."""
    values = side.columns[metric].values
    return abs(float(np.mean([values[item] for item in sorted(values)])))


def variant_sides(table: ScoreTable, answers: Mapping[AnswerKey, Response]) -> dict[str, Side]:
    """What is compared: each variant's judged values, the prompts that it saw, and what it answered."""
    prompts: dict[str, dict[str, str]] = {}
    answered: dict[str, set[Item]] = {}
    asked: dict[str, dict[str, str]] = {}
    for (variant, question, sample), response in answers.items():
        prompts.setdefault(variant, {})[question] = response.prompt_sha256
        if response.asked is not None:
            asked.setdefault(variant, {})[question] = response.asked
        if response.error is None:
            answered.setdefault(variant, set()).add((question, sample))
    return {
        name: Side(name, metrics, prompts.get(name, {}), answered.get(name, set()), asked.get(name, {}))
        for name, metrics in table.items()
    }


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
