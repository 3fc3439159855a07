"""What a training's time is counted out from."""

from __future__ import annotations

from typing import Any

import pytest

from harness.training.timing import Timing, _evaluations, _every


def test_the_parts_add_up_to_the_sum_that_is_told() -> None:
    # 12 · 10 + 60 + 3 · 20 + 1 · 0.5 = 240.5 s.
    found = Timing(12, 10.0, 60.0, 3, 20.0, 1, 0.5, "3 steps taken here")
    assert found.total == 240.5
    assert found.line() == (
        "about 4 min: 12 steps of 10 s, the reference pass 60 s, 3 evaluations of 20 s, 1 checkpoint of 0.50 s; an "
        "estimate from 3 steps taken here"
    )
    assert "reference" not in Timing(1, 1.0, 0.0, 0, 0.0, 1, 0.1, "").line()


@pytest.mark.parametrize(
    ("given", "times"),
    [
        # Where nobody says, TRL evaluates as often as it logs; the last step is evaluated besides.
        ({"logging_steps": 1}, 12),
        ({"eval_steps": 5, "logging_steps": 1}, 3),
        ({"eval_steps": 4, "logging_steps": 1}, 3),
        # A share of all steps: every third one.
        ({"eval_steps": 0.25}, 4),
        ({"eval_strategy": "epoch", "num_train_epochs": 1.5}, 2),
        ({"eval_strategy": "no", "eval_steps": 5}, 0),
    ],
)
def test_rows_held_out_are_evaluated_as_often_as_trl_would(given: dict[str, Any], times: int) -> None:
    assert _evaluations(12, given) == times


def test_a_number_of_steps_below_one_is_a_share_of_them() -> None:
    assert [_every(50, 12), _every(0.5, 12), _every(0.01, 12)] == [50, 6, 1]
