"""Which two samples of a question become its pair, and why some questions have none: derived by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError, Unknown
from harness.pairs.choosing import Sample, SampledPair, choose_pair
from harness.pairs.criteria import CRITERIA, find_criteria
from harness.records import Question, Response
from harness.scorers import METRICS, score_response

USUAL = ("correct", "shorter", "no-loop")


def sample(text: str, place: int = 0, cut: bool = False, error: str | None = None, **scores: float | None) -> Sample:
    """A sample of as many words as the text has, right or wrong where that is said."""
    ended: Any = "length" if cut else "stop"
    response = Response("base", "s", "1", text, "p", finish_reason=ended, error=error, sample=place)
    known = {"correct": None, "words": float(len(text.split())), "loop": 0.0, "truncated": float(cut)}
    return Sample(response, {**known, **scores})


def right(text: str, **other: Any) -> Sample:
    return sample(text, **{"correct": 1.0, **other})


def wrong(text: str, **other: Any) -> Sample:
    return sample(text, **{"correct": 0.0, **other})


def pair(*samples: Sample, prefer: tuple[str, ...] = USUAL) -> tuple[str, str, str] | str:
    """(the chosen text, the rejected one, what decided), or why there is no pair."""
    found = choose_pair(samples, find_criteria(prefer))
    if not isinstance(found, SampledPair):
        return found
    return found.chosen.response.text, found.rejected.response.text, found.decided_by


def test_a_right_answer_stands_before_a_wrong_one_whatever_its_length() -> None:
    assert pair(wrong("no"), right("yes it is so")) == ("yes it is so", "no", "correct")


def test_of_right_answers_the_shortest_is_chosen_and_of_wrong_ones_the_longest_rejected() -> None:
    found = pair(wrong("no"), right("it is right"), wrong("no it is not"), right("right"))
    assert found == ("right", "no it is not", "correct")


def test_where_all_are_right_the_next_criterion_decides() -> None:
    assert pair(right("a b c"), right("a")) == ("a", "a b c", "shorter")
    assert pair(right("a b", loop=1.0), right("c d")) == ("c d", "a b", "no-loop")


def test_the_margin_is_by_how_much_the_chosen_answer_is_better_also_where_it_is_worse() -> None:
    found = choose_pair([wrong("no"), right("yes it is so")], find_criteria(USUAL))
    assert isinstance(found, SampledPair)
    assert found.margins == {"correct": 1.0, "shorter": -3.0, "no-loop": 0.0}


@pytest.mark.parametrize(
    ("samples", "prefer", "reason"),
    [
        ([sample("", error="no room"), sample("", error="no room")], USUAL, "failed"),
        ([right("yes"), sample("", error="no room")], USUAL, "alike"),
        ([right("yes"), right(" yes\n")], USUAL, "alike"),
        ([right("yes"), wrong("  ")], USUAL, "alike"),
        ([right("yes"), wrong("n\x00o")], USUAL, "alike"),
        ([sample("a"), sample("b c")], USUAL, "unjudged"),
        ([right("a", cut=True), wrong("b c", cut=True)], USUAL, "cut"),
        ([wrong("a"), wrong("b c")], USUAL, "unmet"),
        # The right one has no end that could be learnt.
        ([right("a", cut=True), wrong("b c")], USUAL, "unmet"),
        ([right("a b"), right("c d")], USUAL, "no contrast"),
        ([wrong("a b", loop=1.0), wrong("c", loop=1.0)], ("no-loop", "shorter"), "unmet"),
    ],
)  # fmt: skip
def test_a_question_has_no_pair(samples: list[Sample], prefer: tuple[str, ...], reason: str) -> None:
    assert pair(*samples, prefer=prefer) == reason


def test_of_wrong_answers_the_shorter_is_preferred_where_that_is_what_the_pairs_are_about() -> None:
    assert pair(wrong("a b c"), wrong("a"), prefer=("shorter", "correct")) == ("a", "a b c", "shorter")


def test_a_later_criterion_that_cannot_judge_a_sample_is_passed_over() -> None:
    found = choose_pair([sample("a", rep_4=None), sample("b c d", rep_4=0.5)], find_criteria(["shorter", "rep_4"]))
    assert isinstance(found, SampledPair) and found.margins == {"shorter": 2.0}


def test_an_answer_that_was_cut_may_be_rejected_and_is_never_chosen() -> None:
    assert pair(sample("a", cut=True), sample("b c"), sample("d e f"), prefer=("shorter",)) == (
        "b c",
        "d e f",
        "shorter",
    )
    assert pair(sample("a b", cut=True), sample("c"), prefer=("stops", "shorter")) == ("c", "a b", "stops")
    # One text that was cut once and ended once has an end.
    assert pair(sample("a", cut=True), sample("a"), sample("b c"), prefer=("shorter",)) == ("a", "b c", "shorter")


@given(st.lists(st.tuples(st.text("ab ", max_size=9), st.booleans(), st.booleans()), min_size=1, max_size=8))
def test_chosen_is_never_worse_than_rejected_and_differs_from_it(drawn: list[tuple[str, bool, bool]]) -> None:
    samples = [sample(text, place, cut, correct=float(ok)) for place, (text, cut, ok) in enumerate(drawn)]
    found = choose_pair(samples, find_criteria(USUAL))
    if isinstance(found, SampledPair):
        assert list(found.margins.values()) > [0.0, 0.0, 0.0] and found.margins[found.decided_by] > 0
        assert found.chosen.scores["correct"] == 1 and not found.chosen.response.truncated
        assert found.chosen.response.text.strip() != found.rejected.response.text.strip()


def test_every_metric_with_a_direction_is_a_criterion_and_every_criterion_is_scored() -> None:
    assert {it.metric for it in CRITERIA.values()} == {
        it.name for it in METRICS.values() if it.better != "neither" or it.name == "words"
    }
    question = Question("1", "What is two and two?", "number", "4", reference="Four, 4.")
    response = Response("base", "s", "1", "It is 4.", "p", 3, 4, "stop")
    scores = {score.metric: score.value for score in score_response(question, response, (), thinking=True)}
    assert all(it.metric in scores for it in CRITERIA.values())
    assert CRITERIA["correct"].passed == 1 and CRITERIA["no-loop"].passed == 0 and CRITERIA["shorter"].passed is None


def test_unknown_no_and_double_criteria_are_refused() -> None:
    with pytest.raises(Unknown, match="Did you mean 'shorter'"):
        find_criteria(["shortr"])
    with pytest.raises(HarnessError, match="names no criterion"):
        find_criteria([])
    with pytest.raises(HarnessError, match="twice: loop, no-loop"):
        find_criteria(["loop", "shorter", "no-loop"])
