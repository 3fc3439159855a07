"""What a metric looks at: a question with its answer, taken apart once for all metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.records import Question, Reasoning, Response
from harness.scorers.length import words_of
from harness.scorers.matching import Grade, grade
from harness.scorers.reading import ReadText, read, thinks

Value = tuple[float | None, str | None]
"""(value, note); None where it could not be judged, and the note says why."""


def was_cut(response: Response) -> bool | None:
    """Whether the token limit ended it; None where that is not recorded."""
    return None if response.finish_reason is None else response.finish_reason == "length"


def holds_thought(response: Response, reasoning: Reasoning | None) -> bool:
    """Whether a response that did not fail holds a thought, be it an empty one."""
    return response.error is None and thinks(response.text, response.special, reasoning, was_cut(response))


@dataclass(frozen=True)
class Answered:
    """A question and a variant's response to it, which did not fail."""

    question: Question
    response: Response
    headers: Sequence[str] = ()
    """The fixed lines of the prompt template."""
    reasoning: Reasoning | None = None
    """By what tags its thoughts are told; None for all that are known."""

    @property
    def text(self) -> str:
        """All that was written."""
        return self.response.text

    @cached_property
    def reading(self) -> ReadText:
        """Its thoughts, its answer, and where a header of the template reappears."""
        it = self.response
        return read(it.text, self.headers, it.special, self.reasoning, was_cut(it))

    @property
    def leak(self) -> int | None:
        """Where a header of the template reappears."""
        return self.reading.leak

    @property
    def answer(self) -> str:
        """What stands behind its thoughts, and before the template comes again."""
        return self.reading.answer

    @property
    def thinks(self) -> bool:
        """Whether it holds a thought, be it an empty one."""
        return bool(self.reading.thoughts)

    @cached_property
    def words(self) -> list[str]:
        """Of the whole text."""
        return words_of(self.text)

    @cached_property
    def answer_words(self) -> list[str]:
        """Of the answer alone."""
        # Without a leak and a thought the answer is all of the text, and its words have been counted.
        return self.words if self.leak is None and not self.thinks else words_of(self.answer)

    @cached_property
    def thought_words(self) -> list[str]:
        """Of its thoughts alone."""
        return words_of(self.reading.thought)

    @cached_property
    def grade(self) -> Grade:
        """Whether the answer is right; one that ends inside a thought is wrong, whatever it said before."""
        found = grade(self.question, self.answer)
        if not self.reading.unfinished or found.value is None:
            return found
        return replace(found, value=0.0, note="cut inside the thought", answered=False)


Judge = Callable[[Answered], Value]
"""The judge of each metric: what was answered in, a value and a note out."""
