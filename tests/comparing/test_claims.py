"""What is said beside a comparison's figures, each case by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.comparing import suite_measure
from harness.comparing.claims import blind_pairs, family_size, p_text, reason_text, shortfall, shortfall_text
from harness.comparing.inference import needed_to_detect
from harness.records import Comparison, Reason
from harness.words import words

SAY = words("en")


def row(metric: str = "correct", variant: str = "dpo", **fields: Any) -> Comparison:
    """12 questions, 3 gained and 3 lost: they would show 50 points."""
    made = Comparison(
        baseline="base", variant=variant, source="suite", metric=metric, delta=0.0, low=-0.3, high=0.3, p=1.0,
        p_holm=1.0, test="mcnemar exact", n=12, gained=3, lost=3, mde=0.5, verdict="undecided", margin=0.03, family="f",
    )  # fmt: skip
    return replace(made, **fields)


def spoken(text: str | None) -> str:
    return (text or "").replace("\u00a0", " ")


def test_a_sample_decides_nothing_where_every_primary_metric_wants_more_questions() -> None:
    others = row("leak", primary=False, verdict="unchanged")
    assert blind_pairs([row(), row("words"), others]) == {("base", "dpo")}
    assert blind_pairs([row(), row("words", verdict="unchanged")]) == frozenset()
    # What is missing is no want of questions, and a sample that would have shown the margin was large enough.
    assert blind_pairs([row(reason="missing")]) == frozenset()
    assert blind_pairs([row(mde=0.03)]) == frozenset()
    assert blind_pairs([row(variant="a"), row(variant="b", verdict="improved")]) == {("base", "a")}
    assert blind_pairs([others]) == frozenset()


def test_how_many_questions_a_claim_needs_comes_from_the_churn_that_was_measured() -> None:
    rows = [row("words", gained=None, lost=None, mde=0.2, margin=0.1), row()]
    found = shortfall(rows, blind_pairs(rows))
    # Told by correctness, whatever stands first; 6 of 12 flip.
    assert found is not None and found.told is rows[1] and found.needed == needed_to_detect(0.03, 0.5)
    # The error of a mean halves with four times the questions.
    found = shortfall(rows[:1], blind_pairs(rows[:1]))
    assert found is not None and found.needed == 48
    assert shortfall(rows, ()) is None


def test_of_several_variants_the_one_that_needs_most_is_told() -> None:
    rows = [row(variant="a", gained=1, lost=1), row(variant="b"), row(variant="c", verdict="improved")]
    found = shortfall(rows, blind_pairs(rows))
    assert found is not None and found.variants == ("a", "b") and found.told is rows[1]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "they can show only differences of 50 points or more (Correct, 80 % power)"),
        ({"mde": None}, "they could not show any difference (Correct, 80 % power)"),
        ({"mde": None, "gained": 0, "lost": 0}, "none of them differ, so what they could show is unknown (Correct)"),
        ({"mde": None, "reason": "few"}, "they make fewer than six independent pairs, too few for an interval"),
    ],
)
def test_the_sentence_says_what_would_be_shown_what_a_claim_needs_and_the_command(
    fields: dict[str, Any], said: str
) -> None:
    rows = [row(**fields)]
    found = shortfall(rows, blind_pairs(rows))
    assert found is not None
    text = spoken(shortfall_text(found, suite_measure("correct"), "sums", SAY))
    assert text.startswith(
        f"12 judged answers are too few to decide anything about dpo: {said}. A claim about 3 points needs about "
    )
    assert text.endswith(" questions (harness plan --suite sums).")


@pytest.mark.parametrize(
    ("reason", "fields", "said"),
    [
        ("few", {"n": 2}, "2 pairs; an interval needs six"),
        ("few", {"n": 1}, "1 pair; an interval needs six"),
        ("few", {}, "fewer than six independent groups of questions; an interval needs six"),
        ("constant", {}, "no answer differs, which says nothing about others"),
        ("constant", {"delta": 2.0}, "every answer differs by the same amount, which says nothing about others"),
        (
            "missing",
            {"bound_low": -0.025, "bound_high": 0.175},
            "the missing answers could overturn it (−2.5 to +17.5 points)",
        ),
        ("family", {}, "shown on its own, but not after correction for 7 tests"),
        ("exploratory", {}, ""),
        ("", {}, ""),
    ],
)
def test_why_a_verdict_is_undecided_is_said_where_the_figures_do_not_say_it(
    reason: Reason, fields: dict[str, Any], said: str
) -> None:
    assert spoken(reason_text(row(reason=reason, **fields), suite_measure("correct"), 7, SAY)) == said


def test_a_primary_metric_shows_the_p_of_its_family_and_another_says_that_its_own_is_unadjusted() -> None:
    assert spoken(p_text(row(p=0.003, p_holm=0.012), SAY)) == "p 0.012 (Holm)"
    assert spoken(p_text(row(p=0.03, p_holm=None, primary=False), SAY)) == "p 0.03, unadjusted"
    assert spoken(p_text(row(p=1e-6, p_holm=3e-6), SAY)) == "p <0.0001 (Holm)"
    assert p_text(row(p=None, p_holm=None), SAY) is None


def test_a_family_counts_tests_and_not_metrics_that_had_none() -> None:
    rows = [row(), row("words"), row("leak", p=None), row("rep_4", primary=False, family=""), row(family="g")]
    assert family_size(rows, rows[0]) == 2
