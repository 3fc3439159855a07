"""Judging the judge: always-first, the longer one, chance, real verdicts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from harness.judging import Ballot, Choice, check_judge
from harness.judging.checked_judge import cohens_kappa, krippendorffs_alpha
from tests.conftest import ROOT

REAL = ROOT.parent / "shared/real/judge"
TURNED: dict[str | None, Choice | None] = {"A>B": "first", "B>A": "second", "A=B": "tie", None: None}


def made(choices: list[tuple[Choice | None, Choice | None]]) -> list[Ballot]:
    return [Ballot(str(n), "a", "b", *both) for n, both in enumerate(choices)]


def test_a_judge_that_always_takes_the_first_is_at_chance_and_never_consistent() -> None:
    labels = [float(n % 2) for n in range(60)]
    found = check_judge(made([("first", "first")] * 60), labels)
    assert found.accuracy is not None and found.consistency is not None and found.first_bias is not None
    assert (found.accuracy.value, found.consistency.value, found.first_bias.value) == (0.5, 0.0, 0.5)
    assert not found.better_than_chance


def test_a_judge_that_is_right_is_better_than_chance() -> None:
    labels = [float(n % 3 > 0) for n in range(60)]
    choices: list[tuple[Choice | None, Choice | None]] = [
        (("second", "first") if label else ("first", "second")) if n % 5 else ("first", "first")
        for n, label in enumerate(labels)
    ]
    found = check_judge(made(choices), labels)
    assert found.accuracy is not None and found.both_right is not None
    assert [found.accuracy.value, found.both_right.value] == pytest.approx([0.9, 0.8])
    assert found.better_than_chance


def test_a_judge_that_takes_the_longer_one_is_told() -> None:
    rng = np.random.default_rng(0)
    longer = rng.normal(0, 100, 200)
    labels = (rng.random(200) < 0.5).astype(float).tolist()
    choices: list[tuple[Choice | None, Choice | None]] = [
        ("second", "first") if it > 0 else ("first", "second") for it in longer
    ]
    found = check_judge(made(choices), labels, longer)
    assert found.verbosity_bias is not None and found.verbosity_bias.low is not None
    assert found.verbosity_bias.low > 0.3
    assert not found.better_than_chance


def test_a_perfect_judge_has_no_bias_and_agrees() -> None:
    labels = [0.0, 1.0, 0.5, 1.0] * 10
    said: dict[float, tuple[Choice | None, Choice | None]] = {
        0.0: ("first", "second"), 1.0: ("second", "first"), 0.5: ("tie", "tie"),
    }  # fmt: skip
    choices = [said[label] for label in labels]
    found = check_judge(made(choices), labels, [float(n % 7 - 3) for n in range(40)], again=[(1.0, 1.0), (0.0, 0.5)])
    assert found.verbosity_bias is not None and found.stability is not None
    assert (found.kappa, found.alpha, found.verbosity_bias.value, found.stability.value) == (1.0, 1.0, 0.0, 0.5)


def test_kappa_is_the_one_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.choice([0.0, 0.5, 1.0], (2, 80))
    assert cohens_kappa(one, other) == pytest.approx(cohen_kappa_score((one * 2).astype(int), (other * 2).astype(int)))


def test_alpha_is_the_one_of_krippendorff_s_example() -> None:
    # Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, nominal 0.743.
    observers = [
        "1 2 3 3 2 1 4 1 2 . . .".split(),
        "1 2 3 3 2 2 4 1 2 5 . 3".split(),
        ". 3 3 3 2 3 4 2 2 5 1 .".split(),
        "1 2 3 3 2 4 4 1 2 5 1 .".split(),
    ]
    units = [[None if value == "." else value for value in unit] for unit in zip(*observers, strict=True)]
    assert krippendorffs_alpha(units) == pytest.approx(0.743, abs=5e-4)


def ballots_of(name: str) -> tuple[list[Ballot], list[float], list[float]]:
    rows: list[dict[str, Any]] = [json.loads(line) for line in (REAL / name).read_text(encoding="utf-8").splitlines()]
    ballots = [
        Ballot(row["pair_id"], "A", "B", TURNED[row["first_order"]], TURNED[row["swapped_order"]]) for row in rows
    ]
    labels = [float(row["label"] == "B>A") for row in rows]
    return ballots, labels, [float(row["length_B"] - row["length_A"]) for row in rows]


@pytest.mark.skipif(not REAL.exists(), reason="the real verdicts are not beside this checkout")
def test_a_real_judge_that_likes_the_first_is_not_better_than_chance() -> None:
    found = check_judge(*ballots_of("claude-3-haiku.jsonl"))
    assert found.accuracy is not None and found.first_bias is not None and found.consistency is not None
    assert (found.n, found.not_judged) == (257, 13)
    assert found.first_bias.low is not None and found.first_bias.low > 0
    assert 0.45 < found.consistency.value < 0.6
    assert not found.better_than_chance


@pytest.mark.skipif(not REAL.exists(), reason="the real verdicts are not beside this checkout")
def test_a_real_reward_model_is_better_than_chance_and_knows_no_order() -> None:
    found = check_judge(*ballots_of("internlm2-7b-reward.jsonl"))
    assert found.accuracy is not None and found.first_bias is not None and found.consistency is not None
    assert found.accuracy.value == pytest.approx(208 / 350)
    assert (found.consistency.value, found.first_bias.value, found.better_than_chance) == (1.0, 0.0, True)
