"""Shares of 0 and 1 and their paired differences, beside scipy, statsmodels, published tables and enumeration."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import beta, binom, binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from harness.comparing.inference import Paired, paired_rates, rate_interval
from harness.comparing.inference.proportions import effective, paired_bounds, paired_p, paired_score

ZERO_ONE = st.sampled_from([0.0, 1.0])
Z = 1.959963984540054


def ones(right: int, n: int) -> list[float]:
    return [1.0] * right + [0.0] * (n - right)


@cache
def counted(gained: int, lost: int, n: int) -> Paired:
    """n answers with that many gained and lost; half of the others right both times."""
    rest = ones((n - gained - lost) // 2, n - gained - lost)
    return paired_rates([0.0] * gained + [1.0] * lost + rest, [1.0] * gained + [0.0] * lost + rest)


def is_dual(found: Paired) -> bool:
    """Whether p is below 0.05 exactly where there is an interval and 0 is not in it."""
    if found.low is None or found.high is None or found.p is None:
        return found.low is found.high is found.p is None
    return (found.p < 0.05) is (not found.low <= 0 <= found.high)


# One share


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


def test_clusters_are_worth_what_their_variance_says_less_what_few_of_them_leave_unknown() -> None:
    # Eight pairs with means 1, 0, ½, 1, 0, ½, ½, 0, in all 7/16; Σ (mean − 7/16)² = 1.21875, over 8 · 7 the variance of
    # the mean, of which 7/16 · 9/16 is so many times.
    values = np.array([1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0], dtype=float)
    labels = [str(place // 2) for place in range(16)]
    share = 7 / 16
    cautious, likely = effective(values, share * (1 - share), labels)
    assert likely == pytest.approx(share * (1 - share) / (1.21875 / 56))
    # Student's t at 7 degrees of freedom for the normal quantile would leave fewer than one a pair.
    assert likely * (Z / 2.364624252) ** 2 < 8 == cautious


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


# The interval of a paired difference


def likelihood(gained: int, lost: int, n: int, delta: float, share: float) -> float:
    """Minus the trinomial's log-likelihood where a share is lost and delta more gained."""
    chances = (share + delta, share, 1 - 2 * share - delta)
    counts = (gained, lost, n - gained - lost)
    return -sum(count * math.log(max(chance, 1e-300)) for count, chance in zip(counts, chances, strict=True) if count)


def tango(gained: int, lost: int, n: int, side: float) -> float:
    """An end of Tango's interval by the optimiser and the root finder of scipy, without his closed form."""

    def score(delta: float) -> float:
        least, most = max(0.0, -delta), (1 - delta) / 2
        share = minimize_scalar(
            lambda value: likelihood(gained, lost, n, delta, value),
            bounds=(least, most),
            method="bounded",
            options={"xatol": 1e-13},
        ).x
        variance = n * max(1e-300, 2 * share + delta * (1 - delta))
        return float((gained - lost - n * delta) / math.sqrt(variance)) - side

    middle = (gained - lost) / n
    return float(brentq(score, *((-1 + 1e-9, middle) if side > 0 else (middle, 1 - 1e-9)), xtol=1e-10))


@pytest.mark.parametrize(("gained", "lost", "n"), [(6, 1, 10), (1, 7, 21), (3, 7, 30), (12, 12, 100), (40, 21, 900)])
def test_tangos_interval_is_that_of_a_search_for_the_likeliest_share_and_the_root(
    gained: int, lost: int, n: int
) -> None:
    ends = tango(gained, lost, n, Z), tango(gained, lost, n, -Z)
    assert [paired_score(float(gained), float(lost), n, end) for end in ends] == pytest.approx([Z, -Z], abs=1e-4)
    found = paired_bounds(gained, lost, n)
    assert found[0] <= ends[0] + 1e-6 and found[1] >= ends[1] - 1e-6


def test_of_a_published_table_both_intervals_are_as_printed_and_the_wider_counts() -> None:
    # Fagerland, Lydersen and Laake 2014 (Stat. Med. 33, 2850), airway hyper-responsiveness, 1 against 7 of 21:
    # Tango −0.517 to −0.026, Bonett and Price −0.508 to −0.013.
    low, high = paired_bounds(1, 7, 21)
    assert (round(tango(1, 7, 21, Z), 3), round(tango(1, 7, 21, -Z), 3)) == (-0.517, -0.026)
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.013)


