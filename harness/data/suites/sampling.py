"""Some of a suite's questions, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from harness.records import Question


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """At most `limit` questions, drawn by the seed (the first N would be one kind only), in the suite's order."""
    if limit is None or limit >= len(questions):
        return tuple(questions)
    return tuple(questions[index] for index in sorted(random.Random(seed).sample(range(len(questions)), limit)))
