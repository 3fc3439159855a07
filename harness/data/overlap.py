"""Which questions stand in an adapter's training data: shared word n-grams, question by question."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from harness.data.preferences import read_preferences
from harness.errors import HarnessError
from harness.models import Adapter
from harness.records import Question
from harness.scorers import words_of
from harness.store import TrainedData

WORDS = 8
"""Words of an n-gram: the short end of the 8 to 13 by which GPT-3 looked for contamination (Brown et al. 2020)."""
_FEWEST = 3
"""A question of fewer words than that is in anybody's data."""
_REPORTED = 0.5
_NO_WORD = re.compile(r"[\W_]+")

Gram = tuple[str, ...]


def overlap_with_training(questions: Sequence[Question], adapters: Sequence[Adapter]) -> dict[str, dict[str, float]]:
    """Variant → question id → share of its n-grams in the prompts that the adapter was trained on, from one half on.

    An adapter is left out where its data cannot be read any more or are not those of its certificate.
    """
    known: dict[object, dict[str, float] | None] = {}
    for adapter in adapters:
        data = adapter.certificate.data
        if data.source and _key(data) not in known:
            prompts = _training_prompts(data)
            known[_key(data)] = None if prompts is None else overlaps(questions, prompts)
    by_adapter = {adapter.name: known.get(_key(adapter.certificate.data)) for adapter in adapters}
    return {name: shares for name, shares in by_adapter.items() if shares is not None}


def overlaps(questions: Iterable[Question], prompts: Iterable[str]) -> dict[str, float]:
    """Question id → share of its n-grams that occur in the prompts, for the questions where it is at least one half."""
    asked = {question.id: ngrams(question.question) for question in questions}
    seen = _seen({gram for grams in asked.values() for gram in grams}, prompts)
    shares = {name: sum(gram in seen for gram in grams) / len(grams) for name, grams in asked.items() if grams}
    return {name: share for name, share in shares.items() if share >= _REPORTED}


def ngrams(text: str) -> list[Gram]:
    """A text's n-grams of 8 words, without case and punctuation; one of its own length from 3 words, none below."""
    words = _words(text)
    if len(words) < _FEWEST:
        return []
    length = min(WORDS, len(words))
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]


def _seen(wanted: set[Gram], prompts: Iterable[str]) -> set[Gram]:
    """Those of the wanted n-grams that occur in a prompt."""
    # A look at the first word spares building nearly all of the prompts' own n-grams.
    lengths: dict[str, set[int]] = defaultdict(set)
    for gram in wanted:
        lengths[gram[0]].add(len(gram))
    seen = set()
    # Rows that share a prompt mostly follow each other.
    for prompt, _ in groupby(prompts):
        words = _words(prompt)
        for start, word in enumerate(words):
            for length in lengths.get(word, ()):
                gram = tuple(words[start : start + length])
                if gram in wanted:
                    seen.add(gram)
    return seen


def _words(text: str) -> list[str]:
    return words_of(_NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()))


def _key(data: TrainedData) -> object:
    return data.source, data.split, data.name, tuple((data.columns or {}).items()), data.digest


def _training_prompts(data: TrainedData) -> list[str] | None:
    """The questions of a dataset; None where it cannot be read or has changed since."""
    try:
        preferences = read_preferences(data.source, data.split or "train", data.name, data.columns)
    except HarnessError:
        return None
    return [row.question for row in preferences.usable] if preferences.digest == data.digest else None
