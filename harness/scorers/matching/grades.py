"""What judging an answer comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.records import Question

Rule = Literal[
    "nothing",
    "whole",
    "marker",
    "correction",
    "conclusion",
    "simplified",
    "asked",
    "opening",
    "only",
    "last",
    "subject",
    "affirmed",
    "listed",
    "wording",
    "pattern",
    "all",
]
"""Why one statement of an answer was read as its claim, and no other; docs/grading.md says each in a sentence."""

SHOWN = 200
"""Characters of a statement that are shown and kept."""


@dataclass(frozen=True)
class Grade:
    """What an answer is worth: 1 right, 0 wrong, None not judged; the note says why it is not right."""

    value: float | None
    note: str | None = None
    answered: bool = True
    """False where the answer holds nothing of the kind that was asked for."""
    read: str = ""
    """The statement of the answer that was taken as its claim, in plain spelling; empty where there was none."""
    rule: Rule = "nothing"
    """Why that statement was taken."""
    taken: tuple[str, ...] = ()
    """What counted of it, as it is written there."""

    @property
    def shown(self) -> str:
        """The statement, of a long one so much as stands around what counted."""
        return _around(" ".join(self.read.split()), self.taken[-1] if self.taken else "")


RIGHT = Grade(1.0)


def _around(text: str, what: str) -> str:
    if len(text) <= SHOWN:
        return text
    begin = max(0, text.rfind(what) + len(what) - SHOWN // 2) if what else 0
    end = begin + SHOWN
    return f"{'… ' if begin else ''}{text[begin:end].strip()}{' …' if end < len(text) else ''}"


def keys_of(question: Question) -> list[str]:
    """The answer and its aliases, as the suite writes them."""
    return [key for key in (question.answer, *question.aliases) if key]
