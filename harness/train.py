"""DPO and ORPO trainings: pairs in, a LoRA adapter and a certificate out.

harness train dpo --set learning_rate=5e-6
"""

from __future__ import annotations

import json
import platform
import random
import resource
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.adapters import WEIGHTS, check_weights
from harness.base_model import Base, find_base, load_model, load_tokenizer, prompt_ids
from harness.config import Config, Training, checked
from harness.errors import HarnessError, unknown
from harness.pocket import defaults as pocket_defaults
from harness.pocket import pairs_path
from harness.preferences import Pair, Preferences, read_preferences, tokenize
from harness.prompts import Template, chat_template_of, load_template
from harness.provenance import git_commit, now, versions
from harness.resources import files_digest
from harness.store import move_aside, read_json, write_json
from harness.tasks import DEFAULT_SYSTEM
from harness.training_log import TrainingLog, finished_checkpoint, start_wandb

TRAININGS = Path("runs/train")
METHODS = ("dpo", "orpo")
COMMON: dict[str, Any] = {
    "beta": 0.1,
    "max_length": 1024,
    "r": 16,
    "lora_alpha": 32,
    "lora_dropout": 0.0,
    "target_modules": "all-linear",
    "logging_steps": 1,
    "save_steps": 50,
    "seed": 42,
}
# The assignment's: one careful epoch of batches of 32.
USUAL: dict[str, Any] = {
    "learning_rate": 5e-6,
    "lr_scheduler_type": "cosine",
    "num_train_epochs": 1.0,
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 8,
}


_REPORTED = (
    "beta", "max_length", "loss_type", "num_train_epochs", "max_steps", "per_device_train_batch_size",
    "gradient_accumulation_steps", "learning_rate", "lr_scheduler_type", "warmup_steps", "weight_decay",
    "max_grad_norm", "optim", "seed", "bf16", "fp16", "gradient_checkpointing",
)  # fmt: skip
"""TRL's arguments that a certificate repeats as they took effect."""


@dataclass(frozen=True)
class Plan:
    """A training, with every setting decided and nothing loaded yet."""

    method: str
    name: str
    base: Base
    data: str
    settings: Training
    arguments: dict[str, Any]
    prompt_folders: tuple[Path, ...] = ()

    def identity(self) -> dict[str, Any]:
        """What must be the same, besides the data, for a stopped training to be continued."""
        settings = self.settings.model_dump(mode="json", exclude={"arguments", "dpo", "orpo", "data"})
        return {"method": self.method, "base": self.base.digest, **settings, **self.arguments}


def plan_training(method: str, name: str | None, config: Config, changes: Mapping[str, Any]) -> Plan:
    """The training that configuration and --set ask for; data and settings default to the embedded model's."""
    if method not in METHODS:
        unknown("method", method, METHODS)
    own = {key: value for key, value in changes.items() if key in Training.model_fields or key == "base"}
    base = find_base(str(own.pop("base", config.base or "pocket")), config.train.trust_remote_code)
    settings = checked(Training, {**config.train.model_dump(), **own}, "training")
    data = settings.data or (str(pairs_path()) if base.is_pocket else None)
    if data is None:
        raise HarnessError(
            f"What is {base.name} to be trained on? Give --set data=FILE, or train.data in harness.yaml."
        )
    arguments = {
        **COMMON,
        **(pocket_defaults(method) if base.is_pocket else USUAL),
        **settings.arguments,
        **getattr(settings, method),
        **{key: value for key, value in changes.items() if key not in Training.model_fields and key != "base"},
    }
    return Plan(method, name or method, base, data, settings, arguments, config.folders.prompts)


