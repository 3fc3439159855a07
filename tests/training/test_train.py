"""Trainings of the embedded model: what they leave, and that they go on where they were stopped."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.config import Config
from harness.curves import open_wandb
from harness.data.preferences import read_preferences
from harness.errors import HarnessError
from harness.store import NOTHING, read_jsonl, write_json
from harness.training import finished, plan_training, train
from harness.training.train import training_arguments
from tests.conftest import run_harness

REWARDS = {"rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies"}


def certificate(folder: Path, name: str) -> Any:
    return json.loads((folder / "runs" / "train" / name / "certificate.json").read_text())


def digest(folder: Path, name: str) -> str:
    return hashlib.sha256((folder / "runs" / "train" / name / "adapter_model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_a_training_leaves_adapter_certificate_curves_checkpoints_and_a_wandb_run(trained: Path, method: str) -> None:
    folder = trained / "runs" / "train" / method
    found = certificate(trained, method)
    assert (found["method"], found["steps"], found["base"]["name"]) == (method, 12, "pocket")
    assert found["hyperparameters"]["max_steps"] == 12 and found["trainable_parameters"] > 10_000
    assert found["data"]["trained_on"] == found["data"]["rows"] - sum(found["data"]["dropped"].values())
    assert found["wandb"]["mode"] == "offline" and list(Path(trained / found["wandb"]["folder"]).glob("*.wandb"))
    rows = list(read_jsonl(folder / "curves.jsonl"))
    for key in {"loss", "learning_rate", *REWARDS}:
        assert [row["step"] for row in rows if row["key"] == key] == list(range(1, 13)), key
    assert {path.name for path in (folder / "checkpoints").glob("checkpoint-*")} == {
        "checkpoint-4",
        "checkpoint-8",
        "checkpoint-12",
    }


def test_a_training_started_by_a_process_with_a_wandb_run_of_its_own_writes_its_own(tmp_path: Path) -> None:
    """wandb hands its service down to child processes, and that service works in the folder it was started in."""
    outer, inner = tmp_path / "outer", tmp_path / "inner"
    outer.mkdir()
    inner.mkdir()
    program = """
import subprocess, sys, wandb
run = wandb.init(mode="offline")
command = [sys.executable, "-m", "harness", "train", "dpo", "--set", "max_steps=1"]
code = subprocess.run(command, cwd=sys.argv[1]).returncode
run.finish()
sys.exit(code)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(inner)], cwd=outer, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    written = certificate(inner, "dpo")["wandb"]["folder"]
    assert not Path(written).is_absolute() and list((inner / written).glob("*.wandb"))
    assert len(list((outer / "wandb").glob("offline-run-*"))) == 1 and not (outer / "runs").exists()


@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_a_certificate_says_what_took_effect(trained: Path, method: str) -> None:
    found = certificate(trained, method)
    assert found["precision"] == {"base": "float32", "adapter": "float32", "compute": "float32"}
    # The model has 4 layers of 7 linear modules; an adapter of rank 16 on all of them.
    assert found["adapted_layers"] == 28 and len(found["hyperparameters"]["target_modules"]) == 7
    rows = list(read_jsonl(trained / "runs" / "train" / method / "curves.jsonl"))
    rates = [row["value"] for row in rows if row["key"] == "learning_rate"]
    schedule = found["learning_rate_schedule"]
    assert (schedule["type"], schedule["steps"], schedule["warmup_steps"]) == ("cosine", 12, 8)
    assert (schedule["highest"], schedule["last"]) == (max(rates), rates[-1])
    assert found["seeds"]["training"] == 1 and found["peak_memory_bytes"] > 100_000_000
    assert found["seconds"] > 0 and found["joules"] is None
    spent = json.loads((trained / "runs" / "train" / method / "checkpoints" / "checkpoint-12" / "complete").read_text())
    assert 0 < spent["seconds"] <= found["seconds"]


