"""A text as it is read: what in it is thought, what answers the question, and where the prompt template comes again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.records import Reasoning
from harness.scorers.special_tokens import SpecialTokens, place_shown, with_special
from harness.scorers.template_leak import leak_start, written_leaks
from harness.scorers.thoughts import KNOWN, Thinking, find_thinking, holds_tag
from harness.scorers.turn_marks import user_turn

Span = tuple[int, int]
# What people have models put around answers where they have them put tags around thoughts.
_OPENED = re.compile(
    r"\A(?:<(?:answer|final_answer|response|output|solution|conclusion)>|<\|begin_of_solution\|>|<\|START_RESPONSE\|>)"
    r"|\n[ \t]{0,9}<(?:final_)?answer>",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"</(?:answer|final_answer|response|output|solution|conclusion)>|<\|end_of_solution\|>|<\|END_RESPONSE\|>",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ReadText:
    """A text taken apart; places are characters of the text as it is shown, without special tokens."""

    answer: str
    """What stands behind the last thought, or before it where nothing does, and before the template comes again."""
    leak: int | None = None
    """Where the template comes again."""
    thoughts: tuple[Span, ...] = ()
    """Each with its tags."""
    thought: str = ""
    """All that is thought, without tags."""
    unfinished: bool = False
    """Whether the text ends inside a thought."""
    said: bool = True
    """Whether anything but white space stands outside of thoughts; of a text without thoughts, always."""


def read(
    text: str,
    headers: Sequence[str],
    special: SpecialTokens = (),
    reasoning: Reasoning | None = None,
    was_cut: bool | None = None,
) -> ReadText:
    """Takes a text apart; headers are the fixed lines of its prompt template.

    reasoning: its tags of thoughts, None for all that are known; was_cut: whether the token limit ended it.
    """
    written = with_special(text, special) if special else text
    thinking = _thinking(written, reasoning or KNOWN, was_cut)
    if not thinking.blocks:
        leak = leak_start(text, headers, special)
        return ReadText(text[:leak].strip(), leak)
    return _read(text, written, headers, special, thinking)


def thinks(
    text: str, special: SpecialTokens = (), reasoning: Reasoning | None = None, was_cut: bool | None = None
) -> bool:
    """Whether the text holds a thought, be it an empty one."""
    return bool(_thinking(with_special(text, special) if special else text, reasoning or KNOWN, was_cut).blocks)


def first_answer(text: str, headers: Sequence[str], reasoning: Reasoning | None = None) -> str:
    """What answers the question: behind the thoughts, and before the first header that comes again; stripped."""
    return read(text, headers, reasoning=reasoning).answer


def _thinking(written: str, reasoning: Reasoning, was_cut: bool | None) -> Thinking:
    # Behind another question nothing is the model's own thought.
    end = user_turn(written) if holds_tag(written, reasoning) else None
    return find_thinking(written[:end], reasoning, was_cut if end is None else False)


def _read(text: str, written: str, headers: Sequence[str], special: SpecialTokens, thinking: Thinking) -> ReadText:
    outside = _outside([(block.start, block.end) for block in thinking.blocks], len(written))
    leaked = _first_outside(written_leaks(written, headers, bool(special)), outside)
    blocks = [block for block in thinking.blocks if leaked is None or block.start < leaked]

    def shown(place: int) -> int:
        return place_shown(special, place) if special else place

    leak = None if leaked is None else shown(leaked)
    spans = tuple((shown(block.start), shown(block.end)) for block in blocks)
    pieces = [text[start:end] for start, end in _outside(spans, len(text) if leak is None else leak)]
    thoughts = [text[shown(block.begun) : shown(block.over)].strip() for block in blocks]
    answer = next((piece for piece in reversed(pieces) if piece.strip()), "")
    return ReadText(
        answer=_unwrapped(answer) if spans else answer.strip(),
        leak=leak,
        thoughts=spans,
        thought="\n".join(filter(None, thoughts)),
        unfinished=thinking.unfinished and len(blocks) == len(thinking.blocks),
        said=bool(answer) or leak is not None,
    )


def _outside(spans: Sequence[Span], end: int) -> list[Span]:
    """The spans between these, up to a place."""
    edges = [0, *(edge for span in spans for edge in span), end]
    return [(start, stop) for start, stop in list(pairwise(edges))[::2] if start <= stop]


def _first_outside(found: Iterable[Span], outside: Sequence[Span]) -> int | None:
    """Where the first of them that lies outside begins; both ascend."""
    places = iter(outside)
    here = next(places, None)
    for start, end in found:
        while here is not None and here[1] <= start:
            here = next(places, None)
        if here is None:
            return None
        if here[0] <= start and end <= here[1]:
            return start
    return None


def _unwrapped(answer: str) -> str:
    """An answer without the tags that say that it is one."""
    answer = answer.strip()
    opened = _OPENED.search(answer)
    if opened is None:
        return answer
    closed = _CLOSED.search(answer, opened.end())
    return answer[opened.end() : closed.start() if closed else len(answer)].strip()
