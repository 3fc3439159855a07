"""Trainings that go on from an adapter or a merged model, and what is said of it."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.config import Config
from harness.errors import HarnessError
from harness.models import base_of, read_adapter, went_on_from
from harness.training import plan_training
from tests.conftest import run_harness

SHORT = ["--set", "max_steps=4", "--set", "save_steps=2", "--set", "per_device_train_batch_size=4"]


def certificate(folder: Path) -> Any:
    return json.loads((folder / "certificate.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "kto", "orpo"])
def test_a_training_goes_on_from_an_adapter_and_from_its_own_middle(trained: Path, tmp_path: Path, method: str) -> None:
    start = trained / "runs" / "train" / "orpo"
    command = ["train", method, "--name", "more", "--set", f"adapter={start}", *SHORT]
    done = run_harness(*command, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"going on from the adapter in {start}" in done.stdout
    assert ("which is its reference" in done.stdout) == (method != "orpo")
    folder = tmp_path / "runs" / "train" / "more"
    found, before = certificate(folder), read_adapter("orpo", start)
    assert found["started_from"] == {"path": str(start), "digest": before.digest}
    assert found["hyperparameters"]["r"] == before.rank and found["base"]["name"] == "pocket"
    if method == "orpo":
        assert "model" not in found["reference"]
    else:
        # Policy and reference are one model before the first step: TRL's reference is the adapter gone on from.
        assert found["reference"]["model"] == "adapter"
        assert found["reference"]["first_loss"] == pytest.approx(found["reference"]["expected"], abs=1e-4)
    if method != "dpo":
        return
    whole = (folder / "adapter_model.safetensors").read_bytes()
    assert whole != (start / "adapter_model.safetensors").read_bytes()
    # Stopped after step 2, it ends in the same bytes.
    for name in ("certificate.json", "adapter_model.safetensors", "adapter_config.json"):
        (folder / name).unlink()
    shutil.rmtree(folder / "checkpoints" / "checkpoint-4")
    assert run_harness(*command, folder=tmp_path).returncode == 0
    assert (folder / "adapter_model.safetensors").read_bytes() == whole
    asked = run_harness("evaluate", "--adapters", "more", "--limit", "2", "--tasks", "", "--no-report", folder=tmp_path)
    assert "more was not trained from scratch: its training continued from the adapter orpo" in asked.stdout


@pytest.mark.slow
def test_the_losses_are_those_of_trls_own_trainer_on_the_same_adapter(trained: Path, tmp_path: Path) -> None:
    import torch
    from datasets import Dataset
    from peft import PeftModel
    from trl import DPOConfig, DPOTrainer

    from harness.data import load_template
    from harness.models import find_base, load_model, load_tokenizer
    from harness.pocket import SYSTEM, pairs_path

    start = trained / "runs" / "train" / "orpo"
    settings = ["learning_rate=0.001", "logging_steps=1", "warmup_steps=0", "lr_scheduler_type=constant"]
    done = run_harness(
        "train", "dpo", "--name", "more", "--set", f"adapter={start}", *SHORT,
        *(part for setting in settings for part in ("--set", setting)), folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "runs/train/more/curves.jsonl").read_text().splitlines()]
    ours = [row["value"] for row in rows if row["key"] == "loss"]

    torch.manual_seed(1)
    base = find_base("pocket")
    tokenizer = load_tokenizer(base)
    template, pairs = load_template("alpaca"), [json.loads(line) for line in pairs_path().read_text().splitlines()]
    texts = [
        {**{side: row[side] for side in ("chosen", "rejected")}, "prompt": template.render(row["prompt"], SYSTEM)}
        for row in pairs
    ]
    random.Random(1).shuffle(texts)
    args = DPOConfig(
        output_dir=str(tmp_path / "plain"), max_steps=4, per_device_train_batch_size=4, learning_rate=0.001,
        logging_steps=1, report_to="none", use_cpu=True, bf16=False, seed=1, lr_scheduler_type="constant",
        beta=float(certificate(tmp_path / "runs" / "train" / "more")["hyperparameters"]["beta"]), max_length=384,
        disable_dropout=True, gradient_checkpointing=False, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    model = PeftModel.from_pretrained(load_model(base, "float32", None), str(start), is_trainable=True)
    trainer = DPOTrainer(model=model, args=args, train_dataset=Dataset.from_list(texts), processing_class=tokenizer)
    trainer.train()
    theirs = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    assert ours == pytest.approx(theirs, abs=2e-4)


def test_what_shapes_a_fresh_adapter_is_refused_beside_one_that_is_there(trained: Path) -> None:
    start = str(trained / "runs" / "train" / "orpo")
    with pytest.raises(HarnessError, match="r=3: the training goes on from the adapter in .*, which has r=16"):
        plan_training("dpo", None, Config(), {"adapter": start, "r": 3})
    plan = plan_training("dpo", None, Config(), {"adapter": start})
    assert plan.arguments["r"] == 16 and plan.base.is_pocket
    assert plan.identity()["adapter"] == read_adapter("orpo", Path(start)).digest


def test_an_adapter_on_an_adapter_is_known_by_its_folder(trained: Path, tmp_path: Path) -> None:
    start = trained / "runs" / "train" / "orpo"
    upper = tmp_path / "upper"
    shutil.copytree(start, upper, ignore=shutil.ignore_patterns("checkpoints", "certificate.json"))
    config = json.loads((upper / "adapter_config.json").read_text())
    (upper / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": str(start)}))
    with pytest.raises(HarnessError, match="was trained on another adapter.*Merge that one into its base"):
        base_of(read_adapter("upper", upper))
    (upper / "adapter_config.json").write_text(json.dumps(config))
    assert went_on_from(read_adapter("upper", upper)) is None
    # TRL leaves its reference beside the adapter that it trained.
    shutil.copytree(start, upper / "ref", ignore=shutil.ignore_patterns("checkpoints"))
    assert went_on_from(read_adapter("upper", upper)) == "ref"
