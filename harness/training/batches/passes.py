"""Where a batch of rows of unlike length is cut into passes, so that the least time goes into padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_WORTH = 0.95
"""The most that passes may cost of the one that they replace; above it, nothing is gained for sure."""


@dataclass(frozen=True)
class PassCost:
    """What a pass of a model costs, in tokens: the time in which it computes so many."""

    fixed: float
    """For reading the weights, whatever the batch is."""
    least: float = 0.0
    """What a pass of fewer tokens takes all the same: a GPU waits for Python then."""

    def of(self, tokens: int) -> float:
        """The cost of a pass over so many tokens, padding among them."""
        return max(float(tokens), self.least) + self.fixed


def cut(lengths: Sequence[int], cost: PassCost) -> list[list[int]]:
    """The rows of each pass, the longest first; one pass of all rows in their order where cutting gains nothing.

    Exact: rows that share a pass are neighbours by length, and of all ways to cut the sorted rows the cheapest is found
    by dynamic programming.
    """
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    least, begins = [0.0], [0]
    for end in range(1, len(order) + 1):
        found = [least[begin] + cost.of((end - begin) * lengths[order[begin]]) for begin in range(end)]
        begins.append(min(range(end), key=found.__getitem__))
        least.append(found[begins[-1]])
    if not order or least[-1] > _WORTH * cost.of(len(order) * lengths[order[0]]):
        return [list(range(len(order)))]
    groups: list[list[int]] = []
    end = len(order)
    while end:
        groups.append(sorted(order[begins[end] : end]))
        end = begins[end]
    return groups[::-1]
