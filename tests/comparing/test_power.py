import math
from functools import cache

import numpy as np
import pytest
from scipy.stats import binomtest, multinomial
from statsmodels.stats.power import tt_solve_power

from harness.comparing import detectable_rate, needed_to_catch, needed_to_detect, needed_to_hold
from harness.comparing.power import MOST, detectable, detectable_mean, hold_power, mcnemar_power


@cache
def mcnemar_p(gained: int, lost: int) -> float:
    return float(binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0


def enumerated_power(n: int, discordant: float, delta: float, alpha: float) -> float:
    """The chance of every (gained, lost) that the test calls a difference."""
    chances = [(discordant + delta) / 2, (discordant - delta) / 2, 1 - discordant]
    cells = [(g, lost) for g in range(n + 1) for lost in range(n + 1 - g) if mcnemar_p(g, lost) < alpha]
    if not cells:
        return 0.0
    return float(multinomial.pmf([[g, lost, n - g - lost] for g, lost in cells], n, chances).sum())


@pytest.mark.parametrize("n", [1, 5, 6, 12, 25])
@pytest.mark.parametrize(("discordant", "delta"), [(0.02, 0.01), (0.3, 0.0), (0.3, -0.2), (0.5, 0.5), (1.0, 0.6)])
@pytest.mark.parametrize("alpha", [0.05, 0.005])
def test_mcnemars_power_is_the_sum_over_the_whole_trinomial(
    n: int, discordant: float, delta: float, alpha: float
) -> None:
    theirs = enumerated_power(n, discordant, delta, alpha)
    assert mcnemar_power(n, discordant, delta, alpha) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("n", "discordant", "delta"), [(80, 0.2, 0.1), (300, 0.05, 0.03), (1000, 0.3, 0.04)])
def test_mcnemars_power_is_the_share_of_simulated_samples_that_it_finds(
    n: int, discordant: float, delta: float
) -> None:
    chances = [(discordant + delta) / 2, (discordant - delta) / 2, 1 - discordant]
    samples = np.random.default_rng(n).multinomial(n, chances, size=20_000)
    found = np.mean([mcnemar_p(int(g), int(lost)) < 0.05 for g, lost, _ in samples])
    assert mcnemar_power(n, discordant, delta) == pytest.approx(found, abs=4 * math.sqrt(0.25 / 20_000))


def test_a_difference_larger_than_the_discordance_is_the_discordance() -> None:
    assert mcnemar_power(60, 0.01, 0.2) == mcnemar_power(60, 0.2, 0.2)
    assert mcnemar_power(60, 0.0, 0.0) == 0.0


@pytest.mark.parametrize(("n", "pairs"), [(50, 1), (50, 15), (252, 25), (1000, 20), (1000, 300)])
def test_the_detectable_rate_is_found_with_eighty_percent(n: int, pairs: int) -> None:
    delta = detectable_rate(n, pairs)
    assert delta is not None
    assert mcnemar_power(n, pairs / n, delta) == pytest.approx(0.8, abs=1e-3)


def test_five_pairs_show_nothing_and_six_only_the_whole() -> None:
    # 2 · (1/2)⁵ = 0.0625 and 2 · (1/2)⁶ = 0.03125; with six, 0.8 = δ⁶
    assert detectable_rate(0, 0) is None and detectable_rate(5, 5) is None
    assert detectable_rate(6, 0) == pytest.approx(0.8 ** (1 / 6), abs=1e-5)


@pytest.mark.parametrize("n", [2, 5, 20, 100, 5000])
def test_the_detectable_mean_is_statsmodels_paired_t_test(n: int) -> None:
    ours = detectable_mean(n)
    assert ours is not None
    power = tt_solve_power(effect_size=ours, nobs=n, alpha=0.05, power=None, alternative="two-sided")
    assert power == pytest.approx(0.8, abs=1e-4)
    assert detectable_mean(1) is None


def test_the_detectable_difference_is_2_80_standard_errors_and_more_with_few_degrees() -> None:
    assert detectable(1.0) == pytest.approx(1.959964 + 0.841621, abs=1e-5)
    # Student's quantiles with 5 degrees of freedom: 2.570582 and 0.919544
    assert detectable(2.0, 5) == pytest.approx(2 * (2.570582 + 0.919544), abs=1e-5)


@pytest.mark.parametrize(
    ("delta", "discordant", "alpha", "power"),
    [(0.05, 0.1, 0.05, 0.8), (0.03, 0.03, 0.05, 0.8), (0.1, 0.4, 0.005, 0.95), (0.6, 0.8, 0.05, 0.8)],
)
def test_the_needed_pairs_have_the_power_and_keep_it(
    delta: float, discordant: float, alpha: float, power: float
) -> None:
    needed = needed_to_detect(delta, discordant, alpha, power)
    assert all(mcnemar_power(n, discordant, delta, alpha) >= power for n in range(needed, needed + 60))
    assert mcnemar_power(needed - 1, discordant, delta, alpha) < power


def test_what_cannot_be_detected_needs_more_than_there_are() -> None:
    assert needed_to_detect(0.0, 0.1) == MOST


def test_an_unchanged_variant_is_held_within_the_margin_by_the_needed_pairs() -> None:
    n = needed_to_hold(0.03, 0.1)
    # In large samples (1.959964 + 1.644854)² · 0.1 / 0.03² = 1443.8
    assert n == pytest.approx(1443.8, rel=0.02)
    gained, lost, _ = np.random.default_rng(0).multinomial(n, [0.05, 0.05, 0.9], size=20_000).T
    plus, minus = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    error = np.sqrt((plus + minus - (plus - minus) ** 2) / (n + 2))
    held = (plus - minus - 1.959964 * error > -0.03).mean()
    assert held == pytest.approx(hold_power(n, 0.03, 0.1), abs=0.006) and held >= 0.944


def test_a_larger_family_needs_more_pairs_to_catch_a_drop() -> None:
    one, ten = (needed_to_catch(0.06, 0.1, family) for family in (1, 10))
    assert one == needed_to_detect(0.06, 0.16, 0.05, 0.95) and one < ten
    assert mcnemar_power(ten, 0.16, -0.06, 0.005) >= 0.95
