"""Answers of known truth: one right or wrong claim, something that distracts from it, in one of ten languages.

An answer is a wording with a place for its final claim and one for a distractor. A right one claims the key, written in
some form, and is distracted by a wrong value; a wrong one claims a wrong value and is distracted by the right one. So a
grader that takes any other number of the text is wrong on both. What is right follows from how it was made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from harness.records import Question
from perf.grading.claims import NoClaim, claims_of
from perf.grading.forms import FORMS
from perf.grading.language import HALVES, Half, Language, languages

THOUGHTS = ("thought", "thought not opened", "thought not closed")
NEVER_RIGHT = ("thought not closed", "left open")
"""Who never ends thinking, and who says one or the other, has not answered."""
_NAMED = (
    "bare",
    "marked",
    "denied",
    "corrected",
    "hedged",
    "other first",
    "other last",
    "next turn",
    "pleasantry",
    "left open",
)
_DISTRACTORS = (*_NAMED, "steps", "givens", "checked", "difference", *THOUGHTS)
_OF_OPTIONS = ("bare", "by text", "denied", "corrected", "listed", "reasoned", "next turn")
_SUMS = ("checked", "difference")
_SUMMED = ("money", "count", "people", "length")
"""Themes of amounts that add up to another."""
_BRACKETS = (
    ("<think>\n", "\n</think>\n\n"),
    ("<thinking>", "</thinking>\n"),
    ("<reasoning>\n", "\n</reasoning>\n"),
    ("[THINK]", "[/THINK]"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
)


@dataclass(frozen=True)
class Variant:
    """A question, an answer to it, and whether that is right."""

    id: str
    half: Half
    language: str
    form: str
    distractor: str
    question: Question
    text: str
    right: bool
    final: str
    """What the answer claims in the end, as it stands there; "" where a thought is never ended."""
    beside: str
    """The distracting value as it stands there."""
    fault: str
    """How the claim is wrong; "" where it is right."""


def variants(number: int, seed: int, halves: Sequence[Half] = HALVES) -> list[Variant]:
    """So many variants, the same number of each half; the same for the same seed."""
    return [variant for half in halves for variant in _half(half, number // 2, seed)]


def _half(half: Half, number: int, seed: int) -> Iterator[Variant]:
    rng = Random(f"{seed} {half}")
    known = languages()
    forms = {code: _deck(rng, forms_of(language)) for code, language in known.items()}
    distractors = {form: _deck(rng, distractors_of(form)) for form in _all_forms()}
    tally: Counter[tuple[str, str, bool]] = Counter()
    seen: set[tuple[str, str]] = set()
    made = 0
    for code in _deck(rng, list(known)):
        form = next(forms[code])
        distractor = next(distractors[form])
        right = _fewer(tally, rng, form, code, distractor)
        try:
            variant = _variant(f"{half}-{made + 1:04d}", half, known[code], form, distractor, right, rng)
        except NoClaim:
            continue
        if (variant.question.question, variant.text) in seen:
            continue
        seen.add((variant.question.question, variant.text))
        for dimension, value in (("form", form), ("language", code), ("distractor", distractor)):
            tally[dimension, value, variant.right] += 1
        yield variant
        made += 1
        if made == number:
            return


def forms_of(language: Language) -> list[str]:
    """The forms that a language is written in; one choice stands four times, the kind asked most beside numbers."""
    numbers = [name for name, form in FORMS.items() if form.languages(language)]
    return [*numbers, "names", "exact", "formulas", "choices", *(["choice"] * 4)]


def _all_forms() -> list[str]:
    return [*FORMS, "names", "exact", "formulas", "choices", "choice"]


def distractors_of(form: str) -> list[str]:
    """What an answer of that form can be distracted by."""
    if form == "exact":
        return ["bare", "marked", *THOUGHTS]
    if form == "choice":
        return [*_OF_OPTIONS, *THOUGHTS]
    if form in ("names", "choices"):
        return [*_NAMED, *THOUGHTS]
    adds_up = form in FORMS and not set(FORMS[form].themes).isdisjoint(_SUMMED)
    return [name for name in _DISTRACTORS if adds_up or name not in _SUMS]


def _deck(rng: Random, cards: Sequence[str]) -> Iterator[str]:
    """The cards in a new order again and again."""
    for _ in count():
        yield from rng.sample(cards, len(cards))


def _fewer(tally: Mapping[tuple[str, str, bool], int], rng: Random, form: str, code: str, distractor: str) -> bool:
    """Whether right answers are fewer so far, by form, language and distractor together."""
    more = 0.0
    for way in (("form", form), ("language", code), ("distractor", distractor)):
        right, wrong = (tally.get((*way, it), 0) for it in (True, False))
        # Of its own number: a rare distractor is balanced as well as a language.
        more += (right - wrong) / (right + wrong + 1)
    return more < 0 or (more == 0 and rng.random() < 0.5)


def _variant(
    name: str, half: Half, language: Language, form: str, distractor: str, right: bool, rng: Random
) -> Variant:
    right = right and distractor not in NEVER_RIGHT
    claims = claims_of(language, half, form, right, distractor, rng)
    wordings = _wordings(language, half, form)
    said = filled(rng.choice(wordings["bare" if distractor in THOUGHTS else distractor]), claims.places)
    thought = filled(rng.choice(wordings["thought"]), claims.places)
    text = _with_thought(said, thought, distractor, rng)
    final = "" if distractor == "thought not closed" else claims.final
    question = Question(name, claims.asked, claims.match, claims.key, choices=claims.options)
    fault = distractor if distractor in NEVER_RIGHT else claims.fault
    return Variant(name, half, language.code, form, distractor, question, text, right, final, claims.beside, fault)


def _wordings(language: Language, half: Half, form: str) -> Mapping[str, Sequence[str]]:
    if form == "choice":
        return language.choice[half]
    if form == "exact":
        # Its key is all that the answer is, or all that stands behind a marker: no copula behind it.
        known = {**language.wordings[half], **language.named[half]}
        marked = [wording for wording in known["marked"] if wording.endswith(("{f}", "{f}.", "{f}。"))]
        return {**known, "marked": marked, "bare": ("{f}",)}
    if form in ("names", "choices", "formulas", "dates", "times", "ratios", "Roman", "ordinals"):
        return {**language.wordings[half], **language.named[half]}
    return language.wordings[half]


def _with_thought(said: str, thought: str, distractor: str, rng: Random) -> str:
    if distractor not in THOUGHTS:
        return said
    opened, closed = rng.choice(_BRACKETS)
    if distractor == "thought not opened":
        return f"{thought}\n</think>\n\n{said}"
    return f"{opened}{thought}" if distractor == "thought not closed" else f"{opened}{thought}{closed}{said}"


def filled(wording: str, places: Mapping[str, str]) -> str:
    """The wording with its places filled; a stop that a claim brings itself is not set twice."""
    text = re.sub(r"\{(\w+)\}", lambda found: places[found[1]], wording)
    return re.sub(r"(?<=[\w.])\.\.(?!\.)", ".", text)
