"""Two methods, three learning rates, two dropouts, two seeds: killed five times, and as if nobody had touched it."""

from __future__ import annotations

import json
import random
import shlex
import time
from pathlib import Path

import pytest

from harness.store import read_jsonl
from tests.conftest import run_harness
from tests.sweep.test_sweep import attempts, none_of, running, start, wait_for, weights, write

GRID = """
settings: {max_steps: 3, save_steps: 1, warmup_steps: 0}
grid: {method: [dpo, orpo], learning_rate: [1e-4, 3e-4, 1e-3], lora_dropout: [0, 0.1], seed: [1, 2]}
"""
TRAININGS = 2 * 3 * 2 * 2
KILLED_AFTER = (0, 5, 11, 17, TRAININGS)
"""Trainings that have finished when the sweep is killed, and a little later; the last time, it asks already."""


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_killed_five_times_it_ends_in_the_same_weights_and_scores_and_trains_nothing_twice(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
        write(folder, GRID)
    done = run_harness("sweep", "sweep.yaml", "--no-report", folder=whole)
    assert done.returncode == 0, done.stderr
    for finished in KILLED_AFTER:
        kill_after(broken, finished, random.uniform(0.0, 2.0))
    done = run_harness("sweep", "sweep.yaml", "--no-report", folder=broken)
    assert done.returncode == 0, done.stderr
    assert weights(whole) == weights(broken) and len(weights(whole)) == TRAININGS
    assert scores(whole) == scores(broken) and scores(whole)
    assert len(list((broken / "runs" / "reference").glob("*.safetensors"))) == 1
    for certificate in certificates(broken):
        assert_trained_once(broken, certificate.parent)
    events = len(attempts(broken))
    again = run_harness("sweep", "sweep.yaml", "--no-report", folder=broken)
    assert again.returncode == 0 and len(attempts(broken)) == events
    assert_trained_by_itself(whole / "runs" / "train" / "dpo-lr1e-4-dropout0.1-seed2", tmp_path / "alone")


def kill_after(folder: Path, finished: int, seconds: float) -> None:
    """kill -9 of the sweep, so many seconds after so many trainings have finished."""
    process = start(folder, "sweep.yaml")
    if finished < TRAININGS:
        wait_for(process, lambda: len(certificates(folder)) >= finished and running(folder) != [])
        time.sleep(seconds)
    else:
        wait_for(process, lambda: bool(list((folder / "runs" / "eval").glob("*/responses.jsonl"))))
    children = running(folder)
    process.kill()
    process.wait()
    wait_for(None, none_of(children))


def certificates(folder: Path) -> list[Path]:
    return list((folder / "runs" / "train").glob("*/certificate.json"))


def scores(folder: Path) -> set[str]:
    files = (folder / "runs" / "eval").glob("*/scores.jsonl")
    return {line for path in files for line in path.read_text(encoding="utf-8").splitlines()}


def assert_trained_once(folder: Path, training: Path) -> None:
    """Each step was logged once, and nothing was started after it had finished."""
    steps = [row["step"] for row in read_jsonl(training / "curves.jsonl") if row["key"] == "loss"]
    assert steps == [1, 2, 3], training.name
    finished = json.loads((training / "certificate.json").read_text())["created"]
    starts = [row["at"] for row in attempts(folder) if row["name"] == training.name and row["event"] == "started"]
    assert starts and all(at <= finished for at in starts), training.name


def assert_trained_by_itself(training: Path, folder: Path) -> None:
    """The command in a sweep's certificate trains the same weights; each training had a W&B run of its own."""
    certificate = json.loads((training / "certificate.json").read_text())
    folder.mkdir()
    # Sets in another order than those of the copies that the sweep has trained in.
    done = run_harness(*shlex.split(certificate["command"])[1:], folder=folder, PYTHONHASHSEED="1")
    assert done.returncode == 0, done.stderr
    assert weights(folder)[training.name] == weights(training.parents[2])[training.name]
    ids = {json.loads(path.read_text())["wandb"]["id"] for path in training.parent.glob("*/certificate.json")}
    assert len(ids) == TRAININGS
