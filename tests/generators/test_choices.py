"""Continuations judged in few passes, by a model of which every probability is known: the next token is the last
one's double with probability 1/2, else any of the others."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from harness.generators.choices import Pass, PassFound, judge
from harness.generators.protocol import LogLikelihood

TOKENS = 32


def ln_p(last: int, token: int) -> float:
    return math.log(1 / 2 if token == 2 * last % TOKENS else 1 / 2 / (TOKENS - 1))


class Model:
    """Answers passes, and remembers them."""

    def __init__(self) -> None:
        self.passes: list[Pass] = []

    def ask(self, passes: Sequence[Pass]) -> list[PassFound]:
        self.passes += passes
        return [self._judged(one) for one in passes]

    def _judged(self, one: Pass) -> PassFound:
        follows = list(zip(one.ids, one.ids[1:], strict=False))
        ends = [LogLikelihood(ln_p(a, b), b == 2 * a % TOKENS) for a, b in follows[len(follows) - one.judged :]]
        last = one.ids[-1]
        return PassFound(ends, {token: ln_p(last, token) for token in one.nexts}, 2 * last % TOKENS)


def test_choices_of_one_token_are_one_pass_that_reads_the_context() -> None:
    model = Model()
    found = judge([((1, 3, 5), (token,)) for token in (9, 10, 11, 10)], 99, 99, model.ask)
    assert model.passes == [Pass((1, 3, 5), 0, (9, 10, 11))]
    rare, double = math.log(1 / 62), math.log(1 / 2)
    assert [one.total for one in found] == pytest.approx([rare, double, rare, double])
    assert [one.greedy for one in found] == [False, True, False, True]


def test_continuations_that_differ_in_their_last_token_share_a_pass_and_those_that_begin_alike_are_neighbours() -> None:
    model = Model()
    pairs = [((7, 1), (2, 4, 8)), ((3,), (6,)), ((7, 1), (2, 4, 5)), ((7, 1, 2), (4, 9)), ((7,), (1, 3))]
    found = judge(pairs, 99, 99, model.ask)
    # One pass for three of them, as long as the longest wants it judged.
    assert model.passes == [Pass((3,), 0, (6,)), Pass((7, 1), 1, (3,)), Pass((7, 1, 2, 4), 2, (8, 5, 9))]
    double, rare = math.log(1 / 2), math.log(1 / 62)
    expected = [3 * double, double, 2 * double + rare, double + rare, 2 * rare]
    assert [one.total for one in found] == pytest.approx(expected)
    assert [one.greedy for one in found] == [True, True, False, False, False]


def test_more_choices_than_a_pass_may_have_are_several() -> None:
    model = Model()
    found = judge([((1,), (token,)) for token in range(TOKENS)], 99, 10, model.ask)
    assert [len(one.nexts) for one in model.passes] == [10, 10, 10, 2]
    assert sum(math.exp(one.total) for one in found) == pytest.approx(1.0)
    assert [token for token, one in enumerate(found) if one.greedy] == [2]


@pytest.mark.parametrize("room", [5, 6, 7, 99])
def test_a_text_that_does_not_fit_is_judged_in_parts_with_every_token_judged_once(room: int) -> None:
    model = Model()
    (found,) = judge([((1,), (2, 4, 8, 16, 5))], room, 99, model.ask)
    # This model looks at no more than one token before: parts judge as the whole does.
    assert found.total == pytest.approx(4 * math.log(1 / 2) + math.log(1 / 62))
    assert not found.greedy
    assert all(len(one.ids) < room for one in model.passes)
    assert len(model.passes) == (1 if room >= 6 else 2)
