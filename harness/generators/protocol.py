"""What answers: one Protocol. A backend loads the base once and serves it bare and with each adapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from harness.config import Generation
from harness.errors import HarnessError
from harness.models import Adapter
from harness.records import FinishReason, Prompt


@dataclass(frozen=True)
class Completion:
    """What a variant wrote to one prompt."""

    question_id: str
    text: str
    completion_tokens: int | None
    finish_reason: FinishReason | None
    """None where nobody knows."""
    seconds: float | None
    """This answer's share of the engine's time."""
    error: str | None = None
    special: tuple[tuple[int, str], ...] = ()
    """(place in the text, token) of the special tokens that the text does not show."""


@dataclass(frozen=True)
class LogLikelihood:
    """How probable a continuation is."""

    total: float
    """Sum of the natural logarithms of its tokens' probabilities."""
    greedy: bool
    """Whether each of its tokens is the most probable one."""


TokenIds = Sequence[int]


class Generator(Protocol):
    """Answers of base and adapters; opened once, closed once, adapters added and removed in between."""

    @property
    def context_length(self) -> int:
        """How many tokens it holds, prompt and answer together."""
        ...

    def generate(
        self, variant: str, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str] = ()
    ) -> Iterator[list[Completion]]:
        """Every prompt's completion, in batches as they are finished; a text ends before the first stop string.

        A prompt that leaves no room for an answer gets an error; an answer that fills the room is cut there (length).
        """
        ...

    def loglikelihoods(self, variant: str, pairs: Sequence[tuple[TokenIds, TokenIds]]) -> list[LogLikelihood]:
        """For each (context, continuation), in their order; all their tokens but the last must fit in the room."""
        ...

    def add(self, adapter: Adapter) -> None:
        """Loads one more adapter beside what is loaded; refuses one that the engine was not opened for."""
        ...

    def remove(self, name: str) -> None:
        """Gives an adapter's memory back; its name may be added again."""
        ...

    def close(self) -> None:
        """Gives the memory back; the generator answers no more."""
        ...


def refuse_loaded(adapter: Adapter, loaded: Iterable[str]) -> None:
    """Refuses a second adapter under the name of one that is loaded: answers could be of either."""
    if adapter.name in loaded:
        raise HarnessError(f"An adapter named '{adapter.name}' is loaded already. Remove it, or give another name.")


def with_room(prompts: Sequence[Prompt], length: int) -> tuple[list[Prompt], list[Completion]]:
    """The prompts that leave room for an answer, and an error for each of the others."""
    fit = [prompt for prompt in prompts if len(prompt.token_ids) < length]
    unfit = [
        Completion(
            prompt.question_id, "", None, None, None, f"the prompt has {tokens} tokens, and the model holds {length}"
        )
        for prompt in prompts
        if (tokens := len(prompt.token_ids)) >= length
    ]
    return fit, unfit


def prompt_seed(generation: Generation, prompt: Prompt) -> int:
    """A prompt's own seed: with one for all, every question would be answered by the same dice."""
    return (generation.seed * 1_000_003 + crc32(prompt.question_id.encode("utf-8", "replace"))) % 2**31


def cut_at_stop(text: str, stop: Sequence[str]) -> str:
    """The text before the first of the stop strings."""
    for string in stop:
        if string:
            text = text.split(string)[0]
    return text