def test_the_tokens_of_a_certificate_are_those_of_the_rows_that_were_shown(trained: Path) -> None:
    # 12 batches of 8 pairs, both sides of each: every row at most once, since 96 pairs are less than an epoch.
    by_method = [certificate(trained, method)["tokens"] for method in ("dpo", "orpo")]
    assert by_method[0] == by_method[1] > 12 * 8 * 2 * 40
    counted = [row["value"] for row in read_jsonl(trained / "runs" / "train" / "dpo" / "curves.jsonl")
               if row["key"] == "num_tokens"]  # fmt: skip
    assert counted[-1] == by_method[0]


def test_peft_loads_what_was_trained(trained: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from harness.pocket import pocket_path

    base = AutoModelForCausalLM.from_pretrained(pocket_path())
    model = PeftModel.from_pretrained(base, str(trained / "runs" / "train" / "dpo"))
    weights = [value for name, value in model.state_dict().items() if "lora_B" in name]
    assert weights and all(bool(weight.abs().sum() > 0) for weight in weights)


def test_both_methods_see_the_token_ids_that_an_evaluation_asks(tmp_path: Path) -> None:
    from harness.data import load_template
    from harness.data.preferences import Preference
    from harness.data.tokens import tokenize
    from harness.models import find_base, load_model, load_tokenizer, prompt_ids
    from harness.training.guards import Guard
    from harness.training.trainers import build_trainer, split_arguments

    base = find_base("pocket")
    tokenizer, template = load_tokenizer(base), load_template("alpaca")
    rows = [Preference((("user", "Where is it?"),), "Here.", "There, and then\n\n### Instruction:\n")] * 2
    pairs = tokenize(rows, template, "Be brief.", tokenizer, 256).pairs
    asked = prompt_ids(tokenizer, template.render("Where is it?", "Be brief."))
    for method in ("dpo", "orpo"):
        training, lora = split_arguments(method, {"max_length": 256, "target_modules": "all-linear", "r": 2})
        training |= {"use_cpu": True, "bf16": False, "report_to": "none", "output_dir": str(tmp_path)}
        model = load_model(base, "float32", None)
        guard = Guard("t", tmp_path, "rows", pairs)
        trainer = build_trainer(method, model, tokenizer, lora, training, (pairs, []), [], guard)
        batch = next(iter(trainer.get_train_dataloader()))
        if method == "dpo":
            whole, length = batch["input_ids"][0].tolist(), int((batch["completion_mask"][0] == 0).sum())
        else:
            whole, length = batch["chosen_input_ids"][0].tolist(), int((batch["chosen_labels"][0] == -100).sum())
        ids = [*asked, *pairs[0].chosen_ids]
        assert whole[: len(ids)] == ids, method
        assert length >= len(asked)
        assert pairs[0].chosen_ids[-1] == tokenizer.eos_token_id and ids.count(tokenizer.bos_token_id) == 1


def test_an_argument_that_trl_removed_says_so_and_an_unknown_one_names_the_nearest() -> None:
    from harness.training.trainers import split_arguments

    with pytest.raises(HarnessError) as refusal:
        split_arguments("dpo", {"max_prompt_length": 512, "lerning_rate": 1e-5, "lora_alfa": 8})
    assert "TRL removed max_prompt_length" in str(refusal.value) and "dropped and counted" in str(refusal.value)
    assert "did you mean learning_rate?" in str(refusal.value) and "did you mean lora_alpha?" in str(refusal.value)


def test_a_number_that_is_none_and_what_the_harness_decides_are_refused_at_once() -> None:
    from harness.training.trainers import split_arguments

    with pytest.raises(HarnessError) as refusal:
        split_arguments("dpo", {"max_steps": "abc", "r": 2.5, "learning_rate": None, "save_strategy": "no"})
    for said in ("max_steps takes int, not 'abc'", "r takes int, not 2.5", "learning_rate takes float, not None",
                 "save_strategy is not to be set"):  # fmt: skip
        assert said in str(refusal.value)
    training, lora = split_arguments("dpo", {"max_steps": 1e3, "learning_rate": 1, "eval_steps": None, "r": 4})
    assert (training, lora) == ({"max_steps": 1000, "learning_rate": 1.0, "eval_steps": None}, {"r": 4})
    assert (type(training["max_steps"]), type(training["learning_rate"])) == (int, float)


def test_what_the_harness_counts_with_is_refused_before_trl_is_asked() -> None:
    with pytest.raises(HarnessError, match="max_length takes int, not None; gradient_accumulation_steps takes .* 'x'"):
        plan_training("dpo", None, Config(), {"max_length": None, "gradient_accumulation_steps": "x"})


@pytest.mark.parametrize(
    ("name", "value", "said"), [("MODE", "nonsense", "should be 'online'"), ("PROJECT", "a/b", "Invalid project")]
)
def test_a_wandb_setting_that_cannot_be_is_refused_in_one_line(
    name: str, value: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"WANDB_{name}", value)
    with pytest.raises(HarnessError, match=f"W&B begins no run: .*{said}.*WANDB_MODE=disabled"):
        open_wandb(tmp_path, "dpo")


def test_a_misspelt_setting_of_a_training_that_is_there_is_told_as_such(trained: Path) -> None:
    done = run_harness("train", "dpo", "--set", "learning_rat=1", "--set", "max_prompt_length=8", folder=trained)
    assert done.returncode == 2 and "did you mean learning_rate?" in done.stderr
    assert "TRL removed max_prompt_length" in done.stderr and "other settings" not in done.stderr


def test_settings_that_have_trained_nothing_give_way_to_better_ones(tmp_path: Path) -> None:
    plan = plan_training("dpo", None, Config(), {"max_steps": 2})
    preferences = read_preferences(plan.data)
    write_json(tmp_path / "training.json", {**plan.identity(), "data": preferences.digest, "max_steps": 3})
    assert finished(plan, tmp_path, preferences) is None
    mark = tmp_path / "checkpoints" / "checkpoint-1" / "complete"
    mark.parent.mkdir(parents=True)
    mark.touch()
    with pytest.raises(HarnessError, match="begun with other settings: max_steps 3 → 2. Give another"):
        finished(plan, tmp_path, preferences)


def test_a_training_goes_on_only_with_the_prompt_template_that_it_began_with(tmp_path: Path) -> None:
    (tmp_path / "mine.jinja").write_text("Q: {{ question }}\nA:")
    config = Config.model_validate({"train": {"prompt": "mine"}, "folders": {"prompts": [tmp_path]}})
    plan = plan_training("dpo", None, config, {})
    preferences = read_preferences(plan.data)
    begun = {**plan.identity(), "data": preferences.digest}
    write_json(tmp_path / "training.json", begun)
    write_json(tmp_path / "certificate.json", {})
    assert finished(plan, tmp_path, preferences) == NOTHING
    (tmp_path / "mine.jinja").write_text("Question: {{ question }}\nA:")
    with pytest.raises(HarnessError, match="begun with other settings: template "):
        finished(plan, tmp_path, preferences)
    write_json(tmp_path / "training.json", {key: value for key, value in begun.items() if key != "template"})
    assert finished(plan, tmp_path, preferences) == NOTHING


def test_a_file_in_place_of_the_folder_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "dpo").write_text("mine")
    with pytest.raises(HarnessError, match="dpo is no folder. Give another --name"):
        train(plan_training("dpo", None, Config(), {}), tmp_path / "dpo", "a test")
    assert (tmp_path / "dpo").read_text() == "mine"


