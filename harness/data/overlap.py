"""Which questions stand in an adapter's training data: by name where pairs say what they are of, else by n-grams."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.data.preferences import Preference, read_preferences
from harness.data.suites import Suite
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


@dataclass(frozen=True)
class SeenQuestions:
    """Questions of a suite that stand in training data."""

    alike: dict[str, float]
    """Question id → share of its n-grams in the prompts, from one half on."""
    paired: tuple[str, ...] = ()
    """Ids of those whose sampled answers are the data's pairs; they are not among the others."""


def seen_in_training(
    suite: Suite, questions: Sequence[Question], adapters: Sequence[Adapter]
) -> dict[str, SeenQuestions]:
    """Variant → which of the questions, all of that suite, it was trained on.

    An adapter is left out where its data cannot be read any more or are not those of its certificate.
    """
    known: dict[object, SeenQuestions | None] = {}
    for adapter in adapters:
        data = adapter.certificate.data
        if data.source and _key(data) not in known:
            rows = _training_rows(data)
            known[_key(data)] = None if rows is None else seen_questions(suite, questions, rows)
    by_adapter = {adapter.name: known.get(_key(adapter.certificate.data)) for adapter in adapters}
    return {name: seen for name, seen in by_adapter.items() if seen is not None}


def seen_questions(suite: Suite, questions: Sequence[Question], rows: Iterable[Preference]) -> SeenQuestions:
    """Which of the questions, all of that suite, stand in the rows.

    Pairs that were made of the suite, or of the one that it is a part of, name their question: of these it is known
    which were used and which held out, however alike they read. All other rows are looked through for n-grams.
    """
    ids, wordings = set[str](), set[str]()

    def others() -> Iterator[str]:
        for row in rows:
            if row.origin is None or row.origin.suite_digest not in suite.digests:
                yield "\n".join(text for role, text in row.turns if role == "user")
            else:
                ids.add(row.origin.question_id)
                wordings.add(_wording(row.question))

    shares = overlaps(questions, others())
    paired = tuple(it.id for it in questions if it.id in ids or _wording(it.question) in wordings)
    return SeenQuestions({name: share for name, share in shares.items() if name not in paired}, paired)


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


def _wording(text: str) -> str:
    return " ".join(text.casefold().split())


def _key(data: TrainedData) -> object:
    return data.source, data.split, data.name, tuple((data.columns or {}).items()), data.digest


def _training_rows(data: TrainedData) -> Sequence[Preference] | None:
    """The rows of a dataset; None where it cannot be read or has changed since."""
    try:
        preferences = read_preferences(data.source, data.split or "train", data.name, data.columns)
    except HarnessError:
        return None
    return preferences.usable if preferences.digest == data.digest else None