def train(plan: Plan, folder: Path, command: str, fresh: bool = False) -> dict[str, Any]:
    """The certificate of the finished adapter in `folder`; a stopped training goes on from its last checkpoint."""
    preferences = read_preferences(plan.data, plan.settings.split)
    if fresh:
        move_aside(folder)
    if done := _finished(plan, folder, preferences):
        return done
    from harness.trainers import split_arguments

    arguments = split_arguments(plan.method, plan.arguments)
    write_json(folder / "training.json", _identity(plan, preferences))
    tokenizer = load_tokenizer(plan.base, plan.settings.trust_remote_code)
    template = load_template(plan.settings.prompt, plan.prompt_folders, chat_template_of(tokenizer))
    pairs, counts = _pairs(plan, preferences, template, tokenizer)
    trainer, log = _build(plan, folder, tokenizer, pairs, arguments)
    started = time.monotonic()
    checkpoint = finished_checkpoint(folder / "checkpoints")
    log.begin(checkpoint)
    if checkpoint and _is_last(checkpoint):
        # Asked to go on from its last step, Transformers' trainer would take one step more.
        _restore(trainer, checkpoint)
    else:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    log.close()
    certificate = _certificate(plan, trainer, preferences, template, counts)
    certificate |= {"seconds": round(time.monotonic() - started, 1), "command": command, "wandb": log.wandb}
    _save(plan, trainer, folder, certificate)
    return certificate


def _identity(plan: Plan, preferences: Preferences) -> dict[str, Any]:
    return {**plan.identity(), "data": preferences.digest}


def _finished(plan: Plan, folder: Path, preferences: Preferences) -> dict[str, Any] | None:
    """The certificate of a training that is finished already; None where there is work to do."""
    started, certificate = folder / "training.json", folder / "certificate.json"
    if started.exists():
        differ = _differences(read_json(started), _identity(plan, preferences))
        if differ:
            raise HarnessError(
                f"{folder} was trained with other settings: {differ}. Give another --name, or --fresh to start anew."
            )
        if certificate.exists():
            return read_json(certificate)
    return None


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    # What went through a JSON file comes back as JSON's types.
    after = json.loads(json.dumps(after))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return ", ".join(f"{key} {before.get(key)} → {after.get(key)}" for key in keys)


def _pairs(
    plan: Plan, preferences: Preferences, template: Template, tokenizer: Any
) -> tuple[tuple[list[Pair], list[Pair]], dict[str, Any]]:
    system = plan.settings.system

    def render(question: str, own: str | None) -> str:
        return template.render(question, system if system is not None else own or DEFAULT_SYSTEM)

    max_length = int(plan.arguments["max_length"])
    pairs, too_long, cut = tokenize(
        preferences.usable, render, lambda text: prompt_ids(tokenizer, text), tokenizer, max_length
    )
    random.Random(int(plan.arguments["seed"])).shuffle(pairs)
    held_out = plan.settings.eval_rows
    if len(pairs) <= held_out:
        raise HarnessError(
            f"{plan.data}: {len(pairs)} rows fit into max_length={max_length}, and {held_out} are held out: "
            "nothing is left to train on. Raise it with --set max_length=N."
        )
    counts = {
        "rows": preferences.rows,
        "trained_on": len(pairs) - held_out,
        "held_out": held_out,
        "dropped": {**preferences.dropped, **({"prompt too long": too_long} if too_long else {})},
        "answers_cut": cut,
    }
    return (pairs[held_out:], pairs[:held_out]), counts


def _build(
    plan: Plan,
    folder: Path,
    tokenizer: Any,
    pairs: tuple[list[Pair], list[Pair]],
    arguments: tuple[dict[str, Any], dict[str, Any]],
) -> tuple[Any, TrainingLog]:
    import torch

    from harness.trainers import build_trainer

    on_gpu = torch.cuda.is_available()
    bf16 = on_gpu and torch.cuda.is_bf16_supported()
    given, lora = arguments
    training = {
        "bf16": bf16,
        "fp16": on_gpu and not bf16,
        "use_cpu": not on_gpu,
        "gradient_checkpointing": on_gpu,
        "disable_dropout": False,
        "eval_strategy": "steps" if pairs[1] else "no",
        "optim": "paged_adamw_8bit" if on_gpu and plan.settings.quantization else "adamw_torch",
        **given,
        "output_dir": str(folder / "checkpoints"),
        "report_to": "wandb",
        "remove_unused_columns": False,
        "run_name": plan.name,
        "disable_tqdm": True,
        "save_strategy": "steps",
        # Workers would cost more than they bring for token ids in memory, and pin_memory warns without a GPU.
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": on_gpu,
    }
    dtype = ("bfloat16" if bf16 else "float16") if on_gpu else "float32"
    model = load_model(plan.base, dtype, plan.settings.quantization, plan.settings.trust_remote_code)
    model.config.use_cache = False
    log = TrainingLog(folder, plan.name, start_wandb(folder, plan.name))
    return build_trainer(plan.method, model, tokenizer, lora, training, pairs, [log.callback()]), log