@pytest.mark.parametrize(("gained", "lost", "n"), [(6, 1, 10), (1, 7, 30), (12, 12, 100), (40, 21, 900)])
def test_either_end_is_the_wider_of_tangos_and_of_bonett_and_prices(gained: int, lost: int, n: int) -> None:
    # p̃ = (f + 1) / (n + 2); p̃₁₂ − p̃₂₁ ± z · √([p̃₁₂ + p̃₂₁ − (p̃₁₂ − p̃₂₁)²] / (n + 2))
    one, two = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = Z * math.sqrt((one + two - (one - two) ** 2) / (n + 2))
    low = max(-1.0, min(one - two - half, tango(gained, lost, n, Z)))
    high = min(1.0, max(one - two + half, tango(gained, lost, n, -Z)))
    assert paired_bounds(gained, lost, n) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("n", [6, 30, 92, 252, 2000])
def test_where_nothing_was_gained_the_interval_reaches_as_far_as_the_exact_one_of_the_loss(n: int) -> None:
    for lost in (0, 1, 5):
        low, high = paired_bounds(0, lost, n)
        assert low <= -beta.ppf(0.975, lost + 1, n - lost) + 1e-12
        assert paired_bounds(lost, 0, n) == pytest.approx((-high, -low), abs=1e-9)


def test_nothing_of_92_does_not_exclude_a_loss_of_three_points() -> None:
    found = counted(0, 0, 92)
    exact, score = 1 - 0.025 ** (1 / 92), tango(0, 0, 92, -Z)
    assert (round(exact, 4), round(score, 4)) == (0.0393, 0.0401)
    assert found.low is not None and found.high is not None
    assert -found.low == pytest.approx(found.high) and found.high == pytest.approx(score, abs=1e-6)


# The test, and that it says what the interval says


@pytest.mark.parametrize(("gained", "lost", "n"), [(6, 1, 10), (0, 0, 8), (0, 7, 30), (12, 12, 100), (40, 21, 900)])
def test_the_p_value_is_the_larger_of_mcnemars_exact_one_and_of_the_score(gained: int, lost: int, n: int) -> None:
    found, table = counted(gained, lost, n), mcnemar([[0, gained], [lost, 0]], exact=True)
    exact = min(1.0, table.pvalue)
    if gained + lost:
        assert exact == pytest.approx(binomtest(gained, gained + lost).pvalue, abs=1e-9)
    assert found.p == pytest.approx(max(exact, paired_p(gained, lost, n)), abs=1e-12)
    assert (found.gained, found.lost, found.delta) == (gained, lost, (gained - lost) / n)
    assert found.test == "mcnemar exact"


@pytest.mark.parametrize("n", [*range(1, 13), 20, 33, 60])
def test_the_p_value_of_rates_is_the_intervals_dual_whatever_was_gained_and_lost(n: int) -> None:
    for gained in range(n + 1):
        for lost in range(n + 1 - gained):
            found = counted(gained, lost, n)
            assert is_dual(found), (gained, lost, n)
            assert found.low is not None and found.high is not None
            assert -1 <= found.low <= found.delta <= found.high <= 1


@given(
    st.lists(st.tuples(ZERO_ONE, ZERO_ONE, st.integers(0, 25)), min_size=1, max_size=120),
    st.integers(0, 1),
)
@settings(deadline=None, max_examples=150)
def test_the_p_value_of_rates_in_clusters_is_the_intervals_dual(
    rows: list[tuple[float, float, int]], leaning: int
) -> None:
    first = [a * (1 - leaning) for a, _, _ in rows]
    found = paired_rates(first, [b for _, b, _ in rows], [f"c{label}" for _, _, label in rows])
    assert is_dual(found)
    assert (found.reason == "few") is (len({label for _, _, label in rows}) < 6)


@pytest.mark.parametrize("clusters", [6, 7, 12, 40])
def test_the_dual_holds_in_clusters_that_all_lean_one_way(clusters: int) -> None:
    for size in (1, 2, 9):
        for turned in range(clusters + 1):
            labels = [str(place) for place in range(clusters) for _ in range(size)]
            after = [float(place < turned) for place in range(clusters) for _ in range(size)]
            found = paired_rates([0.0] * len(after), after, labels)
            assert is_dual(found) and found.p is not None and found.p >= 2 / 2**clusters


