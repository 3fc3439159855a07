"""DPO, ORPO, KTO and SimPO trainings: pairs in, a LoRA adapter and a certificate out.

harness train dpo --set learning_rate=5e-6
"""

from __future__ import annotations

import json
import platform
import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.adapters import WEIGHTS, check_weights
from harness.base_model import Base, find_base, load_model, load_tokenizer, prompt_ids
from harness.collapse import Probe
from harness.config import Config, Training, checked
from harness.errors import HarnessError, unknown
from harness.guards import Guard
from harness.pocket import defaults as pocket_defaults
from harness.pocket import pairs_path
from harness.preferences import Pair, Preferences, read_preferences, tokenize
from harness.prompts import Template, chat_template_of, load_template
from harness.provenance import git_commit, now, versions
from harness.reference_pass import ReferencePass
from harness.resources import files_digest
from harness.store import move_aside, read_json, write_json
from harness.tasks import DEFAULT_SYSTEM
from harness.training_log import TrainingLog, finished_checkpoint, start_wandb

TRAININGS = Path("runs/train")
METHODS: dict[str, dict[str, Any]] = {
    "dpo": {},
    "orpo": {},
    "kto": {},
    # Meng et al. 2024, section 4; in TRL it is a loss of CPO, without CPO's own likelihood term.
    "simpo": {"loss_type": "simpo", "cpo_alpha": 0.0, "beta": 2.0, "simpo_gamma": 1.0},
}
"""What trains, and by which arguments it differs from the common ones."""
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
        settings = self.settings.model_dump(mode="json", exclude={"arguments", "data", "probe_steps", *METHODS})
        # What trainings of before the shared reference pass were begun without says nothing about them.
        if not settings["reference_pass"]:
            del settings["reference_pass"]
        return {"method": self.method, "base": self.base.digest, **settings, **self.arguments}


def plan_training(
    method: str, name: str | None, config: Config, changes: Mapping[str, Any], weightless: bool = False
) -> Plan:
    """The training that configuration and --set ask for; data and settings default to the embedded model's.

    A `weightless` base may be a folder with nothing but a config.json: enough to compute what a training would take.
    """
    if method not in METHODS:
        unknown("method", method, METHODS)
    own = {key: value for key, value in changes.items() if key in Training.model_fields or key == "base"}
    wanted = str(own.pop("base", config.base or "pocket"))
    base = (weightless and _base_without_weights(wanted)) or find_base(wanted, config.train.trust_remote_code)
    settings = checked(Training, {**config.train.model_dump(), **own}, "training")
    data = settings.data or (str(pairs_path()) if base.is_pocket else None)
    if data is None:
        raise HarnessError(
            f"What is {base.name} to be trained on? Give --set data=FILE, or train.data in harness.yaml."
        )
    given = {
        **settings.arguments,
        **getattr(settings, method),
        **{key: value for key, value in changes.items() if key not in Training.model_fields and key != "base"},
    }
    usual = {**COMMON, **METHODS[method], **(pocket_defaults(method) if base.is_pocket else USUAL)}
    if "num_train_epochs" in given:
        # In TRL a number of steps beats a number of epochs; a default must not beat what was asked for.
        usual.pop("max_steps", None)
    arguments = {**usual, **given}
    return Plan(method, name or method, base, data, settings, arguments, config.folders.prompts)


def _base_without_weights(name: str) -> Base | None:
    folder = Path(name).expanduser()
    if not (folder / "config.json").is_file() or list(folder.glob("*.safetensors")):
        return None
    return Base(name, str(folder.resolve()), files_digest([folder / "config.json"]))


def train(plan: Plan, folder: Path, command: str, fresh: bool = False) -> dict[str, Any]:
    """The certificate of the finished adapter in `folder`; a stopped training goes on from its last checkpoint."""
    preferences = read_preferences(plan.data, plan.settings.split)
    if fresh:
        move_aside(folder)
    if done := finished(plan, folder, preferences):
        return done
    from harness.trainers import split_arguments

    arguments = split_arguments(plan.method, plan.arguments)
    write_json(folder / "training.json", _identity(plan, preferences))
    tokenizer = load_tokenizer(plan.base, plan.settings.trust_remote_code)
    template = load_template(plan.settings.prompt, plan.prompt_folders, chat_template_of(tokenizer))
    pairs, counts = choose_pairs(plan, preferences, template, tokenizer)
    trainer, log = _build(plan, folder, tokenizer, pairs, arguments)
    if plan.settings.probe_steps:
        probe = Probe(plan.settings.probe_steps, pairs[1] or pairs[0], template.headers, tokenizer, log)
        trainer.add_callback(probe.callback())
    checkpoint = finished_checkpoint(folder / "checkpoints")
    log.begin(checkpoint)
    if checkpoint and _is_last(checkpoint):
        # Asked to go on from its last step, Transformers' trainer would take one step more.
        _restore(trainer, checkpoint)
    else:
        trainer.guard.check_space(trainer.model, 0)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    log.close()
    certificate = _certificate(plan, trainer, preferences, template, counts)
    certificate |= {**log.meter.read(), "command": command, "wandb": log.wandb}
    _save(plan, trainer, folder, certificate)
    return certificate


def _identity(plan: Plan, preferences: Preferences) -> dict[str, Any]:
    return {**plan.identity(), "data": preferences.digest}