def _is_last(checkpoint: Path) -> bool:
    state = read_json(checkpoint / "trainer_state.json")
    return bool(state["global_step"] >= state["max_steps"])


def _restore(trainer: Any, checkpoint: Path) -> None:
    from peft import load_peft_weights, set_peft_model_state_dict
    from transformers import TrainerState

    set_peft_model_state_dict(trainer.model, load_peft_weights(str(checkpoint), device="cpu"))
    trainer.state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))


def _certificate(
    plan: Plan, trainer: Any, preferences: Preferences, template: Template, counts: Mapping[str, Any]
) -> dict[str, Any]:
    import torch

    from harness.trainers import effective_dropout, lora_modules

    model, args, lora = trainer.model, trainer.args, trainer.model.peft_config["default"]
    on_gpu = torch.cuda.is_available()
    return {
        "format_version": 1,
        "name": plan.name,
        "method": plan.method,
        "created": now(),
        "base": {"name": plan.base.name, "path": plan.base.path, "digest": plan.base.digest},
        "quantization": plan.settings.quantization,
        "dtype": str(model.get_input_embeddings().weight.dtype).removeprefix("torch."),
        "data": {"source": plan.data, "split": plan.settings.split, "digest": preferences.digest, **counts},
        "prompt": {
            "name": template.name,
            "sha256": template.sha256,
            "system": plan.settings.system,
            "system_used": _system_used(plan, preferences, template),
        },
        "hyperparameters": {
            **{name: _plain(getattr(args, name)) for name in _REPORTED if hasattr(args, name)},
            "r": lora.r,
            "lora_alpha": lora.lora_alpha,
            "lora_dropout": effective_dropout(model),
            "lora_dropout_asked": float(plan.arguments.get("lora_dropout", 0.0)),
            "target_modules": lora_modules(model),
        },
        "trainable_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "steps": trainer.state.global_step,
        "epochs": trainer.state.epoch,
        "versions": versions(),
        "git_commit": git_commit(),
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name(0) if on_gpu else "cpu",
        "peak_memory_bytes": torch.cuda.max_memory_allocated() if on_gpu else _peak_resident_bytes(),
    }


def _system_used(plan: Plan, preferences: Preferences, template: Template) -> str | None:
    """The system line of every training prompt; None where rows bring several, or the template has no place for one."""
    fixed = plan.settings.system
    lines = {fixed} if fixed is not None else {row.system or DEFAULT_SYSTEM for row in preferences.usable}
    has_place = template.render("q", "a") != template.render("q", "b")
    return lines.pop() if has_place and len(lines) == 1 else None


def _plain(value: Any) -> Any:
    value = getattr(value, "value", value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, int | float | str | None) else str(value)


def _peak_resident_bytes() -> int:
    # Linux counts in KiB, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _save(plan: Plan, trainer: Any, folder: Path, certificate: dict[str, Any]) -> None:
    draft = folder / ".adapter.draft"
    shutil.rmtree(draft, ignore_errors=True)
    trainer.model.peft_config["default"].base_model_name_or_path = plan.base.path
    trainer.model.save_pretrained(draft, safe_serialization=True)
    check_weights(plan.name, draft / WEIGHTS)
    for name in (WEIGHTS, "adapter_config.json"):
        (draft / name).replace(folder / name)
    shutil.rmtree(draft)
    digest = files_digest([folder / WEIGHTS, folder / "adapter_config.json"])
    # Written last: a folder without a certificate is a training that has not finished.
    write_json(folder / "certificate.json", {**certificate, "adapter_digest": digest})
