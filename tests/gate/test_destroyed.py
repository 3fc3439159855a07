"""The gate on real trainings: an adapter that its learning rate destroyed, against one that was trained well."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import run_harness

pytestmark = pytest.mark.slow


def test_a_destroyed_adapter_is_caught_with_the_old_skill_and_loops_among_the_reasons(
    trained: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained / "runs" / "train", tmp_path / "runs" / "train")
    done = run_harness("train", "dpo", "--name", "destroyed", "--set", "learning_rate=2e-3", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for run, adapter in (("good", "dpo"), ("bad", "destroyed")):
        done = run_harness(
            "evaluate", "--adapters", adapter, "--tasks", "pocket_skill", "--run", run, "--no-report", folder=tmp_path
        )
        assert done.returncode == 0, done.stderr

    checked = run_harness("check", "bad", "--against", "good", folder=tmp_path)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    found = json.loads((tmp_path / "runs" / "eval" / "bad" / "check.json").read_text())
    reasons = {(row["source"], row["metric"]) for row in found["findings"] if row["verdict"] == "regressed"}
    assert {("pocket_skill", "exact_match"), ("suite", "loop"), ("suite", "correct")} <= reasons

    assert run_harness("check", "bad", "--against", "bad", folder=tmp_path).returncode == 0

    answers = tmp_path / "runs" / "eval" / "bad" / "responses.jsonl"
    answers.write_text("".join(answers.read_text().splitlines(keepends=True)[:-20]))
    assert run_harness("check", "bad", "--against", "good", folder=tmp_path).returncode == 3
