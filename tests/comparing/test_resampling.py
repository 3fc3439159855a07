import math
from itertools import product

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import bootstrap, permutation_test, t

from harness.comparing import Floats
from harness.comparing.resampling import bca_bounds, grouped, swap_test


def means(sums: Floats) -> Floats:
    return np.asarray(sums[..., :-1] / sums[..., -1:])


def same(sums: Floats) -> Floats:
    return sums


def with_sizes(values: Floats) -> Floats:
    return np.column_stack([values, np.ones(len(values))])


def drawn_values(kind: str, n: int) -> Floats:
    rng = np.random.default_rng(n)
    return {
        "normal": rng.normal(5, 2, size=n),
        "skewed": rng.gamma(0.7, 10, size=n),
        "tied": rng.choice([0.0, 0.1, 0.3], p=[0.7, 0.2, 0.1], size=n),
    }[kind]


def monte_carlo_bounds(totals: Floats) -> tuple[Floats, Floats]:
    """The two ends, averaged over ten seeds, and four standard errors of one seed's."""
    ends = np.array([np.ravel(bca_bounds(totals, means, 0.05, seed)) for seed in range(10)])
    return ends.mean(axis=0), 4 * ends.std(axis=0, ddof=1)


def scipy_bounds(values: Floats, level: float) -> Floats:
    found = bootstrap((values,), np.mean, n_resamples=40_000, method="BCa", confidence_level=level, rng=2)
    return np.array(found.confidence_interval)


@pytest.mark.parametrize("kind", ["normal", "skewed", "tied"])
@pytest.mark.parametrize("n", [30, 60, 250])
def test_the_bca_interval_is_scipys(kind: str, n: int) -> None:
    values = drawn_values(kind, n)
    ends, error = monte_carlo_bounds(with_sizes(values))
    assert (np.abs(ends - scipy_bounds(values, 0.95)) < error).all()
    assert (error < 0.5 * values.std() / math.sqrt(n)).all()


@pytest.mark.parametrize("kind", ["normal", "skewed"])
@pytest.mark.parametrize("n", [8, 15, 29])
def test_below_thirty_it_is_scipys_at_the_expanded_level(kind: str, n: int) -> None:
    values = drawn_values(kind, n)
    reach = math.sqrt(n / (n - 1)) * t.ppf(0.975, n - 1)
    ends, error = monte_carlo_bounds(with_sizes(values))
    assert (np.abs(ends - scipy_bounds(values, float(ndtr(reach) - ndtr(-reach)))) < error).all()


def plain_cluster_bca(values: list[list[float]], resamples: int) -> tuple[float, float]:
    """Efron's formula over whole clusters, one loop after another."""
    rng = np.random.default_rng(11)
    k = len(values)
    whole = float(np.mean(np.concatenate(values)))
    drawn = [
        float(np.mean(np.concatenate([values[place] for place in rng.integers(0, k, size=k)])))
        for _ in range(resamples)
    ]
    left_out = [float(np.mean(np.concatenate(values[:place] + values[place + 1 :]))) for place in range(k)]
    stray = np.mean(left_out) - np.array(left_out)
    acceleration = float((stray**3).sum() / (6 * (stray**2).sum() ** 1.5))
    bias = float(ndtri(np.mean([value < whole for value in drawn])))
    low, high = (bias + (bias + z) / (1 - acceleration * (bias + z)) for z in (-1.959964, 1.959964))
    return float(np.quantile(drawn, ndtr(low))), float(np.quantile(drawn, ndtr(high)))


def test_the_cluster_bootstrap_is_a_plain_loop_over_clusters() -> None:
    rng = np.random.default_rng(4)
    clusters = [(rng.gamma(2, 3) + rng.normal(size=rng.integers(1, 8))).tolist() for _ in range(40)]
    labels = [str(place) for place, values in enumerate(clusters) for _ in values]
    totals = grouped(with_sizes(np.concatenate(clusters)), labels)
    low, high = bca_bounds(totals, means, 0.05, 1)
    theirs = plain_cluster_bca(clusters, 8000)
    assert (low[0], high[0]) == pytest.approx(theirs, abs=0.04 * (theirs[1] - theirs[0]))


def test_clusters_are_summed_by_label_in_any_order() -> None:
    values = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    assert grouped(values, ["b", "a", "b"]).tolist() == [[2.0, 20.0], [5.0, 50.0]]
    assert grouped(values, None) is values


def test_a_figure_that_ties_with_the_observed_in_all_but_its_last_bits_is_a_tie() -> None:
    whole = np.random.default_rng(3).integers(0, 4, size=40).astype(float)
    tenths = whole * 0.1
    ours, scaled = (bca_bounds(with_sizes(values), means, 0.05, 1) for values in (whole, tenths))
    assert (scaled[0][0], scaled[1][0]) == pytest.approx((ours[0][0] / 10, ours[1][0] / 10), abs=1e-12)


def test_columns_drawn_together_say_what_each_says_alone() -> None:
    rng = np.random.default_rng(8)
    columns = rng.normal(size=(50, 3)) * [1e-9, 1.0, 1e9]
    together = bca_bounds(with_sizes(columns), means, 0.05, 1)
    swaps = swap_test(columns, same, 1)
    for place in range(3):
        alone = bca_bounds(with_sizes(columns[:, place]), means, 0.05, 1)
        assert together[0][place] == pytest.approx(alone[0][0], rel=1e-9)
        assert together[1][place] == pytest.approx(alone[1][0], rel=1e-9)
        assert swaps[place] == swap_test(columns[:, [place]], same, 1)[0]


@pytest.mark.parametrize("k", [1, 2, 5, 10, 13])
def test_few_swaps_are_all_tried(k: int) -> None:
    halves = np.random.default_rng(k).integers(-3, 4, size=(k, 2)) * [1.0, 0.1]
    for column in halves.T:
        sums = [abs(float(np.dot(signs, column))) for signs in product((1, -1), repeat=k)]
        share = np.mean([value >= abs(float(column.sum())) - 1e-9 for value in sums])
        assert swap_test(column[:, None], same, 0)[0] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(("n", "shift"), [(14, 0.5), (40, 0.3), (200, 0.1)])
def test_many_swaps_are_drawn_as_scipy_draws_them(n: int, shift: float) -> None:
    rng = np.random.default_rng(n)
    first, second = rng.gamma(2, 1, size=n), rng.gamma(2, 1, size=n) + shift
    p = swap_test((second - first)[:, None], same, 3)[0]
    theirs = permutation_test(
        (first, second),
        lambda a, b, axis: np.mean(b - a, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=4,
    ).pvalue
    assert p == pytest.approx(theirs, abs=4 * math.sqrt(0.25 / 9999 * 1.5))
    assert p >= 1e-4


def test_no_drawn_p_value_is_zero() -> None:
    # Phipson and Smyth 2010: the observed arrangement is one of those drawn.
    assert swap_test(np.full((60, 1), 5.0), same, 0)[0] == pytest.approx(1 / 10_000)