def test_the_last_whole_checkpoint_is_never_the_one_that_is_deleted() -> None:
    plan = plan_training("dpo", None, Config(), {})
    kept = [training_arguments(plan, {"save_total_limit": n}, False, False)["save_total_limit"] for n in (1, 2, 5)]
    assert kept == [2, 2, 5] and training_arguments(plan, {}, False, False)["save_total_limit"] is None


def test_losses_of_dpo_pass_through_alone_and_as_a_list() -> None:
    from harness.config import parse_setting
    from harness.training.trainers import RECIPES, split_arguments

    for text, expected in (("loss_type=ipo", ["ipo"]), ("loss_type=[sigmoid,sft]", ["sigmoid", "sft"])):
        training, _ = split_arguments("dpo", dict([parse_setting(text)]))
        made = RECIPES["dpo"].config(**training, output_dir="unused", bf16=False, use_cpu=True, report_to="none")
        assert made.loss_type == expected


def test_kto_never_pairs_a_prompt_with_its_own_other_answer() -> None:
    from harness.training.batches import single_answers

    pairs = [{"prompt_ids": [n], "chosen_ids": [n, 1], "rejected_ids": [n, 0]} for n in range(6)]
    rows = single_answers(pairs, 4)
    assert sorted((row["completion_ids"], row["label"]) for row in rows) == sorted(
        [(pair["chosen_ids"], True) for pair in pairs] + [(pair["rejected_ids"], False) for pair in pairs]
    )
    assert all(row["prompt_ids"] == row["completion_ids"][:1] for row in rows)
    assert all(row["prompt_ids"] != row["KL_completion_ids"][:1] for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["kto", "simpo"])
