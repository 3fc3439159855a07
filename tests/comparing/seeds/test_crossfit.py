"""The best of many, told by questions that did not choose it: against worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from harness.comparing.inference import Floats
from harness.comparing.seeds.crossed import seed_part
from harness.comparing.seeds.crossfit import SPLITS, select, tell
from harness.comparing.seeds.sheets import Sheet, sheet

RIGHT_AND_WRONG = (0, 0, 1, 1)
GAINED_AND_LOST = (-1, 1)


def alone(values: Floats) -> Sheet:
    """Each question its own cluster, answered once."""
    return Sheet(values, np.ones_like(values))


def answers(rng: np.random.Generator, chances: Floats, questions: int, alike: float) -> Floats:
    """(t, n) rights and wrongs of trainings with those chances, correlated by how hard a question is."""
    hard = rng.standard_normal(questions)
    own = rng.standard_normal((len(chances), questions))
    return np.asarray(np.sqrt(alike) * hard + np.sqrt(1 - alike) * own < norm.ppf(chances)[:, None], dtype=float)


@pytest.mark.parametrize(("questions", "worlds"), [(100, 400), (252, 250)])
def test_the_best_of_sixteen_that_are_all_the_base_is_told_at_its_worth(questions: int, worlds: int) -> None:
    rng, found = np.random.default_rng(questions), []
    for world in range(worlds):
        values = answers(rng, np.full(17, 0.6), questions, 0.8)
        base, tuned = values[0], values[1:]
        selection = select(alone(tuned), [[row] for row in range(16)], True, world)
        assert selection is not None
        level = tell(alone(tuned), selection, RIGHT_AND_WRONG, None)
        against = tell(alone(tuned - base), selection, GAINED_AND_LOST, None)
        best = tuned.mean(axis=1).max()
        half = 1.96 * np.sqrt(best * (1 - best) / questions)
        covered = (level.low <= 0.6 <= level.high, against.low <= 0 <= against.high, abs(best - 0.6) <= half)
        found.append((level.mean - 0.6, against.mean, best - 0.6, *covered))
    bias, bias_against, naive, covers, covers_against, naive_covers = np.mean(found, axis=0)
    # Four standard errors of the simulation, of a figure that scatters by 4.2 points at 100 and 2.7 at 252 questions.
    slack = 4 * {100: 0.042, 252: 0.027}[questions] / np.sqrt(worlds)
    assert abs(bias) < slack and abs(bias_against) < slack
    assert covers >= 0.93 and covers_against >= 0.93
    assert naive > 0.03 and naive_covers < 0.85


def test_lucky_seeds_do_not_tell_the_setting_that_they_chose() -> None:
    rng, found = np.random.default_rng(1), []
    settings = [[2 * row, 2 * row + 1] for row in range(8)]
    for world in range(250):
        values = answers(rng, 0.6 + 0.03 * rng.standard_normal(16), 150, 0.8)
        selection = select(alone(values), settings, True, world)
        assert selection is not None
        means = values.mean(axis=1).reshape(8, 2)
        level = tell(alone(values), selection, RIGHT_AND_WRONG, seed_part(means.tolist(), 2))
        found.append((level.mean - 0.6, means.mean(axis=1).max() - 0.6, level.low <= 0.6 <= level.high))
    bias, naive, covers = np.mean(found, axis=0)
    assert abs(bias) < 4 * 0.04 / np.sqrt(250) and naive > 0.03 and covers >= 0.93


def test_a_setting_that_every_half_chooses_is_told_by_all_of_its_answers() -> None:
    values = np.zeros((3, 40))
    values[1, :30] = 1.0
    selection = select(alone(values), [[0], [1], [2]], True, 0)
    assert selection is not None and selection.votes == (0, 2 * SPLITS, 0)
    level = tell(alone(values), selection, (), None)
    # The mean, and t(0.975, 39) = 2.0227 times √(0.75 · 0.25 / 39).
    assert level.mean == pytest.approx(0.75)
    assert level.high - level.mean == pytest.approx(2.022691 * np.sqrt(0.75 * 0.25 / 39), rel=1e-5)
    least = select(alone(values), [[0], [1], [2]], False, 0)
    assert least is not None and least.votes[1] == 0


def test_what_chose_never_tells() -> None:
    rng = np.random.default_rng(0)
    selection = select(alone(rng.random((4, 24))), [[0, 1], [2, 3]], True, 3)
    assert selection is not None
    for told in selection.told:
        # One training a question; a setting that both halves chose is told by another seed in each.
        assert (told.sum(axis=0) == 1).all()
        assert sorted(told.sum(axis=1)[told.any(axis=1)].tolist()) == [12, 12]


def test_too_few_clusters_or_a_single_setting_are_not_told() -> None:
    assert select(alone(np.ones((2, 11))), [[0], [1]], True, 0) is None
    assert select(alone(np.ones((1, 40))), [[0]], True, 0) is None


def test_questions_of_one_cluster_stay_together() -> None:
    values = {(str(n), 0): float(n) for n in range(4)}
    found = sheet([values], sorted(values), {"0": "a", "3": "a"})
    assert found.sums.tolist() == [[3.0, 1.0, 2.0]] and found.counts.tolist() == [[2.0, 1.0, 1.0]]


def test_the_same_seed_tells_the_same() -> None:
    values = alone(np.random.default_rng(0).random((5, 30)))
    first, second = (select(values, [[row] for row in range(5)], True, 7) for _ in range(2))
    assert first is not None and second is not None
    assert tell(values, first, (), None) == tell(values, second, (), None)
