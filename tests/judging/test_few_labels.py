"""Few labels and a judge: coverage whatever the judge is worth, and what a good one saves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from harness.judging import corrected_rate, labels_needed

TRUTH = 0.8 * 0.6 + 0.1


def world(rng: np.random.Generator, n: int, right: float | None) -> tuple[np.ndarray, np.ndarray]:
    """(what people say, what the judge says), the judge being right that often; None is a judge at chance."""
    people = np.where(rng.random(n) < 0.2, 0.5, (rng.random(n) < 0.6).astype(float))
    guess = rng.choice([0.0, 0.5, 1.0], n)
    return people, guess if right is None else np.where(rng.random(n) < right, people, guess)


@pytest.mark.slow
@pytest.mark.parametrize("right", [None, 0.4, 0.8])
def test_the_interval_covers_with_100_labels_whatever_the_judge_is_worth(right: float | None) -> None:
    rng, held, widths = np.random.default_rng(0), [], []
    for _ in range(1000):
        people, judge = world(rng, 1100, right)
        found = corrected_rate(people[:100], judge[:100], judge[100:])
        assert found.low is not None and found.high is not None
        alone_low, alone_high = found.labels_alone
        assert alone_low is not None and alone_high is not None
        held.append(found.low <= TRUTH <= found.high)
        widths.append((found.high - found.low) / (alone_high - alone_low))
    assert 0.93 <= np.mean(held) <= 0.97
    if right == 0.8:
        # Judge and people correlate at about 0.8.
        assert np.mean(widths) <= 0.7
    if right is None:
        assert np.mean(widths) <= 1.02


@pytest.mark.slow
def test_the_interval_covers_where_questions_come_in_groups() -> None:
    rng, held = np.random.default_rng(1), []
    for _ in range(1000):
        shared = np.repeat(rng.standard_normal(340), 3)
        people = (norm.cdf((shared + rng.standard_normal(1020)) / np.sqrt(2)) < 0.6).astype(float)
        judge = np.where(rng.random(1020) < 0.8, people, rng.choice([0.0, 1.0], 1020))
        groups = [str(n // 3) for n in range(1020)]
        found = corrected_rate(people[:120], judge[:120], judge[120:], groups[:120], groups[120:])
        held.append(found.low is not None and found.high is not None and found.low <= 0.6 <= found.high)
    assert 0.93 <= np.mean(held) <= 0.975


@pytest.mark.parametrize("seed", range(6))
def test_the_rate_is_the_one_of_the_method_s_own_package(seed: int) -> None:
    ppi = pytest.importorskip("ppi_py", reason="ppi-python is not installed")
    people, judge = world(np.random.default_rng(seed), 700, 0.7)
    found = corrected_rate(people[:100], judge[:100], judge[100:])
    told = ppi.ppi_mean_pointestimate(people[:100], judge[:100], judge[100:], lam=found.lean)
    assert found.rate == pytest.approx(float(told[0]), abs=1e-12)
    # Its own λ is found from other estimates of the same variances.
    tuned = ppi.ppi_mean_pointestimate(people[:100], judge[:100], judge[100:])
    assert found.rate == pytest.approx(float(tuned[0]), abs=0.01)
    low, high = ppi.ppi_mean_ci(people[:100], judge[:100], judge[100:], alpha=0.05)
    assert [found.low, found.high] == pytest.approx([float(low[0]), float(high[0])], abs=0.02)


def test_without_a_judge_the_labels_speak_alone() -> None:
    people = np.array([1.0, 0.0, 0.5, 1.0, 1.0, 0.0, 1.0, 0.0])
    found = corrected_rate(people, np.full(8, 0.5), np.empty(0))
    assert [found.rate, found.lean] == pytest.approx([float(people.mean()), 0.0])
    assert (found.low, found.high) == pytest.approx(found.labels_alone, abs=1e-9)


def test_five_labels_allow_no_interval() -> None:
    found = corrected_rate(np.ones(5), np.ones(5), np.ones(100))
    assert (found.low, found.high, found.p) == (None, None, None)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_so_many_labels_as_are_called_for_show_the_distance_in_four_of_five_samples(correlation: float) -> None:
    needed = labels_needed(0.1, 0.5, correlation, 1000)
    assert needed is not None
    rng, seen = np.random.default_rng(2), 0
    for _ in range(400):
        drawn = rng.standard_normal((2, needed + 1000))
        people = 0.6 + 0.5 * drawn[0]
        judge = 0.6 + 0.5 * (correlation * drawn[0] + np.sqrt(1 - correlation**2) * drawn[1])
        p = corrected_rate(people[:needed], judge[:needed], judge[needed:]).p
        seen += p is not None and p < 0.05
    assert 0.74 <= seen / 400 <= 0.87


def test_what_no_number_of_labels_shows_is_said() -> None:
    assert labels_needed(1e-6, 0.5, 0.5, 1000) is None
