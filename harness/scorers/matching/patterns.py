"""Searching for a user's own regular expression without searching for ever."""

from __future__ import annotations

import re
from collections.abc import Sequence

SEARCHED = 10_000
"""Characters of an answer that are searched: some patterns take the square of the length."""

_LITERAL = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_POSSESSIVE = re.compile(r"(?:[*+?]|\{[\d,]*\})\+")
_GROUP = re.compile(r"\(([^()]*)\)")
_ENDLESS = re.compile(r"[*+]|\{\d*,\}")


def is_found(patterns: Sequence[str], text: str) -> bool:
    """Whether any pattern is found in the text's first 10,000 characters; ValueError for one that cannot be used."""
    for pattern in patterns:
        if repeats_a_repeat(pattern):
            raise ValueError(f"{pattern} repeats a repeat, which can search for ever; write (?:a++b)+ for (?:a+b)+")
    try:
        return any(re.search(pattern, text[:SEARCHED]) for pattern in patterns)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def repeats_a_repeat(pattern: str) -> bool:
    """Whether an endless repeat stands in an endless repeat: (a+)+ divides a text in exponentially many ways.

    Possessive ones (a++)+ do not. Alternatives that begin alike, as in (a|ab)*, are not looked for.
    """
    flat = _POSSESSIVE.sub("", _LITERAL.sub("x", pattern))
    while group := _GROUP.search(flat):
        endless = _ENDLESS.search(group[1]) is not None
        if endless and _ENDLESS.match(flat, group.end()):
            return True
        # The repeat inside a group counts for the groups around it.
        flat = flat[: group.start()] + ("y*" if endless else "y") + flat[group.end() :]
    return False
