"""Variance by seed, question and sampling: against known truths, and against REML."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from harness.comparing.inference import Floats
from harness.comparing.seeds.components import components
from harness.comparing.seeds.crossed import crossed_against, crossed_difference, crossed_interval
from harness.comparing.seeds.groups import seed_groups
from harness.comparing.seeds.sheets import Sheet
from harness.store import Certificate, from_row

Values = dict[tuple[str, int], float]


def drawn(rng: np.random.Generator, s: int, q: int, k: int, sds: tuple[float, float, float, float]) -> Floats:
    """(s, q, k) values with standard deviations by seed, question, seed and question, and answer."""
    seed, question, both, answer = sds
    return np.asarray(
        0.5
        + seed * rng.standard_normal((s, 1, 1))
        + question * rng.standard_normal((1, q, 1))
        + both * rng.standard_normal((s, q, 1))
        + answer * rng.standard_normal((s, q, k))
    )


def rows(values: Floats) -> list[Values]:
    return [{(str(q), k): float(value) for q, cell in enumerate(row) for k, value in enumerate(cell)} for row in values]


def sheet_of(values: Floats) -> Sheet:
    return Sheet(values, np.ones_like(values))


def test_components_are_right_on_average() -> None:
    rng, found = np.random.default_rng(0), []
    for _ in range(200):
        it = components(rows(drawn(rng, 4, 30, 3, (0.3, 0.4, 0.2, 0.5))), {})
        assert it is not None and it.seed is not None and it.rest is not None and it.sampling is not None
        found.append((it.seed, it.question, it.rest, it.sampling))
    assert np.mean(found, axis=0) == pytest.approx([0.09, 0.16, 0.04, 0.25], rel=0.12)


def test_components_are_those_of_restricted_maximum_likelihood() -> None:
    """Of balanced values whose components are all above nought the two are the same."""
    import pandas as pd
    from statsmodels.regression.mixed_linear_model import MixedLM

    values = drawn(np.random.default_rng(3), 5, 24, 1, (0.3, 0.4, 0.0, 0.5))[:, :, 0]
    frame = pd.DataFrame(
        [{"seed": s, "question": q, "value": value} for (s, q), value in np.ndenumerate(values)]
    ).assign(all=1)
    parts = {"seed": "0 + C(seed)", "question": "0 + C(question)"}
    fitted = MixedLM.from_formula("value ~ 1", frame, groups="all", vc_formula=parts).fit(reml=True)
    reml = dict(zip(fitted.model.exog_vc.names, fitted.vcomp, strict=True))
    found = components(rows(values[:, :, None]), {})
    assert found is not None and found.sampling is None
    assert (found.seed, found.question) == pytest.approx((reml["seed"], reml["question"]), rel=0.02)
    assert found.rest == pytest.approx(fitted.scale, rel=0.02)


def test_one_seed_has_no_variance_by_seed_and_a_question_that_a_seed_lacks_is_left_out() -> None:
    values = rows(drawn(np.random.default_rng(0), 2, 9, 1, (0.1, 0.2, 0.0, 0.3)))
    one = components(values[:1], {})
    assert one is not None and one.seed is None and one.rest is None
    # By hand: the variance of nine values.
    assert one.question == pytest.approx(float(np.var(list(values[0].values()), ddof=1)))
    del values[1]["8", 0]
    two = components(values, {})
    assert two is not None and two.questions == 8 and two.seeds == 2
    assert components([{("1", 0): 1.0}], {}) is None


def test_where_questions_do_not_differ_the_interval_is_students_over_seeds() -> None:
    # 0.4, 0.5, 0.6 have mean 0.5 and standard deviation 0.1; t(0.975, 2) = 4.302653.
    found = sheet_of(np.repeat([[0.4], [0.5], [0.6]], 10, axis=1))
    interval = crossed_interval(found, 0.0, 1.0)
    assert interval.low == pytest.approx(0.5 - 4.302653 * 0.1 / 3**0.5, abs=1e-6)
    assert crossed_interval(found, 0.0, 0.7).high == 0.7


def test_where_seeds_do_not_differ_the_interval_is_students_over_questions() -> None:
    values = np.random.default_rng(0).random(20)
    interval = crossed_interval(sheet_of(np.array([values, values])), 0.0, 1.0)
    assert interval.low == pytest.approx(values.mean() - t.ppf(0.975, 19) * values.std(ddof=1) / 20**0.5)


def test_one_seed_or_five_questions_have_no_interval_and_none_is_told_where_nothing_differs() -> None:
    assert crossed_interval(sheet_of(np.random.default_rng(0).random((1, 20))), 0.0, 1.0).low is None
    assert crossed_interval(sheet_of(np.random.default_rng(0).random((3, 5))), 0.0, 1.0).low is None
    same = crossed_against(sheet_of(np.zeros((3, 20))), 1.0)
    assert same is not None and (same.delta, same.low, same.high) == (0.0, None, None)


@pytest.mark.parametrize("seeds", [3, 5])
def test_an_interval_over_seeds_and_questions_covers_what_one_over_seeds_alone_does_not(seeds: int) -> None:
    rng, found = np.random.default_rng(seeds), []
    for _ in range(1500):
        hard = 0.4 * rng.standard_normal(60)
        first, second = (
            0.5 + 0.03 * rng.standard_normal((seeds, 1)) + hard + 0.3 * rng.standard_normal((seeds, 60))
            for _ in range(2)
        )
        level = crossed_interval(sheet_of(first), -np.inf, np.inf)
        difference = crossed_difference(sheet_of(first), sheet_of(second))
        assert level.low is not None and level.high is not None
        assert difference is not None and difference.low is not None and difference.high is not None
        means = first.mean(axis=1)
        half = t.ppf(0.975, seeds - 1) * means.std(ddof=1) / seeds**0.5
        both, apart = level.low <= 0.5 <= level.high, difference.low <= 0 <= difference.high
        found.append((both, apart, abs(means.mean() - 0.5) <= half))
    over_both, of_difference, over_seeds = np.mean(found, axis=0)
    assert over_both >= 0.935 and of_difference >= 0.935 and over_seeds < 0.9


def certificate(method: str, seed: int, rate: float) -> Certificate:
    chosen = {"seed": seed, "learning_rate": rate}
    return from_row(Certificate, {"method": method, "hyperparameters": chosen, "steps": 8}, "certificate.json")


def test_trainings_of_any_run_that_differ_in_their_seed_alone_are_found() -> None:
    trainings = {
        "a": certificate("dpo", 1, 1e-4),
        "b": certificate("orpo", 2, 1e-4),
        "c": certificate("dpo", 3, 1e-4),
        "d": certificate("dpo", 3, 5e-4),
        "the same as c": certificate("dpo", 3, 1e-4),
    }
    assert seed_groups(trainings) == [("a", "c")]
