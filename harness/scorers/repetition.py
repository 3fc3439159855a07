"""How much of a text was said before."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

PREFIX_WORDS = 100


def repeated_ngrams(words: Sequence[str], n: int) -> float | None:
    """1 − distinct/total word n-grams (seq-rep-n, Welleck et al. 2019, arXiv 1908.04319); None below n words.

    Words keep their case, as the source's tokens do.
    """
    total = len(words) - n + 1
    if total < 1:
        return None
    grams = words if n == 1 else zip(*(words[offset:] for offset in range(n)), strict=False)
    return 1 - len(set(grams)) / total


def repeated_in_prefix(words: Sequence[str], n: int) -> float | None:
    """The same of the first 100 words, None for a shorter text: repetition grows with length, this does not."""
    return repeated_ngrams(words[:PREFIX_WORDS], n) if len(words) >= PREFIX_WORDS else None


def compression_ratio(text: str) -> float | None:
    """Bytes of the text as UTF-8 over its bytes after zlib (level 6): 2 to 3 for prose, far more for a loop.

    Below 1 for a few words, because zlib's own frame is longer than they are. None for an empty text.
    """
    data = text.encode("utf-8", "surrogatepass")
    return len(data) / len(zlib.compress(data, 6)) if data else None
