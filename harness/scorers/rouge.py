"""ROUGE-L against a reference."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from harness.scorers.length import words_of

_PUNCTUATION = re.compile(r"[\W_]+")


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
    return float(_scorer().score(reference, answer)["rougeL"].fmeasure)
