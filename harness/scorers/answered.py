"""What a metric looks at: a question with its answer, taken apart once for all metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.records import Question, Response
from harness.scorers.length import words_of
from harness.scorers.matching import Grade, grade
from harness.scorers.template_leak import leak_start

Value = tuple[float | None, str | None]
"""(value, note); None where it could not be judged, and the note says why."""


@dataclass(frozen=True)
class Answered:
    """A question and a variant's response to it, which did not fail."""

    question: Question
    response: Response
    headers: Sequence[str] = ()
    """The fixed lines of the prompt template."""

    @property
    def text(self) -> str:
        """All that was written."""
        return self.response.text

    @cached_property
    def leak(self) -> int | None:
        """Where a header of the template reappears."""
        return leak_start(self.text, self.headers, self.response.special)

    @cached_property
    def answer(self) -> str:
        """The text before the template comes again."""
        return self.text[: self.leak].strip()

    @cached_property
    def words(self) -> list[str]:
        """Of the whole text."""
        return words_of(self.text)

    @cached_property
    def grade(self) -> Grade:
        """Whether the answer is right."""
        return grade(self.question, self.answer)


Judge = Callable[[Answered], Value]
