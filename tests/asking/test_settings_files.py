"""Settings of trainings made elsewhere: whatever file says them, they come out by TRL's and PEFT's names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.asking.settings_files import is_settings, normal, read_settings, settings_of_log, together, told_settings
from harness.errors import HarnessError
from harness.json_yaml import parse_yaml

LORA = {"r": 4, "lora_alpha": 32, "lora_dropout": 0.1}

FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "PEFT's adapter_config": (
        '{"peft_type": "LORA", "base_model_name_or_path": "org/m", "r": 4, "lora_alpha": 32, "lora_dropout": 0.1, '
        '"target_modules": ["v_proj", "q_proj"], "use_dora": false}',
        {"base": "org/m", **LORA, "target_modules": ["q_proj", "v_proj"], "use_dora": False},
    ),
    "TRL's configuration": (
        "model_name_or_path: org/m\nlearning_rate: 5e-6\nbeta: 0.1\nlora_r: 4\nlora_alpha: 32\nlora_dropout: 0.1\n"
        "load_in_4bit: true\n",
        {"base": "org/m", "quantization": "4-bit", "learning_rate": 5e-6, "beta": 0.1, **LORA},
    ),
    "the alignment handbook": (
        "dataset_mixer:\n  HuggingFaceH4/ultrafeedback_binarized: 1.0\nmax_length: 1024\noptim: adamw_torch\n"
        "per_device_train_batch_size: 4\nwarmup_ratio: 0.1\n",
        {"data": "HuggingFaceH4/ultrafeedback_binarized", "per_device_train_batch_size": 4, "warmup_ratio": 0.1,
         "optim": "adamw_torch", "max_length": 1024},
    ),
    "LLaMA-Factory's DPO": (
        "stage: dpo\npref_loss: sigmoid\npref_beta: 0.1\nlora_rank: 4\nlora_target: all\ncutoff_len: 2048\n"
        "dataset: a, b\nquantization_bit: 4\n",
        {"method": "dpo", "data": ["a", "b"], "quantization": "4-bit", "beta": 0.1, "r": 4, "target_modules": "all",
         "max_length": 2048},
    ),
    "LLaMA-Factory's ORPO": ("stage: dpo\npref_loss: orpo\npref_beta: 0.05\n", {"method": "orpo", "beta": 0.05}),
    "LLaMA-Factory's SimPO": ("stage: dpo\npref_loss: simpo\nlearning_rate: '1.0e-6'\n",
                             {"method": "simpo", "learning_rate": 1e-6}),
    "axolotl's ORPO": (
        "base_model: org/m\nrl: orpo\norpo_alpha: 0.1\nadapter: qlora\nlora_r: 4\nmicro_batch_size: 2\nnum_epochs: 3\n"
        "sequence_len: 4096\noptimizer: adamw_8bit\nlr_scheduler: cosine\ndatasets:\n  - path: org/pairs\n",
        {"method": "orpo", "base": "org/m", "data": "org/pairs", "quantization": "4-bit", "beta": 0.1, "r": 4,
         "num_train_epochs": 3, "per_device_train_batch_size": 2, "lr_scheduler_type": "cosine",
         "optim": "adamw_8bit", "max_length": 4096},
    ),
    "axolotl's DPO": (
        "rl: dpo\nrl_beta: 0.2\nlora_dropout: 0.05\n", {"method": "dpo", "beta": 0.2, "lora_dropout": 0.05},
    ),
    "W&B's configuration": (
        "wandb_version: 1\n_wandb:\n  value: {}\nlearning_rate:\n  desc: null\n  value: 5.0e-06\n"
        "max_steps:\n  value: -1\npeft_config:\n  value:\n    default:\n      r: 4\n      lora_alpha: 32\n",
        {"learning_rate": 5e-6, "r": 4, "lora_alpha": 32},
    ),
    "Transformers' arguments": (
        '{"learning_rate": 1e-06, "lr_scheduler_type": "cosine", "seed": 42, "max_steps": -1, "weight_decay": 0.0}',
        {"learning_rate": 1e-6, "lr_scheduler_type": "cosine", "weight_decay": 0.0, "seed": 42},
    ),
    "our certificate": (
        '{"method": "orpo", "quantization": "nf4", "base": {"name": "org/m"}, "data": {"source": "pairs.jsonl"}, '
        '"hyperparameters": {"learning_rate": 5e-6, "lora_dropout": 0.0, "lora_dropout_asked": 0.1}}',
        {"method": "orpo", "base": "org/m", "data": "pairs.jsonl", "quantization": "nf4", "learning_rate": 5e-6,
         "lora_dropout": 0.0, "lora_dropout_asked": 0.1},
    ),
    "bitsandbytes beside the rest": (
        "beta: 0.1\nquantization_config:\n  load_in_4bit: true\n  bnb_4bit_quant_type: nf4\n",
        {"quantization": "nf4", "beta": 0.1},
    ),
    "4 bits at hand and not used": ("beta: 0.1\nload_in_4bit: false\nbnb_4bit_quant_type: nf4\n", {"beta": 0.1}),
    "nested arguments": ("arguments:\n  learning_rate: 2e-6\nlora:\n  r: 8\n", {"learning_rate": 2e-6, "r": 8}),
    "dropout left on": ("lora_dropout: 0.1\ndisable_dropout: false\n", {"lora_dropout": 0.1, "disable_dropout": False}),
    "a trainer's class": ("trainer: DPOTrainer\nlr: 1e-5\n", {"method": "dpo", "learning_rate": 1e-5}),
    "a trainer's state": (
        '{"log_history": [{"step": 1, "loss": 0.69}], "train_batch_size": 4, "num_train_epochs": 1}',
        {"num_train_epochs": 1, "per_device_train_batch_size": 4},
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_form_comes_out_by_trls_and_pefts_names(tmp_path: Path, form: str) -> None:
    text, wanted = FORMS[form]
    file = tmp_path / ("settings.json" if text.startswith("{") else "settings.yaml")
    file.write_text(text, encoding="utf-8")
    told = read_settings([file])
    assert dict(told.values) == wanted
    assert dict(told.sources) == dict.fromkeys(wanted, file.name)


@pytest.mark.parametrize("text", ["[1, 2]", '"beta"', '{"name": "x"}', "{}", '{"answers": [1]}'])
def test_a_file_without_settings_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(HarnessError, match=r"a.json holds no setting.*learning_rate") as refusal:
        read_settings([file])
    assert "\n" not in str(refusal.value)


def test_what_is_no_json_and_what_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{beta", encoding="utf-8")
    with pytest.raises(HarnessError, match="a.json line 1 is not valid JSON"):
        read_settings([tmp_path / "a.json"])
    with pytest.raises(HarnessError, match="There is no file"):
        read_settings([tmp_path / "b.json"])
    with pytest.raises(HarnessError, match="holds no settings. Expected one of certificate.json"):
        read_settings([tmp_path])


def test_of_a_setting_that_several_files_say_the_first_counts(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 4, "lora_alpha": 16}), encoding="utf-8")
    (tmp_path / "config.yaml").write_text("r: {value: 8}\nbeta: {value: 0.1}\n", encoding="utf-8")
    told = read_settings([tmp_path])
    assert dict(told.values) == {"beta": 0.1, "r": 4, "lora_alpha": 16}
    assert told.sources["r"] == "adapter_config.json" and told.sources["beta"] == "config.yaml"
    both = together(told_settings({"r": 64}), None, told)
    assert both is not None and both.values["r"] == 64 and both.sources["r"] == ""


def test_what_a_user_says_is_kept_under_any_name() -> None:
    told = told_settings({"lora_rank": 8, "label_smoothing": 0.1, "nested": {"a": 1}})
    assert dict(told.values) == {"r": 8, "label_smoothing": 0.1}


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("a.yaml", "anything: 1", True),
        ("a.json", '{"r": 4}', True),
        ("a.json", '{"1": "It is 5.", "2": "No."}', False),
        ("a.json", '[{"id": 1, "response": "x"}]', False),
        ("a.json", '{"log_history": [{"step": 1, "loss": 1}], "train_batch_size": 4}', False),
        ("a.csv", "id,answer\n1,x\n", False),
    ],
)
def test_settings_are_told_from_answers_and_logs(tmp_path: Path, name: str, text: str, wanted: bool) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert is_settings(tmp_path / name) is wanted


def test_a_log_of_wandb_brings_the_configuration_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "config.yaml").write_text("learning_rate: {value: 5e-6}\n", encoding="utf-8")
    (tmp_path / "run-1.wandb").write_bytes(b":W&B\x00\x00\x00")
    told = settings_of_log(tmp_path / "run-1.wandb")
    assert told is not None and dict(told.values) == {"learning_rate": 5e-6}
    assert settings_of_log(tmp_path / "nothing.json") is None


def test_five_e_minus_seven_is_a_number_however_it_is_written() -> None:
    for text in ("5e-7", "'5e-7'", "0.0000005", "5.0e-07"):
        assert normal(parse_yaml(f"learning_rate: {text}")) == {"learning_rate": 5e-7}
