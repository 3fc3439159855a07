"""What many comparisons leave of a verdict, and what is adjusted over which family."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from harness.comparing import Column, Rule, Side, benjamini_hochberg, holm, suite_comparisons, with_families
from harness.comparing.compare import comparison
from harness.comparing.inference.statistics import Paired
from harness.records import Comparison, Verdict
from harness.scorers import METRICS

PRIMARY = {("suite", "correct"), ("task", "acc")}


def row(variant: str, metric: str, p: float | None, baseline: str = "base", source: str = "suite") -> Comparison:
    """A comparison that leaves 0 out where p is below 0.05."""
    sure = p is not None and p < 0.05
    found = Paired(0.1, None if p is None else 0.04 if sure else -0.1, None if p is None else 0.3, p, "t", 100)
    return comparison(baseline, variant, Rule(source, metric, "higher", True, 0.03), found)


def verdicts(rows: Sequence[Comparison]) -> list[tuple[Verdict, str]]:
    return [(one.verdict, one.reason) for one in rows]


def test_what_was_not_named_primary_is_exploratory_and_never_better_or_worse() -> None:
    rows = [row("dpo", "correct", 1e-9), row("dpo", "rouge_l", 1e-9), row("dpo", "loop", 0.4)]
    found = with_families(rows, PRIMARY)
    assert verdicts(found) == [("improved", ""), ("undecided", "exploratory"), ("undecided", "")]
    assert [one.p_holm for one in found] == [1e-9, None, None] and [one.p for one in found] == [1e-9, 1e-9, 0.4]
    assert [one.primary for one in found] == [True, False, False]
    assert [one.family for one in found] == ["the 1 tests of primary metrics against base", "", ""]


def test_what_was_not_named_primary_may_be_shown_to_be_unchanged() -> None:
    held = comparison("base", "dpo", Rule("suite", "rouge_l", "higher", False, 0.03), Paired(0, -0.01, 0.01, 1, "t", 9))
    assert verdicts(with_families([held], PRIMARY)) == [("unchanged", "")]


def test_a_verdict_that_the_family_does_not_carry_is_undecided() -> None:
    # Four tests against the base: 0.01 · 4 carries, 0.02 · 3 does not.
    rows = [row(name, "correct", p) for name, p in (("a", 0.01), ("b", 0.02), ("c", 0.6), ("d", 0.9))]
    found = with_families(rows, PRIMARY)
    assert [one.p_holm for one in found] == pytest.approx([0.04, 0.06, 1.0, 1.0])
    assert verdicts(found) == [("improved", ""), ("undecided", "family"), ("undecided", ""), ("undecided", "")]


def test_tests_against_the_first_variant_and_those_among_the_others_are_a_family_each() -> None:
    rows = [
        row("a", "correct", 0.02),
        row("b", "correct", 0.04),
        row("a", "acc", 0.03, source="task"),
        row("b", "correct", 0.04, baseline="a"),
        row("b", "rouge_l", 0.001, baseline="a"),
        row("b", "acc", None, baseline="a", source="task"),
    ]
    found = with_families(rows, PRIMARY)
    assert [one.p_holm for one in found[:3]] == pytest.approx(holm([0.02, 0.04, 0.03]))
    assert [one.p_holm for one in found[3:]] == [0.04, None, None]
    assert found[0].family == "the 3 tests of primary metrics against base"
    assert found[3].family == found[5].family == "the 1 tests of primary metrics of the others against each other"
    # For exploration: over everything that was compared of a pair.
    assert [found[3].p_bh, found[4].p_bh] == benjamini_hochberg([0.04, 0.001])


def test_holms_p_values_over_a_family_are_those_of_statsmodels() -> None:
    p_values = np.random.default_rng(0).beta(0.5, 2, size=12).tolist()
    found = with_families([row(f"v{place:02}", "correct", p) for place, p in enumerate(p_values)], PRIMARY)
    assert [one.p_holm for one in found] == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=1e-12)


def test_nothing_compared_is_no_family() -> None:
    assert with_families([], PRIMARY) == []


def drawn(rng: np.random.Generator, n: int) -> dict[str, Column]:
    """Fifteen metrics of n answers that hang together, every variant's by this one law."""
    good, found = rng.normal(size=n), {}
    for metric in list(METRICS)[:15]:
        own = 0.6 * good + 0.8 * rng.normal(size=n)
        known = METRICS[metric]
        values = (own > 0.5) * 1.0 if known.rate else 1 / (1 + np.exp(-own)) if known.kind == "share" else np.exp(own)
        found[metric] = Column({(str(place), 0): float(value) for place, value in enumerate(values)}, 0)
    return found


def test_four_variants_of_which_none_differs_are_told_so_in_95_of_100_runs() -> None:
    rng, runs, changed = np.random.default_rng(4), 50, {"improved", "regressed", "shifted"}
    alarms = {"base": 0, "others": 0}
    for _ in range(runs):
        sides = [Side(name, drawn(rng, 40)) for name in ("base", "a", "b", "c", "d")]
        found = with_families(suite_comparisons(list(combinations(sides, 2)), {}), {("suite", "correct")})
        told = [one for one in found if one.verdict in changed]
        assert all(one.primary and one.p_holm is not None and one.p_holm < 0.05 for one in told)
        alarms["base"] += any(one.baseline == "base" for one in told)
        alarms["others"] += any(one.baseline != "base" for one in told)
    # Three standard errors above 5 % would be a fault; 2,000 worlds are measured by python -m perf validity.
    assert max(alarms.values()) / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


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
