"""What a training will take, computed before it begins."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config import Config
from harness.pocket import pairs_path, pocket_path
from harness.training import dry_run, plan_training
from harness.training.dry_run import DryRun
from harness.training.memory import Setting, Shape, largest_batch, memory_by_part, smallest_card
from harness.training.memory.step import TracedStep
from tests.conftest import run_harness

# mistralai/Mistral-7B-v0.3, as its config.json has it.
MISTRAL = {
    "architectures": ["MistralForCausalLM"], "model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 32768,
    "max_position_embeddings": 32768, "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 1000000.0,
    "sliding_window": None, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip
ASSIGNMENT = {"quantization": "nf4", "r": 4, "lora_alpha": 32, "data": str(pairs_path())}


def planned(folder: Path, method: str) -> DryRun:
    (folder / "config.json").write_text(json.dumps(MISTRAL))
    return dry_run(plan_training(method, None, Config(), {"base": str(folder), **ASSIGNMENT}, weightless=True))


def test_the_assignments_setting_fits_a_card_of_12_gb(tmp_path: Path) -> None:
    found = planned(tmp_path, "dpo")
    # The published size of the model; rank 4 on q, k, v, o, gate, up, down of 32 layers.
    assert found.shape.parameters == 7_248_023_552
    layer = (4096 + 4096) * 2 + (4096 + 1024) * 2 + (4096 + 14336) * 3
    assert found.shape.trainable == 4 * layer * 32 == 10_485_760
    assert (found.setting.pairs, found.setting.max_length, found.steps) == (4, 1024, 12)
    # 6,979,321,856 weights of linear layers at 0.51587 bytes; the rest (two tables, norms) in bf16.
    assert found.memory["weights"] == pytest.approx(6_979_321_856 * 0.515869, rel=1e-4)
    assert found.memory["weights that NF4 leaves"] == (2 * 32768 * 4096 + 65 * 4096) * 2
    # What flows between the layers is all of it but the last norm's and what all layers share.
    between = 8 * 1024 * 32 * 4096 * 2
    assert between < found.memory["activations between layers"] < 1.2 * between
    assert found.total_memory < 12 * 2**30 and "so one of 12 GB" in found.lines()
    assert found.tokens is None and found.timing == "not measured: the weights are not here" and found.idle == ()


def test_orpo_in_float32_between_its_layers_is_told_the_batch_that_fits(tmp_path: Path) -> None:
    found = planned(tmp_path, "orpo")
    # Log-probabilities come tile by tile: a full logit alone would take 16 bytes for each token and word.
    assert found.memory["within a layer, or logits"] < 8 * 1024 * 32768 * 16
    assert found.memory["activations between layers"] >= 8 * 1024 * 32 * 4096 * 4
    assert found.total_memory > 12 * 2**30 and found.fitting == 2
    said = found.lines()
    assert "does not fit a card of 12 GB; it fits one of 16 GB" in said
    assert "--set per_device_train_batch_size=2 --set gradient_accumulation_steps=16" in said


def test_checkpointing_saves_activations_and_a_plain_base_costs_four_times_nf4() -> None:
    shape = Shape(1_100, {}, (100, 10), ((4, 10), (100, 4), (64, 64)))
    plain, step = Setting(1, 16, True, False, True, False, False), TracedStep(5_000, 700, 0, ())
    kept, recomputed = (memory_by_part(shape, replace(plain, checkpointing=on), step) for on in (False, True))
    assert kept["activations"] == recomputed["activations between layers"] == 5_000
    # The tile of log-probabilities is more than the layer's own 700 bytes: 32 tokens by 32,768 words, and the hidden.
    assert recomputed["within a layer, or logits"] == 4 * (32 * 32768 + 32 * 10)
    assert kept["weights"] == 2_200 and shape.trainable == 40 + 400 + 4_096 and kept["optimizer"] == 4_536 * 8
    small = memory_by_part(
        replace(shape, packed={"a.q_proj": (100, 10)}), replace(plain, nf4=True, eight_bit_optimizer=True), step
    )
    # 1,000 weights: 500 bytes, 16 blocks of 64, one number for them, two code books and an offset.
    assert small["weights"] == 500 + 16 + 4 + 4 * 273 and small["weights that NF4 leaves"] == 200
    # bitsandbytes keeps what is smaller than 4,096 in 32 bits.
    assert small["optimizer"] == 440 * 8 + 2 * (4_096 + 4 * 16)
    assert smallest_card(2**30) == 6 and smallest_card(10**12) is None
    assert largest_batch(shape, replace(plain, pairs=6), 12 * 2**30, lambda setting: step) == 6
    unknown = memory_by_part(shape, plain, None)
    assert not [part for part in unknown if "activations" in part] and unknown["logits"] > 0


@pytest.mark.slow
def test_a_dry_run_of_a_model_in_the_hubs_cache_is_timed_and_trains_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "hub" / "models--me--small"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0" * 40)
    (kept / "snapshots").mkdir()
    (kept / "snapshots" / ("0" * 40)).symlink_to(pocket_path())
    settings = [
        "base=me/small",
        f"data={pairs_path()}",
        "max_steps=10",
        "gradient_accumulation_steps=1",
        "max_length=384",
    ]
    options = [part for setting in settings for part in ("--set", setting)]
    done = run_harness("train", "orpo", "--dry-run", *options, folder=tmp_path, HF_HUB_CACHE=str(kept.parent))
    assert done.returncode == 0, done.stderr
    # 4 layers of 7 modules at rank 16: as the certificate of a training says.
    assert "951,424 of the base; 163,840 trained" in done.stdout
    assert "steps       10\n" in done.stdout and "an estimate from 3 steps taken here" in done.stdout
    assert "without gradient checkpointing" in done.stdout and "card" not in done.stdout
    assert not (tmp_path / "runs").exists()
