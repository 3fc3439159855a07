"""Win rates: ballots of two orders, an interval that covers, and the figures of AlpacaEval's own package."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import norm

from harness.judging import Ballot, Choice, preferences, win_rate
from harness.judging.ballots import Preferred
from tests.conftest import ROOT

ANNOTATIONS = ROOT.parent / "shared/real/alpaca_eval/annotations/gpt-3.5-turbo-1106.annotations.json"


def ballot(forward: Choice | None, swapped: Choice | None, question: str = "q") -> Ballot:
    return Ballot(question, "base", "dpo", forward, swapped)


@pytest.mark.parametrize(
    ("forward", "swapped", "preference", "consistent"),
    [
        ("second", "first", 1.0, True),
        ("first", "second", 0.0, True),
        ("tie", "tie", 0.5, True),
        ("first", "first", 0.5, False),
        ("second", "second", 0.5, False),
        ("tie", "first", 0.5, False),
        (None, "first", None, None),
        ("second", None, None, None),
        (None, None, None, None),
    ],
)
def test_two_orders_make_one_preference(
    forward: Choice | None, swapped: Choice | None, preference: float | None, consistent: bool | None
) -> None:
    found = ballot(forward, swapped)
    assert (found.preference, found.consistent) == (preference, consistent)


def test_of_a_recording_with_one_order_that_order_counts() -> None:
    found = Ballot("q", "base", "dpo", "second", both_orders=False)
    assert (found.preference, found.consistent) == (1.0, None)


def test_what_was_not_judged_is_no_loss() -> None:
    found = preferences([ballot("second", "first", "a"), ballot(None, "first", "b"), ballot("first", "first", "c")])
    assert (found.values.tolist(), found.not_judged, found.inconsistent) == ([1.0, 0.5], 1, 1)


def test_a_judge_that_always_takes_the_first_says_nothing() -> None:
    found = win_rate(preferences([ballot("first", "first", str(n)) for n in range(100)]))
    assert found is not None
    assert (found.rate, found.inconsistent, found.ties, found.p) == (0.5, 100, 100, 1.0)


def world(
    rng: np.random.Generator, questions: int, rate: float, ties: float, size: int = 1, together: float = 0.0
) -> Preferred:
    """Preferred with that true rate and share of ties, `size` to a question, which depend on each other."""
    shared = np.repeat(rng.standard_normal(questions), size)
    drawn = norm.cdf(np.sqrt(together) * shared + np.sqrt(1 - together) * rng.standard_normal(len(shared)))
    lost = 1 - ties - (rate - ties / 2)
    values = np.where(drawn < lost, 0.0, np.where(drawn < lost + ties, 0.5, 1.0))
    return Preferred(values, tuple(str(n) for n in np.repeat(np.arange(questions), size)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("questions", "rate", "ties", "size", "together"),
    [(60, 0.5, 0.3, 1, 0.0), (200, 0.9, 0.05, 1, 0.0), (100, 0.6, 0.2, 3, 0.5), (100, 0.6, 0.2, 8, 0.4)],
)
def test_the_interval_covers_the_true_rate_in_95_of_100_worlds(
    questions: int, rate: float, ties: float, size: int, together: float
) -> None:
    rng = np.random.default_rng(0)
    found = [win_rate(world(rng, questions, rate, ties, size, together)) for _ in range(1000)]
    held = [it is not None and it.low is not None and it.high is not None and it.low <= rate <= it.high for it in found]
    # 1,000 worlds know a coverage of 95 % to ± 1.4.
    assert 0.93 <= np.mean(held) <= 0.975


def test_exchanged_variants_have_the_rest_of_the_rate() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        one = world(rng, 50, 0.7, 0.2, 2, 0.3)
        here, there = win_rate(one), win_rate(one.exchanged)
        assert here is not None and there is not None and here.low is not None and there.high is not None
        assert here.rate == pytest.approx(1 - there.rate, abs=1e-12)
        assert here.low == pytest.approx(1 - there.high, abs=1e-9)
        assert here.p == pytest.approx(there.p)
        assert (here.wins, here.losses) == (there.losses, there.wins)


def test_p_is_below_five_in_a_hundred_where_the_interval_leaves_one_half_out() -> None:
    rng = np.random.default_rng(4)
    for rate in (0.5, 0.6, 0.7):
        for _ in range(100):
            found = win_rate(world(rng, 40, rate, 0.2))
            assert found is not None and found.low is not None and found.high is not None and found.p is not None
            assert (found.p < 0.05) == (found.low > 0.5 or found.high < 0.5)


def test_five_questions_allow_no_interval() -> None:
    found = win_rate(Preferred(np.ones(10), tuple("aabbccddee")))
    assert found is not None
    assert (found.rate, found.low, found.p, found.reason) == (1.0, None, None, "few")


@pytest.mark.skipif(not ANNOTATIONS.exists(), reason="the real annotations are not beside this checkout")
def test_the_win_rate_of_real_annotations_is_that_of_the_package_that_made_them() -> None:
    rows = json.loads(ANNOTATIONS.read_text(encoding="utf-8"))
    given = np.array([row["preference"] for row in rows if row["preference"] is not None], dtype=float)
    found = win_rate(Preferred(given - 1, tuple(str(n) for n in range(len(given)))))
    assert found is not None and found.low is not None and found.high is not None
    assert found.n == 805
    assert 100 * found.rate == pytest.approx(100 * float(np.mean(given - 1)), abs=1e-9)
    assert 100 * found.rate == pytest.approx(9.178, abs=5e-4)
    assert found.low < found.rate < found.high < 0.5
