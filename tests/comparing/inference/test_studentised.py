"""Student's t corrected for skewness, beside scipy's, beside Hall's formula by hand, and over clusters."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import skew, t, ttest_1samp

from harness.comparing.inference import Floats, paired_columns, paired_means
from harness.comparing.inference.studentised import Studentised, grouped, is_constant, studentised, weighted_means


def of_mean(values: Floats) -> Studentised:
    return studentised(np.column_stack([values, np.ones(len(values))]), weighted_means)


def mirrored(n: int) -> Floats:
    """Values about 0.4 without any skewness, each with its mirror image."""
    half = np.random.default_rng(n).normal(size=n // 2)
    return np.concatenate([half, -half]) + 0.4


@pytest.mark.parametrize("n", [6, 20, 250])
def test_without_skewness_interval_and_p_value_are_those_of_scipys_t_test(n: int) -> None:
    values = mirrored(n)
    found, theirs = of_mean(values), ttest_1samp(values, 0.0)
    low, high = found.bounds()
    expected = theirs.confidence_interval()
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert found.p()[0] == pytest.approx(max(theirs.pvalue, 2 / 2**n), rel=1e-9)


def test_the_p_value_of_a_large_skewed_sample_tends_to_that_of_scipys_t_test() -> None:
    values = np.random.default_rng(0).exponential(size=40_000) - 0.99
    assert of_mean(values).p()[0] == pytest.approx(ttest_1samp(values, 0.0).pvalue, rel=0.05)


def hall(value: float, gamma: float, n: int) -> float:
    """Hall 1992, g₃: T + a n^(−1/2) T² + a² n^(−1) T³ / 3 + b n^(−1/2), with a = γ / 3 and b = γ / 6."""
    a, b = gamma / 3, gamma / 6
    return value + a * value**2 / math.sqrt(n) + a**2 * value**3 / (3 * n) + b / math.sqrt(n)


@pytest.mark.parametrize("n", [8, 30, 120])
def test_either_end_is_the_wider_of_students_and_of_halls_root(n: int) -> None:
    values = np.random.default_rng(n).lognormal(size=n)
    error, reach = values.std(ddof=1) / math.sqrt(n), float(t.ppf(0.975, n - 1))
    # Fisher's G₁, and 6/n of it more.
    gamma = float(skew(values, bias=False)) * (1 + 6 / n)
    roots = [brentq(lambda x, end=end: hall(x, gamma, n) - end, -200, 200) for end in (reach, -reach)]
    low = values.mean() - max(reach, roots[0]) * error
    high = values.mean() - min(-reach, roots[1]) * error
    found = of_mean(values).bounds()
    assert (found[0][0], found[1][0]) == pytest.approx((low, high), rel=1e-9)
    # To the right, where the long tail lies, it reaches further.
    assert high - values.mean() > reach * error and values.mean() - low == pytest.approx(reach * error)


def test_a_p_value_is_that_of_halls_transformed_t_or_of_students_where_that_is_larger() -> None:
    values = np.random.default_rng(3).exponential(size=25) - 1.4
    plain = values.mean() / (values.std(ddof=1) / 5)
    gamma = float(skew(values, bias=False)) * (1 + 6 / 25)
    transformed = hall(float(plain), gamma, 25)
    assert plain < 0 and abs(transformed) < abs(plain)
    assert of_mean(values).p()[0] == pytest.approx(2 * t.sf(abs(transformed), 24), rel=1e-9)
    # On the other side the transformation would be surer than Student, and is not believed.
    turned = values + 0.95
    plain, theirs = turned.mean() / (turned.std(ddof=1) / 5), ttest_1samp(turned, 0.0).pvalue
    assert plain > 0 and hall(float(plain), gamma, 25) > plain and theirs > 1e-6
    assert of_mean(turned).p()[0] == pytest.approx(theirs, rel=1e-9)


def test_no_p_value_is_smaller_than_all_signs_alike_are_likely() -> None:
    values = np.array([5.0, 5.1, 5.2, 5.0, 5.3, 5.1])
    assert ttest_1samp(values, 0.0).pvalue < 1e-7
    assert of_mean(values).p()[0] == 2 / 2**6


def test_equal_clusters_are_as_good_as_their_means() -> None:
    rng = np.random.default_rng(5)
    values = np.repeat(rng.normal(size=20), 4) + rng.normal(size=80)
    labels = [f"{place // 4:02}" for place in range(80)]
    low, high = of_mean(values.reshape(20, 4).mean(axis=1)).bounds()
    found = paired_means([0.0] * 80, values.tolist(), labels)
    assert (found.low, found.high) == pytest.approx((low[0], high[0]), abs=0.05 * (high[0] - low[0]))
    assert found.test == "cluster corrected t"


def test_the_error_of_unequal_clusters_is_the_jackknifes() -> None:
    rng = np.random.default_rng(6)
    sizes = [1, 2, 9, 4, 4, 3, 7]
    labels = [str(place) for place, size in enumerate(sizes) for _ in range(size)]
    values = rng.normal(size=sum(sizes))
    mean = values.mean()
    left_out = [values[[label != str(place) for label in labels]].mean() for place in range(7)]
    error = math.sqrt(6 / 7 * sum((mean - one) ** 2 for one in left_out))
    totals = grouped(np.column_stack([values, np.ones(len(values))]), labels)
    found = studentised(totals, weighted_means, totals[:, 1])
    assert found.error[0] == pytest.approx(error)
    # Halfway between what the sizes say, (Σ w²)² / Σ w⁴, and what the influences say, 2 / (Σ u⁴ / (Σ u²)² − 1/k).
    squares, share = np.array(sizes) ** 2, np.array([(mean - one) ** 2 for one in left_out])
    designed = squares.sum() ** 2 / (squares**2).sum()
    carried = 2 / max((share**2).sum() / share.sum() ** 2 - 1 / 7, 2 / 7)
    assert found.degrees[0] == pytest.approx((min(6, designed) + min(6, carried)) / 2)


def test_clusters_are_summed_by_label_in_any_order() -> None:
    values = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    assert grouped(values, ["b", "a", "b"]).tolist() == [[2.0, 20.0], [5.0, 50.0]]
    assert grouped(values, None) is values


def test_columns_compared_together_say_what_each_says_alone() -> None:
    differences = np.random.default_rng(1).normal(size=(45, 3)) * [1e-3, 1, 1e3] + [0, 0.2, 400]
    for place, found in enumerate(paired_columns(differences)):
        alone = paired_means([0.0] * 45, differences[:, place].tolist())
        assert (found.low, found.high, found.p, found.mde) == pytest.approx(
            (alone.low, alone.high, alone.p, alone.mde), rel=1e-9
        )


def test_the_same_values_give_the_same_figures_for_nothing_is_drawn() -> None:
    values = np.random.default_rng(2).gamma(2, 1, size=60).tolist()
    assert paired_means([0.0] * 60, values) == paired_means([0.0] * 60, values)


def test_values_that_differ_in_their_dust_only_are_constant() -> None:
    assert is_constant(np.array([0.1 + 0.2, 0.3, 0.3])) and is_constant(np.array([7e9, 7e9 + 1e-5, 7e9]))
    assert not is_constant(np.array([0.3, 0.3 + 1e-9]))


def test_clusters_that_agree_are_constant_however_their_members_differ() -> None:
    # Each cluster holds 0 and 2: its mean is 1, and no further cluster is known.
    found = paired_means([0.0] * 16, [0.0, 2.0] * 8, [str(place // 2) for place in range(16)])
    assert (found.delta, found.low, found.high, found.p, found.reason) == (1.0, 1.0, 1.0, 2 / 2**8, "constant")


def test_the_detectable_difference_of_normal_values_is_that_of_the_t_test() -> None:
    # (t₀.₉₇₅ + t₀.₈) standard errors at 199 degrees of freedom; a sample's own, and 400 draws.
    values = mirrored(200)
    error = values.std(ddof=1) / math.sqrt(200)
    expected = (t.ppf(0.975, 199) + t.ppf(0.8, 199)) * error
    assert of_mean(values).detectable()[0] == pytest.approx(expected, rel=0.06)


def test_where_few_values_carry_the_spread_nobody_knows_what_is_detectable() -> None:
    loops = np.array([0.8] + [0.0] * 99)
    assert math.isnan(of_mean(loops).detectable()[0])
    assert paired_means([0.0] * 100, loops.tolist()).mde is None


def test_what_a_skewed_sample_can_detect_is_more_than_the_t_test_has_it() -> None:
    values = np.random.default_rng(8).lognormal(0, 1, size=100)
    plain = (t.ppf(0.975, 99) + t.ppf(0.8, 99)) * values.std(ddof=1) / 10
    assert of_mean(values).detectable()[0] > 1.2 * plain