def finished(plan: Plan, folder: Path, preferences: Preferences) -> dict[str, Any] | None:
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


def choose_pairs(
    plan: Plan, preferences: Preferences, template: Template, tokenizer: Any
) -> tuple[tuple[list[Pair], list[Pair]], dict[str, Any]]:
    """((pairs to train on, pairs held out), how many rows became what)."""
    system = plan.settings.system

    def render(question: str, own: str | None) -> str:
        return template.render(question, system if system is not None else own or DEFAULT_SYSTEM)

    max_length = int(plan.arguments["max_length"])
    pairs, unfit, cut = tokenize(
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
        "dropped": {**preferences.dropped, **unfit},
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
    given, lora = arguments
    training = {
        **training_arguments(plan, given, on_gpu, bf16=on_gpu and torch.cuda.is_bf16_supported()),
        "eval_strategy": given.get("eval_strategy", "steps" if pairs[1] else "no"),
        "output_dir": str(folder / "checkpoints"),
        "report_to": "wandb",
        "run_name": plan.name,
        "save_strategy": "steps",
    }
    dtype = ("bfloat16" if torch.cuda.is_bf16_supported() else "float16") if on_gpu else "float32"
    model = load_model(plan.base, dtype, plan.settings.quantization, plan.settings.trust_remote_code)
    model.config.use_cache = False
    log = TrainingLog(folder, plan.name, start_wandb(folder, plan.name))
    guard = Guard(plan.name, folder, plan.data, pairs[0])
    callbacks = [log.callback()]
    reference = _reference(plan, pairs, dtype, training) if plan.settings.reference_pass else None
    return build_trainer(plan.method, model, tokenizer, lora, training, pairs, callbacks, guard, reference), log


def training_arguments(plan: Plan, given: Mapping[str, Any], on_gpu: bool, bf16: bool) -> dict[str, Any]:
    """TRL's arguments: what the device asks for, what the user gave, and what is ours to decide."""
    return {
        "bf16": bf16,
        "fp16": on_gpu and not bf16,
        "use_cpu": not on_gpu,
        "gradient_checkpointing": on_gpu,
        "disable_dropout": False,
        # It would log another number in place of a NaN; the guard stops instead.
        "logging_nan_inf_filter": False,
        "optim": "paged_adamw_8bit" if on_gpu and plan.settings.quantization else "adamw_torch",
        **given,
        "remove_unused_columns": False,
        "disable_tqdm": True,
        # Workers would cost more than they bring for token ids in memory, and pin_memory warns without a GPU.
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": on_gpu,
    }


def _reference(
    plan: Plan, pairs: tuple[list[Pair], list[Pair]], dtype: str, training: Mapping[str, Any]
) -> ReferencePass:
    """The pass over all pairs, with everything besides them that its numbers depend on."""
    installed = versions()
    return ReferencePass(
        (*pairs[0], *pairs[1]),
        {
            "base": plan.base.digest,
            "dtype": dtype,
            "quantization": plan.settings.quantization,
            "use_cpu": training["use_cpu"],
            "ld_alpha": training.get("ld_alpha"),
            **{name: installed.get(name) for name in ("torch", "transformers", "trl")},
        },
    )


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
    from harness.training_facts import effective_settings, machine

    return {
        "format_version": 1,
        "name": plan.name,
        "method": plan.method,
        "created": now(),
        "base": {"name": plan.base.name, "path": plan.base.path, "digest": plan.base.digest},
        "quantization": plan.settings.quantization,
        "data": {"source": plan.data, "split": plan.settings.split, "digest": preferences.digest, **counts},
        "prompt": {
            "name": template.name,
            "sha256": template.sha256,
            "system": plan.settings.system,
            "system_used": _system_used(plan, preferences, template),
        },
        **effective_settings(trainer, float(plan.arguments.get("lora_dropout", 0.0))),
        "versions": versions(),
        "git_commit": git_commit(),
        "platform": platform.platform(),
        **machine(),
    }


def _system_used(plan: Plan, preferences: Preferences, template: Template) -> str | None:
    """The system line of every training prompt; None where rows bring several, or the template has no place for one."""
    fixed = plan.settings.system
    lines = {fixed} if fixed is not None else {row.system or DEFAULT_SYSTEM for row in preferences.usable}
    has_place = template.render("q", "a") != template.render("q", "b")
    return lines.pop() if has_place and len(lines) == 1 else None


def _save(plan: Plan, trainer: Any, folder: Path, certificate: dict[str, Any]) -> None:
    draft = folder / ".adapter.draft"
    shutil.rmtree(draft, ignore_errors=True)
    trainer.model.peft_config["default"].base_model_name_or_path = plan.base.path
    trainer.guard.check_weights(trainer.model, trainer.state.global_step)
    trainer.model.save_pretrained(draft, safe_serialization=True)
    check_weights(plan.name, draft / WEIGHTS)
    for name in (WEIGHTS, "adapter_config.json"):
        (draft / name).replace(folder / name)
    shutil.rmtree(draft)
    digest = files_digest([folder / WEIGHTS, folder / "adapter_config.json"])
    # Written last: a folder without a certificate is a training that has not finished.
    write_json(folder / "certificate.json", {**certificate, "adapter_digest": digest})
