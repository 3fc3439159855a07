"""The generated answers are what they claim: the same for a seed, balanced, and true by another reading."""

from __future__ import annotations

from collections import Counter

import pytest

from perf.grading.claims import without_box
from perf.grading.language import HALVES, languages
from perf.grading.variants import NEVER_RIGHT, THOUGHTS, Variant, variants
from tests.perf.grading.reading_back import key_worth, worth

_ENDS = ("</think>", "</thinking>", "</reasoning>", "[/THINK]", "<|end|>")


@pytest.fixture(scope="module")
def many() -> list[Variant]:
    return variants(2000, 21)


def test_a_seed_gives_the_same_answers_and_another_gives_others() -> None:
    assert variants(200, 1) == variants(200, 1)
    assert {variant.text for variant in variants(200, 1)} != {variant.text for variant in variants(200, 2)}


def test_a_half_is_the_same_alone(many: list[Variant]) -> None:
    for half in HALVES:
        assert variants(2000, 21, (half,)) == [variant for variant in many if variant.half == half]


def test_halves_forms_and_languages_are_balanced_and_each_is_as_often_right_as_wrong(many: list[Variant]) -> None:
    assert len(many) == len({(variant.question.question, variant.text) for variant in many}) == 2000
    assert {half: sum(variant.half == half for variant in many) for half in HALVES} == {"dev": 1000, "held": 1000}
    spoken = Counter(variant.language for variant in many)
    assert set(spoken) == set(languages()) and min(spoken.values()) > 0.9 * max(spoken.values())
    for name in ("form", "language", "distractor"):
        right = Counter(getattr(variant, name) for variant in many if variant.right)
        everywhere = Counter(getattr(variant, name) for variant in many)
        for value, count in everywhere.items():
            if value not in NEVER_RIGHT:
                assert abs(right[value] - count / 2) <= max(3, 0.1 * count), (name, value, right[value], count)


def test_each_claim_is_worth_the_key_just_where_the_answer_is_right(many: list[Variant]) -> None:
    read = 0
    for variant in many:
        if variant.distractor in NEVER_RIGHT:
            assert not variant.right
            continue
        value = worth(variant)
        read += value is not None
        assert value is None or (value == key_worth(variant)) is variant.right, (variant, value)
    assert read > 0.85 * sum(variant.distractor not in NEVER_RIGHT for variant in many)


def test_the_claim_stands_behind_every_thought_and_what_is_beside_it_within(many: list[Variant]) -> None:
    thoughts = [variant for variant in many if variant.distractor in THOUGHTS and variant.form != "choice"]
    assert len(thoughts) > 100
    for variant in thoughts:
        assert variant.beside in variant.text
        if variant.distractor == "thought not closed":
            assert not variant.final and "</" not in variant.text
        else:
            inside, _, behind = variant.text.rpartition(next(end for end in _ENDS if end in variant.text))
            assert variant.beside in inside and variant.final.removesuffix(".") in behind


def test_only_the_claim_stands_in_a_box(many: list[Variant]) -> None:
    assert without_box("$\\boxed{\\boxed{\\frac{1}{2}\\text{ m}}}$") == "$\\frac{1}{2}\\text{ m}$"
    assert without_box("\\boxed{3} m") == "$3 m$" and without_box("\\(3\\)") == "\\(3\\)"
    boxed = [variant for variant in many if "boxed" in variant.text]
    assert len(boxed) > 50 and not any("boxed" in variant.beside for variant in many)
    assert all(variant.final in variant.text for variant in boxed)


def test_no_question_and_no_wording_of_the_held_half_is_in_the_other() -> None:
    for language in languages().values():
        for theme, scenes in language.scenes.items():
            asked = [{scene["ask"] for scene in scenes[half]} for half in HALVES]
            assert asked[0].isdisjoint(asked[1]), (language.code, theme)
        for wordings in (language.wordings, language.choice):
            dev, held = ({text for texts in wordings[half].values() for text in texts} for half in HALVES)
            assert dev.isdisjoint(held), (language.code, dev & held)
        # What stands alone in place of another wording is in its own half.
        named = [{text for texts in language.named[half].values() for text in texts} for half in HALVES]
        assert named[0].isdisjoint(named[1]), language.code
