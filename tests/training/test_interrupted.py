"""A training that is stopped by Ctrl-C, by SIGTERM and by kill -9 ends as one that nobody stopped."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.store import CHECKPOINTS, COMPLETE, WEIGHTS, read_jsonl
from harness.training.interrupted import interrupted
from tests.conftest import begin_harness, run_harness

STEPS, STOPPED_AT = 12, (3, 7)
SETTINGS = (
    f"max_steps={STEPS}", "save_steps=50", "logging_steps=2", "lora_dropout=0.05", "gradient_accumulation_steps=4",
    "per_device_train_batch_size=2", "eval_rows=24", "eval_steps=1", "save_total_limit=2",
)  # fmt: skip
TIMES = {"created", "seconds", "joules", "peak_memory_bytes", "name", "command", "wandb"}
"""What a certificate says of one attempt, and not of what was trained."""


def command(name: str, *more: str) -> list[str]:
    given = [part for setting in (*SETTINGS, *more) for part in ("--set", setting)]
    return ["train", "dpo", "--name", name, *given]


def certified(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "certificate.json").read_text())
    return {key: value for key, value in found.items() if key not in TIMES}


def curves(folder: Path) -> list[tuple[Any, ...]]:
    rows = read_jsonl(folder / "curves.jsonl")
    clocks = ("_runtime", "_per_second")
    return [(row["step"], row["epoch"], row["key"], row["value"]) for row in rows if not row["key"].endswith(clocks)]


def reached(folder: Path) -> int:
    """The last step that was evaluated."""
    file = folder / "curves.jsonl"
    lines = file.read_text().splitlines() if file.is_file() else []
    return max((json.loads(line)["step"] for line in lines if line.endswith("}")), default=0)


def stopped(save: Callable[[Path], Path | None]) -> Any:
    return SimpleNamespace(state=SimpleNamespace(global_step=3, max_steps=12), save_stopped=save)


def full(folder: Path) -> None:
    raise OSError(28, "No space left on device", str(folder))


def test_one_line_says_what_is_kept_what_could_not_be_saved_and_how_one_goes_on(tmp_path: Path) -> None:
    folder, begun = tmp_path / "mine", "harness train dpo --name mine --fresh --set r=8"
    said = interrupted(stopped(lambda checkpoints: checkpoints / "checkpoint-3"), folder, begun)
    assert said.exit_status == 130
    assert str(said) == (
        f"Training 'mine' was interrupted after 3 of 12 steps. {folder}/checkpoints/checkpoint-3 is kept. Go on with: "
        "harness train dpo --name mine --set r=8"
    )
    said = interrupted(stopped(full), folder, begun)
    assert "was interrupted, and step 3 could not be saved (" in str(said) and "No space left on device" in str(said)
    (folder / CHECKPOINTS / "checkpoint-2").mkdir(parents=True)
    (folder / CHECKPOINTS / "checkpoint-2" / COMPLETE).touch()
    said = interrupted(stopped(full), folder, begun)
    assert "after 3 of 12 steps, and step 3 could not be saved" in str(said)
    assert f"{folder}/checkpoints/checkpoint-2 is kept. Go on with: harness train" in str(said)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    done = run_harness(*command("whole"), folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "runs" / "train" / "whole"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_stopped_twice_it_ends_in_the_same_weights_curves_and_certificate(
    whole: Path, tmp_path: Path, how: str
) -> None:
    number = getattr(signal, how)
    # Nothing but the clock saves what kill -9 ends.
    asked = command("broken", *(["save_minutes=0.0001"] if number == signal.SIGKILL else []))
    folder, log = tmp_path / "runs" / "train" / "broken", tmp_path / "log"
    for step in STOPPED_AT:
        process = begin_harness(*asked, folder=tmp_path, log=log, session=True)
        while process.poll() is None and reached(folder) < step:
            time.sleep(0.01)
        os.killpg(process.pid, number)
        status = process.wait(60)
        kept = [int(mark.parent.name.rpartition("-")[2]) for mark in (folder / CHECKPOINTS).glob(f"*/{COMPLETE}")]
        assert kept and step - 1 <= max(kept) < STEPS
        if number != signal.SIGKILL:
            said = log.read_text().splitlines()[-1]
            assert status == 130 and len(kept) == 1
            assert said.startswith(f"harness: Training 'broken' was interrupted after {kept[0]} of {STEPS} steps. runs")
            assert f"/checkpoint-{kept[0]} is kept. Go on with: harness train dpo --name broken" in said
    done = run_harness(*asked, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (folder / WEIGHTS).read_bytes() == (whole / WEIGHTS).read_bytes()
    assert curves(folder) == curves(whole)
    assert certified(folder) == certified(whole)
    assert [path.parent.name for path in (folder / CHECKPOINTS).glob(f"*/{COMPLETE}")] == [f"checkpoint-{STEPS}"]


@pytest.mark.slow
def test_before_the_first_step_there_is_nothing_to_keep_and_the_line_says_so(tmp_path: Path) -> None:
    # One step of all pairs, far longer than it takes to look.
    settings = ("max_steps=1", "gradient_accumulation_steps=400", "per_device_train_batch_size=1")
    given = [part for setting in settings for part in ("--set", setting)]
    log, folder = tmp_path / "log", tmp_path / "runs" / "train" / "dpo"
    process = begin_harness("train", "dpo", "--fresh", *given, folder=tmp_path, log=log, session=True)
    while process.poll() is None and not (folder / "curves.jsonl").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 130
    assert log.read_text().splitlines()[-1] == (
        "harness: Training 'dpo' was interrupted, and its first step was not finished: there is nothing to keep. Begin "
        "it again with: harness train dpo --set max_steps=1 --set gradient_accumulation_steps=400 --set "
        "per_device_train_batch_size=1"
    )
