"""A training with every setting decided and nothing loaded yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from harness.config import DAY, Config, TrainingSettings, checked
from harness.data import template_digest
from harness.errors import HarnessError, unknown
from harness.models import Weights, find_base
from harness.pocket import defaults as pocket_defaults
from harness.pocket import pairs_path
from harness.records import METHODS
from harness.resources import files_digest

_OWN: dict[str, dict[str, Any]] = {
    # Meng et al. 2024, section 4; in TRL it is a loss of CPO, without CPO's own likelihood term.
    "simpo": {"loss_type": "simpo", "cpo_alpha": 0.0, "beta": 2.0, "simpo_gamma": 1.0},
}
"""By which arguments a method differs from the common ones."""
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
"""What every method starts from; LoRA's update is scaled by lora_alpha / r, which is 2 here."""
# The assignment's: one careful epoch of batches of 32.
USUAL: dict[str, Any] = {
    "learning_rate": 5e-6,
    "lr_scheduler_type": "cosine",
    "num_train_epochs": 1.0,
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 8,
}

_COUNTS = ("max_length", "per_device_train_batch_size", "gradient_accumulation_steps", "seed")
"""What the harness itself counts with; the others are TRL's to check."""


@dataclass(frozen=True)
class Plan:
    """A training, with every setting decided and nothing loaded yet."""

    method: str
    name: str
    base: Weights
    data: str
    settings: TrainingSettings
    arguments: dict[str, Any]
    prompt_folders: tuple[Path, ...] = ()
    day: date = DAY
    """What chat templates that print the date are told."""

    def identity(self) -> dict[str, Any]:
        """What must be the same, besides the data, for a stopped training to be continued."""
        settings = self.settings.model_dump(mode="json", exclude={"arguments", "data", "probe_steps", *METHODS})
        # What trainings of before the shared reference pass were begun without says nothing about them.
        if not settings["reference_pass"]:
            del settings["reference_pass"]
        template = template_digest(self.settings.prompt, self.prompt_folders)[:12]
        day = {} if self.day == DAY else {"day": self.day.isoformat()}
        return {
            "method": self.method,
            "base": self.base.digest,
            "template": template,
            **day,
            **settings,
            **self.arguments,
        }


def plan_training(
    method: str, name: str | None, config: Config, changes: Mapping[str, Any], weightless: bool = False
) -> Plan:
    """The training that configuration and --set ask for; data and settings default to the embedded model's.

    A `weightless` base may be a folder with nothing but a config.json: enough to compute what a training would take.
    """
    if method not in METHODS:
        unknown("method", method, METHODS)
    own = {key: value for key, value in changes.items() if key in TrainingSettings.model_fields or key == "base"}
    wanted = str(own.pop("base", config.base or "pocket"))
    base = (weightless and _base_without_weights(wanted)) or find_base(wanted)
    settings = checked(TrainingSettings, {**config.train.model_dump(), **own}, "training")
    data = settings.data or (str(pairs_path()) if base.is_pocket else None)
    if data is None:
        raise HarnessError(
            f"What is {base.name} to be trained on? Give --set data=FILE, or train.data in harness.yaml."
        )
    given = {
        **settings.arguments,
        **getattr(settings, method),
        **{key: value for key, value in changes.items() if key not in TrainingSettings.model_fields and key != "base"},
    }
    usual = {**COMMON, **_OWN.get(method, {}), **(pocket_defaults(method) if base.is_pocket else USUAL)}
    if "num_train_epochs" in given:
        # In TRL a number of steps beats a number of epochs; a default must not beat what was asked for.
        usual.pop("max_steps", None)
    arguments = {**usual, **given}
    wrong = [f"{key} takes int, not {arguments[key]!r}" for key in _COUNTS if not _is_whole(arguments.get(key, 0))]
    if wrong:
        raise HarnessError("; ".join(wrong) + ". Give it with --set NAME=VALUE, or leave it out.")
    return Plan(method, name or method, base, data, settings, arguments, config.folders.prompts, config.day)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _base_without_weights(name: str) -> Weights | None:
    folder = Path(name).expanduser()
    if not (folder / "config.json").is_file() or list(folder.glob("*.safetensors")):
        return None
    return Weights(name, str(folder.resolve()), files_digest([folder / "config.json"]))
