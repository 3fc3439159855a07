"""Settings before a training: refused by name where they are wrong or idle, and a reference that is the base."""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.cli.main import main
from harness.errors import HarnessError
from harness.training.settings import check_beginning, first_loss
from harness.training.settings.without_effect import IDLE
from harness.training.trainers import split_arguments

EXCEPTION = re.compile(r"\b[A-Z]\w*(Error|Exception|Warning)\b|--debug")
REFUSED = [
    ("dpo", "loss_type=sigmod", "sigmoid"),
    ("dpo", "use_liger_kernel=true", "pip install liger-kernel"),
    ("dpo", "optim=adamw_tork", "adamw_torch"),
    ("dpo", "optim=galore_adamw", "galore_torch"),
    ("dpo", "optim_args=abc", "optim_args"),
    ("dpo", "lr_scheduler_type=cosin", "cosine"),
    ("dpo", "lr_scheduler_type=reduce_lr_on_plateau", "eval_rows"),
    ("dpo", "lr_scheduler_type=cosine_with_min_lr", "lr_scheduler_kwargs"),
    ("dpo", "target_modules=[nothing]", "nothing"),
    ("dpo", "target_modules=[lm_head]", "target_modules"),
    ("dpo", "modules_to_save=[nothing]", "modules_to_save"),
    ("dpo", "rank_pattern={nothing: 4}", "rank_pattern"),
    ("dpo", "trainable_token_indices=[5]", "orpo"),
    ("dpo", "bias=some", "lora_only"),
    ("dpo", "init_lora_weights=pisa", "pissa"),
    ("dpo", "init_lora_weights=eva", "EVA"),
    ("dpo", "init_lora_weights=false", "reference"),
    ("dpo", "eval_strategy=sometimes", "steps"),
    ("dpo", "eval_on_start=true", "eval_rows"),
    ("dpo", "load_best_model_at_end=true", "eval_rows"),
    ("dpo", "report_to=wandb", "report_to"),
    ("dpo", "deepspeed=x.json", "--accelerate"),
    ("dpo", "per_device_train_batch_size=0", "1 or more"),
    ("dpo", "learning_rate=abc", "float"),
    ("dpo", "fp16=null", "bool"),
    ("dpo", "r=0", "1 or more"),
    ("dpo", "lora_alpha=0", "more than 0"),
    ("dpo", "lora_dropout=1.5", "less than 1"),
    ("dpo", "alora_invocation_tokens=[5]", "gradient"),
    ("kto", "per_device_train_batch_size=1", "batch size"),
    ("simpo", "loss_type=simp", "simpo"),
    ("orpo", "max_completion_length=9", "max_length"),
]


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["harness", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    # Other people's progress bars are silenced where the command line is the first to import them.
    said = [line for line in re.split(r"[\r\n]+", capsys.readouterr().err) if line.startswith("harness: ")]
    return int(ended.value.code or 0), "\n".join(said)


@pytest.mark.parametrize(("method", "setting", "word"), REFUSED)
def test_a_setting_that_is_wrong_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    method: str, setting: str, word: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    status, said = run(monkeypatch, capsys, "train", method, "--set", "max_steps=1", "--set", setting)
    assert status == 2 and said.startswith("harness: ") and "\n" not in said
    assert word in said and not EXCEPTION.search(said), said


@pytest.mark.parametrize("name", sorted(IDLE))
def test_a_setting_without_effect_is_refused_with_what_has_one(name: str) -> None:
    found = []
    for method in ("dpo", "orpo"):
        with pytest.raises(HarnessError) as refused:
            split_arguments(method, {name: "x"})
        found.append(str(refused.value))
    known = [said for said in found if "is no argument of" not in said]
    assert all(name in said for said in found) and (known or name == "ref_model_init_kwargs")


@pytest.mark.parametrize(
    "beside", [{"use_dora": True}, {"modules_to_save": ["norm"]}, {"trainable_token_indices": [5]}, {"bias": "all"}]
)
def test_what_a_conversion_would_lose_is_refused_beside_pissa(beside: dict[str, Any]) -> None:
    with pytest.raises(HarnessError, match=f"{next(iter(beside))} would be lost"):
        split_arguments("orpo", {"init_lora_weights": "pissa", **beside})


def test_a_moved_base_is_not_trained_in_four_bits() -> None:
    with pytest.raises(HarnessError, match="init_lora_weights=olora"):
        check_beginning({"init_lora_weights": "olora"}, "nf4", sharded=False)
    check_beginning({"init_lora_weights": "gaussian"}, "nf4", sharded=True)


@pytest.mark.parametrize(
    ("loss", "beta", "smoothing", "expected"),
    [
        (["sigmoid"], 0.1, 0.0, 0.6931),
        (["hinge"], 0.5, 0.0, 1.0),
        (["ipo"], 0.1, 0.0, 25.0),
        (["robust"], 0.1, 0.2, 0.6931),
        (["bco_pair"], 0.1, 0.0, 1.3863),
        (["sppo_hard"], 0.1, 0.0, 50.0),
        (["apo_zero"], 0.1, 0.0, 1.0),
        # Half of ln ½ − ln 0.9, and half of ln ½ − ln 0.1.
        (["exo_pair"], 0.1, 0.1, 0.5108),
        (["sigmoid", "hinge"], 0.1, 0.0, 1.6931),
    ],
)
def test_the_first_loss_is_that_of_log_ratios_of_zero(
    loss: list[str], beta: float, smoothing: float, expected: float
) -> None:
    settings = SimpleNamespace(
        loss_type=loss, beta=beta, label_smoothing=smoothing, loss_weights=None, use_weighting=False
    )
    assert first_loss("dpo", settings) == pytest.approx(expected, abs=5e-5)


def test_no_first_loss_is_known_where_it_depends_on_the_answers() -> None:
    settings = SimpleNamespace(loss_type=["sft"], beta=0.1, label_smoothing=0.0, loss_weights=None, use_weighting=False)
    assert first_loss("dpo", settings) is None and first_loss("orpo", settings) is None
    weights = SimpleNamespace(desirable_weight=1.3, undesirable_weight=1.0)
    assert first_loss("kto", weights, [True, False]) == pytest.approx(0.575)


@pytest.mark.parametrize(
    ("method", "setting"),
    [
        ("dpo", "init_lora_weights=pissa"),
        ("dpo", "init_lora_weights=olora"),
        ("dpo", "lora_dropout=0.3"),
        ("dpo", "neftune_noise_alpha=5"),
        ("dpo", "use_dora=true"),
        ("kto", "init_lora_weights=pissa"),
        ("kto", "bias=all"),
    ],
)
def test_a_training_begins_at_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], method: str, setting: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, said = run(
        monkeypatch, capsys, "train", method, "--name", "t", "--set", "max_steps=1", "--set", setting,
        "--set", "per_device_train_batch_size=4",
    )  # fmt: skip
    assert status == 0, said
    found = json.loads((tmp_path / "runs/train/t/certificate.json").read_text())["reference"]
    assert found["first_loss"] == pytest.approx(math.log(2) if method == "dpo" else 0.5, abs=1e-3)


def test_what_fp16_trains_is_float32_whatever_trl_makes_of_it() -> None:
    import torch

    from harness.training.trainers import _widen

    model = torch.nn.ModuleList([torch.nn.Linear(2, 2, dtype=dtype) for dtype in (torch.bfloat16, torch.float16)])
    model[1].requires_grad_(False)
    _widen(model)
    assert [one.dtype for one in model.parameters()] == [torch.float32] * 2 + [torch.float16] * 2
