"""A dropout experiment is one: other rates train other weights; under TRL's defaults all rates train the same."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from harness.config import Config
from harness.data.preferences import read_preferences
from harness.models import find_base, load_model, load_tokenizer
from harness.pocket import pairs_path
from harness.store import WEIGHTS, read_json
from harness.training import plan_training, train
from harness.training.effective_settings import effective_settings

pytestmark = pytest.mark.slow
RATES = (0.0, 0.01, 0.1)
# The learning rate begins at 0, so that the first step changes nothing.
STEPS = {"max_steps": 4, "warmup_steps": 0, "per_device_train_batch_size": 2, "r": 4, "learning_rate": 1e-3}


def weights(folder: Path) -> torch.Tensor:
    return torch.cat([tensor.flatten() for _, tensor in sorted(load_file(folder / WEIGHTS).items())])


def test_each_rate_takes_effect_and_trains_other_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trained = {}
    for rate in RATES:
        plan = plan_training("dpo", f"dropout{rate}", Config(), {**STEPS, "lora_dropout": rate})
        certificate = train(plan, Path(plan.name), "a test")
        found = certificate.hyperparameters
        assert (found["lora_dropout"], found["lora_dropout_asked"], found["seed"]) == (rate, rate, 1)
        assert read_json(Path(plan.name) / "adapter_config.json")["lora_dropout"] == rate
        trained[rate] = weights(Path(plan.name))
    for one, other in itertools.combinations(RATES, 2):
        assert not torch.equal(trained[one], trained[other]), (one, other)


def stock(method: str, rate: float, folder: Path) -> Any:
    """What TRL's own trainer makes of a LoRA dropout with everything else at its default, after two steps."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import set_seed
    from trl import DPOConfig, DPOTrainer
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    config, trainer = {"dpo": (DPOConfig, DPOTrainer), "orpo": (ORPOConfig, ORPOTrainer)}[method]
    base = find_base("pocket")
    rows = [
        {"prompt": it.question, "chosen": it.chosen, "rejected": it.rejected}
        for it in read_preferences(str(pairs_path())).usable[:8]
    ]
    set_seed(1)
    made = trainer(
        model=load_model(base, "float32", None),
        args=config(
            output_dir=str(folder), max_steps=2, learning_rate=1e-3, per_device_train_batch_size=2, seed=1,
            use_cpu=True, bf16=False, report_to="none", save_strategy="no", disable_tqdm=True,
            dataloader_pin_memory=False,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=load_tokenizer(base),
        peft_config=LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear", r=4, lora_dropout=rate),
    )  # fmt: skip
    made.train()
    made.model.save_pretrained(folder)
    return made


@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_the_certificate_of_a_stock_run_would_have_shown_no_dropout(tmp_path: Path, method: str) -> None:
    trainer = stock(method, 0.1, tmp_path / "asked")
    assert trainer.args.disable_dropout is True
    found = effective_settings(trainer, 0.1)["hyperparameters"]
    assert (found["lora_dropout"], found["lora_dropout_asked"]) == (0.0, 0.1)
    assert read_json(tmp_path / "asked" / "adapter_config.json")["lora_dropout"] == 0.1
    # Not a matter of what is written down: the weights are those of a run without dropout.
    stock(method, 0.0, tmp_path / "none")
    assert torch.equal(weights(tmp_path / "asked"), weights(tmp_path / "none"))