def test_cohens_g_is_the_share_of_gains_less_a_half() -> None:
    # 6 of 7: 6/7 − 1/2
    assert counted(6, 1, 10).effect == pytest.approx(6 / 7 - 0.5)
    assert counted(0, 0, 10).effect == 0.0


def test_no_pair_at_all_is_no_difference_and_no_p_value() -> None:
    assert paired_rates([], []) == Paired(0.0, None, None, None, "none", 0, 0, 0, reason="few")


def test_below_six_clusters_of_rates_there_is_no_interval_and_no_p_value() -> None:
    first, second = ones(0, 50), ones(30, 50)
    found = paired_rates(first, second, [str(place % 5) for place in range(50)])
    assert (found.low, found.high, found.p, found.mde, found.reason) == (None, None, None, None, "few")
    assert (found.delta, found.gained, found.lost) == (0.6, 30, 0)
    assert paired_rates(first, second, [str(place % 6) for place in range(50)]).p is not None


def test_copied_pairs_are_worth_one_a_cluster() -> None:
    alone = counted(9, 3, 40)
    first = [0.0] * 9 + [1.0] * 3 + ones(14, 28)
    second = [1.0] * 9 + [0.0] * 3 + ones(14, 28)
    labels = [str(place // 5) for place in range(200)]
    copied = paired_rates(np.repeat(first, 5).tolist(), np.repeat(second, 5).tolist(), labels)
    assert (copied.delta, copied.effect) == (alone.delta, alone.effect)
    # Thirty-nine degrees of freedom and a variance over k − 1: a little wider than forty pairs on their own.
    assert copied.low == pytest.approx(alone.low, abs=0.02) and copied.high == pytest.approx(alone.high, abs=0.02)
    assert copied.mde == pytest.approx(alone.mde, abs=0.01)


# Coverage, by enumeration


def missed(n: int, gain: float, loss: float) -> tuple[float, float]:
    """The chances that the true difference is below the lower end, and above the upper one."""
    below = above = 0.0
    gains = binom.pmf(np.arange(n + 1), n, gain)
    for gained in np.flatnonzero(gains > 1e-7).tolist():
        losses = binom.pmf(np.arange(n - gained + 1), n - gained, loss / (1 - gain))
        for lost in np.flatnonzero(losses * gains[gained] > 1e-7).tolist():
            low, high = counted_bounds(gained, lost, n)
            below += float(gains[gained] * losses[lost]) * (low > gain - loss + 1e-12)
            above += float(gains[gained] * losses[lost]) * (high < gain - loss - 1e-12)
    return below, above


@cache
def counted_bounds(gained: int, lost: int, n: int) -> tuple[float, float]:
    return paired_bounds(gained, lost, n)


@pytest.mark.parametrize("n", [10, 50, 92, 145, 252])
def test_where_a_fault_only_appears_the_bound_holds_in_97_and_a_half_of_100_samples(n: int) -> None:
    for loss in (0.001, 0.005, 0.01, 0.03, 0.05, 0.1, 0.3, 0.7):
        below, above = missed(n, 0.0, loss)
        assert below <= 0.025 + 1e-6, loss
        mirrored = missed(n, loss, 0.0)
        assert mirrored == pytest.approx((above, below), abs=1e-6)


@pytest.mark.parametrize(("n", "most"), [(10, 0.05), (20, 0.033), (30, 0.03), (92, 0.03), (252, 0.03)])
def test_either_end_of_the_interval_of_paired_rates_holds_in_97_of_100_samples_and_of_ten_in_95(
    n: int, most: float
) -> None:
    changes = [(0.01, 0.01), (0.002, 0.03), (0.05, 0.08), (0.1, 0.1), (0.02, 0.2), (0.3, 0.3), (0.45, 0.1), (0.1, 0.5)]
    # Of ten answers that all change, 70 % for the worse, is the hardest that there is.
    for gain, loss in [*changes, *([(0.3, 0.7), (0.2, 0.8)] if n < 30 else [])]:
        assert max(missed(n, gain, loss)) <= most, (gain, loss)


def test_where_the_exact_test_just_rejects_no_interval_holds_zero() -> None:
    for discordant in range(6, 300):
        fewer = int(binom.ppf(0.025, discordant, 0.5))
        while 2 * binom.cdf(fewer, discordant, 0.5) >= 0.05:
            fewer -= 1
        for n in (discordant, discordant + 1, 2 * discordant, 50 * discordant):
            assert paired_bounds(discordant - fewer, fewer, n)[0] > 0, (discordant, fewer, n)
