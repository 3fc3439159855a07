"""The rows of a comparison: of means and ratios, where there is an interval and where there is none."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.comparing.inference import (
    Floats,
    paired_columns,
    paired_means,
    paired_rates,
    paired_ratios,
    rate_interval,
    stated_interval,
)
from harness.comparing.inference.statistics import Paired, mean_interval, mean_stderr, perplexity_stderr
from tests.comparing.inference.test_proportions import ZERO_ONE, is_dual

TENTHS = st.integers(-40, 40).map(lambda number: number / 10)
Document = tuple[float, float]


def perplexity(rate: Floats) -> Floats:
    return np.asarray(np.exp(-rate))


def documents(rng: np.random.Generator, n: int, worse: float) -> tuple[list[Document], list[Document]]:
    """(log-probability, weight) of n documents on both sides."""
    weights = rng.integers(5, 400, size=n).astype(float)
    first = -weights * rng.normal(3, 0.4, size=n)
    second = first - weights * rng.normal(worse, 0.15, size=n)
    return tuple(list(zip(logs.tolist(), weights.tolist(), strict=True)) for logs in (first, second))  # type: ignore[return-value]


# Interval and p-value are each other's dual


@given(
    st.lists(st.tuples(TENTHS, st.integers(0, 20)), min_size=1, max_size=80),
    st.sampled_from([-2.0, -0.5, 0.0, 0.3, 1.0]),
    st.sampled_from([1.0, 3.0]),
)
@settings(deadline=None, max_examples=150)
def test_the_p_value_of_means_is_the_intervals_dual_with_and_without_clusters(
    rows: list[tuple[float, int]], shift: float, bent: float
) -> None:
    differences = [math.copysign(abs(value) ** bent, value) + shift for value, _ in rows]
    for clusters in (None, [f"c{label}" for _, label in rows]):
        assert is_dual(paired_means([0.0] * len(rows), differences, clusters))


@pytest.mark.parametrize("n", [6, 7, 12, 40])
def test_the_dual_holds_for_shapes_of_every_kind_at_every_distance_from_nothing(n: int) -> None:
    rng = np.random.default_rng(n)
    shapes = {
        "normal": rng.normal(size=(n, 60)),
        "skewed": rng.lognormal(0, 1, size=(n, 60)) - math.exp(0.5),
        "sparse": rng.lognormal(size=(n, 60)) * (rng.random((n, 60)) < 0.3),
        "far": rng.normal(size=(n, 60)) + 10 * (rng.random((n, 60)) < 0.1),
    }
    shifts = np.linspace(-2, 2, 60)
    labels = [f"c{place % max(6, n // 2)}" for place in range(n)]
    for values in shapes.values():
        for clusters in (None, labels):
            found = paired_columns(values + shifts, clusters)
            assert all(map(is_dual, found))
            assert {row.p is not None and row.p < 0.05 for row in found} == {True, False}


@pytest.mark.parametrize("n", [6, 12, 40])
def test_the_p_value_of_perplexities_is_the_intervals_dual(n: int) -> None:
    rng = np.random.default_rng(n)
    found = [paired_ratios(*documents(rng, n, worse), perplexity) for worse in np.linspace(-0.4, 0.4, 60)]
    assert all(map(is_dual, found)) and {row.p is not None and row.p < 0.05 for row in found} == {True, False}


# Few, constant and strange


def test_below_six_pairs_or_clusters_there_is_no_interval_of_a_mean_and_no_p_value() -> None:
    values = np.random.default_rng(0).normal(3, 0.1, size=30).tolist()
    fives = [str(place % 5) for place in range(30)]
    for few in (paired_means([0.0] * 5, values[:5]), paired_means([0.0] * 30, values, fives)):
        assert (few.low, few.high, few.p, few.mde, few.reason, few.test) == (None, None, None, None, "few", "none")
        assert few.delta == pytest.approx(3, abs=0.1)
    enough = paired_means([0.0] * 6, values[:6])
    assert enough.low is not None and enough.p == 2 / 2**6 and enough.reason == ""
    assert mean_interval(values[:5]).method == mean_interval(values, fives).method == "none"
    assert mean_interval(values[:6]).method == "corrected t"
    assert stated_interval(3.0, 0.04, 5, share=False).method == "none"


def test_below_six_documents_there_is_no_interval_of_a_ratio() -> None:
    first, second = documents(np.random.default_rng(0), 6, 0.5)
    few = paired_ratios(first[:5], second[:5], perplexity)
    assert (few.low, few.high, few.p, few.mde, few.reason) == (None, None, None, None, "few")
    assert few.delta > 0 and paired_ratios(first, second, perplexity).low is not None
    assert paired_ratios([], [], perplexity).n == 0


def test_constant_differences_have_no_width_and_no_effect_size_whatever_dust_floating_point_leaves() -> None:
    dusty = [0.1 + 0.2 - 0.3 + 0.5, 0.5, 0.7 - 0.2, 1.1 - 0.6, 0.5, 0.3 + 0.2, 0.5]
    assert len(set(dusty)) > 1
    found = paired_means([0.0] * 7, dusty)
    assert found.effect is None and found.mde is None and found.reason == "constant"
    assert found.low == found.high == found.delta and found.p == 2 / 2**7
    nothing = paired_means([0.0] * 7, [value - 0.5 for value in dusty])
    assert (nothing.delta, nothing.low, nothing.high, nothing.p, nothing.effect) == (0.0, 0.0, 0.0, 1.0, None)
    assert mean_interval([3.0] * 8).method == "constant"


def test_clusters_that_all_say_the_same_differ_by_no_dust_either() -> None:
    values = [0.1 * 3, 0.3, 0.1 + 0.2] * 4
    found = paired_means([0.0] * 12, values, [str(place % 6) for place in range(12)])
    assert found.effect is None and found.p == 2 / 2**6


def test_a_single_difference_is_told_without_an_interval() -> None:
    assert paired_means([1.0], [2.0]) == Paired(1.0, None, None, None, "none", 1, reason="few")
    assert paired_means([], []).n == 0 and paired_means([], []).delta == 0.0


# Figures


def test_cohens_d_z_is_the_mean_in_standard_deviations_of_the_differences() -> None:
    first, second = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 4.0, 3.0, 7.0, 5.0, 9.0]
    # Differences 1, 2, 0, 3, 0, 3: mean 1.5, sum of squares about it 9.5.
    found = paired_means(first, second)
    assert found.delta == 1.5 and found.effect == pytest.approx(1.5 / math.sqrt(9.5 / 5))


def test_a_means_interval_names_its_method() -> None:
    values = np.random.default_rng(0).normal(size=60).tolist()
    assert mean_interval(values).method == "corrected t"
    assert mean_interval(values, [str(place // 2) for place in range(60)]).method == "cluster corrected t"


def test_a_means_interval_is_that_of_its_difference_from_nothing() -> None:
    values = np.random.default_rng(0).gamma(2, 10, size=200).tolist()
    labels = [str(place // 3) for place in range(200)]
    for clusters in (None, labels):
        found, paired = mean_interval(values, clusters), paired_means([0.0] * 200, values, clusters)
        assert (found.low, found.high) == (paired.low, paired.high)


def test_a_ratios_difference_is_that_of_the_pooled_perplexities() -> None:
    first = [(-20.0, 10.0), (-33.0, 10.0), (-12.0, 4.0)] * 2
    second = [(-18.0, 10.0), (-30.0, 10.0), (-13.0, 4.0)] * 2
    found = paired_ratios(first, second, perplexity)
    assert found.delta == pytest.approx(math.exp(61 / 24) - math.exp(65 / 24))
    same = paired_ratios(first, first, perplexity)
    assert (same.delta, same.p, same.low, same.high) == (0.0, 1.0, 0.0, 0.0)


def test_a_ratio_of_equal_weights_is_a_mean() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(2, 30))
    pairs = [[(float(value), 1.0) for value in side] for side in (first, second)]
    ratio, mean = (
        paired_ratios(pairs[0], pairs[1], lambda rate: rate, False),
        paired_means(first.tolist(), second.tolist()),
    )
    assert (ratio.delta, ratio.low, ratio.high) == pytest.approx((mean.delta, mean.low, mean.high), rel=1e-9)


def test_a_figure_that_is_not_finite_has_no_interval() -> None:
    weightless = [(1.0, 0.0)] * 8
    with np.errstate(divide="ignore", invalid="ignore"):
        found = paired_ratios(weightless, weightless, perplexity)
    assert (found.low, found.p) == (None, None)


def test_a_perplexitys_standard_error_agrees_with_the_bootstrap() -> None:
    rng = np.random.default_rng(3)
    weights = rng.integers(20, 60, size=300).astype(float)
    logs = -weights * rng.gamma(9, 0.2, size=300)
    pairs = list(zip(logs.tolist(), weights.tolist(), strict=True))
    draws = rng.integers(0, 300, size=(4000, 300))
    boot = np.exp(-logs[draws].sum(axis=1) / weights[draws].sum(axis=1)).std()
    assert perplexity_stderr(pairs, exponent=True) == pytest.approx(boot, rel=0.06)
    assert perplexity_stderr(pairs[:1], exponent=True) is None


# Mirror images


@given(st.lists(st.tuples(TENTHS, TENTHS, st.sampled_from("abcdefgh")), min_size=2, max_size=40))
@settings(deadline=None, max_examples=40)
def test_swapping_sides_mirrors_means_with_and_without_clusters(rows: list[tuple[float, float, str]]) -> None:
    first, second = [row[0] for row in rows], [row[1] for row in rows]
    for clusters in (None, [row[2] for row in rows]):
        mirrors(paired_means(first, second, clusters), paired_means(second, first, clusters))


@given(st.lists(st.tuples(ZERO_ONE, ZERO_ONE, st.sampled_from("abcdefgh")), min_size=1, max_size=60))
@settings(deadline=None, max_examples=60)
def test_swapping_sides_mirrors_rates_with_and_without_clusters(rows: list[tuple[float, float, str]]) -> None:
    first, second = [row[0] for row in rows], [row[1] for row in rows]
    for clusters in (None, [row[2] for row in rows]):
        there, back = paired_rates(first, second, clusters), paired_rates(second, first, clusters)
        mirrors(there, back)
        assert (there.gained, there.lost) == (back.lost, back.gained)


def mirrors(there: Paired, back: Paired) -> None:
    assert there.delta == pytest.approx(-back.delta, abs=1e-12)
    assert there.p == pytest.approx(back.p, abs=1e-12) and (there.p is None or 0 < there.p <= 1)
    assert (there.mde is None and back.mde is None) or there.mde == pytest.approx(back.mde, rel=1e-9)
    assert there.effect == (None if back.effect is None else pytest.approx(-back.effect, abs=1e-12))
    if there.low is None or there.high is None:
        assert back.low is None and back.high is None
    else:
        assert (back.low, back.high) == pytest.approx((-there.high, -there.low), abs=1e-9)


# lm-eval's own figures


def test_the_standard_error_of_a_mean_needs_two_values() -> None:
    assert mean_stderr([1.0]) is None
    assert mean_stderr([1.0, 2.0, 3.0, 4.0]) == pytest.approx(math.sqrt(5 / 3) / 2)


@pytest.mark.parametrize(("right", "n"), [(0, 12), (5, 12), (12, 12), (0, 144), (133, 144), (144, 144)])
def test_a_task_of_zeros_and_ones_has_the_interval_of_a_rate(right: int, n: int) -> None:
    values = [1.0] * right + [0.0] * (n - right)
    stated = stated_interval(right / n, mean_stderr(values), n, share=True)
    expected = rate_interval(values)
    assert stated.method == expected.method
    assert (stated.low, stated.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_task_of_other_values_has_students_t_either_side() -> None:
    values = [0.2, 0.9, 0.4, 1.0, 0.0] * 8
    error = mean_stderr(values)
    assert error is not None
    stated = stated_interval(0.5, error, 40, share=True)
    # t₀.₉₇₅ at 39 degrees of freedom.
    assert stated.method == "t" and stated.low == pytest.approx(0.5 - 2.022690920 * error)
    # A perplexity of 1, the same in every document, is no rate.
    assert stated_interval(1.0, 0.0, 40, share=False).method == "t"
    assert stated_interval(0.5, None, 1, share=True).method == "none"
