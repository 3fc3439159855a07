"""What the tests, intervals and detectable differences do where the truth is known: enumerated, or simulated."""

import math
from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from harness.comparing import Floats, detectable_rate, holm
from harness.comparing.power import detectable_mean
from harness.comparing.resampling import bca_bounds, grouped, swap_test
from harness.comparing.statistics import Interval, paired_means, paired_rates, paired_ratios, rate_interval

pytestmark = pytest.mark.slow

SIZES = {
    "few twins": (2, 1, 1, 1, 1, 1, 1, 1, 1),
    "pairs": (2,),
    "fives": (5,),
    "tens": (10,),
    "unequal": (2, 10, 3, 7, 5),
}


def same(sums: Floats) -> Floats:
    return sums


def means(sums: Floats) -> Floats:
    return np.asarray(sums[..., :-1] / sums[..., -1:])


def clustered(n: int, kind: str) -> list[str]:
    """A cluster for each of n answers, sizes in turn."""
    turn = [f"c{place:03}" for place in range(n) for _ in range(SIZES[kind][place % len(SIZES[kind])])]
    return turn[:n]


def places(clusters: Sequence[str]) -> np.typing.NDArray[np.intp]:
    return np.unique(np.asarray(clusters), return_inverse=True)[1]


def holds(found: Interval, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


# Intervals of rates


@cache
def bounds(right: int, n: int) -> Interval:
    return rate_interval([1.0] * right + [0.0] * (n - right))


def rate_coverage(n: int, rate: float) -> float:
    """Every possible sample, by its chance."""
    held = [holds(bounds(right, n), rate) for right in range(n + 1)]
    return float(binom.pmf(np.arange(n + 1), n, rate)[held].sum())


@pytest.mark.parametrize("rate", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("n", [10, 30, 100, 300])
def test_a_rates_interval_holds_the_truth_in_93_of_100_samples(n: int, rate: float) -> None:
    assert rate_coverage(n, rate) >= 0.93


@pytest.mark.parametrize("n", [100, 252, 300, 1000])
def test_from_a_hundred_on_it_holds_any_rate_in_93_to_97_of_100(n: int) -> None:
    assert all(0.93 <= rate_coverage(n, rate) <= 0.97 for rate in np.linspace(0.1, 0.9, 33))


@cache
def paired_bounds(gained: int, lost: int, n: int) -> Interval:
    rest = [0.0] * (n - gained - lost)
    found = paired_rates([0.0] * gained + [1.0] * lost + rest, [1.0] * gained + [0.0] * lost + rest)
    return Interval(found.low, found.high, "")


@pytest.mark.parametrize(
    ("discordant", "delta"), [(0.02, 0.0), (0.1, 0.0), (0.1, 0.09), (0.3, -0.1), (0.6, 0.0), (0.9, 0.5)]
)
@pytest.mark.parametrize("n", [10, 30, 100, 300])
def test_the_interval_of_paired_rates_holds_the_truth_in_93_of_100_samples(
    n: int, discordant: float, delta: float
) -> None:
    chances = [(discordant + delta) / 2, (discordant - delta) / 2, 1 - discordant]
    cells = np.array([(g, lost, n - g - lost) for g in range(n + 1) for lost in range(n + 1 - g)])
    likely = multinomial.pmf(cells, n, chances)
    kept = likely > 1e-7
    covered = sum(
        chance
        for (gained, lost, _), chance in zip(cells[kept].tolist(), likely[kept], strict=True)
        if holds(paired_bounds(gained, lost, n), delta)
    )
    assert covered >= 0.93
    if n >= 100 and discordant >= 0.3:
        assert covered <= 0.97


def copied_answers(rng: np.random.Generator, clusters: Sequence[str], rate: float, copied: float, rows: int) -> Floats:
    """(rows, n) answers: with the chance √copied an answer is its cluster's, else its own; correlation = copied."""
    index = places(clusters)
    common = (rng.random((rows, int(index.max()) + 1)) < rate)[:, index]
    own = rng.random((rows, len(clusters))) < rate
    return np.where(rng.random(own.shape) < math.sqrt(copied), common, own).astype(float)


def beta_binomial(rng: np.random.Generator, clusters: Sequence[str], rate: float, alike: float, rows: int) -> Floats:
    """(rows, n) answers whose clusters have rates of their own, correlated by `alike`."""
    index = places(clusters)
    if alike in (0.0, 1.0):
        return copied_answers(rng, clusters, rate, alike, rows)
    weight = (1 - alike) / alike
    rates = rng.beta(rate * weight, (1 - rate) * weight, size=(rows, int(index.max()) + 1))[:, index]
    return (rng.random(rates.shape) < rates).astype(float)


def clustered_coverage(answers: Floats, clusters: Sequence[str], rate: float) -> float:
    return float(np.mean([holds(rate_interval(row.tolist(), clusters), rate) for row in answers]))


@pytest.mark.parametrize("rate", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("alike", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", SIZES)
def test_in_clusters_a_rates_interval_holds_the_truth_in_93_of_100_samples(
    kind: str, alike: float, rate: float
) -> None:
    rng = np.random.default_rng(1)
    for n in (10, 30, 300):
        clusters = clustered(n, kind)
        assert clustered_coverage(beta_binomial(rng, clusters, rate, alike, 500), clusters, rate) >= 0.93, n


@pytest.mark.parametrize("alike", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["pairs", "fives", "unequal"])
@pytest.mark.parametrize("n", [100, 300])
def test_from_a_hundred_answers_in_clusters_it_holds_in_93_to_97_of_100(n: int, kind: str, alike: float) -> None:
    # 800 samples: a standard error of 0.8 points.
    rng = np.random.default_rng(2)
    clusters = clustered(n, kind)
    found = [clustered_coverage(beta_binomial(rng, clusters, rate, alike, 800), clusters, rate) for rate in (0.1, 0.5)]
    assert all(0.93 <= coverage <= 0.975 for coverage in found), found


def test_where_ten_clusters_copy_a_rare_answer_it_holds_in_90_of_100() -> None:
    # The hardest case known: all of the rate's news comes from one cluster or two.
    clusters = clustered(100, "tens")
    answers = copied_answers(np.random.default_rng(3), clusters, 0.1, 0.3, 2000)
    assert clustered_coverage(answers, clusters, 0.1) >= 0.90


def flips(
    rng: np.random.Generator, clusters: Sequence[str], gain: float, loss: float, copied: float, rows: int
) -> Floats:
    """(rows, n) differences of 0/1 values, copied within clusters as answers are."""
    index = places(clusters)

    def drawn(columns: int) -> Floats:
        chances = rng.random((rows, columns))
        return np.asarray((chances < gain) * 1.0 - ((chances >= gain) & (chances < gain + loss)))

    own, common = drawn(len(clusters)), drawn(int(index.max()) + 1)[:, index]
    return np.where(rng.random(own.shape) < math.sqrt(copied), common, own)


@pytest.mark.parametrize("copied", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize(("gain", "loss"), [(0.02, 0.02), (0.2, 0.1), (0.3, 0.3)])
def test_in_clusters_the_interval_of_paired_rates_holds_the_truth_in_93_of_100_samples(
    monkeypatch: pytest.MonkeyPatch, kind: str, copied: float, gain: float, loss: float
) -> None:
    # The p-value is not looked at here, and would take most of the time.
    monkeypatch.setattr("harness.comparing.resampling.SWAPS", 1)
    rng = np.random.default_rng(4)
    for n in (10, 30, 100, 300):
        clusters = clustered(n, kind)
        held = []
        for row in flips(rng, clusters, gain, loss, copied, 500):
            found = paired_rates((row < 0).tolist(), (row > 0).tolist(), clusters)
            held.append(holds(Interval(found.low, found.high, ""), gain - loss))
        assert np.mean(held) >= 0.93, n


# Intervals of means


def numbers(rng: np.random.Generator, kind: str, shape: tuple[int, int]) -> tuple[Floats, float]:
    """Values and their true mean."""
    if kind == "normal":
        return rng.normal(5, 1, size=shape), 5.0
    if kind == "gamma 2":
        return rng.gamma(2, 1, size=shape), 2.0
    return rng.exponential(1, size=shape), 1.0


def mean_coverage(kind: str, n: int, samples: int) -> float:
    rng = np.random.default_rng(n)
    held = []
    for seed in range(samples // 20):
        values, truth = numbers(rng, kind, (n, 20))
        low, high = bca_bounds(np.column_stack([values, np.ones(n)]), means, 0.05, seed)
        held.append((low <= truth) & (truth <= high))
    return float(np.mean(held))


@pytest.mark.parametrize(
    ("kind", "n", "least"),
    [
        # Expanded below 30 (as it stands, BCa holds the mean of ten in 89 of 100 samples).
        ("normal", 10, 0.93),
        ("gamma 2", 10, 0.92),
        ("exponential", 10, 0.905),
        ("normal", 20, 0.93),
        ("exponential", 20, 0.915),
        ("normal", 30, 0.925),
        ("gamma 2", 30, 0.915),
        ("exponential", 30, 0.905),
        ("normal", 100, 0.93),
        ("gamma 2", 100, 0.93),
        ("exponential", 100, 0.93),
        ("normal", 300, 0.93),
        ("exponential", 300, 0.93),
    ],
)
def test_a_means_interval_holds_the_truth_in_93_of_100_samples_and_with_few_and_skewed_in_90(
    kind: str, n: int, least: float
) -> None:
    assert least <= mean_coverage(kind, n, 4000 if n < 100 else 2000) <= 0.97


@pytest.mark.parametrize("alike", [0.3, 1.0])
@pytest.mark.parametrize(("kind", "n", "least"), [("fives", 50, 0.92), ("fives", 500, 0.93), ("unequal", 500, 0.92)])
def test_in_clusters_a_means_interval_holds_the_truth_in_92_of_100_samples(
    kind: str, n: int, least: float, alike: float
) -> None:
    rng = np.random.default_rng(5)
    clusters = clustered(n, kind)
    index, held = places(clusters), []
    for seed in range(60):
        common = rng.normal(size=(int(index.max()) + 1, 20))[index]
        values = math.sqrt(alike) * common + math.sqrt(1 - alike) * rng.normal(size=(n, 20))
        low, high = bca_bounds(grouped(np.column_stack([values, np.ones(n)]), clusters), means, 0.05, seed)
        held.append((low <= 0) & (high >= 0))
    assert least <= np.mean(held) <= 0.975


# Tests where nothing is to be found


@pytest.mark.parametrize(("n", "discordant"), [(10, 0.5), (50, 0.1), (252, 0.1), (300, 0.3)])
def test_mcnemars_exact_test_finds_nothing_in_at_most_5_of_100_samples(n: int, discordant: float) -> None:
    alarm = 0.0
    for gained, lost in product(range(n + 1), repeat=2):
        chance = multinomial.pmf([gained, lost, n - gained - lost], n, [discordant / 2, discordant / 2, 1 - discordant])
        if chance > 1e-8 and (mcnemar_p(gained, lost) < 0.05):
            alarm += float(chance)
    assert alarm <= 0.05


@cache
def mcnemar_p(gained: int, lost: int) -> float:
    p = paired_rates([0.0] * gained + [1.0] * lost, [1.0] * gained + [0.0] * lost).p
    return 1.0 if p is None else p


def false_alarms(differences: Floats, clusters: Sequence[str] | None = None) -> float:
    """The share of columns whose permutation test falls below 0.05."""
    return float((swap_test(grouped(differences, clusters), same, 6) < 0.05).mean())


@pytest.mark.parametrize("n", [20, 60])
@pytest.mark.parametrize("kind", ["normal", "skewed", "tied"])
def test_the_permutation_test_of_means_errs_in_4_to_6_of_100_samples(kind: str, n: int) -> None:
    rng = np.random.default_rng(7)
    shape = (2, n, 5000)
    first, second = {
        "normal": rng.normal(size=shape),
        "skewed": rng.exponential(size=shape) ** 2,
        "tied": rng.choice([0.0, 1.0, 5.0], p=[0.5, 0.4, 0.1], size=shape),
    }[kind]
    # Ties leave few different sums: the test is conservative.
    assert (0.03 if kind == "tied" else 0.04) <= false_alarms(second - first) <= 0.06


def test_where_all_swaps_are_tried_it_errs_in_at_most_5_of_100_samples() -> None:
    first, second = np.random.default_rng(8).normal(size=(2, 10, 5000))
    # 51 of the 1,024 swaps are fewer than 5 %; 5,000 samples have a standard error of 0.3 points.
    assert 0.04 <= false_alarms(second - first) <= 0.056


@pytest.mark.parametrize("alike", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("kind", "n"), [("pairs", 60), ("unequal", 200)])
def test_the_permutation_of_clusters_errs_in_4_to_6_of_100_samples(kind: str, n: int, alike: float) -> None:
    rng = np.random.default_rng(9)
    clusters = clustered(n, kind)
    common = rng.normal(size=(len(set(clusters)), 5000))[places(clusters)]
    values = math.sqrt(alike) * common + math.sqrt(1 - alike) * rng.normal(size=(n, 5000))
    assert 0.04 <= false_alarms(values, clusters) <= 0.06


@pytest.mark.parametrize("copied", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("kind", "n", "flipped"), [("pairs", 60, 0.2), ("unequal", 200, 0.1), ("unequal", 200, 0.5)])
def test_the_permutation_of_clusters_of_0_and_1_errs_in_at_most_5_of_100_samples(
    kind: str, n: int, flipped: float, copied: float
) -> None:
    clusters = clustered(n, kind)
    values = flips(np.random.default_rng(10), clusters, flipped / 2, flipped / 2, copied, 5000).T
    # Ties make it conservative; 5,000 samples have a standard error of 0.3 points.
    assert false_alarms(values, clusters) <= 0.056


def test_the_permutation_test_of_ratios_errs_in_4_to_6_of_100_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    # The interval is not looked at here, and would take most of the time.
    monkeypatch.setattr("harness.comparing.resampling.RESAMPLES", 20)
    rng = np.random.default_rng(11)
    alarms = []
    for _ in range(2500):
        weight = rng.integers(5, 80, size=11).astype(float)
        first, second = -weight * rng.gamma(9, 0.2, size=(2, 11))
        pairs = [list(zip(sums.tolist(), weight.tolist(), strict=True)) for sums in (first, second)]
        found = paired_ratios(pairs[0], pairs[1], lambda rate: np.asarray(np.exp(-rate)), 0)
        alarms.append(found.p is not None and found.p < 0.05)
    assert 0.04 <= np.mean(alarms) <= 0.06


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_over_twelve_metrics_holm_raises_any_false_alarm_in_at_most_5_of_100_samples(correlation: float) -> None:
    rng = np.random.default_rng(12)
    n, samples, metrics = 40, 1000, 12
    common = rng.normal(size=(n, samples, 1))
    values = math.sqrt(correlation) * common + math.sqrt(1 - correlation) * rng.normal(size=(n, samples, metrics))
    # Half of the metrics are 0/1: gained, lost or the same.
    values[..., : metrics // 2] = np.sign(values[..., : metrics // 2]) * (np.abs(values[..., : metrics // 2]) > 1.3)
    p_values = swap_test(values.reshape(n, -1), same, 6).reshape(samples, metrics)
    alarms = [any(p is not None and p < 0.05 for p in holm(row.tolist())) for row in p_values]
    assert np.mean(alarms) <= 0.05


# Power at the smallest detectable difference


@pytest.mark.parametrize("discordant", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("n", [50, 252, 1000])
def test_the_detectable_difference_of_rates_is_found_in_75_to_85_of_100_samples(n: int, discordant: float) -> None:
    delta = detectable_rate(n, round(n * discordant))
    assert delta is not None
    flipped = max(round(n * discordant) / n, delta)
    chances = [(flipped + delta) / 2, (flipped - delta) / 2, 1 - flipped]
    samples = np.random.default_rng(13).multinomial(n, chances, size=4000)
    found = np.mean([mcnemar_p(int(gained), int(lost)) < 0.05 for gained, lost, _ in samples])
    assert 0.78 <= found <= 0.82


@pytest.mark.parametrize("n", [20, 100, 500])
def test_the_detectable_difference_of_means_is_found_in_75_to_85_of_100_samples(n: int) -> None:
    delta = detectable_mean(n)
    assert delta is not None
    differences = np.random.default_rng(14).normal(delta, 1, size=(n, 2000))
    assert 0.75 <= false_alarms(differences) <= 0.85


@pytest.mark.parametrize("alike", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("kind", "n"), [("pairs", 60), ("tens", 300), ("unequal", 380)])
def test_the_detectable_difference_of_clustered_means_is_found_in_75_to_85_of_100_samples(
    kind: str, n: int, alike: float
) -> None:
    rng = np.random.default_rng(15)
    clusters = clustered(n, kind)
    common = rng.normal(size=(len(set(clusters)), 2000))[places(clusters)]
    values = math.sqrt(alike) * common + math.sqrt(1 - alike) * rng.normal(size=(n, 2000))
    printed = [paired_means([0.0] * n, column.tolist(), 0, clusters).mde or 0.0 for column in values.T[:50]]
    assert 0.75 <= false_alarms(values + np.mean(printed), clusters) <= 0.85


@pytest.mark.parametrize("copied", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("kind", "n", "flipped"), [("pairs", 200, 0.1), ("pairs", 80, 0.3), ("fives", 250, 0.3)])
def test_the_detectable_difference_of_clustered_rates_is_found_in_75_to_85_of_100_samples(
    kind: str, n: int, flipped: float, copied: float
) -> None:
    rng = np.random.default_rng(16)
    clusters = clustered(n, kind)
    printed = [
        paired_rates((row < 0).tolist(), (row > 0).tolist(), clusters).mde or 1.0
        for row in flips(rng, clusters, flipped / 2, flipped / 2, copied, 50)
    ]
    delta = float(np.mean(printed))
    total = max(flipped, delta)
    values = flips(rng, clusters, (total + delta) / 2, (total - delta) / 2, copied, 2000).T
    assert 0.75 <= false_alarms(values, clusters) <= 0.88
