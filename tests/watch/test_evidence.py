"""What all checkpoints of a watch say together, on checks made by hand whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from harness.comparing.inference import Floats
from harness.records import Direction, Finding, GateVerdict
from harness.watch.evidence import gather
from harness.watch.pairs import Checked
from harness.watch.trend import Trend, headline

N = 200


def finding(metric: str, delta: float, p: float | None, verdict: GateVerdict, better: Direction) -> Finding:
    return Finding(
        baseline="base", variant="dpo", source="suite", metric=metric, better=better, before=0.8, after=0.8 + delta,
        delta=delta, low=None, high=None, p=p, p_adjusted=p, test="", n=N, unpaired=0, margin=0.03, mde=None,
        verdict=verdict,
    )  # fmt: skip


def watch(
    baseline: Floats,
    answers: Sequence[Floats],
    metric: str = "correct",
    better: Direction = "higher",
    verdict: GateVerdict = "undecided",
) -> list[Checked]:
    """A checkpoint for each (N,) of answers, at steps 10, 20, …"""
    steps = []
    for place, row in enumerate(answers, start=1):
        pairs = {(f"question {i}", f"{i} 0"): pair for i, pair in enumerate(zip(baseline, row, strict=True))}
        found = finding(metric, float((row - baseline).mean()), 0.5, verdict, better)
        steps.append(Checked(f"step-{10 * place}", 10 * place, {("suite", metric): found}, {("suite", metric): pairs}))
    return steps


def wrong(count: int) -> Floats:
    return (np.arange(N) >= count).astype(float)


def test_a_checkpoint_that_lost_much_is_worse_and_those_before_it_are_not() -> None:
    found = gather(watch(wrong(20), [wrong(20), wrong(21), wrong(60), wrong(61)]), 0.05, 1)
    assert [it.name for it in found.worse] == ["step-30", "step-40"]
    assert {it.seen_in for it in found.worse} == {"checkpoint"} and (found.looks, found.tests) == (4, 1)
    # 40 lost and none gained: 40 / √40.
    assert found.worse[0].statistic == pytest.approx(40**0.5) and found.worse[0].statistic > found.worse[0].bound


def test_what_is_surely_inside_the_margin_is_no_regression() -> None:
    assert not gather(watch(wrong(20), [wrong(60)] * 3, verdict="passed"), 0.05, 1).worse


def test_where_less_is_better_more_is_worse_and_where_neither_is_both_are() -> None:
    rise, fall = [wrong(60), wrong(20)], [wrong(20), wrong(60)]
    assert gather(watch(rise[0], [rise[1]], "loop", "lower"), 0.05, 1).worse
    assert not gather(watch(fall[0], [fall[1]], "loop", "lower"), 0.05, 1).worse
    for before, after in (rise, fall):
        assert gather(watch(before, [after], "words", "neither"), 0.05, 1).worse


def test_a_baseline_that_was_the_best_of_many_takes_more() -> None:
    # Nine lost, none gained: 1 of 512 sign flips is as extreme; 0.05 / 11 is above that, a tenth of it below.
    steps = watch(wrong(20), [wrong(29)])
    assert gather(steps, 0.05, 1).worse and not gather(steps, 0.05, 10).worse


def test_losses_too_small_for_one_checkpoint_are_seen_in_the_course_of_many() -> None:
    rng = np.random.default_rng(1)
    baseline = wrong(20)
    course = []
    for place in range(12):
        row = baseline.copy()
        # Three lost for good with each checkpoint, and as many flipped either way.
        row[20 : 20 + 1 + place] = 0
        flipped = rng.choice(np.arange(60, N), 12, replace=False)
        row[flipped] = 1 - row[flipped] * (rng.random(12) < 0.5)
        course.append(row)
    found = gather(watch(baseline, course), 0.05, 1)
    assert found.worse


def test_a_metric_that_falls_step_by_step_is_told_with_its_slope() -> None:
    found = gather(watch(wrong(20), [wrong(20 + 2 * place) for place in range(10)]), 0.05, 1)
    (falling,) = found.falling
    # Two of 200 a checkpoint, ten steps apart.
    assert falling.each == pytest.approx(-0.01) and falling.slope == pytest.approx(-0.001)
    assert 40 <= falling.step <= 100 and falling.statistic > falling.bound


def test_what_rises_does_not_fall_and_three_checkpoints_are_no_trend() -> None:
    assert not gather(watch(wrong(60), [wrong(60 - 4 * place) for place in range(10)]), 0.05, 1).falling
    assert not gather(watch(wrong(20), [wrong(20 + 20 * place) for place in range(3)]), 0.05, 1).falling


def test_a_perplexity_is_judged_by_its_own_p_at_its_share_of_alpha() -> None:
    def step(number: int, p: float, delta: float) -> Checked:
        row = finding("word_perplexity", delta, p, "undecided", "lower")
        return Checked(f"step-{number}", number, {("text", "word_perplexity"): row}, {})

    # Of 0.05, 1/11 is spent at the first look, 2/12 − 1/11 at the second: 0.0045 and 0.0038, one-sided.
    assert not gather([step(1, 0.01, 0.5)], 0.05, 1).worse
    assert gather([step(1, 0.008, 0.5)], 0.05, 1).worse and not gather([step(1, 0.008, -0.5)], 0.05, 1).worse
    assert [it.name for it in gather([step(1, 1.0, 0.0), step(2, 0.007, 0.5)], 0.05, 1).worse] == ["step-2"]


def test_nothing_is_said_of_checkpoints_that_could_not_be_compared() -> None:
    found = gather([Checked("step-1", 1, {}, {})], 0.05, 1)
    assert (found.looks, found.tests, found.worse, found.falling) == (0, 0, (), ())
    assert headline(Trend("dpo", "base", True, ())) == "0 checkpoints"
