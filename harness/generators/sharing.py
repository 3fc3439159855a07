"""Several variants asked at once: in one batch where the engine can, one after the other where it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Protocol, runtime_checkable

from harness.config import Generation
from harness.generators.protocol import Completion, Generator, TokenIds
from harness.records import Prompt


@dataclass(frozen=True)
class PromptsOf:
    """Prompts of one variant, and how they are to be answered."""

    variant: str
    prompts: Sequence[Prompt]
    generation: Generation


@dataclass(frozen=True)
class Written:
    """What a variant made of a text, and wrote after it."""

    read: float
    """Σ ln p of the text's tokens but the first."""
    tokens: tuple[int, ...]
    """What it wrote."""
    total: float
    """Σ ln p of these, as they were written."""


@runtime_checkable
class SharesBatches(Protocol):
    """A generator that computes several variants' answers in the same steps."""

    shares: bool
    """Whether it does; whoever finds that such batches answer otherwise sets it to False."""

    def generate_together(
        self, asked: Sequence[PromptsOf], stop: Sequence[str] = ()
    ) -> Iterator[tuple[int, list[Completion]]]:
        """(place among the asked, completions of it) as they are finished."""
        ...

    def write_together(self, asked: Sequence[tuple[str, TokenIds]], tokens: int) -> list[Written]:
        """What each (variant, text) is followed by, greedily, up to so many tokens: all in one batch."""
        ...


def generate_all(
    generator: Generator, asked: Sequence[PromptsOf], stop: Sequence[str] = ()
) -> Iterator[tuple[int, list[Completion]]]:
    """(place among the asked, completions of it) as they are finished."""
    if isinstance(generator, SharesBatches) and generator.shares:
        yield from generator.generate_together(asked, stop)
        return
    for place, one in enumerate(asked):
        for batch in generator.generate(one.variant, one.prompts, one.generation, stop):
            yield place, batch


def in_turn(rows: Sequence[Sequence[Prompt]]) -> Iterator[tuple[int, Prompt]]:
    """(place of the row, prompt): the first of each row, then the second of each: a stop leaves all equally far."""
    numbered = ([(place, prompt) for prompt in row] for place, row in enumerate(rows))
    return (one for one in chain.from_iterable(zip_longest(*numbered)) if one is not None)
