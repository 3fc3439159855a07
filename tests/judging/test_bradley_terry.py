"""Strengths of many variants, against statsmodels' logistic regression and known worlds."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from harness.judging import Duel, bradley_terry

NAMES = ("base", "dpo", "orpo", "kto")
TRUE = np.array([0.0, 0.8, -0.4, 0.3])


def world(rng: np.random.Generator, questions: int, ties: float = 0.1) -> list[Duel]:
    found = []
    for question in range(questions):
        a, b = (int(place) for place in rng.choice(len(NAMES), 2, replace=False))
        if rng.random() >= expit(TRUE[a] - TRUE[b]):
            a, b = b, a
        found.append(Duel(str(question), NAMES[a], NAMES[b], 0.5 if rng.random() < ties else 1.0))
    return found


def test_strengths_are_those_of_a_logistic_regression() -> None:
    duels = world(np.random.default_rng(0), 600)
    rows, won, weights = [], [], []
    for duel in duels:
        row = np.zeros(len(NAMES))
        row[NAMES.index(duel.winner)], row[NAMES.index(duel.loser)] = 1, -1
        for value, weight in ((1, duel.share), (0, 1 - duel.share)):
            if weight:
                rows.append(row)
                won.append(value)
                weights.append(weight)
    fitted = sm.GLM(won, np.array(rows)[:, 1:], family=sm.families.Binomial(), freq_weights=np.array(weights)).fit()
    found = bradley_terry(NAMES, duels, resamples=20)
    assert [it.log_odds for it in found] == pytest.approx([0.0, *fitted.params], abs=1e-6)
    assert sum(it.pairs for it in found) == 2 * len(duels)


@pytest.mark.slow
def test_intervals_cover_the_true_strengths() -> None:
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        found = bradley_terry(NAMES, world(rng, 300, ties=0.0), resamples=400)
        held += [
            it.low is not None and it.high is not None and it.low <= true <= it.high
            for it, true in zip(found[1:], TRUE[1:], strict=True)
        ]
    assert 0.93 <= np.mean(held) <= 0.97


def test_who_won_everything_has_no_finite_strength() -> None:
    duels = [Duel(str(n), "dpo", "base") for n in range(20)]
    duels += [Duel(str(n), "orpo", "base") if n % 2 else Duel(str(n), "base", "orpo") for n in range(20)]
    found = {it.name: it for it in bradley_terry(("base", "dpo", "orpo"), duels)}
    assert (found["dpo"].log_odds, found["dpo"].rate, found["dpo"].low) == (None, None, None)
    assert found["orpo"].log_odds == pytest.approx(0.0, abs=1e-9)
    assert found["orpo"].low is not None


def test_who_never_met_the_others_has_no_strength() -> None:
    duels = [Duel("1", "dpo", "base"), Duel("2", "base", "dpo"), Duel("3", "kto", "orpo"), Duel("4", "orpo", "kto")]
    found = {it.name: it.log_odds for it in bradley_terry(NAMES, duels)}
    assert found == {"base": 0.0, "dpo": pytest.approx(0.0, abs=1e-9), "orpo": None, "kto": None}


def test_no_duel_is_no_strength() -> None:
    assert [it.log_odds for it in bradley_terry(("base", "dpo"), [])] == [0.0, None]
