"""Preferences as token ids, by one rule for every method: what is trained is what the prompt template renders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from harness.data.preferences import Preference, Turn
from harness.data.prompts import NotRendered, Template


@dataclass(frozen=True)
class PreferencePair:
    """A preference as token ids: what every trainer sees, and the same prompt ids that an evaluation asks."""

    prompt_ids: list[int]
    chosen_ids: list[int]
    rejected_ids: list[int]
    """One of both is empty in data that judge each answer by itself."""
    row: int = field(default=0, compare=False)
    """Its place in the dataset, counted from 1."""


@dataclass(frozen=True)
class Tokenized:
    """The rows that fit, and what became of the others."""

    pairs: list[PreferencePair]
    dropped: dict[str, int]
    """reason → rows."""
    answers_cut: int
    """Answers that max_length cut."""


def tokenize(
    preferences: Iterable[Preference], template: Template, system: str | None, tokenizer: Any, max_length: int
) -> Tokenized:
    """Rows as token ids; `system` is the line of every row, None takes each row's own.

    A prompt is never cut: a row whose prompt leaves no room is dropped. An answer is cut at max_length, and its end of
    turn with it: a cut answer teaches no stop. A row whose answers are the same once they are cut is dropped, and one
    of several turns where the template takes one question only.
    """
    # What is longer than that many of the longest tokens need not be taken apart: 50 MB would take minutes and 8 GB.
    longest = max(map(len, tokenizer.get_vocab()))
    end = [] if template.ends_answers else [tokenizer.eos_token_id]
    pairs: list[PreferencePair] = []
    dropped: Counter[str] = Counter()
    cut = 0
    for preference in preferences:
        turns = turns_asked(preference, system)
        try:
            text = template.prompt(turns)
        except NotRendered as reason:
            dropped[str(reason)] += 1
            continue
        prompt = template.prompt_ids(tokenizer, text) if len(text) <= max_length * longest else []
        room = max_length - len(prompt) if prompt else 0
        # One token of an answer is no lesson, and ORPO divides by the number of answer tokens.
        if room < 2:
            dropped["prompt too long"] += 1
            continue
        seen = (room + 2) * longest
        opening = prompt if template.chat else tokenizer(text, add_special_tokens=False)["input_ids"]
        both = (preference.chosen, preference.rejected)
        said = [None if answer is None else template.completion(turns, answer[:seen], text) for answer in both]
        answers = [[] if it is None else [*_completion_ids(tokenizer, text, opening, it), *end] for it in said]
        chosen, rejected = (answer[:room] for answer in answers)
        if chosen == rejected:
            dropped["answers equal when cut"] += 1
            continue
        cut += sum(len(answer) > room for answer in answers)
        pairs.append(PreferencePair(prompt, chosen, rejected, preference.row))
    return Tokenized(pairs, dict(dropped), cut)


def turns_asked(preference: Preference, system: str | None) -> tuple[Turn, ...]:
    """What is said before the answers, with that system line in place of the row's own; "" is none."""
    line = preference.system if system is None else system
    rest = tuple(turn for turn in preference.turns if turn[0] != "system")
    return (("system", line), *rest) if line else rest


def _completion_ids(tokenizer: Any, text: str, opening: list[int], completion: str) -> list[int]:
    whole: list[int] = tokenizer(text + completion, add_special_tokens=False)["input_ids"]
    if whole[: len(opening)] == opening:
        return whole[len(opening) :]
    # The answer's first letters merged into the prompt's last token; asked for real, they never do.
    ids: list[int] = tokenizer(completion, add_special_tokens=False)["input_ids"]
    return ids
