"""Win rates at equal length: coverage, what padding does, where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from harness.judging import length_controlled, style_differences

Drawn = tuple[np.ndarray, np.ndarray, list[str]]


def world(rng: np.random.Generator, n: int, better: float, bias: float, longer: float, size: int = 1) -> Drawn:
    """(preferences, differences of length, clusters) of a judge whose log-odds are better + bias · tanh(Δ / SD)."""
    delta = rng.normal(longer, 100, n)
    values = (rng.random(n) < expit(better + bias * np.tanh(delta / delta.std()))).astype(float)
    return values, delta, [str(place // size) for place in range(n)]


@pytest.mark.parametrize("seed", range(5))
def test_the_rate_is_the_one_of_statsmodels(seed: int) -> None:
    values, delta, clusters = world(np.random.default_rng(seed), 200, 0.3, 0.8, 40)
    values[:20] = 0.5
    design = sm.add_constant(np.tanh(delta / delta.std()))
    fitted = sm.GLM(values, design, family=sm.families.Binomial()).fit()
    found = length_controlled(values, delta, np.zeros(200), clusters, resamples=20)
    assert found.rate == pytest.approx(float(expit(fitted.params[0])), abs=1e-7)
    assert found.bias == pytest.approx(float(fitted.params[1]), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "better", "bias", "longer"), [(100, 0.3, 0.8, 30), (300, -0.8, 1.2, 80), (300, 0, 1, 0)])
def test_the_interval_covers_the_true_rate_in_95_of_100_worlds(
    n: int, better: float, bias: float, longer: float
) -> None:
    rng, truth = np.random.default_rng(0), float(expit(better))
    held = []
    for _ in range(1000):
        values, delta, clusters = world(rng, n, better, bias, longer)
        found = length_controlled(values, delta, np.zeros(n), clusters, resamples=400)
        held.append(found.low is not None and found.high is not None and found.low <= truth <= found.high)
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.slow
def test_the_interval_covers_where_questions_come_in_groups() -> None:
    rng, held = np.random.default_rng(1), []
    for _ in range(1000):
        shared = np.repeat(rng.normal(0, 1.0, 100), 3)
        delta = rng.normal(40, 100, 300)
        chance = expit(0.4 + np.tanh(delta / delta.std()) + shared)
        values = (rng.random(300) < chance).astype(float)
        found = length_controlled(values, delta, np.zeros(300), [str(n // 3) for n in range(300)], resamples=400)
        held.append((found.low, found.high))
    # What the model aims at in such a world: its own rate in one that is ten thousand times as large.
    shared, delta = np.repeat(rng.normal(0, 1.0, 100_000), 3), rng.normal(40, 100, 300_000)
    values = (rng.random(300_000) < expit(0.4 + np.tanh(delta / delta.std()) + shared)).astype(float)
    truth = length_controlled(
        values, delta, np.zeros(300_000), ["a", "b", "c", "d", "e", "f"] * 50_000, resamples=2
    ).rate
    assert truth is not None
    inside = [low is not None and high is not None and low <= truth <= high for low, high in held]
    assert 0.93 <= np.mean(inside) <= 0.97


def test_padding_every_answer_moves_the_raw_rate_and_not_the_controlled_one() -> None:
    rng, n = np.random.default_rng(5), 20_000
    delta = rng.normal(0, 100, n)
    raw, controlled = [], []
    for padding in (0, 60):
        chance = expit(0.2 + 1.5 * np.tanh((delta + padding) / 100))
        values = (rng.random(n) < chance).astype(float)
        found = length_controlled(values, delta + padding, np.zeros(n), [str(p) for p in range(n)], resamples=50)
        assert found.rate is not None
        raw.append(float(values.mean()))
        controlled.append(found.rate)
    assert raw[1] - raw[0] > 0.10
    assert abs(controlled[1] - controlled[0]) < 0.02


def test_exchanged_variants_have_the_rest_of_the_rate() -> None:
    values, delta, clusters = world(np.random.default_rng(6), 300, 0.4, 1.0, 30)
    here = length_controlled(values, delta, np.zeros(300), clusters)
    there = length_controlled(1 - values, np.zeros(300), delta, clusters)
    assert here.rate is not None and there.rate is not None and here.low is not None and there.high is not None
    assert here.rate == pytest.approx(1 - there.rate, abs=1e-9)
    assert here.low == pytest.approx(1 - there.high, abs=1e-6)


@pytest.mark.parametrize(
    ("variant", "baseline", "why"),
    [
        ([7.0] * 40, [95.0] * 40, "no_overlap"),
        ([7.0] * 36 + [99.0] * 4, [95.0] * 40, "no_overlap"),
        ([7.0] * 5, [7.0] * 5, "few"),
    ],
    ids=["never", "seldom", "five"],
)
def test_where_lengths_do_not_overlap_nothing_is_said(variant: list[float], baseline: list[float], why: str) -> None:
    values = np.array([float(n % 2) for n in range(len(variant))])
    found = length_controlled(values, variant, baseline, [str(n) for n in range(len(variant))])
    assert (found.rate, found.low, found.refused) == (None, None, why)


def test_preferences_that_length_alone_decides_are_refused() -> None:
    delta = np.linspace(-100, 100, 60)
    found = length_controlled((delta > 0).astype(float), delta, np.zeros(60), [str(n) for n in range(60)])
    assert (found.rate, found.refused) == (None, "separated")


def test_answers_of_one_length_have_their_raw_rate() -> None:
    values = np.array([1.0, 1.0, 0.0, 0.5] * 10)
    found = length_controlled(values, np.full(40, 9.0), np.full(40, 9.0), [str(n) for n in range(40)])
    assert found.rate == pytest.approx(float(values.mean()))
    assert found.bias is None


def test_a_style_that_the_judge_likes_can_be_held_equal() -> None:
    rng, n = np.random.default_rng(7), 4000
    listed = rng.random(n) < 0.7
    variant = ["- a\n- b\n- c" if it else "a, b, c" for it in listed]
    values = (rng.random(n) < expit(-0.5 + 1.5 * listed)).astype(float)
    clusters, lengths = [str(place) for place in range(n)], rng.normal(50, 10, n)
    plain = length_controlled(values, lengths, lengths[::-1], clusters, resamples=100)
    held = length_controlled(
        values, lengths, lengths[::-1], clusters, style_differences(variant, ["a, b, c"] * n), resamples=100
    )
    assert plain.rate is not None and held.rate is not None
    assert plain.rate > 0.55
    assert held.rate == pytest.approx(float(expit(-0.5)), abs=0.03)


def test_ten_thousand_pairs_are_fitted_a_thousand_times() -> None:
    values, delta, clusters = world(np.random.default_rng(8), 10_000, 0.2, 0.8, 20)
    found = length_controlled(values, delta, np.zeros(10_000), clusters)
    assert found.low is not None and found.high is not None and found.low < 0.55 < found.high


def test_one_verdict_for_all_pairs_is_no_certainty() -> None:
    lengths = np.arange(40, dtype=float).tolist()
    found = length_controlled(np.full(40, 0.5), lengths, lengths[::-1], [str(n) for n in range(40)])
    assert (found.rate, found.low, found.refused) == (None, None, "constant")
