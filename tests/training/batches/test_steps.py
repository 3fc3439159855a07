"""A step's micro-batches regrouped by length."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.training.batches.steps import pair_length, regrouped

Batches = st.lists(st.lists(st.integers(1, 50), min_size=3, max_size=3), max_size=5)


def rows(lengths: list[int], begin: int = 0) -> list[dict[str, int]]:
    return [{"number": begin + place, "length": length} for place, length in enumerate(lengths)]


@given(Batches, st.lists(st.integers(1, 50), max_size=2))
def test_each_row_is_in_one_micro_batch_and_a_short_one_stays_as_it_is(
    whole: list[list[int]], short: list[int]
) -> None:
    batches = [rows(lengths, 10 * place) for place, lengths in enumerate([*whole, *([short] if short else [])])]
    found = regrouped(batches, lambda row: row["length"])
    assert [len(batch) for batch in found] == [len(batch) for batch in batches]
    assert Counter(row["number"] for batch in found for row in batch) == Counter(
        row["number"] for batch in batches for row in batch
    )
    if short and whole:
        assert found[-1] == batches[-1]
    padded = [len(batch) * max(row["length"] for row in batch) for batch in found]
    before = [len(batch) * max(row["length"] for row in batch) for batch in batches]
    assert sum(padded) <= sum(before)


def test_the_longest_pairs_come_first_and_those_alike_stay_in_order() -> None:
    found = regrouped([rows([3, 9]), rows([9, 1], 2)], lambda row: row["length"])
    assert [[row["number"] for row in batch] for batch in found] == [[1, 2], [0, 3]]


def test_a_pairs_length_is_that_of_its_longer_side() -> None:
    assert pair_length({"prompt_ids": [1, 2], "chosen_ids": [3], "rejected_ids": [4, 5, 6]}) == 5
    assert pair_length({"chosen_input_ids": [1, 2, 3], "rejected_input_ids": [1, 2]}) == 3
