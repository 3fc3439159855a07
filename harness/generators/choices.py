"""Continuations judged with few passes through a model: those after the same tokens share one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.generators.protocol import LogLikelihood, TokenIds


@dataclass(frozen=True)
class Pass:
    """Tokens that are read once, and what is to be known of them."""

    ids: tuple[int, ...]
    judged: int
    """How many tokens at their end are judged."""
    nexts: tuple[int, ...]
    """What might come next, and is judged too."""


@dataclass(frozen=True)
class PassFound:
    """What a pass found."""

    ends: Sequence[LogLikelihood]
    """Of each judged token at the end of what was read."""
    nexts: Mapping[int, float]
    """ln p of what might come next."""
    best: int
    """The most probable token to come next."""


def judge(
    pairs: Sequence[tuple[TokenIds, TokenIds]],
    room: int,
    most: int,
    ask: Callable[[Sequence[Pass]], Sequence[PassFound]],
) -> list[LogLikelihood]:
    """For each (context, continuation), in their order; a pass reads less than `room` tokens and has `most` nexts.

    Only the last token of a continuation differs between choices like A, B, C: they are one pass, of which nothing but
    the next token is asked. Passes that begin alike follow each other, so that an engine finds what it has read.
    """
    parts = [_parts(context, continuation, room) for context, continuation in pairs]
    judged: dict[tuple[int, ...], int] = {}
    nexts: dict[tuple[int, ...], dict[int, None]] = {}
    for ids, count in (one for part in parts for one in part):
        read = ids[:-1]
        judged[read] = max(judged.get(read, 0), count - 1)
        nexts.setdefault(read, {})[ids[-1]] = None
    passes = [
        Pass(read, judged[read], tuple(nexts[read])[start : start + most])
        for read in sorted(judged)
        for start in range(0, len(nexts[read]), most)
    ]
    found: dict[tuple[int, ...], PassFound] = {}
    for one, answer in zip(passes, ask(passes), strict=True):
        before = found.get(one.ids, answer)
        found[one.ids] = PassFound(before.ends, {**before.nexts, **answer.nexts}, before.best)
    return [_sum([_loglikelihood(found[ids[:-1]], ids[-1], count) for ids, count in part]) for part in parts]


def _parts(context: TokenIds, continuation: TokenIds, room: int) -> list[tuple[tuple[int, ...], int]]:
    """Texts of at most so many tokens, each with how many at its end are judged; between them, the continuation.

    One text where all fit. Else the last tokens are judged with a shorter context, and the first with their own.
    """
    whole = (*context, *continuation)
    last = whole[-room:]
    judged = min(len(continuation), len(last) - 1)
    first = whole[: len(whole) - judged] if judged < len(continuation) else ()
    return [(ids, count) for ids, count in ((first, len(continuation) - judged), (last, judged)) if ids]


def _loglikelihood(found: PassFound, last: int, count: int) -> LogLikelihood:
    ends = found.ends[len(found.ends) - (count - 1) :]
    return _sum([*ends, LogLikelihood(found.nexts[last], found.best == last)])


def _sum(parts: Sequence[LogLikelihood]) -> LogLikelihood:
    return LogLikelihood(sum(part.total for part in parts), all(part.greedy for part in parts))
