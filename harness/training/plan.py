"""A training with every setting decided and nothing loaded yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from harness.config import DAY, Config, TrainingSettings, checked
from harness.data import prompt_for, template_digest
from harness.data.preferences import Preferences, read_preferences
from harness.errors import HarnessError, unknown
from harness.models import Adapter, Weights, base_of, check_base, find_base, find_tuned, refuse_form
from harness.pocket import SYSTEM, pairs_path
from harness.pocket import defaults as pocket_defaults
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
    start: Adapter | None = None
    """The adapter that it goes on from; None for a fresh one."""

    @property
    def prompt(self) -> str:
        """The prompt template, decided."""
        return str(self.settings.prompt)

    def read(self) -> Preferences:
        """Its data, as far as they can be used at all."""
        asked = self.settings
        return read_preferences(self.data, asked.split, asked.name, asked.columns)

    def identity(self) -> dict[str, Any]:
        """What must be the same, besides the data, for a stopped training to be continued."""
        unsaid = {"arguments", "data", "probe_steps", "save_minutes", "columns", "allow_dropped", "adapter", *METHODS}
        settings = self.settings.model_dump(mode="json", exclude=unsaid)
        # What older trainings were begun without says nothing about them.
        settings = {key: value for key, value in settings.items() if value or key not in ("reference_pass", "name")}
        template = template_digest(self.prompt, self.prompt_folders)[:12]
        start = {} if self.start is None else {"adapter": self.start.digest}
        day = {} if self.day == DAY else {"day": self.day.isoformat()}
        return {
            "method": self.method,
            "base": self.base.digest,
            "template": template,
            **day,
            **start,
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
    wanted = own.pop("base", config.base)
    settings = checked(TrainingSettings, {**_of_the_experiment(config), **own}, "training")
    base, start = _begun_on(None if wanted is None else str(wanted), settings.adapter, weightless)
    data = settings.data or (str(pairs_path()) if base.is_pocket else None)
    if data is None:
        raise HarnessError(
            f"What is {base.name} to be trained on? Give --set data=FILE, or train.data in harness.yaml."
        )
    settings = _decided(settings, base, data)
    given = {
        **settings.arguments,
        **getattr(settings, method),
        **{key: value for key, value in changes.items() if key not in TrainingSettings.model_fields and key != "base"},
    }
    usual = {**COMMON, **_OWN.get(method, {}), **(pocket_defaults(method) if base.is_pocket else USUAL)}
    if "num_train_epochs" in given:
        # In TRL a number of steps beats a number of epochs; a default must not beat what was asked for.
        usual.pop("max_steps", None)
    if start is not None:
        usual |= _of_the_adapter(start, given)
    arguments = {**usual, **given}
    wrong = [f"{key} takes int, not {arguments[key]!r}" for key in _COUNTS if not _is_whole(arguments.get(key, 0))]
    if wrong:
        raise HarnessError("; ".join(wrong) + ". Give it with --set NAME=VALUE, or leave it out.")
    return Plan(method, name or method, base, data, settings, arguments, config.folders.prompts, config.day, start)


def _of_the_experiment(config: Config) -> dict[str, Any]:
    """The training's settings; prompt and system are those of the whole experiment where it has none of its own."""
    shared = {key: value for key in ("prompt", "system") if (value := getattr(config, key)) is not None}
    given = config.train.model_dump()
    return {**given, **{key: value for key, value in shared.items() if given[key] is None}}


def _begun_on(wanted: str | None, adapter: str | None, weightless: bool) -> tuple[Weights, Adapter | None]:
    """(the base, the adapter that the training goes on from); a merged model is a base of its own."""
    if adapter is None:
        name = wanted or "pocket"
        return (weightless and _base_without_weights(name)) or find_base(name), None
    adapters, models = find_tuned({"adapter": adapter})
    if models:
        if wanted is not None:
            raise HarnessError(
                f"{adapter} is a whole model, with a base of its own in it: leave one of "
                f"base={wanted} and adapter={adapter} out."
            )
        return models[0].weights, None
    start = adapters[0]
    refuse_form(start, "transformers")
    base = find_base(wanted or base_of(start))
    check_base(start, base)
    return base, start


def _decided(settings: TrainingSettings, base: Weights, data: str) -> TrainingSettings:
    """With the prompt template and the system line that are trained with."""
    prompt = settings.prompt or prompt_for(base, data, settings.split, settings.name, settings.columns)
    # The embedded model's own pairs are asked as the embedded model was taught; no other data get a line unasked.
    line = SYSTEM if settings.data is None and settings.system is None else settings.system
    return settings.model_copy(update={"prompt": prompt, "system": line})


def _of_the_adapter(start: Adapter, given: Mapping[str, Any]) -> dict[str, Any]:
    """LoRA's settings as that adapter has them: they shape its weights, and are not to be chosen again."""
    own = {key: start.config.get(key) for key in ("r", "lora_alpha", "lora_dropout", "target_modules")}
    if chosen := [key for key in own if key in given and given[key] != own[key]]:
        raise HarnessError(
            f"{', '.join(f'{key}={given[key]}' for key in chosen)}: the training goes on from the adapter in "
            f"{start.path}, which has {', '.join(f'{key}={own[key]}' for key in chosen)}. Leave that out."
        )
    return own


def _is_whole(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _base_without_weights(name: str) -> Weights | None:
    folder = Path(name).expanduser()
    if not (folder / "config.json").is_file() or list(folder.glob("*.safetensors")):
        return None
    return Weights(name, str(folder.resolve()), files_digest([folder / "config.json"]))
