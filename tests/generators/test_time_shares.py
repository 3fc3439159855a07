"""An engine's time, shared out among the answers that it wrote at once."""

from __future__ import annotations

import pytest

from harness.generators.time_shares import TimeShares


def test_answers_that_are_written_at_once_share_the_time_and_the_last_pays_alone() -> None:
    shares = TimeShares(places=9, now=100.0)
    for name in ("short", "middle", "long"):
        shares.add(name)
    # Three for 3 s, two for 2 s, one for 4 s.
    assert shares.finish(["short"], 103.0) == pytest.approx([1.0])
    assert shares.finish(["middle"], 105.0) == pytest.approx([2.0])
    assert shares.finish(["long"], 109.0) == pytest.approx([6.0])


def test_an_answer_that_waits_for_a_place_costs_nothing_yet() -> None:
    shares = TimeShares(places=2, now=0.0)
    for name in "abc":
        shares.add(name)
    assert shares.finish(["a"], 4.0) == pytest.approx([2.0])
    # `c` begins where `a` ends.
    assert shares.finish(["b", "c"], 10.0) == pytest.approx([2.0 + 3.0, 3.0])


def test_the_shares_of_all_are_the_time_that_passed_also_when_one_overtakes() -> None:
    shares, total = TimeShares(places=2, now=0.0), 0.0
    for name in "abcd":
        shares.add(name)
    for moment, names in ((1.0, []), (2.5, ["c"]), (3.0, ["b"]), (7.0, ["d", "a"])):
        total += sum(shares.finish(names, moment))
    assert total == pytest.approx(7.0)
