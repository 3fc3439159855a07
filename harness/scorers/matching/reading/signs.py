"""Which of many words a text may hold: most hold none, and finding that out must cost next to nothing."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
_APART = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})
_PREFIX = 4
"""Letters by which a word is looked for; of a shorter one, all."""
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

    def _begun(self, starts: frozenset[str]) -> Iterator[Key]:
        return (key for start in self._by_start.keys() & starts for key in self._by_start[start])


def _start(sign: str) -> str:
    """What the sign's first word begins with; empty for a sign without one."""
    return next(iter(sign.translate(_APART).split()), "")[:_PREFIX]


@lru_cache(maxsize=4)
def _starts(small: str) -> frozenset[str]:
    words = set(small.translate(_APART).split())
    return frozenset(["", *(word[:length] for word in words for length in range(1, _PREFIX + 1))])
