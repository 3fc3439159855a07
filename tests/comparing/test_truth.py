"""What intervals and tests do where the truth is known: enumerated, or simulated quickly.

python -m perf validity measures the same in 2,000 worlds a cell, of more shapes and sizes.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from harness.comparing import holm
from harness.comparing.inference import Floats, paired_columns, paired_means, paired_rates, paired_ratios, rate_interval
from harness.comparing.inference.statistics import Interval
from tests.comparing.inference.test_proportions import counted

SIZES = {
    "few twins": (2, 1, 1, 1, 1, 1, 1, 1, 1),
    "pairs": (2,),
    "fives": (5,),
    "tens": (10,),
    "unequal": (2, 10, 3, 7, 5),
}


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("copied", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize(("gain", "loss"), [(0.02, 0.02), (0.2, 0.1), (0.3, 0.3)])
def test_in_clusters_the_interval_of_paired_rates_holds_the_truth_in_93_of_100_samples(
    kind: str, copied: float, gain: float, loss: float
) -> None:
    rng = np.random.default_rng(4)
    # Tens: six clusters are the fewest that say anything.
    for n in (60, 100, 300):
        clusters = clustered(n, kind)
        found = [
            paired_rates((row < 0).tolist(), (row > 0).tolist(), clusters)
            for row in flips(rng, clusters, gain, loss, copied, 400)
        ]
        held = [holds(Interval(row.low, row.high, ""), gain - loss) for row in found if row.low is not None]
        assert np.mean(held) >= 0.93 - 1.5 * math.sqrt(0.93 * 0.07 / len(held)), n
        if gain == loss:
            assert np.mean([row.p is not None and row.p < 0.05 for row in found]) <= 0.085, n


# Means


SHAPES: dict[str, tuple[Callable[[np.random.Generator, tuple[int, int]], Floats], float]] = {
    "normal": (lambda rng, size: rng.normal(size=size), 0.0),
    "lognormal 0.5": (lambda rng, size: rng.lognormal(0, 0.5, size), math.exp(0.125)),
    "lognormal 0.7": (lambda rng, size: rng.lognormal(0, 0.7, size), math.exp(0.245)),
    "lognormal 1.0": (lambda rng, size: rng.lognormal(0, 1.0, size), math.exp(0.5)),
    "half zeros": (
        lambda rng, size: rng.lognormal(0, 0.7, size) * (rng.random(size) < 0.5),
        0.5 * math.exp(0.245),
    ),
    "70 % zeros": (
        lambda rng, size: rng.lognormal(0, 0.7, size) * (rng.random(size) < 0.3),
        0.3 * math.exp(0.245),
    ),
    "one in five far away": (lambda rng, size: rng.normal(size=size) + 5 * (rng.random(size) < 0.2), 1.0),
    "one in ten far away": (lambda rng, size: rng.normal(size=size) + 5 * (rng.random(size) < 0.1), 0.5),
    "a difference of lognormals": (
        lambda rng, size: rng.lognormal(3, 0.6, size) - rng.lognormal(3, 1.0, size),
        math.exp(3.18) - math.exp(3.5),
    ),
}


@pytest.mark.parametrize("n", [20, 30, 100, 250])
@pytest.mark.parametrize("kind", SHAPES)
def test_a_means_interval_holds_the_truth_in_93_of_100_samples_of_every_shape(kind: str, n: int) -> None:
    draw, truth = SHAPES[kind]
    rows = paired_columns(draw(np.random.default_rng(n), (n, 400)) - truth)
    held = np.mean([row.low is not None and row.high is not None and row.low <= 0 <= row.high for row in rows])
    alarms = np.mean([row.p is not None and row.p < 0.05 for row in rows])
    # 400 samples: three standard errors are 3.8 points. Of twenty values, one in ten far away, one in nine samples has
    # none.
    assert 0.93 - 0.038 <= held <= 1 and held + alarms == pytest.approx(1)


@pytest.mark.parametrize(("alike", "skewed"), [(0.3, False), (1.0, False), (0.5, True)])
@pytest.mark.parametrize(("kind", "n"), [("fives", 60), ("fives", 300), ("unequal", 200)])
def test_in_clusters_a_means_interval_holds_the_truth_in_93_of_100_samples(
    kind: str, n: int, alike: float, skewed: bool
) -> None:
    rng = np.random.default_rng(5)
    clusters = clustered(n, kind)
    index = places(clusters)
    size = (int(index.max()) + 1, 400)
    common = rng.exponential(size=size) - 1 if skewed else rng.normal(size=size)
    values = math.sqrt(alike) * common[index] + math.sqrt(1 - alike) * rng.normal(size=(n, 400))
    rows = paired_columns(values, clusters)
    assert np.mean([row.p is not None and row.p >= 0.05 for row in rows]) >= 0.93 - 0.038


@pytest.mark.parametrize("n", [6, 10, 40])
def test_the_interval_of_a_perplexity_holds_the_truth_in_93_of_100_samples(n: int) -> None:
    rng, held = np.random.default_rng(11), []
    truth = math.exp(3.05) - math.exp(3.0)
    for _ in range(300):
        weight = rng.lognormal(5, 0.8, size=n).round() + 1
        first = -weight * rng.normal(3.0, 0.4, size=n)
        second = first - weight * rng.normal(0.05, 0.15, size=n)
        pairs = [list(zip(sums.tolist(), weight.tolist(), strict=True)) for sums in (first, second)]
        found = paired_ratios(pairs[0], pairs[1], lambda rate: np.asarray(np.exp(-rate)))
        held.append(holds(Interval(found.low, found.high, ""), truth))
    assert np.mean(held) >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 300)


# Tests where nothing is to be found


@pytest.mark.parametrize(("n", "discordant"), [(10, 0.5), (50, 0.1), (252, 0.1)])
def test_the_test_of_rates_finds_nothing_in_at_most_5_of_100_samples(n: int, discordant: float) -> None:
    cells = np.array([(g, lost, n - g - lost) for g in range(n + 1) for lost in range(n + 1 - g)])
    likely = multinomial.pmf(cells, n, [discordant / 2, discordant / 2, 1 - discordant])
    kept = likely > 1e-7
    alarms = [(counted(g, lost, n).p or 1.0) < 0.05 for g, lost, _ in cells[kept].tolist()]
    assert likely[kept][alarms].sum() <= 0.05


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_over_twelve_metrics_holm_raises_any_false_alarm_in_at_most_5_of_100_samples(correlation: float) -> None:
    rng = np.random.default_rng(12)
    n, samples, metrics = 40, 300, 12
    common = rng.normal(size=(n, samples, 1))
    values = math.sqrt(correlation) * common + math.sqrt(1 - correlation) * rng.normal(size=(n, samples, metrics))
    p_values = np.array([row.p for row in paired_columns(values.reshape(n, -1))]).reshape(samples, metrics)
    alarms = [any(p is not None and p < 0.05 for p in holm(row.tolist())) for row in p_values]
    assert np.mean(alarms) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / samples)


# Power at the smallest detectable difference


@pytest.mark.parametrize(("kind", "n"), [("normal", 30), ("normal", 250), ("lognormal 0.7", 250), ("half zeros", 250)])
def test_the_detectable_difference_of_means_is_found_in_80_of_100_other_samples(kind: str, n: int) -> None:
    draw, truth = SHAPES[kind]
    rng = np.random.default_rng(14)
    samples, others = (draw(rng, (n, 500)) - truth for _ in range(2))
    mde = np.array([row.mde for row in paired_columns(samples)], dtype=float)
    there = np.isfinite(mde)
    assert there.mean() > 0.98
    for direction in (1, -1):
        moved = others[:, there] + direction * mde[there]
        found = np.mean([(row.p or 0.0) < 0.05 for row in paired_columns(moved)])
        assert 0.78 - 3 * math.sqrt(0.78 * 0.22 / 500) <= found


@pytest.mark.parametrize("alike", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("kind", "n"), [("pairs", 60), ("tens", 300), ("unequal", 380)])
def test_the_detectable_difference_of_clustered_means_is_found_in_80_of_100_samples(
    kind: str, n: int, alike: float
) -> None:
    rng = np.random.default_rng(15)
    clusters = clustered(n, kind)
    common = rng.normal(size=(len(set(clusters)), 800))[places(clusters)]
    values = math.sqrt(alike) * common + math.sqrt(1 - alike) * rng.normal(size=(n, 800))
    printed = [paired_means([0.0] * n, column.tolist(), clusters).mde or 0.0 for column in values.T[:50]]
    found = np.mean([(row.p or 0.0) < 0.05 for row in paired_columns(values + np.mean(printed), clusters)])
    assert 0.75 <= found <= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("copied", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("kind", "n", "flipped"), [("pairs", 200, 0.1), ("pairs", 80, 0.3), ("fives", 250, 0.3)])
def test_the_detectable_difference_of_clustered_rates_is_found_in_80_of_100_samples(
    kind: str, n: int, flipped: float, copied: float
) -> None:
    rng = np.random.default_rng(16)
    clusters = clustered(n, kind)
    printed = [
        paired_rates((row < 0).tolist(), (row > 0).tolist(), clusters).mde
        for row in flips(rng, clusters, flipped / 2, flipped / 2, copied, 50)
    ]
    delta = float(np.mean([mde for mde in printed if mde is not None]))
    values = flips(rng, clusters, flipped / 2 + delta, flipped / 2, copied, 600)
    found = [paired_rates((row < 0).tolist(), (row > 0).tolist(), clusters).p or 0.0 for row in values]
    assert 0.72 <= np.mean(np.array(found) < 0.05) <= 0.92
