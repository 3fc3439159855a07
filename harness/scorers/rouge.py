"""ROUGE-L against a reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from harness.scorers.length import words_of

_PUNCTUATION = re.compile(r"[\W_]+")
_LARGE = 1_000_000
"""Cells of the package's table, 60 bytes and 0.2 μs each, from which on it is not built."""


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
    """F-measure of the longest common subsequence of words (Lin 2004, by Google's rouge_score).

    For long texts the subsequence is measured without a table, in time that grows with the longer of them for a shorter
    one of up to a few thousand words; the figure is the package's to the last digit.
    """
    if len(reference) * len(answer) > _LARGE:
        first, second = _Words().tokenize(reference), _Words().tokenize(answer)
        if len(first) * len(second) > _LARGE:
            # A repeated word of a page would take the package 20 GB.
            from rouge_score.scoring import fmeasure

            common = longest_common(first, second)
            return float(fmeasure(common / len(second), common / len(first)))
    return float(_scorer().score(reference, answer)["rougeL"].fmeasure)


def longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, by bit vectors (Hyyrö 2004)."""
    first, second = sorted((first, second), key=len)
    places: dict[str, int] = {}
    for number, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << number
    row = every = (1 << len(first)) - 1
    for word in second:
        met = row & places.get(word, 0)
        row = (row + met | row - met) & every
    return len(first) - row.bit_count()
