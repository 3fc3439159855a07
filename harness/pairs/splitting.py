"""Questions in two parts: one that pairs are made of, and one that nothing is asked before the training is judged."""

from __future__ import annotations

import random
from collections.abc import Sequence

from harness.errors import HarnessError
from harness.records import Question


def split_questions(
    questions: Sequence[Question], share: float | None, seed: int
) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """(about that share of the questions, the others), drawn by the seed, each in the suite's order; None splits none.

    What shares a cluster or a wording stays together: one of it would give the other away.
    """
    if share is None:
        return tuple(questions), ()
    if not 0 < share < 1:
        raise HarnessError(f"--split {share} is not a share between 0 and 1. Give for example --split 0.7")
    groups = _groups(questions)
    random.Random(seed).shuffle(groups)
    wanted, taken = round(share * len(questions)), set[str]()
    for group in groups:
        if len(taken) + len(group) <= wanted:
            taken.update(group)
    first = tuple(question for question in questions if question.id in taken)
    rest = tuple(question for question in questions if question.id not in taken)
    if not first or not rest:
        raise HarnessError(
            f"--split {share} leaves one part of {len(questions)} questions empty, in {len(groups)} groups that belong "
            "together. Give another share, or more questions."
        )
    return first, rest


def _groups(questions: Sequence[Question]) -> list[list[str]]:
    """Ids of the questions that belong together, as far as shared clusters and wordings reach."""
    joined: dict[str, str] = {}

    def root(key: str) -> str:
        while joined.setdefault(key, key) != key:
            key = joined[key]
        return key

    for question in questions:
        if question.cluster:
            joined[root(f"cluster {question.cluster}")] = root(_wording(question))
    groups: dict[str, list[str]] = {}
    for question in questions:
        groups.setdefault(root(_wording(question)), []).append(question.id)
    return list(groups.values())


def _wording(question: Question) -> str:
    return f"wording {' '.join(question.question.casefold().split())}"
