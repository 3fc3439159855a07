"""What a metric looks at: a question with its answer, taken apart once for all metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.records import Question, Reasoning, Response
from harness.scorers.lacks import Lack, lack_of
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
        """Its thoughts, its answer, and where another turn begins."""
        it = self.response
        return read(it.text, self.headers, it.special, self.reasoning, was_cut(it), self.question.question)

    @property
    def leak(self) -> int | None:
        """Where a header of the template reappears."""
        return self.reading.leak

    @property
    def answer(self) -> str:
        """What stands behind its thoughts, and before another turn begins."""
        return self.reading.answer

    @cached_property
    def lack(self) -> Lack | None:
        """Why no answer stands in it; None where one does."""
        it = self.question
        named = (it.question, it.answer, *it.aliases, *it.choices, it.reference)
        return lack_of(self.text, self.response.special, self.reading, filter(None, named))

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
        if self.lack:
            return []
        # Without another turn and a thought the answer is all of the text, and its words have been counted.
        return self.words if self.reading.end is None and not self.thinks else words_of(self.answer)

    @cached_property
    def thought_words(self) -> list[str]:
        """Of its thoughts alone."""
        return words_of(self.reading.thought)

    @cached_property
    def grade(self) -> Grade:
        """Whether the answer is right; one that ends inside a thought is wrong, whatever it said before."""
        found = grade(self.question, "" if self.lack else self.answer)
        if found.value is None:
            return found
        if self.reading.unfinished:
            return replace(found, value=0.0, note="cut inside the thought", answered=False)
        return replace(found, note=self.lack) if self.lack else found


Judge = Callable[[Answered], Value]
"""The judge of each metric: what was answered in, a value and a note out."""
