"""The assignment's own settings, as files: valid, complete, and run as they are on the embedded model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.config import TEMPLATES, load_config
from harness.pocket import pairs_path
from harness.training import plan_training
from tests.conftest import run_harness


def test_the_assignments_files_are_written_once_and_hold_its_settings(tmp_path: Path) -> None:
    done = run_harness("init", "--template", "assignment", folder=tmp_path)
    assert done.returncode == 0 and done.stdout.split() == list(TEMPLATES["assignment"])
    for file, base in zip(
        TEMPLATES["assignment"], ("mistralai/Mistral-7B-v0.3", "meta-llama/Meta-Llama-3-8B"), strict=True
    ):
        config = load_config(tmp_path / file)
        settings = config.train
        assert (config.base, settings.data) == (base, "Intel/orca_dpo_pairs")
        assert settings.quantization == config.serving.quantization == "nf4"
        wanted = {
            "r": 4, "lora_alpha": 32, "lora_dropout": 0.0, "target_modules": "all-linear", "learning_rate": 5e-6,
            "lr_scheduler_type": "cosine", "num_train_epochs": 1, "per_device_train_batch_size": 4,
            "gradient_accumulation_steps": 8,
        }  # fmt: skip
        assert {key: settings.arguments[key] for key in wanted} == wanted
    again = run_harness("init", "--template", "assignment", folder=tmp_path)
    assert again.returncode == 2 and "there already" in again.stderr
    other = run_harness("init", "--template", "asignment", folder=tmp_path)
    assert other.returncode == 2 and "Did you mean 'assignment'?" in other.stderr


def test_epochs_that_are_asked_for_are_not_beaten_by_a_default_number_of_steps(tmp_path: Path) -> None:
    run_harness("init", "--template", "assignment", folder=tmp_path)
    config = load_config(tmp_path / "assignment-mistral.yaml")
    plan = plan_training("dpo", None, config, {"base": "pocket", "data": str(pairs_path())})
    assert "max_steps" not in plan.arguments and plan.arguments["num_train_epochs"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_the_assignments_file_trains_the_embedded_model(tmp_path: Path, method: str) -> None:
    assert run_harness("init", "--template", "assignment", folder=tmp_path).returncode == 0
    # 129 rows are held out; 40 are one whole batch of 4 × 8 and a part of a second one.
    rows = pairs_path().read_text(encoding="utf-8").splitlines(keepends=True)[:169]
    (tmp_path / "pairs.jsonl").write_text("".join(rows), encoding="utf-8")
    exchanged = ["--set", "base=pocket", "--set", "data=pairs.jsonl"]
    done = run_harness("train", method, "--config", "assignment-mistral.yaml", *exchanged, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "runs" / "train" / method / "certificate.json").read_text())
    settings = found["hyperparameters"]
    assert (found["steps"], found["epochs"], found["quantization"]) == (2, 1.0, "nf4")
    assert (settings["r"], settings["lora_alpha"], settings["learning_rate"]) == (4, 32, 5e-6)
    assert (settings["per_device_train_batch_size"], settings["gradient_accumulation_steps"]) == (4, 8)
    assert (found["learning_rate_schedule"]["type"], found["adapted_layers"]) == ("cosine", 28)
    assert found["precision"]["base"] == "nf4" and found["data"]["held_out"] == 129
