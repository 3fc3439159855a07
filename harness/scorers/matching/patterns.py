"""Searching for a user's own regular expression without searching for ever."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from harness.scorers.matching.dialects import for_regex

SEARCHED = 10_000
"""Characters of an answer that are searched: some patterns take the square of the length."""
SECONDS = 1.0
"""Of this process's time, shared by all patterns of an answer; some would take longer than there is."""

_LITERAL = re.compile(r"\\.|\[\^?+\]?+(?:\\.|[^\]\\])*+\]?", re.DOTALL)
_POSSESSIVE = re.compile(r"(?:[*+?]|\{[\d,]{0,20}\})\+")
_GROUP = re.compile(r"\(([^()]*)\)")
_ENDLESS = re.compile(r"[*+]|\{\d*,\}")


def found_in(text: str, patterns: Sequence[str]) -> str | None:
    """What the first pattern that is found in the text's first 10,000 characters matches there; None for none.

    ValueError for a pattern that cannot be used, TimeoutError where none is found and one would have taken too long.
    """
    for pattern in patterns:
        if repeats_a_repeat(pattern):
            raise ValueError(f"{pattern} repeats a repeat, which can search for ever; write (?:a++b)+ for (?:a+b)+")
    late = False
    for pattern in patterns:
        try:
            if found := _compiled(pattern).search(text[:SEARCHED], timeout=SECONDS / len(patterns)):
                return str(found[0])
        except TimeoutError:
            late = True
    if late:
        raise TimeoutError(f"the search for its pattern was stopped after {SECONDS / len(patterns):g} s")
    return None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    """The pattern for the package that can be told when to stop; Python's own says whether it is one."""
    import regex

    try:
        re.compile(pattern)
        return regex.compile(for_regex(pattern), regex.VERSION0)
    except (re.error, regex.error, OverflowError, RecursionError) as error:
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
