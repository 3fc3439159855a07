"""ROUGE-L against a reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from harness.scorers.length import words_of

_PUNCTUATION = re.compile(r"[\W_]+")
_LARGE = 4_000_000
"""Cells of the package's table, 60 bytes each, from which on it is not built."""


class _Words:
    """Lower-case words without punctuation; an East Asian character is a word (the package's own keeps a-z only)."""

    def tokenize(self, text: str) -> list[str]:
        return words_of(_PUNCTUATION.sub(" ", text.lower()))


@lru_cache(maxsize=1)
def _scorer() -> Any:
    # Costs half a second, and suites without references never need it.
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Words())


def rouge_l(reference: str, answer: str) -> float:
    """F-measure of the longest common subsequence of words (Lin 2004, by Google's rouge_score)."""
    if len(reference) * len(answer) > _LARGE:
        first, second = _Words().tokenize(reference), _Words().tokenize(answer)
        if len(first) * len(second) > _LARGE:
            # A repeated word of a page would take the package 20 GB.
            return 2 * longest_common(first, second) / (len(first) + len(second))
    return float(_scorer().score(reference, answer)["rougeL"].fmeasure)


def longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, by bit vectors (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for number, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << number
    row = every = (1 << len(first)) - 1
    for word in second:
        met = row & places.get(word, 0)
        row = (row + met | row - met) & every
    return len(first) - row.bit_count()
