"""What answers that are missing could do to a difference, counted by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.comparing import Column, Side, suite_comparisons
from harness.records import Comparison

N = 200


def side(name: str, values: Mapping[int, float], metric: str = "correct") -> Side:
    items = {(f"{number:03}", 0): value for number, value in values.items()}
    return Side(name, {metric: Column(items, 0)}, answered=set(items))


def compared(before: Mapping[int, float], after: Mapping[int, float], metric: str = "correct") -> Comparison:
    (row,) = suite_comparisons([(side("base", before, metric), side("dpo", after, metric))], {})
    return row


def answers(right: int, first: int = 0, n: int = N) -> dict[int, float]:
    """Questions first to n − 1, of which those below `right` are right."""
    return {number: float(number < right) for number in range(first, n)}


def test_forty_hard_answers_that_are_missing_leave_an_improvement_undecided() -> None:
    # The base is right on 100 of 200. The variant has no answer to 40, of which the base has 20 right; of the other
    # 160 it gains 15 and loses none.
    base = answers(100)
    tuned = {number: 1.0 if 100 <= number < 115 else value for number, value in base.items()}
    for number in (*range(20), *range(180, 200)):
        del tuned[number]
    row = compared(base, tuned)
    assert (row.n, row.delta, row.unpaired) == (160, 15 / 160, 40)
    assert row.low is not None and row.low > 0 and row.p is not None and row.p < 0.001
    assert (row.verdict, row.reason) == ("undecided", "missing")
    # Were all 40 wrong, it would gain 15 and lose 20 of 200; were all right, gain 35 and lose none.
    assert (row.bound_low, row.bound_high) == pytest.approx((-5 / 200, 35 / 200))


def test_what_the_baseline_lacks_counts_the_other_way() -> None:
    tuned = answers(100)
    base = {number: value for number, value in answers(85).items() if number >= 40}
    row = compared(base, tuned)
    # 15 of 160 gained; the variant is right on all 40 that the base lacks: right there too, or wrong.
    assert (row.bound_low, row.bound_high) == pytest.approx((15 / 200, 55 / 200))


def test_few_that_are_missing_and_cannot_turn_it_leave_the_verdict_as_it_is() -> None:
    base, tuned = answers(80), answers(120)
    del tuned[199]
    row = compared(base, tuned)
    # The base is wrong on it: 40 of 200, or 41.
    assert (row.verdict, row.reason) == ("improved", "")
    assert (row.bound_low, row.bound_high) == pytest.approx((40 / 200, 41 / 200))


def test_where_nothing_is_missing_there_are_no_bounds() -> None:
    row = compared(answers(80), answers(120))
    assert (row.bound_low, row.bound_high, row.verdict) == (None, None, "improved")


def test_what_was_answered_and_could_not_be_judged_is_not_missing() -> None:
    base, tuned = side("base", answers(80)), side("dpo", answers(120, n=150))
    answered = Side(tuned.name, tuned.columns, answered={(f"{number:03}", 0) for number in range(N)})
    (row,) = suite_comparisons([(base, answered)], {})
    assert (row.n, row.unpaired, row.bound_low, row.verdict) == (150, 50, None, "improved")


def test_an_unchanged_that_missing_answers_could_turn_is_undecided() -> None:
    same = answers(700, n=1000)
    row = compared(same, {number: value for number, value in same.items() if number >= 50})
    assert (row.verdict, row.reason) == ("undecided", "missing")
    assert (row.bound_low, row.bound_high) == pytest.approx((-50 / 1000, 0.0))
    whole = compared(same, {number: value for number, value in same.items() if number >= 1})
    assert (whole.verdict, whole.reason) == ("unchanged", "")


def test_a_mean_is_bounded_by_the_least_and_the_most_that_was_seen() -> None:
    base = {number: 100.0 + number % 7 for number in range(60)}
    tuned = {number: value + 20 + number % 3 for number, value in base.items() if number >= 10}
    row = compared(base, tuned, "words")
    least, most = min([*base.values(), *tuned.values()]), max([*base.values(), *tuned.values()])
    seen = sum(tuned[number] - base[number] for number in tuned)
    against = sum(least - base[number] for number in range(10))
    beside = sum(most - base[number] for number in range(10))
    assert (row.bound_low, row.bound_high) == pytest.approx(((seen + against) / 60, (seen + beside) / 60))
