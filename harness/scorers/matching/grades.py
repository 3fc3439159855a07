"""What judging an answer comes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Grade:
    """What an answer is worth: 1 right, 0 wrong, None not judged; the note says why it is not right."""

    value: float | None
    note: str | None = None
    answered: bool = True
    """False where the answer holds nothing of the kind that was asked for."""


RIGHT = Grade(1.0)
