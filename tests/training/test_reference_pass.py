"""One reference pass for every DPO training on the same base and data: kept by digest, with TRL's own losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.config import Config, TrainingSettings
from harness.data import PreferencePair
from harness.errors import HarnessError
from harness.training import plan_training
from harness.training.reference_pass import ReferencePass, is_worth_a_pass

PAIRS = tuple(PreferencePair([1, 2, n], [n, 3], [n, 4, 5]) for n in range(20))


class Model:
    """Says of a row the sums of its ids, and counts how often it is asked."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[float]]:
        self.rows += len(rows)
        chosen = [-float(sum(row["chosen_ids"])) for row in rows]
        return chosen, [-float(sum(row["rejected_ids"])) for row in rows]


def test_a_pass_is_made_once_and_serves_every_order_of_the_pairs(tmp_path: Path) -> None:
    model, rows = Model(), [vars(pair) for pair in PAIRS]
    first = ReferencePass(PAIRS, {"base": "a"}, tmp_path).columns(rows[:15], model)
    assert first["ref_chosen_logps"] == [-float(n + 3) for n in range(15)]
    assert first["ref_rejected_logps"] == [-float(n + 9) for n in range(15)]
    assert model.rows == 20
    again = ReferencePass(PAIRS[::-1], {"base": "a"}, tmp_path).columns(rows[15:], model)
    assert again["ref_chosen_logps"] == [-float(n + 3) for n in range(15, 20)]
    assert model.rows == 20


def test_another_base_or_other_pairs_have_a_pass_of_their_own(tmp_path: Path) -> None:
    passes = [
        ReferencePass(PAIRS, {"base": "a"}, tmp_path),
        ReferencePass(PAIRS, {"base": "b"}, tmp_path),
        ReferencePass(PAIRS[1:], {"base": "a"}, tmp_path),
        ReferencePass((PreferencePair([1, 2], [0, 0, 3], [0, 4, 5]), *PAIRS[1:]), {"base": "a"}, tmp_path),
    ]
    assert len({found.path for found in passes}) == len(passes)


def test_a_torn_file_is_computed_again(tmp_path: Path) -> None:
    model, found = Model(), ReferencePass(PAIRS, {}, tmp_path)
    whole = found.columns([vars(pair) for pair in PAIRS], model)
    found.path.write_bytes(found.path.read_bytes()[:-9])
    assert found.columns([vars(pair) for pair in PAIRS], model) == whole
    assert model.rows == 40


def test_a_probability_that_is_no_number_is_never_kept(tmp_path: Path) -> None:
    found = ReferencePass(PAIRS, {}, tmp_path)
    with pytest.raises(HarnessError, match="20 answers of the pairs"):
        found.columns([], lambda rows: ([float("nan")] * len(rows), [0.0] * len(rows)))
    assert not found.path.exists()


def test_short_pairs_are_asked_in_larger_batches_than_long_ones(tmp_path: Path) -> None:
    long, short = [[PreferencePair([n], [1] * size, [n, 2]) for n in range(20)] for size in (99, 9)]
    asked: list[list[int]] = []

    def ask(rows: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[float]]:
        asked.append([len(row["chosen_ids"]) for row in rows])
        return [0.0] * len(rows), [0.0] * len(rows)

    ReferencePass((*short, *long), {}, tmp_path).columns([], ask)
    # 8 pairs of 100 tokens are as many as 80 of 10.
    assert asked == [[99] * 8, [99] * 8, [99] * 4 + [9] * 4, [9] * 16]


@pytest.mark.parametrize(
    ("pairs", "training", "processes", "worth"),
    [
        (100, {"num_train_epochs": 1.0}, 1, False),
        (100, {"num_train_epochs": 2.0}, 1, True),
        # One process asks for all pairs; each of two is shown half of them an epoch.
        (100, {"num_train_epochs": 2.0}, 2, False),
        (100, {"num_train_epochs": 4.0}, 2, True),
        # Steps beat epochs, as in TRL: 24 · 4 · 2 = 192 pairs shown, and 200.
        (100, {"max_steps": 24, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 2}, 1, False),
        (100, {"max_steps": 25, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 2}, 1, True),
    ],
)
def test_the_base_is_asked_before_where_each_pair_is_shown_twice(
    pairs: int, training: Mapping[str, Any], processes: int, worth: bool
) -> None:
    assert is_worth_a_pass(pairs, training, processes) == worth


def test_a_training_of_before_the_shared_pass_is_still_the_same(tmp_path: Path) -> None:
    without = plan_training("dpo", None, Config(), {}).identity()
    with_it = plan_training("dpo", None, Config(train=TrainingSettings(reference_pass=True)), {}).identity()
    assert "reference_pass" not in without and with_it == {**without, "reference_pass": True}


@pytest.mark.slow
def test_losses_are_trls_own_step_by_step(tmp_path: Path) -> None:
    own, shared = trained(tmp_path, None), trained(tmp_path, tmp_path / "reference")
    keys = ("loss", "eval_loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "eval_rewards/margins")
    compared = 0
    for before, after in zip(own, shared, strict=True):
        for key in set(keys) & set(before):
            assert after[key] == pytest.approx(before[key], abs=1e-6), (before["step"], key)
            compared += 1
    assert compared >= 4 * 4 + 2 * 2
    assert len(list((tmp_path / "reference").glob("*.safetensors"))) == 1


def trained(folder: Path, reference: Path | None) -> list[dict[str, Any]]:
    """The log of four DPO steps on the embedded model: with TRL's own reference, or with a shared pass."""
    import torch

    from harness.data import load_template
    from harness.data.preferences import read_preferences
    from harness.data.tokens import tokenize
    from harness.models import find_base, load_model, load_tokenizer
    from harness.pocket import pairs_path
    from harness.training.guards import Guard
    from harness.training.trainers import build_trainer, split_arguments

    torch.manual_seed(3)
    base, template = find_base("pocket"), load_template("alpaca")
    tokenizer = load_tokenizer(base)
    usable = read_preferences(str(pairs_path())).usable[:40]
    pairs = tokenize(usable, template, "Be brief.", tokenizer, 256).pairs
    settings = {"max_length": 256, "target_modules": "all-linear", "r": 4, "learning_rate": 1e-3, "lora_dropout": 0.1}
    settings |= {"max_steps": 4, "logging_steps": 1, "eval_steps": 2, "per_device_train_batch_size": 4, "seed": 3}
    training, lora = split_arguments("dpo", settings)
    training |= {"use_cpu": True, "bf16": False, "report_to": "none", "output_dir": str(folder / "checkpoints")}
    training |= {"eval_strategy": "steps", "save_strategy": "no", "remove_unused_columns": False, "disable_tqdm": True}
    training |= {"disable_dropout": False, "dataloader_pin_memory": False}
    held_out, rest = pairs[:8], pairs[8:]
    trainer = build_trainer(
        "dpo", load_model(base, "float32", None), tokenizer, lora, training, (rest, held_out), [],
        Guard("dpo", folder, "pairs", rest),
        None if reference is None else ReferencePass(tuple(pairs), {"base": base.digest}, reference),
    )  # fmt: skip
    trainer.train()
    return list(trainer.state.log_history[:-1])