def test_other_methods_train_on_the_same_pairs(tmp_path: Path, method: str) -> None:
    done = run_harness("train", method, "--set", "max_steps=3", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = certificate(tmp_path, method)
    assert (found["method"], found["steps"]) == (method, 3)
    keys = {row["key"] for row in read_jsonl(tmp_path / "runs" / "train" / method / "curves.jsonl")}
    assert {"loss", "rewards/margins"} <= keys
    assert found["hyperparameters"]["loss_type"] == {"kto": "kto", "simpo": "simpo"}[method]


@pytest.mark.slow
def test_a_mixed_loss_is_trained_and_certified(tmp_path: Path) -> None:
    done = run_harness("train", "dpo", "--set", "max_steps=2", "--set", "loss_type=[sigmoid,sft]", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert certificate(tmp_path, "dpo")["hyperparameters"]["loss_type"] == ["sigmoid", "sft"]


def test_dropout_that_was_asked_for_is_dropout_that_was_trained_with(tmp_path: Path) -> None:
    done = run_harness("train", "dpo", "--set", "lora_dropout=0.1", "--set", "max_steps=2", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert certificate(tmp_path, "dpo")["hyperparameters"]["lora_dropout"] == pytest.approx(0.1)


def test_the_same_command_again_trains_nothing(trained: Path) -> None:
    before = digest(trained, "dpo")
    done = run_harness("train", "dpo", "--set", "max_steps=12", "--set", "save_steps=4", folder=trained)
    assert done.returncode == 0 and digest(trained, "dpo") == before
    other = run_harness("train", "dpo", "--set", "max_steps=13", "--set", "save_steps=4", folder=trained)
    assert other.returncode == 2 and "max_steps 12 → 13" in other.stderr


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_a_four_bit_base_is_trained_and_asked(tmp_path: Path, method: str) -> None:
    (tmp_path / "harness.yaml").write_text("serving: {quantization: nf4}\ntasks: []\n")
    done = run_harness("train", method, "--set", "quantization=nf4", "--set", "max_steps=2", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert certificate(tmp_path, method)["quantization"] == "nf4"
    asked = run_harness(
        "evaluate", "--adapters", method, "--limit", "4", "--task-limit", "4", "--no-report", folder=tmp_path
    )
    assert asked.returncode == 0, asked.stderr
    assert "precision" not in asked.stdout


def test_a_dataset_whose_prompts_fill_the_length_leaves_no_adapter(tmp_path: Path) -> None:
    rows = [{"prompt": "word " * 400 + str(number), "chosen": "a", "rejected": "b"} for number in range(3)]
    (tmp_path / "long.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run_harness("train", "orpo", "--set", "data=long.jsonl", "--set", "max_length=128", folder=tmp_path)
    assert done.returncode == 2 and "none of its 3 rows can be trained on (3 prompt too long" in done.stderr
    assert not (tmp_path / "runs" / "train" / "orpo" / "adapter_model.safetensors").exists()
