"""From where to where a text thinks: blocks closed or not, opened or not, several, one in another, in fences of code.

A block that opens within a block of its own kind must be closed as often. Where a text has fewer ends than beginnings
the last of them closes all, unless the token limit is known to have cut it. Other tags within a block mean nothing, but
for one that closes it where its own never comes. A tag in a fence of code is code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.records import Reasoning
from harness.scorers.thoughts.tags import ThoughtMark, bare_channels, holds_tag, marks, pair_of


@dataclass(frozen=True)
class Thought:
    """A thought with its tags, as places of the text."""

    start: int
    begun: int
    """Where the thought begins behind its tag."""
    over: int
    """Where it ends before its tag."""
    end: int


@dataclass(frozen=True)
class Thinking:
    """All thoughts of a text."""

    blocks: tuple[Thought, ...] = ()
    unfinished: bool = False
    """Whether the text ends inside the last of them."""


NOTHING = Thinking()


def find_thinking(text: str, reasoning: Reasoning, was_cut: bool | None) -> Thinking:
    """The thoughts of a text; was_cut says whether the token limit ended it, None where nobody knows."""
    if not holds_tag(text, reasoning):
        return _without_tag(text, reasoning, was_cut)
    scan = _Scan(text, list(marks(text, reasoning)), reasoning.tags, bool(was_cut))
    return scan.thinking(pair_of(reasoning))


def _without_tag(text: str, reasoning: Reasoning, was_cut: bool | None) -> Thinking:
    if reasoning.opened is not None and reasoning.tags:
        # Who ends by himself without a word of closing has answered at once.
        return Thinking((Thought(0, 0, len(text), len(text)),), unfinished=True) if was_cut else NOTHING
    bare = bare_channels(text, reasoning)
    if bare is None:
        return NOTHING
    begun, over, end = bare
    return Thinking((Thought(0, begun, over, end),), unfinished=over == len(text))


@dataclass(frozen=True)
class _Scan:
    text: str
    marks: Sequence[ThoughtMark]
    tags: Sequence[Sequence[str]]
    was_cut: bool

    def thinking(self, opened: int | None) -> Thinking:
        """All blocks; opened is the pair of tags that the prompt began a thought with."""
        blocks: list[Thought] = []
        at, fenced = 0, False
        if opened is not None:
            if found := self._closed(ThoughtMark("open", 0, 0, opened), 0):
                blocks, at = [found[0]], found[1]
            elif self.was_cut and not any(mark.kind == "open" for mark in self.marks):
                return Thinking((Thought(0, 0, len(self.text), len(self.text)),), unfinished=True)
        while at < len(self.marks):
            mark = self.marks[at]
            at += 1
            if mark.kind == "fence":
                fenced = not fenced or mark.named
                continue
            if fenced:
                continue
            if mark.kind == "close":
                blocks.append(self._unopened(mark, blocks))
            elif found := self._closed(mark, at):
                block, at = found
                blocks.append(block)
            else:
                end = len(self.text)
                return Thinking((*blocks, Thought(mark.start, mark.end, end, end)), unfinished=True)
        return Thinking(tuple(blocks))

    def _unopened(self, mark: ThoughtMark, blocks: Sequence[Thought]) -> Thought:
        """What a closing tag without an opening one closes: all since the last thought."""
        past = blocks[-1].end if blocks else 0
        if blocks and mark.end >= self._text_end:
            # Behind an answer, a second closing tag closes nothing.
            past = mark.start
        return Thought(past, past, mark.start, mark.end)

    def _closed(self, opening: ThoughtMark, at: int) -> tuple[Thought, int] | None:
        """(the block that a tag opens, the place of the mark behind it); None where nothing closes it."""
        number = self._closing(opening, at)
        if number is None:
            return None
        begun, closing = opening.end, self.marks[number]
        for mark in self.marks[at:number]:
            # Some models repeat the tag that their prompt ended with.
            if mark.pair != opening.pair or self.text[begun : mark.start].strip():
                break
            begun = mark.end
        return Thought(opening.start, begun, closing.start, closing.end), number + 1

    def _closing(self, opening: ThoughtMark, at: int) -> int | None:
        pair = opening.pair
        begun: int | None = opening.end
        depth, deeper, others = 1, int("/" in self.tags[pair][1]), 0
        last, in_fence, fenced = None, None, False
        for number in range(at, len(self.marks)):
            mark = self.marks[number]
            if mark.kind == "fence":
                if fenced and not mark.named:
                    in_fence = None
                fenced = not fenced or mark.named
            elif mark.pair != pair:
                if last is None and not fenced and number > self._last_close.get(pair, -1):
                    others += 1 if mark.kind == "open" else -1
                    if others < 0:
                        return number
            elif fenced:
                in_fence = number if mark.kind == "close" else in_fence
            elif mark.kind == "close":
                last, depth = number, depth - 1
                if depth == 0:
                    return number
            elif begun is not None and not self.text[begun : mark.start].strip():
                begun = mark.end
            else:
                begun, depth = None, depth + deeper
        # A fence that is never closed holds no code.
        return in_fence if last is None else None if self.was_cut else last

    @cached_property
    def _text_end(self) -> int:
        return len(self.text.rstrip())

    @cached_property
    def _last_close(self) -> dict[int, int]:
        return {mark.pair: number for number, mark in enumerate(self.marks) if mark.kind == "close"}
