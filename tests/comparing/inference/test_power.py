import math
from functools import cache

import numpy as np
import pytest
from scipy.stats import binomtest, multinomial

from harness.comparing.inference import detectable_rate, needed_to_catch, needed_to_detect, needed_to_hold
from harness.comparing.inference.power import MOST, hold_power, mcnemar_power
from harness.comparing.inference.proportions import paired_bounds
from tests.comparing.inference.test_proportions import counted


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
    # The sample's discordance is the churn, which the difference comes on top of.
    assert mcnemar_power(n, pairs / n + delta, delta) == pytest.approx(0.8, abs=1e-3)


def test_the_detectable_rate_by_hand_of_six_pairs() -> None:
    # 2 · (1/2)⁵ = 0.0625 and 2 · (1/2)⁶ = 0.03125: six of six, or none. Beside a churn of 1/6, of which half is gained,
    # all six are gained with (δ + 1/12)⁶; where δ + 1/6 is at most 1 that is at most 0.59.
    assert detectable_rate(0, 0) is None and detectable_rate(5, 5) is None
    assert (11 / 12) ** 6 < 0.8 and detectable_rate(6, 1) is None
    # Of eight, beside 1/8: all of them or all but none; seven against one has p = 0.07.
    chance = detectable_rate(10, 1)
    assert chance is None or mcnemar_power(10, 0.1 + chance, chance) == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize("n", [6, 50, 252, 10_000])
def test_where_no_pair_was_discordant_nobody_knows_what_would_show(n: int) -> None:
    assert detectable_rate(n, 0) is None


@pytest.mark.parametrize(("n", "churn"), [(252, 0.05), (252, 0.2), (1000, 0.1)])
def test_the_detectable_rate_is_found_in_80_of_100_samples_beside_the_churn(n: int, churn: float) -> None:
    delta = detectable_rate(n, round(n * churn))
    assert delta is not None
    chances = [churn / 2 + delta, churn / 2, 1 - churn - delta]
    samples = np.random.default_rng(n).multinomial(n, chances, size=3000)[:, :2].tolist()
    found = np.mean([(counted(gained, lost, n).p or 0.0) < 0.05 for gained, lost in samples])
    # By the p-value that is told, which is never smaller than McNemar's.
    assert 0.775 <= found <= 0.825


def test_five_points_beside_a_churn_of_five_percent_need_337_questions() -> None:
    assert needed_to_detect(0.05, 0.05) == 337
    # Not the 157 that would do if the churn ended where the effect begins.
    assert mcnemar_power(157, 0.1, 0.05) < 0.5 < 0.8 < mcnemar_power(157, 0.05, 0.05)


@pytest.mark.parametrize(
    ("delta", "churn", "alpha", "power"),
    [(0.05, 0.05, 0.05, 0.8), (0.03, 0.0, 0.05, 0.8), (0.1, 0.3, 0.005, 0.95), (0.6, 0.2, 0.05, 0.8)],
)
def test_the_needed_pairs_have_the_power_and_keep_it(delta: float, churn: float, alpha: float, power: float) -> None:
    needed, discordant = needed_to_detect(delta, churn, alpha, power), churn + delta
    assert all(mcnemar_power(n, discordant, delta, alpha) >= power for n in range(needed, needed + 60))
    assert mcnemar_power(needed - 1, discordant, delta, alpha) < power


def test_what_cannot_be_detected_needs_more_than_there_are() -> None:
    assert needed_to_detect(0.0, 0.001) == MOST


@pytest.mark.parametrize(("margin", "churn"), [(0.03, 0.1), (0.05, 0.02), (0.05, 0.0)])
def test_an_unchanged_variant_is_held_within_the_margin_by_the_needed_pairs(margin: float, churn: float) -> None:
    n = needed_to_hold(margin, churn)
    gained, lost, _ = np.random.default_rng(0).multinomial(n, [churn / 2, churn / 2, 1 - churn], size=3000).T
    held = np.mean([paired_bounds(int(g), int(one), n)[0] > -margin for g, one in zip(gained, lost, strict=True)])
    assert held == pytest.approx(hold_power(n, margin, churn), abs=0.016) and held >= 0.938


def test_in_large_samples_holding_takes_the_usual_formula() -> None:
    # (1.959964 + 1.644854)² · 0.1 / 0.03² = 1443.8
    assert needed_to_hold(0.03, 0.1) == pytest.approx(1443.8, rel=0.03)


def test_a_fault_that_never_shows_is_excluded_as_the_exact_bound_has_it() -> None:
    # Tango's bound of none of n, z² / (n + z²), is the wider: 3.8415 · 0.97 / 0.03 = 124.2
    assert needed_to_hold(0.03, 0.0) == 125


def test_a_larger_family_needs_more_pairs_to_catch_a_drop() -> None:
    one, ten = (needed_to_catch(0.06, 0.1, family) for family in (1, 10))
    assert one == needed_to_detect(0.06, 0.1, 0.05, 0.95) and one < ten
    assert mcnemar_power(ten, 0.16, -0.06, 0.005) >= 0.95
