"""What a finding makes of what was measured, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from perf.goals import GOALS, Finding
from perf.gpu_training import Trained
from perf.visit import adapters, training
from perf.visit.asking import Ours, Theirs
from perf.visit.scale import FULL, SMALL
from perf.visit.visit import Visit

TOGETHER = Ours(
    wall=90.0,
    engine=30.0,
    tokens=256_000,
    prompt_tokens=60.0,
    answers=1000,
    choices=None,
    accuracy=None,
    memory=70.0,
)
ALONE = replace(TOGETHER, engine=5.0, tokens=51_200, answers=200, choices=4.0, accuracy=0.25)
BASE = Theirs(wall=71.0, ready=50.0, generate=6.0, choices=8.0, accuracy=0.25, memory=72.0)
ADAPTED = replace(BASE, ready=60.0, generate=10.0, choices=None)


def figures(finding: Finding) -> dict[str, object]:
    return dict(finding.figures)


def full_visit(tmp_path: Path) -> Visit:
    return Visit("now", str(tmp_path / "r.json"), str(tmp_path), str(tmp_path), "full", "NVIDIA H100 80GB HBM3")


def test_time_a_token_is_the_engines_over_all_tokens_that_it_wrote() -> None:
    # 30 s of 256,000 tokens beside 5 s of 51,200: 117.2 µs beside 97.7.
    found = adapters.per_token(TOGETHER, ALONE)
    assert figures(found)["ratio"] == pytest.approx(1.2) and found.met is True
    assert adapters.per_token(replace(TOGETHER, engine=32.0), ALONE).met is False


def test_five_processes_are_one_for_the_base_and_four_like_the_adapters() -> None:
    # One process measured: 5 × 56 = 280. Two: 56 + 4 × 70 = 336. What else a process did is not counted.
    one, two = adapters.processes(TOGETHER, [BASE], 4), adapters.processes(TOGETHER, [BASE, ADAPTED], 4)
    assert figures(one)["theirs"] == 280 and figures(two)["theirs"] == 336
    assert figures(two)["ratio"] == pytest.approx(90 / 336) and two.met is True
    assert "5 processes by 1 that ran" in one.said and "5 processes by 2 that ran" in two.said
    assert adapters.processes(replace(TOGETHER, wall=150.0), [BASE, ADAPTED], 4).met is False


def test_speed_says_the_share_of_the_roofline(tmp_path: Path) -> None:
    found = adapters.speed(full_visit(tmp_path), TOGETHER)
    # A thousand rows at 60 + 128 held tokens: 2 · 7.114e9 + 4 · 188 · 4096 · 32 operations each, 14.33e12 a step, which
    # is 14.5 ms at 989e12; weights, four adapters and keys and values are 39.2e9 bytes, 11.7 ms. 256 such steps.
    assert figures(found)["roofline seconds"] == pytest.approx(256 * 14.326e12 / 989e12, rel=1e-3)
    assert figures(found)["tokens a second"] == pytest.approx(256_000 / 30) and found.met is None
    assert "12% of the roofline" in found.said


def test_choices_are_compared_in_loaded_engines() -> None:
    found = adapters.choices(ALONE, BASE, 100)
    assert figures(found)["ratio"] == 0.5 and "accuracy 0.2500 beside 0.2500" in found.said
    assert adapters.choices(TOGETHER, BASE, 100).said == "not asked"


OURS = Trained(losses=(0.7, 0.6), seconds=9.0, peak_memory=11_900_000_000)
THEIRS = Trained(losses=(0.7, 0.6002), seconds=10.0, peak_memory=13_000_000_000)


def test_a_training_is_compared_by_seconds_and_losses() -> None:
    ratio, losses = training.beside(SMALL.shape, "dpo", OURS, THEIRS)
    assert figures(ratio)["ratio"] == 0.9 and ratio.met is True
    assert figures(losses)["apart"] == pytest.approx(2e-4) and losses.met is True
    slower, parted = training.beside(SMALL.shape, "dpo", replace(OURS, seconds=10.1, losses=(0.7, 0.7)), THEIRS)
    assert slower.met is False and parted.met is False


def test_pairs_of_skewed_lengths_are_to_be_half_as_fast_again() -> None:
    assert training.beside(SMALL.shape, "skewed", OURS, THEIRS)[0].met is False
    assert training.beside(SMALL.shape, "skewed", replace(OURS, seconds=6.6), THEIRS)[0].met is True


def test_dpo_alone_is_held_to_twelve_gigabytes() -> None:
    assert training.memory("dpo", OURS, True).met is True and training.memory("dpo", THEIRS, True).met is False
    assert training.memory("orpo", THEIRS, True).met is None and training.memory("dpo", OURS, False).met is None


def test_a_full_visit_has_a_goal_for_everything_that_it_may_find() -> None:
    keys = {f"training/{name}/{what}" for name in FULL.methods for what in ("speed", "ratio", "losses", "memory")}
    keys |= {f"embedded/alive/{precision}" for precision in FULL.precisions}
    assert keys <= set(GOALS)
