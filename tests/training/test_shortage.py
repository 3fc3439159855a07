"""A training that runs out of memory: one line with what takes less, and nothing that was written is lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from harness.store import finished_checkpoint
from harness.training.memory import less_memory
from tests.conftest import run_harness
from tests.support.short_of_memory import run_short

PARTS = [
    # (method, batch, accumulated, smaller batch, accumulated then); the product stays what it is.
    ("dpo", 4, 8, 2, 16),
    ("dpo", 6, 1, 3, 2),
    ("dpo", 3, 5, 1, 15),
    ("kto", 4, 8, 2, 16),
    ("kto", 2, 8, None, None),
    ("orpo", 1, 32, None, None),
]


@pytest.mark.parametrize(("method", "batch", "steps", "part", "then"), PARTS)
def test_the_same_batch_is_told_in_smaller_parts(
    method: str, batch: int, steps: int, part: int | None, then: int | None
) -> None:
    arguments = {"per_device_train_batch_size": batch, "gradient_accumulation_steps": steps, "max_length": 1024}
    advice = less_memory(method, arguments, quantized=False, on_gpu=True, step=None)
    told = re.search(r"--set per_device_train_batch_size=(\d+) --set gradient_accumulation_steps=(\d+)", advice)
    assert (told and tuple(map(int, told.groups()))) == (None if part is None else (part, then))
    assert part is None or then is None or part * then == batch * steps
    assert "--set max_length=512 (now 1024)" in advice and "--fresh" not in advice


@pytest.mark.parametrize(
    ("given", "quantized", "on_gpu", "told"),
    [
        ({}, False, True, {"quantization"}),
        ({}, True, True, set()),
        ({}, False, False, {"quantization", "gradient_checkpointing"}),
        ({"gradient_checkpointing": False}, True, True, {"gradient_checkpointing"}),
        ({"gradient_checkpointing": True}, True, False, set()),
    ],
)
def test_only_what_is_not_done_yet_is_told(
    given: dict[str, Any], quantized: bool, on_gpu: bool, told: set[str]
) -> None:
    advice = less_memory("dpo", {"max_length": 512, **given}, quantized, on_gpu, step=None)
    settings = {"quantization", "gradient_checkpointing"}
    assert {name for name in settings if f"--set {name}=" in advice} == told


def test_with_a_checkpoint_it_says_what_goes_on_and_what_begins_anew() -> None:
    advice = less_memory("orpo", {"max_length": 512}, quantized=True, on_gpu=True, step=50)
    assert "--fresh or another --name" in advice and "goes on from step 50" in advice
    assert advice.startswith("The same batch in smaller parts") and "\n" not in advice


@pytest.mark.slow
def test_a_training_that_runs_out_of_memory_keeps_its_checkpoints_and_goes_on(tmp_path: Path) -> None:
    asked = ("train", "dpo", "--set", "max_steps=12", "--set", "save_steps=4")
    checkpoints = tmp_path / "runs" / "train" / "dpo" / "checkpoints"
    done = run_short(*asked, folder=tmp_path, reached=lambda: finished_checkpoint(checkpoints) is not None, room=2**22)
    kept = finished_checkpoint(checkpoints)
    assert done.returncode == 2 and kept is not None, done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert re.match(r"harness: Training 'dpo' stopped: out of memory( \([\d.,]+ \w+ asked for\))?\. ", line), (
        done.stderr
    )
    assert "per_device_train_batch_size" in line and f"goes on from step {kept.name.rpartition('-')[2]}" in line
    again = run_harness(*asked, folder=tmp_path)
    assert again.returncode == 0 and "12 steps" in again.stdout, again.stderr
    told = run_harness(*asked, "--set", "per_device_train_batch_size=2", folder=tmp_path)
    assert told.returncode == 2 and "--name, or --fresh" in told.stderr, "other settings are another training"
