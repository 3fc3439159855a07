"""Verdicts of one pair of answers, made into ballots: by the order in which the answers stood, first and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.judges.verdict_files import Word
from harness.judging import Ballot, Choice

Key = tuple[str, str, str, int]
"""(question, baseline, variant, sample)."""
_TURNED: Mapping[Choice | None, Choice | None] = {"first": "second", "second": "first", "tie": "tie", None: None}


@dataclass
class _Orders:
    """The verdicts with the baseline's answer first, and those with the variant's."""

    forward: list[Word] = field(default_factory=list)
    swapped: list[Word] = field(default_factory=list)


def paired(words: Iterable[tuple[Key, str, Word]]) -> tuple[list[Ballot], list[Ballot]]:
    """(pair, whose answer stood first, verdict) → (each pair's ballot, that of pairs judged a second time).

    Where any pair was judged in both orders, one order alone is no verdict.
    """
    groups: dict[Key, _Orders] = {}
    for key, first, word in words:
        group = groups.setdefault(key, _Orders())
        (group.forward if first == key[1] else group.swapped).append(word)
    both = any(group.forward and group.swapped for group in groups.values())
    enough = min if both else max
    ballots = [_ballot(key, group, both, 0) for key, group in groups.items()]
    again = [
        _ballot(key, group, both, 1)
        for key, group in groups.items()
        if enough(len(group.forward), len(group.swapped)) > 1
    ]
    return ballots, again


def _ballot(key: Key, group: _Orders, both: bool, time: int) -> Ballot:
    question, baseline, variant, sample = key
    forward = group.forward[time] if len(group.forward) > time else None
    swapped = group.swapped[time] if len(group.swapped) > time else None
    reason = "\n".join(word.reason for word in (forward, swapped) if word is not None and word.reason)
    if both:
        return Ballot(question, baseline, variant, _said(forward), _said(swapped), True, sample, reason)
    choice = _said(forward) if forward is not None else _TURNED[_said(swapped)]
    given = forward.given if forward is not None else swapped.given if swapped is not None else None
    if forward is None and given is not None:
        given = 1 - given
    return Ballot(question, baseline, variant, choice, None, False, sample, reason, given)


def _said(word: Word | None) -> Choice | None:
    return None if word is None else word.choice
