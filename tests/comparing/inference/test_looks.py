"""Bounds for many looks at the same items: by hand, and against truth by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from harness.comparing.inference import Floats, falls, looks, slope, spent
from harness.comparing.inference.looks import FLIPS

LOOKS = 20


def checkpoints(rng: np.random.Generator, n: int, churn: float, kept: float) -> tuple[Floats, Floats]:
    """(n,) answers of a baseline and (n, LOOKS) of checkpoints that are all it is: so many flip, and many stay flipped.

    A question of a share 2·churn is right by the toss of a coin; a coin is tossed anew at a checkpoint, or kept.
    """
    soft = rng.random(n) < 2 * churn
    sure = (rng.random(n) < 0.7).astype(float)
    tossed = np.empty((n, LOOKS))
    tossed[:, 0] = rng.random(n) < 0.5
    for number in range(1, LOOKS):
        again = rng.random(n) >= kept
        tossed[:, number] = np.where(again, rng.random(n) < 0.5, tossed[:, number - 1])
    baseline = np.where(soft, rng.random(n) < 0.5, sure)
    return baseline, np.where(soft[:, None], tossed, sure[:, None])


def alone(baseline: Floats, answers: Floats) -> list[Floats]:
    return [(baseline - answers[:, number])[:, None] for number in range(answers.shape[1])]


def test_half_of_alpha_is_spent_by_the_tenth_look_and_never_all() -> None:
    assert spent(0) == 0 and spent(10) == 0.5 and 0.99 < spent(1000) < 1


def test_a_look_is_measured_by_the_sum_over_the_root_of_the_squares() -> None:
    (found,) = looks([np.array([[1.0], [1.0], [1.0], [-1.0]])], 0.05, 0)
    assert found.statistics[0] == pytest.approx(2 / 2)
    assert not found.beyond.any()


def test_the_first_look_is_an_exact_sign_flip_test_at_its_share_of_alpha() -> None:
    # Nine losses and no gain: 1 of 512 sign patterns is as extreme, below 0.05 / 11. Seven: 1 of 128, which is above.
    for count, beyond in ((9, True), (7, False)):
        (found,) = looks([np.concatenate([np.ones(count), np.zeros(50)])[:, None]], 0.05, 0)
        assert bool(found.beyond[0]) is beyond


def test_later_looks_change_nothing_of_what_was_said_before() -> None:
    rng = np.random.default_rng(1)
    columns = alone(*checkpoints(rng, 80, 0.1, 0.5))
    whole = looks(columns, 0.05, 3)
    assert [look.bound for look in looks(columns[:7], 0.05, 3)] == [look.bound for look in whole[:7]]


def test_checkpoints_that_answer_alike_cost_less_than_those_that_do_not() -> None:
    rng = np.random.default_rng(2)
    same = alone(*checkpoints(rng, 200, 0.1, 1.0))
    other = alone(*checkpoints(rng, 200, 0.1, 0.0))
    assert looks(same, 0.05, 0)[-1].bound > 0
    # Nothing new is seen, so nothing more can be crossed: the alpha of all looks is there for the last.
    assert np.mean([look.bound for look in looks(same, 0.05, 0)]) < np.mean(
        [look.bound for look in looks(other, 0.05, 0)]
    )


@pytest.mark.parametrize(("churn", "kept"), [(0.1, 0.8), (0.02, 0.0)])
def test_of_100_watches_of_unchanged_checkpoints_five_see_one_that_is_worse(churn: float, kept: float) -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for number in range(400):
        baseline, answers = checkpoints(rng, 150, churn, kept)
        alarms += any(look.beyond.any() for look in looks(alone(baseline, answers), 0.05, number))
    # 0.05 and two and a half standard errors of 400 watches.
    assert alarms / 400 <= 0.077


@pytest.mark.slow
def test_many_looks_at_a_small_alpha_spend_no_more_than_it() -> None:
    rng = np.random.default_rng(8)
    alarms = 0
    for number in range(600):
        columns = [rng.standard_normal((20, 1)) for _ in range(50)]
        alarms += any(look.beyond.any() for look in looks(columns, 0.004, number))
    # 0.004 · 50/60 · 600 = 2; one place too many at each look would make it 8.
    assert alarms <= 5


def test_a_baseline_picked_as_the_best_of_ten_is_allowed_for_by_a_tenth_of_alpha() -> None:
    rng = np.random.default_rng(4)
    plain = corrected = 0
    for number in range(150):
        soft = rng.random(150) < 0.2
        tossed = (rng.random((150, 10)) < 0.5) & soft[:, None]
        best = tossed[:, tossed.sum(axis=0).argmax()].astype(float)
        answers = ((rng.random((150, LOOKS)) < 0.5) & soft[:, None]).astype(float)
        plain += any(look.beyond.any() for look in looks(alone(best, answers), 0.05, number))
        corrected += any(look.beyond.any() for look in looks(alone(best, answers), 0.005, number))
    assert plain / 150 > 0.15 and corrected / 150 <= 0.05


def test_a_drop_is_seen_where_it_happens() -> None:
    rng = np.random.default_rng(5)
    first = []
    for number in range(40):
        baseline, answers = checkpoints(rng, 250, 0.05, 0.8)
        answers[:, 9:] *= (rng.random(250) >= 0.14)[:, None]  # ten points of the 70 that are right
        seen = [bool(look.beyond.any()) for look in looks(alone(baseline, answers), 0.05, number)]
        first.append(seen.index(True) + 1 if any(seen) else LOOKS + 1)
    assert np.median(first) == 10


def test_the_common_slope_is_the_mean_of_the_questions_own_where_all_are_judged() -> None:
    rng = np.random.default_rng(6)
    values = rng.random((30, 6))
    times: Floats = np.array([10.0, 20.0, 40.0, 50.0, 70.0, 100.0])
    own = np.polyfit(times, values.T, 1)[0]  # (30,)
    assert slope(values, times) == pytest.approx(own.mean())
    spread = ((times - times.mean()) ** 2).sum()
    assert falls(values, times) == pytest.approx(own * spread)


def test_what_is_not_judged_at_a_checkpoint_has_no_part_in_the_slope() -> None:
    values = np.array([[0.0, 1.0, 2.0, np.nan], [5.0, np.nan, 7.0, 8.0], [3.0, np.nan, np.nan, np.nan]])
    # Each question rises by one a checkpoint; one that is judged once says nothing.
    assert slope(values, np.array([0.0, 1.0, 2.0, 3.0])) == pytest.approx(1.0)
    assert slope(values[2:], np.array([0.0, 1.0, 2.0, 3.0])) is None


def test_a_drift_is_seen_before_single_checks_see_it() -> None:
    rng = np.random.default_rng(7)
    trends, singles = [], []
    times: Floats = np.arange(1, LOOKS + 1).astype(float)
    for number in range(30):
        baseline, answers = checkpoints(rng, 400, 0.02, 0.0)
        answers *= rng.random(400)[:, None] >= 0.004 * times / 0.7
        parts = [-falls(answers[:, :count], times[:count])[:, None] for count in range(4, LOOKS + 1)]
        seen = [bool(look.beyond.any()) for look in looks(parts, 0.05, number)]
        trends.append(seen.index(True) + 4 if any(seen) else LOOKS + 1)
        alarms = [bool(look.beyond.any()) for look in looks(alone(baseline, answers), 0.05, number)]
        singles.append(alarms.index(True) + 1 if any(alarms) else LOOKS + 1)
    assert np.median(trends) <= np.median(singles) + 1
    assert FLIPS > 1000 and np.median(trends) <= 14
