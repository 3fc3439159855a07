"""Aggregations of (references, answer): corpus BLEU, chrF, chrF++ and TER, by sacrebleu's counts of each document.

sacrebleu counts a document once; the figures of all resamples are then sums of these counts, as in its own bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from harness.comparing.aggregations.aggregation import Aggregation, Rows, of_sums

_ORDERS = 4
"""BLEU's n-grams, 1 to 4."""
_BETA = 2
"""chrF's weight of recall."""
_KEPT = 50_000
"""Documents whose counts are kept: each is asked for by its own figure, its standard error and every comparison."""


def bleu() -> Aggregation:
    """Corpus BLEU (Papineni et al. 2002), smoothed as NIST's mteval does."""
    return Aggregation(_reader("bleu"), of_sums(_bleu))


def chrf() -> Aggregation:
    """Corpus chrF (Popović 2015): characters' n-grams up to 6."""
    return Aggregation(_reader("chrf"), of_sums(_chrf))


def chrf_words() -> Aggregation:
    """Corpus chrF++ (Popović 2017): words and pairs of words beside them."""
    return Aggregation(_reader("chrf++"), of_sums(_chrf))


def ter() -> Aggregation:
    """Translation edit rate (Snover et al. 2006): edits to the nearest reference / references' mean length."""
    return Aggregation(_reader("ter"), of_sums(_ter))


def _reader(name: str) -> Callable[[Sequence[object]], Rows | None]:
    def read(values: Sequence[object]) -> Rows | None:
        segments = _segments(values)
        if segments is None:
            return None
        return np.array([_counted(name, answer, references) for references, answer in segments], dtype=float)

    return read


def _segments(values: Sequence[object]) -> list[tuple[tuple[str, ...], str]] | None:
    """(references, answer) of each document as lm-eval hands them to sacrebleu: as many as the fewest that any has."""
    found = []
    for value in values:
        if not isinstance(value, list | tuple) or len(value) != 2:
            return None
        references, answer = ([part] if isinstance(part, str) else part for part in value)
        if not _texts(references) or not _texts(answer) or len(answer) != 1:
            return None
        found.append((tuple(references), str(answer[0])))
    fewest = min((len(references) for references, _ in found), default=0)
    return [(references[:fewest], answer) for references, answer in found] if fewest else None


def _texts(part: object) -> bool:
    return isinstance(part, list | tuple) and bool(part) and all(isinstance(text, str) for text in part)


@lru_cache(maxsize=_KEPT)
def _counted(name: str, answer: str, references: tuple[str, ...]) -> tuple[float, ...]:
    """The counts that sacrebleu's score of a corpus is made of, of one document."""
    # Its public functions give scores alone; its own paired bootstrap (sacrebleu.significance) goes the same way.
    (counts,) = _metric(name)._extract_corpus_statistics([answer], [[text] for text in references])
    return tuple(map(float, counts))


@lru_cache(maxsize=4)
def _metric(name: str) -> Any:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    makers: dict[str, Callable[[], Any]] = {
        "bleu": BLEU,
        "chrf": CHRF,
        "chrf++": lambda: CHRF(word_order=2),
        "ter": TER,
    }
    return makers[name]()


def _bleu(sums: Rows) -> Rows:
    """Of (answers' length, references' length, matches of each order, n-grams of each order)."""
    said, asked = sums[..., 0], sums[..., 1]
    matched, total = sums[..., 2 : 2 + _ORDERS], sums[..., 2 + _ORDERS :]
    brevity = np.where(said < asked, np.exp(1 - asked / np.maximum(said, 1e-300)), 1.0)
    halvings = np.cumsum((matched == 0) & (total > 0), axis=-1)
    smoothed = np.where(matched > 0, matched, 0.5**halvings) / np.where(total > 0, total, 1)
    whole = (total > 0).all(axis=-1) & (matched > 0).any(axis=-1)
    return np.asarray(np.where(whole, 100 * brevity * np.exp(np.log(smoothed).mean(axis=-1)), 0.0))


def _chrf(sums: Rows) -> Rows:
    """Of (answer's n-grams, reference's n-grams, matches) of each order; one that either side lacks is left out."""
    said, asked, matched = (sums[..., place::3] for place in range(3))
    there = (said > 0) & (asked > 0)
    orders = np.maximum(there.sum(axis=-1), 1)
    precision = np.where(there, matched / np.where(there, said, 1), 0.0).sum(axis=-1) / orders
    recall = np.where(there, matched / np.where(there, asked, 1), 0.0).sum(axis=-1) / orders
    whole = _BETA**2 * precision + recall
    return np.asarray(100 * (1 + _BETA**2) * precision * recall / np.where(whole > 0, whole, 1))


def _ter(sums: Rows) -> Rows:
    edits, words = sums[..., 0], sums[..., 1]
    return np.asarray(np.where(words > 0, 100 * edits / np.where(words > 0, words, 1), np.where(edits > 0, 100.0, 0.0)))
