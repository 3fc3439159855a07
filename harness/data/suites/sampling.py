"""Some of a suite's questions, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from harness.records import Question


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """At most `limit` questions, drawn by the seed (the first N would be one kind only), in the suite's order."""
    return tuple(questions[index] for index in sample_indices(len(questions), limit, seed))


def sample_indices(count: int, limit: int | None, seed: int) -> list[int]:
    """At most `limit` of range(count), drawn by the seed, ascending."""
    if limit is None or limit >= count:
        return list(range(count))
    return sorted(random.Random(seed).sample(range(count), limit))
