import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from harness.stats import (
    detectable,
    holm,
    mean_interval,
    mean_stderr,
    paired_means,
    paired_rates,
    paired_ratios,
    perplexity_stderr,
    rate_interval,
)


def test_a_rates_interval_is_wilsons_and_exact_below_thirty() -> None:
    many, few = [1.0] * 80 + [0.0] * 20, [1.0] * 8 + [0.0] * 2
    wilson = rate_interval(many)
    assert (wilson.low, wilson.high) == pytest.approx(proportion_confint(80, 100, method="wilson"), abs=1e-12)
    exact = rate_interval(few)
    theirs = binomtest(8, 10).proportion_ci(method="exact")
    assert (exact.low, exact.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (wilson.method, exact.method, rate_interval([]).method) == ("wilson", "clopper-pearson", "none")


def test_mcnemar_counts_the_discordant_pairs() -> None:
    first = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    second = [1, 1, 0, 1, 1, 1, 1, 1, 1, 0]
    found = paired_rates(first, second)
    # 6 gained, 1 lost: 2 · P(X ≤ 1 | n = 7, ½) = 2 · 8/128
    assert (found.gained, found.lost) == (6, 1)
    assert found.p == pytest.approx(0.125, abs=1e-12)
    assert found.delta == pytest.approx(0.5)


def test_no_discordant_pair_still_leaves_an_interval() -> None:
    found = paired_rates([1.0] * 10, [1.0] * 10)
    assert found.p == 1.0 and found.low is not None and found.low < -0.1
    assert found.low == pytest.approx(-1.959964 * math.sqrt(2 / 12 / 12), abs=1e-6)


def test_a_small_permutation_test_is_the_enumeration_of_all_swaps() -> None:
    first = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    second = [1.5, 2.1, 3.9, 4.3, 5.0, 7.7]
    difference = np.subtract(second, first)
    means = [abs(np.mean(np.multiply(signs, difference))) for signs in product((1, -1), repeat=6)]
    share = np.mean([mean >= abs(difference.mean()) - 1e-12 for mean in means])
    assert paired_means(first, second, 0).p == pytest.approx(share, abs=1e-12)


def test_swapping_sides_mirrors_the_difference() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=50).tolist(), rng.normal(0.3, 1, size=50).tolist()
    there, back = paired_means(first, second, 1), paired_means(second, first, 1)
    assert there.delta == pytest.approx(-back.delta)
    assert there.p == pytest.approx(back.p, abs=0.02)
    rates = paired_rates([0.0, 1.0, 0.0], [1.0, 1.0, 1.0]), paired_rates([1.0, 1.0, 1.0], [0.0, 1.0, 0.0])
    assert (rates[0].low, rates[0].high) == pytest.approx((-(rates[1].high or 0), -(rates[1].low or 0)))


def test_a_bootstrap_interval_is_the_same_for_the_same_seed_and_covers_the_mean() -> None:
    values = np.random.default_rng(0).gamma(2, 10, size=200).tolist()
    found = mean_interval(values, 7)
    assert found == mean_interval(values, 7)
    assert found.low is not None and found.high is not None and found.low < float(np.mean(values)) < found.high
    # The normal interval is near by for 200 values.
    half = 1.96 * float(np.std(values, ddof=1)) / math.sqrt(200)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)


def test_constant_and_single_values_are_said_to_be_so() -> None:
    assert mean_interval([3.0, 3.0, 3.0], 0).method == "constant"
    assert mean_interval([3.0], 0).low is None
    assert paired_means([1.0], [2.0], 0).p is None
    assert paired_means([], [], 0).n == 0


def test_a_ratios_difference_is_that_of_the_pooled_perplexities() -> None:
    first = [(-20.0, 10.0), (-33.0, 10.0), (-12.0, 4.0)]
    second = [(-18.0, 10.0), (-30.0, 10.0), (-13.0, 4.0)]
    found = paired_ratios(first, second, lambda rate: np.asarray(np.exp(-rate)), 0)
    assert found.delta == pytest.approx(math.exp(61 / 24) - math.exp(65 / 24))
    same = paired_ratios(first, first, lambda rate: np.asarray(np.exp(-rate)), 0)
    assert (same.delta, same.p) == (0.0, 1.0)


def test_a_perplexitys_standard_error_agrees_with_the_bootstrap() -> None:
    rng = np.random.default_rng(3)
    weights = rng.integers(20, 60, size=300).astype(float)
    logs = -weights * rng.gamma(9, 0.2, size=300)
    pairs = list(zip(logs.tolist(), weights.tolist(), strict=True))
    draws = rng.integers(0, 300, size=(4000, 300))
    boot = np.exp(-logs[draws].sum(axis=1) / weights[draws].sum(axis=1)).std()
    assert perplexity_stderr(pairs, exponent=True) == pytest.approx(boot, rel=0.06)
    assert perplexity_stderr(pairs[:1], exponent=True) is None


def test_holm_steps_down_and_leaves_out_what_has_no_p() -> None:
    # 0.01·3, then 0.02·2, then 0.03·1 made monotone
    assert holm([0.03, None, 0.01, 0.02]) == [pytest.approx(0.04), None, pytest.approx(0.03), pytest.approx(0.04)]
    assert holm([None]) == [None]


def test_the_detectable_difference_is_2_80_standard_errors() -> None:
    assert detectable(1.0) == pytest.approx(1.959964 + 0.841621, abs=1e-5)
    assert mean_stderr([1.0]) is None
    assert mean_stderr([1.0, 2.0, 3.0, 4.0]) == pytest.approx(math.sqrt(5 / 3) / 2)
