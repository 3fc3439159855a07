"""Which adapter is meant, and whether its files can be believed: looked at before any model is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, unknown
from harness.models.weights_file import Stored, check_weights
from harness.records import Variant
from harness.resources import files_digest
from harness.store import (
    ADAPTER_CONFIG,
    NOTHING,
    WEIGHTS,
    Certificate,
    TrainingFolder,
    check_name,
    read_json,
    read_training,
)


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter's folder, looked through: complete, finite, and of a known base."""

    name: str
    path: Path
    digest: str
    """sha256 of weights and configuration."""
    rank: int
    """The highest of any of its modules."""
    target_modules: tuple[str, ...]
    """The last names of the modules that its tensors are for."""
    base_name: str | None
    """What adapter_config.json says that it was trained on."""
    certificate: Certificate = NOTHING
    """What is certified of it; empty for adapters made elsewhere."""
    dropout: float = 0.0
    """LoRA dropout as adapter_config.json has it, in effect or not."""
    config: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    """adapter_config.json."""
    tensors: Mapping[str, Stored] = field(default_factory=dict, hash=False, repr=False)
    """What its weights' file holds, by name."""

    def variant(self) -> Variant:
        """What a run calls it; the method is its certificate's, None for an adapter made elsewhere."""
        return Variant(self.name, "adapter", self.certificate.method, self.digest, str(self.path))


def find_places(names: Sequence[str], configured: Mapping[str, str], trainings: Path) -> dict[str, str]:
    """Name → folder or hub id of `--adapters a,b=PATH`: a training, an entry of the configuration, or name=path."""
    places: dict[str, str] = {}
    for text in names:
        name, place = _place(text, configured, trainings)
        if name in places:
            raise HarnessError(f"Adapter '{name}' is named twice. Give one another name: NAME=PATH")
        places[name] = place
    if "base" in places:
        raise HarnessError("'base' is the base model's own name. Give the adapter another one: NAME=PATH")
    return places


def _place(text: str, configured: Mapping[str, str], trainings: Path) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    check_name("variant", name)
    if equals:
        return name, path
    if name in configured:
        return name, configured[name]
    folder = trainings / name
    training = TrainingFolder(folder)
    if training.begun and not training.finished:
        raise HarnessError(f"The training '{name}' has not finished. Continue it with the command that started it.")
    if folder.is_dir():
        return name, str(folder)
    trained = [config.parent.name for config in trainings.glob(f"*/{ADAPTER_CONFIG}")]
    unknown("adapter", name, [*trained, *configured], 'Train it with "harness train dpo|orpo" or give NAME=PATH.')


def read_adapter(name: str, path: Path) -> Adapter:
    """A folder's adapter; refuses pickles, torn or non-finite weights, and what is no LoRA."""
    config_path, weights = path / ADAPTER_CONFIG, path / WEIGHTS
    if not path.is_dir():
        raise HarnessError(f"Adapter '{name}': there is no folder {path}.")
    if not weights.is_file():
        if pickles := [*path.glob("adapter_model.bin"), *path.glob("*.pt"), *path.glob("*.pth")]:
            raise HarnessError(
                f"Adapter '{name}': {pickles[0]} is a pickle, which can run code when it is read, and is refused. "
                f"Save it as safetensors (save_pretrained does) in {path}."
            )
        raise HarnessError(
            f"Adapter '{name}': {path} has no {WEIGHTS}. Give the folder that PEFT saved, or one of a full model, "
            "which has a config.json."
        )
    if not config_path.is_file():
        raise HarnessError(f"Adapter '{name}': {path} has no adapter_config.json. Give the folder that PEFT saved.")
    config = read_json(config_path)
    if config.get("peft_type") != "LORA":
        raise HarnessError(f"Adapter '{name}' is a {config.get('peft_type')} adapter; only LORA is served.")
    tensors = check_weights(name, weights)
    return Adapter(
        name=name,
        path=path,
        digest=files_digest([weights, config_path]),
        dropout=float(config.get("lora_dropout") or 0.0),
        rank=max([int(config["r"]), *(config.get("rank_pattern") or {}).values()]),
        target_modules=_modules(tensors),
        base_name=config.get("base_model_name_or_path"),
        certificate=read_training(path).certificate,
        config=config,
        tensors=tensors,
    )


def _modules(tensors: Iterable[str]) -> tuple[str, ...]:
    """By the tensors, not by target_modules of the configuration: that may be a pattern, or the word all-linear."""
    # PEFT puts one layer into another where several weights of one module are adapted, as experts' are.
    places = (name.partition(".lora_")[0].replace(".base_layer", "") for name in tensors if ".lora_" in name)
    return tuple(sorted({place.rpartition(".")[2] for place in places}))
