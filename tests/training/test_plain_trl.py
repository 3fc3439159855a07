"""Trainings beside TRL's own trainers on the same token ids: the same losses, step by step, for less work."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from harness.data import PreferencePair
from harness.models import find_base, load_model, load_tokenizer
from harness.training.guards import Guard

# Two whole steps of 2 × 3 pairs, and one of 3 + 1: an epoch's last micro-batch is a short one.
COUNT, SETTINGS = 16, {
    "max_length": 192, "target_modules": "all-linear", "r": 4, "learning_rate": 1e-3, "num_train_epochs": 2,
    "per_device_train_batch_size": 3, "gradient_accumulation_steps": 2, "logging_steps": 1, "seed": 3,
    "lora_dropout": 0.0,
}  # fmt: skip


def pairs() -> list[PreferencePair]:
    dice = random.Random(5)

    def ids(most: int) -> list[int]:
        return [dice.randrange(5, 600) for _ in range(dice.choice([4, 9, most]))]

    return [PreferencePair(ids(20), ids(90), ids(160), row=number) for number in range(COUNT)]


def arguments(method: str, folder: Path, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    from harness.training.trainers import split_arguments

    own = {"loss_type": "simpo", "cpo_alpha": 0.0, "beta": 2.0} if method == "simpo" else {"beta": 0.1}
    training, lora = split_arguments(method, {**SETTINGS, **own, **changes})
    training |= {"use_cpu": True, "bf16": False, "report_to": "none", "output_dir": str(folder / "checkpoints")}
    training |= {"save_strategy": "no", "remove_unused_columns": False, "disable_tqdm": True, "disable_dropout": False}
    return training | {"dataloader_pin_memory": False, "gradient_checkpointing": False}, lora


def ours(method: str, folder: Path, **changes: Any) -> Any:
    from harness.training.trainers import build_trainer

    base = find_base("pocket")
    training, lora = arguments(method, folder)
    return build_trainer(
        method, load_model(base, "float32", None), load_tokenizer(base), lora, {**training, **changes}, (pairs(), []),
        [], Guard(method, folder, "pairs", pairs()),
    )  # fmt: skip


def plain(method: str, folder: Path) -> Any:
    """TRL's trainer, which alone is told that the rows are token ids already."""
    from peft import LoraConfig
    from trl import DPOTrainer
    from trl.experimental.cpo import CPOTrainer
    from trl.experimental.orpo import ORPOTrainer

    from harness.training.batches import labelled_row
    from harness.training.trainers import RECIPES, _dataset

    class DPO(DPOTrainer):  # type: ignore[misc]
        def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
            return dataset

    class ORPO(ORPOTrainer):  # type: ignore[misc]
        def tokenize_row(self, feature: Any, model: Any = None) -> Any:
            return labelled_row(feature)

    class CPO(CPOTrainer):  # type: ignore[misc]
        def tokenize_row(self, feature: Any, model: Any = None) -> Any:
            return labelled_row(feature)

    base = find_base("pocket")
    training, lora = arguments(method, folder)
    model = load_model(base, "float32", None)
    model.config.use_cache = False
    return {"dpo": DPO, "orpo": ORPO, "simpo": CPO}[method](
        model=model, args=RECIPES[method].config(**training), train_dataset=_dataset(pairs()),
        processing_class=load_tokenizer(base), peft_config=LoraConfig(task_type="CAUSAL_LM", **lora),
    )  # fmt: skip


def counted(trainer: Any) -> tuple[list[dict[str, float]], int]:
    """(what was logged at each step, the tokens that the model was given, padding among them)"""
    tokens = 0

    def count(_: Any, __: Any, named: Any) -> None:
        nonlocal tokens
        tokens += named["input_ids"].numel()

    trainer.model.get_base_model().model.register_forward_pre_hook(count, with_kwargs=True)
    trainer.train()
    return [row for row in trainer.state.log_history if "loss" in row], tokens


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "orpo", "simpo"])
def test_losses_are_trls_own_step_by_step_for_less_padding(tmp_path: Path, method: str) -> None:
    (theirs, their_tokens), (found, tokens) = (counted(make(method, tmp_path)) for make in (plain, ours))
    assert len(theirs) == len(found) == 6
    of_rows = {"rewards/chosen", "rewards/rejected", "rewards/accuracies", "logps/chosen"}
    for before, after in zip(theirs, found, strict=True):
        # In an epoch's last step accelerate leaves all but the first rows of a micro-batch out of SimPO's figures.
        keys = {"loss", "num_tokens", "nll_loss"} | (set() if float(before["epoch"]).is_integer() else of_rows)
        for key in keys & set(before):
            assert after[key] == pytest.approx(before[key], rel=1e-4, abs=1e-4), (key, before["epoch"])
        assert after["grad_norm"] == pytest.approx(before["grad_norm"], rel=1e-3)
    assert tokens < 0.75 * their_tokens


@pytest.mark.slow
def test_stopped_within_an_epoch_it_ends_in_the_very_weights(tmp_path: Path) -> None:
    import torch
    from peft import get_peft_model_state_dict

    found = []
    for resume in (None, str(tmp_path / "checkpoints" / "checkpoint-2")):
        trainer = ours("dpo", tmp_path, save_strategy="steps", save_steps=2)
        trainer.train(resume_from_checkpoint=resume)
        found.append(get_peft_model_state_dict(trainer.model))
    assert all(torch.equal(found[0][name], weight) for name, weight in found[1].items())
