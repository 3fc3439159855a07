"""The collapse alarm: it sees what reward accuracy does not, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.store import read_jsonl
from tests.conftest import run_harness

WEIGHTS = "adapter_model.safetensors"


@pytest.mark.slow
def test_a_probed_training_ends_in_the_weights_of_one_that_is_not(tmp_path: Path) -> None:
    arguments = ["train", "orpo", "--set", "max_steps=4", "--set", "lora_dropout=0.05"]
    for name, more in (("plain", []), ("probed", ["--set", "probe_steps=2", "--set", "eval_rows=0"])):
        done = run_harness(*arguments, "--name", name, *more, folder=tmp_path)
        assert done.returncode == 0, done.stderr
    plain, probed = (tmp_path / "runs" / "train" / name for name in ("plain", "probed"))
    assert (plain / WEIGHTS).read_bytes() == (probed / WEIGHTS).read_bytes()
    rows = [row for row in read_jsonl(probed / "curves.jsonl") if row["key"].startswith("probe/")]
    assert [(row["step"], row["key"]) for row in rows] == [
        (2, "probe/loop"), (2, "probe/leak"), (4, "probe/loop"), (4, "probe/leak"),
    ]  # fmt: skip
    # The untuned model runs on into the next block of the template.
    assert all(0 <= row["value"] <= 1 for row in rows)


@pytest.mark.slow
def test_a_destroyed_adapter_with_perfect_rewards_is_warned_of(tmp_path: Path) -> None:
    settings = ["learning_rate=0.003", "max_steps=12", "warmup_steps=0", "probe_steps=12"]
    done = run_harness("train", "dpo", *(x for s in settings for x in ("--set", s)), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "may be collapsing: at step 12 its reward accuracy is 100\u00a0%" in done.stderr
