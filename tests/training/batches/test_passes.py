"""Where a batch is cut into passes: held beside every other way to cut it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.training.batches.passes import PassCost, cut

Lengths = st.lists(st.integers(2, 1024), min_size=1, max_size=7)


def partitions(rows: Sequence[int]) -> Iterator[list[list[int]]]:
    """Every way to share rows out among passes."""
    if not rows:
        yield []
        return
    first, *rest = rows
    for others in partitions(rest):
        yield [[first], *others]
        for place in range(len(others)):
            yield [*others[:place], [first, *others[place]], *others[place + 1 :]]


def price(groups: Sequence[Sequence[int]], lengths: Sequence[int], cost: PassCost) -> float:
    return sum(cost.of(len(rows) * max(lengths[row] for row in rows)) for rows in groups)


@given(Lengths, st.integers(0, 600), st.integers(0, 2000))
def test_no_other_cut_is_cheaper_and_one_pass_stays_where_little_is_gained(
    lengths: list[int], fixed: int, least: int
) -> None:
    cost, rows = PassCost(fixed, least), list(range(len(lengths)))
    groups, one = cut(lengths, cost), price([rows], lengths, cost)
    assert sorted(row for group in groups for row in group) == rows
    best = min(price(way, lengths, cost) for way in partitions(rows))
    if best > 0.95 * one:
        assert groups == [rows]
    else:
        assert price(groups, lengths, cost) == pytest.approx(best)


@pytest.mark.parametrize(
    ("lengths", "cost", "groups"),
    [
        # One pass is 4 · 100 = 400 tokens; two are 200 + 2 · 10, and 20 twice besides.
        ([100, 10, 100, 10], PassCost(20), [[0, 2], [1, 3]]),
        # What is gained, 180 tokens, is less than another pass costs.
        ([100, 10, 100, 10], PassCost(200), [[0, 1, 2, 3]]),
        # A pass of 100 tokens takes as long as one of 400: two of them are no gain.
        ([100, 10, 100, 10], PassCost(0, least=400), [[0, 1, 2, 3]]),
        ([50, 50, 50], PassCost(0), [[0, 1, 2]]),
        ([], PassCost(0), [[]]),
    ],
)
def test_a_batch_is_cut_where_the_padding_is_more_than_a_pass(
    lengths: list[int], cost: PassCost, groups: list[list[int]]
) -> None:
    assert cut(lengths, cost) == groups
