"""A text as it is read: what in it is thought, what answers the question, and where another turn begins."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from harness.records import Reasoning
from harness.scorers.thoughts import KNOWN, Thinking, find_thinking, holds_tag
from harness.scorers.turns import (
    Heading,
    SpecialTokens,
    place_shown,
    role_headings,
    user_turn,
    with_special,
    without_special_tokens,
    written_leaks,
)

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
    """What stands behind the last thought, or before it where nothing does, and before another turn begins."""
    leak: int | None = None
    """Where the template comes again."""
    roles: tuple[Heading, ...] = ()
    """The headings of other speakers, which the template does not have."""
    thoughts: tuple[Span, ...] = ()
    """Each with its tags."""
    thought: str = ""
    """All that is thought, without tags."""
    unfinished: bool = False
    """Whether the text ends inside a thought."""

    @property
    def end(self) -> int | None:
        """Where another turn begins, by the template or by another speaker's heading."""
        places = [*([] if self.leak is None else [self.leak]), *(heading.start for heading in self.roles[:1])]
        return min(places, default=None)


def read(
    text: str,
    headers: Sequence[str],
    special: SpecialTokens = (),
    reasoning: Reasoning | None = None,
    was_cut: bool | None = None,
    asked: str = "",
) -> ReadText:
    """Takes a text apart; headers are the fixed lines of its prompt template.

    reasoning: its tags of thoughts, None for all that are known; was_cut: whether the token limit ended it; asked: the
    question, since one that asks for a dialogue is answered by several speakers.
    """
    written = with_special(text, special) if special else text
    thinking = _thinking(written, reasoning or KNOWN, was_cut)
    outside = _outside([(block.start, block.end) for block in thinking.blocks], len(written))
    leaks = _within(written_leaks(written, headers, bool(special)), outside)
    tokens = _places(special)
    found = role_headings(written, headers, asked, outside, lambda start, end: start in tokens)
    roles = [heading for heading in found if not _meets(heading, leaks)]
    ends = [start for start, _ in leaks[:1]] + [it.start for it in roles[:1]]
    over = min(ends, default=None)

    def shown(place: int) -> int:
        return place_shown(special, place) if special else place

    blocks = [block for block in thinking.blocks if over is None or block.start < over]
    spans = tuple((shown(block.start), shown(block.end)) for block in blocks)
    pieces = [text[start:end] for start, end in _outside(spans, len(text) if over is None else shown(over))]
    thoughts = [text[shown(block.begun) : shown(block.over)].strip() for block in blocks]
    answer = next((piece for piece in reversed(pieces) if piece.strip()), "")
    if over is not None:
        answer = without_special_tokens(answer, (asked,))
    return ReadText(
        answer=_unwrapped(answer) if spans else answer.strip(),
        leak=shown(leaks[0][0]) if leaks else None,
        roles=tuple(replace(it, start=shown(it.start), end=shown(it.end)) for it in roles),
        thoughts=spans,
        thought="\n".join(filter(None, thoughts)),
        unfinished=thinking.unfinished and len(blocks) == len(thinking.blocks),
    )


def thinks(
    text: str, special: SpecialTokens = (), reasoning: Reasoning | None = None, was_cut: bool | None = None
) -> bool:
    """Whether the text holds a thought, be it an empty one."""
    return bool(_thinking(with_special(text, special) if special else text, reasoning or KNOWN, was_cut).blocks)


def first_answer(text: str, headers: Sequence[str], reasoning: Reasoning | None = None, asked: str = "") -> str:
    """What answers the question that was asked: behind the thoughts, and before another turn begins; stripped."""
    return read(text, headers, reasoning=reasoning, asked=asked).answer


def _thinking(written: str, reasoning: Reasoning, was_cut: bool | None) -> Thinking:
    # Behind another question nothing is the model's own thought.
    end = user_turn(written) if holds_tag(written, reasoning) else None
    return find_thinking(written[:end], reasoning, was_cut if end is None else False)


def _outside(spans: Sequence[Span], end: int) -> list[Span]:
    """The spans between these, up to a place."""
    edges = [0, *(edge for span in spans for edge in span), end]
    return [(start, stop) for start, stop in list(pairwise(edges))[::2] if start <= stop]


def _within(found: Iterable[Span], outside: Sequence[Span]) -> list[Span]:
    """Those of them that lie in one of the others; both ascend."""
    places = iter(outside)
    here = next(places, None)
    kept = []
    for start, end in found:
        while here is not None and here[1] <= start:
            here = next(places, None)
        if here is None:
            break
        if here[0] <= start and end <= here[1]:
            kept.append((start, end))
    return kept


def _meets(heading: Heading, leaks: Sequence[Span]) -> bool:
    """Whether it is one of the leaks, which ascend, or part of one."""
    at = bisect_left(leaks, (heading.end, 0)) - 1
    return at >= 0 and heading.start < leaks[at][1]


def _places(special: SpecialTokens) -> frozenset[int]:
    """Where special tokens stand in the text that has them."""
    hidden, places = 0, []
    for at, token in special:
        places.append(at + hidden)
        hidden += len(token)
    return frozenset(places)


def _unwrapped(answer: str) -> str:
    """An answer without the tags that say that it is one."""
    answer = answer.strip()
    opened = _OPENED.search(answer)
    if opened is None:
        return answer
    closed = _CLOSED.search(answer, opened.end())
    return answer[opened.end() : closed.start() if closed else len(answer)].strip()
