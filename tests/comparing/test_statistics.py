import math
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap, permutation_test
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import tt_solve_power
from statsmodels.stats.proportion import proportion_confint

from harness.comparing import Floats, benjamini_hochberg, holm, paired_columns, stated_interval
from harness.comparing.statistics import (
    Paired,
    mean_interval,
    mean_stderr,
    paired_means,
    paired_rates,
    paired_ratios,
    perplexity_stderr,
    rate_interval,
)

ZERO_ONE = st.sampled_from([0.0, 1.0])
TENTHS = st.integers(-40, 40).map(lambda number: number / 10)


def ones(right: int, n: int) -> list[float]:
    return [1.0] * right + [0.0] * (n - right)


def sides(gained: int, lost: int, n: int) -> tuple[list[float], list[float]]:
    """Two columns of n answers with that many gained and lost; half of the others right both times."""
    rest = ones((n - gained - lost) // 2, n - gained - lost)
    return [0.0] * gained + [1.0] * lost + rest, [1.0] * gained + [0.0] * lost + rest


def perplexity(rate: Floats) -> Floats:
    return np.asarray(np.exp(-rate))


def swapped_share(differences: Sequence[float], clusters: Sequence[str]) -> float:
    """The share of all swaps of whole clusters that move the sum as far as it was, one swap after another."""
    names = sorted(set(clusters))
    observed, reached = abs(math.fsum(differences)), 0
    for signs in product((1, -1), repeat=len(names)):
        sign = dict(zip(names, signs, strict=True))
        moved = math.fsum(sign[name] * value for name, value in zip(clusters, differences, strict=True))
        reached += abs(moved) >= observed - 1e-9
    return float(reached / 2 ** len(names))


@pytest.mark.parametrize("n", [30, 57, 252, 1000])
def test_a_rates_interval_is_wilsons_from_thirty_on(n: int) -> None:
    for right in {0, 1, n // 3, n - 1, n}:
        found = rate_interval(ones(right, n))
        assert (found.low, found.high) == pytest.approx(proportion_confint(right, n, method="wilson"), abs=1e-9)
        theirs = binomtest(right, n).proportion_ci(method="wilson")
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
        assert found.method == "wilson"


@pytest.mark.parametrize("n", [1, 2, 18, 29])
def test_below_thirty_it_is_clopper_and_pearsons(n: int) -> None:
    for right in range(n + 1):
        found = rate_interval(ones(right, n))
        theirs = binomtest(right, n).proportion_ci(method="exact")
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
        assert found.method == "clopper-pearson"
    assert rate_interval([]).method == "none"


def test_copied_answers_are_worth_one_a_cluster() -> None:
    votes = ones(12, 40)
    copied = [vote for vote in votes for _ in range(5)]
    labels = [str(place // 5) for place in range(200)]
    found, alone = rate_interval(copied, labels), rate_interval(votes)
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=1e-9)
    assert found.method == "cluster score"


def test_unanimous_clusters_are_worth_one_a_cluster() -> None:
    # Kish 1965: n² / Σ m², here four pairs and two alone: 10² / (4 · 2² + 2) = 100 / 18.
    labels = ["a", "a", "b", "b", "c", "c", "d", "d", "e", "f"]
    found = rate_interval([1.0] * 10, labels)
    assert found.low == pytest.approx(0.025 ** (18 / 100), abs=1e-9)
    assert found.high == 1.0


def test_clusters_that_agree_no_more_than_strangers_widen_little() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 2, size=400).astype(float).tolist()
    clustered = rate_interval(values, [str(place // 2) for place in range(400)])
    alone = rate_interval(values)
    assert clustered.low is not None and clustered.high is not None
    assert alone.low is not None and alone.high is not None
    assert clustered.high - clustered.low == pytest.approx(alone.high - alone.low, rel=0.1)


def test_one_cluster_is_one_answer() -> None:
    found = rate_interval([1.0, 0.0, 1.0, 1.0], ["a"] * 4)
    # Beta(0.75, 1.25) and Beta(1.75, 0.25): next to nothing is known.
    assert found.low is not None and found.high is not None
    assert found.low < 0.03 and found.high > 0.97


@given(st.lists(st.tuples(ZERO_ONE, st.sampled_from("abcdef")), min_size=1, max_size=60))
@settings(deadline=None, max_examples=80)
def test_a_rates_interval_holds_the_rate_and_mirrors(rows: list[tuple[float, str]]) -> None:
    values, labels = [value for value, _ in rows], [label for _, label in rows]
    for clusters in (None, labels):
        found = rate_interval(values, clusters)
        mirror = rate_interval([1 - value for value in values], clusters)
        assert found.low is not None and found.high is not None
        assert 0 <= found.low <= np.mean(values) + 1e-12 and np.mean(values) - 1e-12 <= found.high <= 1
        assert mirror.low == pytest.approx(1 - found.high, abs=1e-9)


@pytest.mark.parametrize(("gained", "lost", "n"), [(6, 1, 10), (0, 0, 5), (0, 7, 30), (12, 12, 100), (40, 21, 900)])
def test_mcnemars_p_value_is_that_of_scipy_and_of_statsmodels(gained: int, lost: int, n: int) -> None:
    found = paired_rates(*sides(gained, lost, n))
    table = mcnemar([[0, gained], [lost, 0]], exact=True)
    if gained + lost:
        assert found.p == pytest.approx(binomtest(gained, gained + lost).pvalue, abs=1e-9)
    assert found.p == pytest.approx(min(1.0, table.pvalue), abs=1e-9)
    assert (found.gained, found.lost, found.delta) == (gained, lost, (gained - lost) / n)
    assert found.test == "mcnemar exact"


@pytest.mark.parametrize(("gained", "lost", "n"), [(6, 1, 10), (0, 0, 10), (0, 7, 30), (12, 12, 100), (40, 21, 900)])
def test_the_interval_of_paired_rates_is_bonett_and_prices(gained: int, lost: int, n: int) -> None:
    # p̃ = (f + 1) / (n + 2); p̃₁₂ − p̃₂₁ ± z · √([p̃₁₂ + p̃₂₁ − (p̃₁₂ − p̃₂₁)²] / (n + 2))
    one, two = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = 1.959963984540054 * math.sqrt((one + two - (one - two) ** 2) / (n + 2))
    found = paired_rates(*sides(gained, lost, n))
    assert (found.low, found.high) == pytest.approx((one - two - half, one - two + half), abs=1e-9)


def test_cohens_g_is_the_share_of_gains_less_a_half() -> None:
    # 6 of 7: 6/7 − 1/2
    assert paired_rates(*sides(6, 1, 10)).effect == pytest.approx(6 / 7 - 0.5)
    assert paired_rates(*sides(0, 0, 10)).effect == 0.0


def test_no_pair_at_all_is_no_difference_and_no_p_value() -> None:
    assert paired_rates([], []) == Paired(0.0, None, None, None, "none", 0, 0, 0)


def test_paired_rates_in_clusters_swap_whole_clusters() -> None:
    first = [0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1]
    second = [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1]
    labels = ["a", "a", "a", "b", "b", "c", "d", "e", "f", "f", "f"]
    found = paired_rates(first, second, labels)
    assert found.p == pytest.approx(swapped_share(np.subtract(second, first).tolist(), labels), abs=1e-12)
    assert (found.test, found.gained, found.lost) == ("permutation of clusters", 5, 2)


def test_copied_pairs_are_worth_one_a_cluster() -> None:
    first, second = sides(9, 3, 40)
    alone = paired_rates(first, second)
    labels = [str(place // 5) for place in range(200)]
    copied = paired_rates(np.repeat(first, 5).tolist(), np.repeat(second, 5).tolist(), labels)
    assert (copied.delta, copied.effect) == (alone.delta, alone.effect)
    # Thirty-nine degrees of freedom and a variance over k − 1: a little wider than forty pairs on their own.
    assert copied.low == pytest.approx(alone.low, abs=0.01) and copied.high == pytest.approx(alone.high, abs=0.01)
    assert copied.mde == pytest.approx(alone.mde, abs=0.01)
    assert copied.p == pytest.approx(alone.p, abs=0.02)


@pytest.mark.parametrize("n", [2, 6, 12])
def test_a_small_permutation_test_of_means_is_the_enumeration_of_all_swaps(n: int) -> None:
    rng = np.random.default_rng(n)
    first, second = rng.normal(size=n), rng.normal(0.5, 1, size=n)
    share = swapped_share((second - first).tolist(), [str(place) for place in range(n)])
    assert paired_means(first.tolist(), second.tolist(), 0).p == pytest.approx(share, abs=1e-12)


def test_in_clusters_it_swaps_whole_clusters() -> None:
    rng = np.random.default_rng(2)
    labels = [str(place) for place in rng.integers(0, 9, size=30)]
    difference = rng.normal(0.3, 1, size=30)
    found = paired_means([0.0] * 30, difference.tolist(), 0, labels)
    assert found.p == pytest.approx(swapped_share(difference.tolist(), labels), abs=1e-12)
    assert found.test == "permutation of clusters"


def test_a_large_permutation_test_of_means_is_scipys() -> None:
    rng = np.random.default_rng(7)
    first, second = rng.gamma(2, 1, size=80), rng.gamma(2.4, 1, size=80)
    theirs = permutation_test(
        (first, second),
        lambda a, b, axis: np.mean(b - a, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=1,
    ).pvalue
    assert paired_means(first.tolist(), second.tolist(), 0).p == pytest.approx(theirs, abs=0.02)


def test_cohens_d_z_and_the_detectable_difference_are_in_standard_deviations_of_the_differences() -> None:
    first, second = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 4.0, 3.0, 7.0, 5.0, 9.0]
    # Differences 1, 2, 0, 3, 0, 3: mean 1.5, sum of squares about it 9.5.
    spread = math.sqrt(9.5 / 5)
    found = paired_means(first, second, 0)
    assert found.effect == pytest.approx(1.5 / spread)
    theirs = tt_solve_power(nobs=6, alpha=0.05, power=0.8, alternative="two-sided")
    assert found.mde == pytest.approx(theirs * spread, rel=1e-4)


def test_where_no_swap_could_be_significant_no_difference_is_detectable() -> None:
    # Of five pairs or clusters the surest has p = 2 / 2⁵ = 0.0625.
    first, second = [0.0] * 10, [1.0, 0.0, 1.0, 1.0, 0.0] * 2
    fives = [str(place % 5) for place in range(10)]
    assert paired_means([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.5, 4.0, 5.0, 6.0], 0).mde is None
    assert paired_means(first, second, 0, fives).mde is None
    assert paired_rates(first, second, fives).mde is None
    documents = [(-9.0 - place, 3.0) for place in range(5)]
    assert paired_ratios(documents, [(log + 1, weight) for log, weight in documents], perplexity, 0).mde is None


def test_metrics_compared_together_say_what_each_says_alone() -> None:
    differences = np.random.default_rng(1).normal(size=(45, 3)) * [1e-3, 1, 1e3] + [0, 0.2, 400]
    together = paired_columns(differences, 3)
    for place, found in enumerate(together):
        alone = paired_means([0.0] * 45, differences[:, place].tolist(), 3)
        assert (found.low, found.high, found.p) == pytest.approx((alone.low, alone.high, alone.p), rel=1e-9)


def test_a_bootstrap_interval_is_the_same_for_the_same_seed_and_covers_the_mean() -> None:
    values = np.random.default_rng(0).gamma(2, 10, size=200).tolist()
    found = mean_interval(values, 7)
    assert found == mean_interval(values, 7)
    assert found.low is not None and found.high is not None and found.low < float(np.mean(values)) < found.high
    # The normal interval is near by for 200 values.
    half = 1.96 * float(np.std(values, ddof=1)) / math.sqrt(200)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)


def test_a_means_interval_names_its_method() -> None:
    values = np.random.default_rng(0).normal(size=60).tolist()
    pairs, fives = [str(place // 2) for place in range(60)], [str(place // 5) for place in range(60)]
    assert mean_interval(values, 0).method == "bca"
    assert mean_interval(values[:29], 0).method == "bca expanded"
    assert mean_interval(values, 0, pairs).method == "cluster bca"
    assert mean_interval(values, 0, fives).method == "cluster bca expanded"


def test_constant_and_single_values_are_said_to_be_so() -> None:
    assert mean_interval([3.0, 3.0, 3.0], 0).method == "constant"
    assert mean_interval([3.0], 0).low is None and mean_interval([1.0, 2.0], 0, ["a", "a"]).low is None
    assert paired_means([1.0], [2.0], 0).p is None
    assert paired_means([], [], 0).n == 0
    same = paired_means([1.0, 2.0], [1.0, 2.0], 0)
    assert (same.low, same.high, same.p, same.mde, same.effect) == (0.0, 0.0, 1.0, None, None)


@pytest.mark.parametrize("n", [12, 50])
def test_a_ratios_p_value_swaps_each_documents_sums_and_keeps_its_weight(n: int) -> None:
    rng = np.random.default_rng(n)
    weight = rng.integers(5, 80, size=n).astype(float)
    first = -weight * rng.gamma(9, 0.2, size=n)
    second = first + rng.normal(4, 12, size=n)

    def difference(a: Floats, b: Floats, axis: int) -> Floats:
        return np.asarray(np.exp(-b.sum(axis=axis) / weight.sum()) - np.exp(-a.sum(axis=axis) / weight.sum()))

    theirs = permutation_test(
        (first, second), difference, permutation_type="samples", vectorized=True, n_resamples=20_000, rng=1
    ).pvalue
    found = paired_ratios(
        list(zip(first.tolist(), weight.tolist(), strict=True)),
        list(zip(second.tolist(), weight.tolist(), strict=True)),
        perplexity,
        0,
    )
    assert found.p == pytest.approx(theirs, abs=1e-9 if n == 12 else 0.02)
    assert found.delta == pytest.approx(float(difference(first, second, 0)), rel=1e-12)


def test_a_ratios_interval_is_scipys_bca_over_documents() -> None:
    rng = np.random.default_rng(5)
    weight = rng.integers(5, 80, size=90).astype(float)
    first = -weight * rng.gamma(9, 0.2, size=90)
    second = first + rng.normal(4, 12, size=90)
    theirs = bootstrap(
        (first, second, weight),
        lambda a, b, w, axis: (
            np.exp(-b.sum(axis=axis) / w.sum(axis=axis)) - np.exp(-a.sum(axis=axis) / w.sum(axis=axis))
        ),
        paired=True,
        vectorized=True,
        n_resamples=40_000,
        method="BCa",
        rng=1,
    ).confidence_interval
    found = paired_ratios(
        list(zip(first.tolist(), weight.tolist(), strict=True)),
        list(zip(second.tolist(), weight.tolist(), strict=True)),
        perplexity,
        0,
    )
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.06 * (theirs.high - theirs.low))


def test_a_ratios_difference_is_that_of_the_pooled_perplexities() -> None:
    first = [(-20.0, 10.0), (-33.0, 10.0), (-12.0, 4.0)]
    second = [(-18.0, 10.0), (-30.0, 10.0), (-13.0, 4.0)]
    found = paired_ratios(first, second, perplexity, 0)
    assert found.delta == pytest.approx(math.exp(61 / 24) - math.exp(65 / 24))
    same = paired_ratios(first, first, perplexity, 0)
    assert (same.delta, same.p) == (0.0, 1.0)
    assert paired_ratios(first[:1], second[:1], perplexity, 0).p is None


def test_a_perplexitys_standard_error_agrees_with_the_bootstrap() -> None:
    rng = np.random.default_rng(3)
    weights = rng.integers(20, 60, size=300).astype(float)
    logs = -weights * rng.gamma(9, 0.2, size=300)
    pairs = list(zip(logs.tolist(), weights.tolist(), strict=True))
    draws = rng.integers(0, 300, size=(4000, 300))
    boot = np.exp(-logs[draws].sum(axis=1) / weights[draws].sum(axis=1)).std()
    assert perplexity_stderr(pairs, exponent=True) == pytest.approx(boot, rel=0.06)
    assert perplexity_stderr(pairs[:1], exponent=True) is None


@given(st.lists(st.tuples(TENTHS, TENTHS, st.sampled_from("abcdefgh")), min_size=2, max_size=40))
@settings(deadline=None, max_examples=40)
def test_swapping_sides_mirrors_means_with_and_without_clusters(rows: list[tuple[float, float, str]]) -> None:
    first, second = [row[0] for row in rows], [row[1] for row in rows]
    for clusters in (None, [row[2] for row in rows]):
        mirrors(paired_means(first, second, 1, clusters), paired_means(second, first, 1, clusters))


@given(st.lists(st.tuples(ZERO_ONE, ZERO_ONE, st.sampled_from("abcdefgh")), min_size=1, max_size=60))
@settings(deadline=None, max_examples=60)
def test_swapping_sides_mirrors_rates_with_and_without_clusters(rows: list[tuple[float, float, str]]) -> None:
    first, second = [row[0] for row in rows], [row[1] for row in rows]
    for clusters in (None, [row[2] for row in rows]):
        there, back = paired_rates(first, second, clusters), paired_rates(second, first, clusters)
        mirrors(there, back)
        assert (there.gained, there.lost) == (back.lost, back.gained)
        assert there.low is not None and there.high is not None and -1 <= there.low <= there.high <= 1


def mirrors(there: Paired, back: Paired) -> None:
    assert there.delta == pytest.approx(-back.delta, abs=1e-12)
    assert there.p == pytest.approx(back.p, abs=1e-12) and (there.p is None or 0 < there.p <= 1)
    assert (there.mde is None and back.mde is None) or there.mde == pytest.approx(back.mde, rel=1e-9)
    assert there.effect == (None if back.effect is None else pytest.approx(-back.effect, abs=1e-12))
    if there.low is None or there.high is None:
        assert back.low is None and back.high is None
    else:
        assert (back.low, back.high) == pytest.approx((-there.high, -there.low), abs=1e-9)


def test_holm_steps_down_and_leaves_out_what_has_no_p() -> None:
    # 0.01·3, then 0.02·2, then 0.03·1 made monotone
    assert holm([0.03, None, 0.01, 0.02]) == [pytest.approx(0.04), None, pytest.approx(0.03), pytest.approx(0.04)]
    assert holm([None]) == [None] and benjamini_hochberg([None, 0.2]) == [None, pytest.approx(0.2)]


# Models loaded by other tests have made this process flush what is subnormal to 0.
@given(st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=12))
@settings(deadline=None)
def test_adjusted_p_values_are_their_definitions(p_values: list[float]) -> None:
    m = len(p_values)
    order = sorted(range(m), key=p_values.__getitem__)
    step_down, step_up = [0.0] * m, [0.0] * m
    for rank, place in enumerate(order):
        step_down[place] = min(1.0, max(p_values[order[i]] * (m - i) for i in range(rank + 1)))
        step_up[place] = min(1.0, min(p_values[order[i]] * m / (i + 1) for i in range(rank, m)))
    assert holm(p_values) == pytest.approx(step_down, abs=1e-9)
    assert benjamini_hochberg(p_values) == pytest.approx(step_up, abs=1e-9)


def test_adjusted_p_values_are_statsmodels() -> None:
    p_values = np.random.default_rng(0).beta(0.5, 2, size=40).tolist()
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=1e-9)
    assert benjamini_hochberg(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1].tolist(), abs=1e-9)


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


def test_a_task_of_other_values_has_its_standard_error_either_side() -> None:
    values = [0.2, 0.9, 0.4, 1.0, 0.0] * 8
    error = mean_stderr(values)
    assert error is not None
    stated = stated_interval(0.5, error, 40, share=True)
    assert stated.method == "normal" and stated.low == pytest.approx(0.5 - 1.95996398 * error)
    # A perplexity of 1, the same in every document, is no rate.
    assert stated_interval(1.0, 0.0, 40, share=False).method == "normal"
    assert stated_interval(0.5, None, 1, share=True).method == "none"
