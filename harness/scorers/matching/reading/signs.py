"""Which of many words a text may hold: most hold none, and finding that out must cost next to nothing."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
_APART = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})
_PREFIX = 4
"""Letters by which a word is looked for."""
_LONG = 500
"""Characters from which on a look at a text's words costs less than a search for each sign."""


class Signs(Generic[Key]):
    """Patterns by the signs without which none can match, in small letters; a key has its sign or begins with it."""

    def __init__(self, patterns: Mapping[Key, re.Pattern[str]], signs: Mapping[Key, str]) -> None:
        self._patterns, self._signs = patterns, signs
        self._ascii = [key for key in patterns if signs[key].isascii()]
        self._by_start: dict[str, list[Key]] = {}
        for key in self._ascii:
            self._by_start.setdefault(_start(signs[key]), []).append(key)

    def held(self, small: str) -> Iterator[tuple[Key, re.Pattern[str]]]:
        """The patterns whose sign stands in a text of small letters."""
        keys: Iterable[Key] = self._patterns
        if small.isascii():
            keys = self._ascii if len(small) < _LONG else self._begun(_starts(small))
        yield from ((key, self._patterns[key]) for key in keys if self._signs[key] in small)

    def found(self, small: str, start: int = 0) -> Iterator[tuple[Key, re.Match[str]]]:
        """Where the patterns match, each at its sign, behind a place; of a pattern in the text's order."""
        for key, pattern in self.held(small):
            sign = self._signs[key]
            at = small.find(sign, start)
            while at >= 0:
                match = pattern.match(small, at)
                if match is not None:
                    yield key, match
                at = small.find(sign, at + 1 if match is None else max(match.end(), at + 1))

    def _begun(self, starts: frozenset[str]) -> Iterator[Key]:
        return (key for start in self._by_start.keys() & starts for key in self._by_start[start])


def _start(sign: str) -> str:
    """What the sign's first word begins with; empty for a shorter one, which is looked for in any text."""
    start = next(iter(sign.translate(_APART).split()), "")[:_PREFIX]
    return start if len(start) == _PREFIX else ""


@lru_cache(maxsize=4)
def _starts(small: str) -> frozenset[str]:
    return frozenset(["", *{word[:_PREFIX] for word in small.translate(_APART).split()}])
