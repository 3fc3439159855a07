"""Where a training ends: in the weights that it was asked for, as an adapter and as a merged model that are alike."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.config import Config
from harness.training import merge, plan_training, train
from tests.conftest import run_harness

BEST = [
    "train", "dpo", "--set", "max_steps=6", "--set", "save_steps=1", "--set", "eval_steps=1", "--set", "eval_rows=8",
    "--set", "load_best_model_at_end=true", "--set", "save_total_limit=1", "--set", "learning_rate=0.05",
    "--set", "per_device_train_batch_size=4", "--set", "warmup_steps=0",
]  # fmt: skip


@pytest.mark.slow
def test_the_best_weights_are_the_end_of_a_training_that_was_stopped_after_its_last_step(tmp_path: Path) -> None:
    whole = run_harness(*BEST, "--name", "whole", folder=tmp_path)
    assert whole.returncode == 0, whole.stderr
    first, again = (tmp_path / "runs" / "train" / name for name in ("whole", "again"))
    shutil.copytree(first, again)
    for name in ("certificate.json", "adapter_model.safetensors", "adapter_config.json"):
        (again / name).unlink()
    # Transformers wrote down where the best one lay, and there is another training now.
    for state in again.glob("checkpoints/*/trainer_state.json"):
        state.write_text(state.read_text().replace("train/whole", "train/gone"))
    resumed = run_harness(*BEST, "--name", "again", folder=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    weights = [(folder / "adapter_model.safetensors").read_bytes() for folder in (first, again)]
    steps = [json.loads((folder / "certificate.json").read_text())["weights_from_step"] for folder in (first, again)]
    best = first / "checkpoints" / f"checkpoint-{steps[0]}" / "adapter_model.safetensors"
    assert weights[0] == weights[1] == best.read_bytes() and steps[0] == steps[1] < 6
    assert f"the weights of step {steps[0]}, the best" in resumed.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "tied"),
    [
        ({"init_lora_weights": "pissa"}, True),
        ({"init_lora_weights": "olora", "use_rslora": True}, True),
        ({"use_dora": True}, True),
        ({"target_modules": ["q_proj", "embed_tokens"]}, False),
        ({"modules_to_save": ["lm_head"]}, False),
        ({"trainable_token_indices": [5, 6, 7]}, True),
    ],
)
@pytest.mark.filterwarnings("ignore")  # as the command does
def test_the_saved_adapter_merges_into_what_it_is(tmp_path: Path, settings: dict[str, Any], tied: bool) -> None:
    """The merge is refused where its log-probabilities are not those of the base with the saved adapter."""
    plan = plan_training("orpo", None, Config(), {**settings, "max_steps": 3, "learning_rate": 5e-3})
    folder = tmp_path / "runs" / "train" / "orpo"
    train(plan, folder, "harness train")
    merge(plan, folder)
    assert json.loads((folder / "merged" / "config.json").read_text())["tie_word_embeddings"] is tied
    assert json.loads((folder / "adapter_config.json").read_text())["init_lora_weights"] is True
