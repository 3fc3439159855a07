"""Evidence that is looked at after every question: by hand, and against truth by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.comparing.inference import Floats, Harm, evidence, held_path, in_random_order, needed_to_catch, p_path
from harness.comparing.inference.power import needed_to_detect, needed_to_hold
from harness.comparing.inference.sequential import CATCH, HOLD, log_wealth
from harness.records import Question

MARGIN = 0.03


def harm(differences: Floats, margin: float = MARGIN) -> Harm:
    return Harm(differences, np.ones(len(differences)), margin)


def flips(rng: np.random.Generator, n: int, churn: float, worse: float = 0.0) -> Floats:
    """Differences of 0/1 answers: as many lost as gained, and so many more lost."""
    chance = rng.random(n)
    return np.where(chance < churn / 2 + worse, 1.0, np.where(chance < churn + worse, -1.0, 0.0))


def test_the_first_stake_is_kellys_for_what_is_expected_and_none_loses_more_than_nine_tenths() -> None:
    # k margins are staked as k·0.03 / (0.1 + (k·0.03)²): 0.297, 0.579, 1.049 and 1.455, of which 0.9 is the most.
    stakes = [0.03 / 0.1009, 0.06 / 0.1036, 0.9, 0.9]
    assert math.exp(log_wealth(harm(np.ones(1)), 0.0, 1, CATCH)[0]) == pytest.approx(
        sum(weight * (1 + stake) for weight, stake in zip((0.1, 0.65, 0.15, 0.1), stakes, strict=True))
    )
    # Against the margin, nothing lost wins 0.03 times the stake: 0.297 and 0.09 / 0.1081, of at most 0.9 / 0.97.
    assert math.exp(log_wealth(harm(np.zeros(1)), MARGIN, -1, HOLD)[0]) == pytest.approx(
        0.7 * (1 + 0.03 * 0.03 / 0.1009) + 0.3 * (1 + 0.03 * 0.09 / 0.1081)
    )


def test_no_stake_depends_on_what_it_is_laid_on() -> None:
    rng = np.random.default_rng(1)
    before = flips(rng, 50, 0.3)
    paths = [log_wealth(harm(np.append(before, last)), 0.0, 1, CATCH) for last in (-1.0, 0.0, 1.0)]
    gains = [math.exp(path[-1] - path[-2]) for path in paths]
    assert np.array_equal(paths[0][:-1], paths[2][:-1])
    # A fair game: what is won by a loss is lost by a gain.
    assert gains[1] == pytest.approx(1) and gains[0] + gains[2] == pytest.approx(2)


def test_in_ten_thousand_runs_without_a_change_looked_at_after_every_question_five_in_100_are_false() -> None:
    rng = np.random.default_rng(2)
    alarms = sum(p_path(harm(flips(rng, 300, 0.1)))[-1] < 0.05 for _ in range(10_000))
    # The bound is exact for ever longer runs; three standard errors of 0.05 are 0.0065.
    assert 0.01 < alarms / 10_000 <= 0.05


def test_a_change_of_exactly_the_margin_is_held_in_two_and_a_half_of_100_at_most() -> None:
    rng = np.random.default_rng(3)
    held = sum(held_path(harm(flips(rng, 300, 0.05, MARGIN)))[-1] for _ in range(4_000))
    assert 0 < held / 4_000 <= 0.025


@pytest.mark.parametrize("churn", [0.02, 0.1, 0.2])
def test_a_drop_of_twice_the_margin_takes_half_the_questions(churn: float) -> None:
    rng = np.random.default_rng(4)
    catch = needed_to_catch(2 * MARGIN, churn, 1)
    plan = max(catch, needed_to_detect(MARGIN, churn), needed_to_hold(MARGIN, churn))
    paths = [p_path(harm(flips(rng, 3 * catch, churn, 2 * MARGIN))) < 0.05 for _ in range(300)]
    needed = np.array([path.argmax() + 1 if path.any() else 3 * catch for path in paths])
    # Half of the samples need less than half of what finds that drop in 95 of 100; on average, less than half of what
    # a plan proposes that also knows what the margin hides.
    assert np.median(needed) <= 0.5 * catch
    assert np.minimum(needed, plan).mean() <= 0.5 * plan


def test_an_improvement_that_is_two_margins_from_the_margin_takes_less_than_half_the_questions_to_pass() -> None:
    rng = np.random.default_rng(5)
    hold = needed_to_hold(MARGIN, 0.1)
    paths = [held_path(harm(flips(rng, hold, 0.1, 0.0) - (rng.random(hold) < MARGIN))) for _ in range(200)]
    needed = np.array([path.argmax() + 1 if path.any() else hold for path in paths])
    assert needed.mean() <= 0.5 * hold


def test_the_confidence_sequence_covers_at_the_last_of_many_looks_and_is_the_dual_of_p() -> None:
    rng = np.random.default_rng(6)
    covered = 0
    for _ in range(300):
        row = harm(flips(rng, 200, 0.2, 0.05))
        found = evidence(row)
        covered += found.low <= 0.05 <= found.high
        assert (found.low > 0) == (found.p <= 0.025)
        assert (found.high <= MARGIN) == bool(held_path(row)[-1])
    assert covered / 300 >= 0.95


def test_where_a_change_to_either_side_is_a_harm_both_are_seen_and_p_is_doubled() -> None:
    row = harm(np.tile([1.0, 0.0, 0.0], 40))
    either = Harm(row.sums, row.sizes, MARGIN, either=True)
    mirrored = Harm(-row.sums, row.sizes, MARGIN, either=True)
    assert p_path(either)[-1] == pytest.approx(2 * p_path(row)[-1])
    assert p_path(mirrored)[-1] == pytest.approx(p_path(either)[-1])
    assert evidence(mirrored).high == pytest.approx(-evidence(either).low, abs=1e-9)
    assert not held_path(either)[-1]


def test_questions_that_repeat_each_other_say_no_more_than_one() -> None:
    rng = np.random.default_rng(7)
    row = harm(flips(rng, 200, 0.2, 0.05))
    thrice = Harm(3 * row.sums, 3 * row.sizes, MARGIN)
    assert evidence(thrice).p == pytest.approx(evidence(row).p)
    assert evidence(thrice).low == pytest.approx(evidence(row).low, abs=1e-9)


def test_a_cluster_of_which_nothing_was_judged_changes_nothing() -> None:
    rng = np.random.default_rng(8)
    row = harm(flips(rng, 100, 0.3, 0.1))
    gap = Harm(np.insert(row.sums, 50, 0.0), np.insert(row.sizes, 50, 0.0), MARGIN)
    assert evidence(gap).p == pytest.approx(evidence(row).p)


def test_the_order_of_a_part_is_that_of_the_whole_and_clusters_stay_together() -> None:
    questions = [Question(id=str(number), question=f"What is {number}?") for number in range(40)]
    groups = {"3": "twins", "30": "twins"}
    whole = in_random_order(questions, groups, 7)
    part = in_random_order(questions[::2], groups, 7)
    kept = [[name for name in cluster if int(name) % 2 == 0] for cluster in whole]
    assert part == [cluster for cluster in kept if cluster]
    assert ["3", "30"] in whole and whole != in_random_order(questions, groups, 8)
    assert sorted(name for cluster in whole for name in cluster) == sorted(question.id for question in questions)
