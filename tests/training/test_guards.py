"""Trainings that must be stopped: what they say, what they keep, and that nothing broken is left as finished."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from harness.data import PreferencePair
from harness.errors import HarnessError
from harness.models import check_weights
from harness.store import WEIGHTS
from harness.training.guards import Guard, broken_weight, checkpoint_bytes, rows_of
from tests.conftest import run_harness

PAIRS = [
    PreferencePair([1, 2], [3], [4, 5], row=7),
    PreferencePair([1, 2], [3], [6], row=8),
    PreferencePair([9], [3], [6], row=9),
]


def batch(*pairs: PreferencePair) -> dict[str, torch.Tensor]:
    """As DPO's collator makes it: the chosen ones, then the rejected ones, padded on the right."""
    rows = [p.prompt_ids + p.chosen_ids for p in pairs] + [p.prompt_ids + p.rejected_ids for p in pairs]
    length = max(map(len, rows))
    return {
        "input_ids": torch.tensor([row + [0] * (length - len(row)) for row in rows]),
        "attention_mask": torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows]),
    }


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_a_loss_that_is_none_stops_the_training_and_keeps_the_last_good_checkpoint(tmp_path: Path, method: str) -> None:
    # The warm-up begins at 0: the first step changes nothing, the second one everything.
    settings = ["learning_rate=1e38", "max_steps=6", "save_steps=1"]
    done = run_harness("train", method, *(x for s in settings for x in ("--set", s)), folder=tmp_path)
    folder = tmp_path / "runs" / "train" / method
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "stopped at step 3: its loss is nan on rows " in done.stderr and "pairs.jsonl" in done.stderr
    assert "checkpoint-2" in done.stderr and "--set learning_rate" in done.stderr
    assert not (folder / "certificate.json").exists() and not (folder / WEIGHTS).exists()
    for checkpoint in sorted(folder.glob("checkpoints/checkpoint-*")):
        check_weights(checkpoint.name, checkpoint / WEIGHTS)
    refused = run_harness("evaluate", "--adapters", method, folder=tmp_path)
    assert refused.returncode == 2 and "has not finished" in refused.stderr


def test_a_broken_weight_is_never_saved(tmp_path: Path) -> None:
    from harness.models import find_base, load_model, load_tokenizer
    from harness.training.trainers import build_trainer, split_arguments

    base = find_base("pocket")
    training, lora = split_arguments("orpo", {"max_length": 64, "target_modules": "all-linear", "r": 2})
    training |= {"use_cpu": True, "bf16": False, "report_to": "none", "output_dir": str(tmp_path / "checkpoints")}
    model = load_model(base, "float32", None)
    guard = Guard("t", tmp_path, "pairs.jsonl", PAIRS)
    trainer = build_trainer("orpo", model, load_tokenizer(base), lora, training, (PAIRS, []), [], guard)
    next(w for name, w in trainer.model.named_parameters() if "lora_B" in name).data[0, 0] = float("nan")
    with pytest.raises(HarnessError, match=r"stopped at step 0: its weight .*lora_B.* There was no checkpoint yet"):
        trainer._save_checkpoint(trainer.model, None)
    assert not list(tmp_path.rglob(WEIGHTS))


def test_a_loss_on_the_rows_held_out_that_is_none_stops_the_training(tmp_path: Path) -> None:
    from harness.models import find_base, load_model, load_tokenizer
    from harness.training.trainers import build_trainer, split_arguments

    base = find_base("pocket")
    training, lora = split_arguments("dpo", {"max_length": 64, "target_modules": "all-linear", "r": 2})
    training |= {"use_cpu": True, "bf16": False, "report_to": "none", "output_dir": str(tmp_path / "checkpoints")}
    model = load_model(base, "float32", None)
    guard = Guard("t", tmp_path, "pairs.jsonl", PAIRS)
    trainer = build_trainer("dpo", model, load_tokenizer(base), lora, training, (PAIRS, PAIRS[:1]), [], guard)
    assert trainer.evaluate()["eval_loss"] == pytest.approx(0.6931, abs=1e-4)
    next(w for name, w in trainer.model.named_parameters() if "lora_B" in name).data[:] = float("nan")
    with pytest.raises(HarnessError, match="its eval_loss on the rows held out is nan. There was no checkpoint yet"):
        trainer.evaluate()


def test_the_rows_of_a_batch_are_found_by_their_token_ids() -> None:
    assert rows_of([batch(PAIRS[0], PAIRS[2])], PAIRS) == [7, 9]
    assert rows_of([batch(PAIRS[1])], PAIRS) == [8]


def test_a_gradient_that_is_none_names_every_batch_of_its_step(tmp_path: Path) -> None:
    guard = Guard("t", tmp_path, "pairs.jsonl", PAIRS)
    guard.begin_batch(batch(PAIRS[0]))
    guard.begin_batch(batch(PAIRS[1]))
    guard.check_gradient(torch.tensor(3.0), 4)
    with pytest.raises(HarnessError, match="at step 4: its gradient is inf on rows 7, 8 of pairs.jsonl"):
        guard.check_gradient(float("inf"), 4)
    assert guard.take_tokens() == 3 + 4 + 3 + 3


def test_the_first_broken_weight_is_named() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    assert broken_weight(model) is None
    model[1].weight.data[0, 1] = float("-inf")
    assert broken_weight(model) == "1.weight"
    model[0].bias.data[0] = float("nan")
    assert broken_weight(model) == "0.bias"
    model[0].bias.requires_grad_(False)
    assert broken_weight(model) == "1.weight"


def test_a_disk_without_room_is_found_before_it_is_written_to(tmp_path: Path) -> None:
    model = torch.nn.Linear(100, 100)
    guard = Guard("t", tmp_path, "pairs.jsonl", PAIRS)
    # 10,100 weights of 4 bytes and Adam's 8 each, and a megabyte besides.
    assert checkpoint_bytes(model, None) == 10_100 * 12 + 1_000_000
    guard.check_space(model, 5, free=1_121_200)
    with pytest.raises(HarnessError, match=r"step 5: its checkpoint takes 1\.1 MB, and 0\.5 MB are free") as refusal:
        guard.check_space(model, 5, free=500_000)
    assert refusal.value.exit_status == 2 and "run the same command again" in str(refusal.value)


def test_the_next_checkpoint_is_as_large_as_the_last(tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoints" / "checkpoint-4"
    checkpoint.mkdir(parents=True)
    (checkpoint / "complete").touch()
    (checkpoint / "optimizer.pt").write_bytes(b"x" * 5_000_000)
    guard = Guard("t", tmp_path, "pairs.jsonl", PAIRS)
    with pytest.raises(HarnessError, match=r"takes 6\.0 MB.*last good checkpoint is .*checkpoint-4"):
        guard.check_space(torch.nn.Linear(1, 1), 8, free=4_000_000)
