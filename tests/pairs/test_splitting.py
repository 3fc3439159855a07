"""Questions in two parts, of which one is held out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.pairs.splitting import split_questions
from harness.records import Question

TEN = [Question(str(number), f"Question {number}?") for number in range(10)]


def ids(questions: tuple[Question, ...]) -> list[str]:
    return [question.id for question in questions]


def test_the_parts_are_the_whole_in_its_order_and_the_seed_draws_them() -> None:
    first, rest = split_questions(TEN, 0.7, 0)
    assert (len(first), len(rest)) == (7, 3)
    assert sorted(ids(first) + ids(rest)) == ids(tuple(TEN))
    assert ids(first) == sorted(ids(first)) and ids(rest) == sorted(ids(rest))
    assert split_questions(TEN, 0.7, 0) == (first, rest) != split_questions(TEN, 0.7, 1)
    assert split_questions(TEN, None, 0) == (tuple(TEN), ())


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["x", "y", "z", None])), min_size=6), st.integers())
def test_what_shares_a_cluster_or_a_wording_stays_together(drawn: list[tuple[str, str | None]], seed: int) -> None:
    questions = [Question(f"d{place}", f" {word} ?", cluster=cluster) for place, (word, cluster) in enumerate(drawn)]
    try:
        first, rest = split_questions([*questions, *TEN], 0.5, seed)
    except HarnessError:
        return
    assert not {it.question for it in first} & {it.question for it in rest}
    assert not {it.cluster for it in first if it.cluster} & {it.cluster for it in rest if it.cluster}


@pytest.mark.parametrize("share", [0.0, 1.0, 1.5, -0.2, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(HarnessError, match="not a share between 0 and 1"):
        split_questions(TEN, share, 0)


def test_parts_of_which_one_would_be_empty_are_refused() -> None:
    with pytest.raises(HarnessError, match="leaves one part of 2 questions empty, in 1 groups"):
        split_questions([Question("1", "Who?"), Question("2", "who?")], 0.5, 0)
