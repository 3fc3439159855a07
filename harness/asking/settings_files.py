"""Settings of a training made elsewhere, from whatever file says them, by TRL's and PEFT's names.

adapter_config.json of PEFT, arguments of TRL, Transformers, the alignment handbook, LLaMA-Factory and axolotl as YAML
or JSON, W&B's config.yaml, trainer_state.json, our certificate.json, a folder that holds some of these.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.curves import is_log, logged_settings, unwrapped
from harness.errors import HarnessError
from harness.json_yaml import not_json, read_yaml
from harness.records import METHODS
from harness.resources import files_digest
from harness.store import ADAPTER_CONFIG, CERTIFICATE, RecordedSettings

_NAMES: dict[str, tuple[str, ...]] = {
    "method": ("method", "rl", "rlhf", "trainer_type"),
    "base": ("base_model_name_or_path", "model_name_or_path", "base_model", "base", "_name_or_path", "model_name"),
    "data": ("dataset_name", "dataset", "datasets", "dataset_mixer", "data", "dataset_path"),
    "quantization": ("quantization", "bnb_4bit_quant_type"),
    "learning_rate": ("learning_rate", "lr"),
    "beta": ("beta", "pref_beta", "rl_beta", "dpo_beta", "orpo_alpha", "orpo_beta"),
    "loss_type": ("loss_type", "dpo_loss_type"),
    "r": ("r", "lora_r", "lora_rank"),
    "lora_alpha": ("lora_alpha",),
    "lora_dropout": ("lora_dropout",),
    "lora_dropout_asked": ("lora_dropout_asked",),
    "disable_dropout": ("disable_dropout",),
    "target_modules": ("target_modules", "lora_target_modules", "lora_target"),
    "use_rslora": ("use_rslora", "peft_use_rslora", "lora_use_rslora"),
    "use_dora": ("use_dora", "peft_use_dora", "lora_use_dora"),
    "num_train_epochs": ("num_train_epochs", "num_epochs", "epochs"),
    "max_steps": ("max_steps",),
    "per_device_train_batch_size": ("per_device_train_batch_size", "micro_batch_size", "train_batch_size"),
    "gradient_accumulation_steps": ("gradient_accumulation_steps",),
    "lr_scheduler_type": ("lr_scheduler_type", "lr_scheduler"),
    "warmup_ratio": ("warmup_ratio",),
    "warmup_steps": ("warmup_steps",),
    "weight_decay": ("weight_decay",),
    "max_grad_norm": ("max_grad_norm",),
    "optim": ("optim", "optimizer"),
    "max_length": ("max_length", "cutoff_len", "sequence_len", "max_seq_length"),
    "seed": ("seed",),
}
"""TRL's or PEFT's name → the names of others for it, the first that a file has."""
_LORA = {"r", "lora_alpha", "lora_dropout", "target_modules", "learning_rate", "beta"}
_FILES = (CERTIFICATE, ADAPTER_CONFIG, "training_args.yaml", "training_args.json", "config.yaml", "trainer_state.json")
"""What a folder may hold, the first that says a setting."""
_FEW = 8


def read_settings(paths: Iterable[Path]) -> RecordedSettings:
    """What the files say together, of each setting the first that does; refuses a file that says none."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for path in paths:
        for file in _files(path):
            found = _of_file(file)
            if not found:
                raise HarnessError(f"{file} holds no setting of a training. Expected some of {_expected()}.")
            for key in found.keys() - values.keys():
                values[key], sources[key] = found[key], file.name
    return _ordered(values, sources)


def recorded_settings(files: Mapping[str, Path], curve_files: Mapping[str, Path]) -> dict[str, RecordedSettings] | None:
    """Variant → what its file of settings says, and what its log says besides; None where nothing says any."""
    names = dict.fromkeys((*files, *curve_files))
    found = {
        name: together(
            read_settings([files[name]]) if name in files else None,
            settings_of_log(curve_files[name]) if name in curve_files else None,
        )
        for name in names
    }
    return {name: it for name, it in found.items() if it is not None} or None


def settings_identity(files: Mapping[str, Path]) -> dict[str, str]:
    """What tells these settings from others."""
    return {f"settings {name}": files_digest(members(path)) for name, path in files.items()}


def members(path: Path) -> list[Path]:
    """The file, or those of a folder; refuses what is not there."""
    if not path.exists():
        raise HarnessError(f"There is no file {path}.")
    return sorted(it for it in path.iterdir() if it.is_file()) if path.is_dir() else [path]


def told_settings(row: Mapping[str, Any]) -> RecordedSettings:
    """What the user says by TRL's and PEFT's names, and whatever else there is of numbers, words and lists."""
    known = normal(row)
    taken = {name for names in _NAMES.values() for name in names}
    others = {str(key): it for key, it in row.items() if key not in taken and isinstance(it, str | int | float | list)}
    values = {**known, **others}
    return _ordered(values, dict.fromkeys(values, ""))


def settings_of_log(source: Path | str) -> RecordedSettings | None:
    """What a training's log says of its settings; None where it says nothing."""
    found, file = logged_settings(source)
    values = normal(found)
    return _ordered(values, dict.fromkeys(values, file)) if values else None


def together(*told: RecordedSettings | None) -> RecordedSettings | None:
    """Of each setting the first that says it; None where nobody says any."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for one in told:
        for key, value in (one.values if one else {}).items():
            if key not in values and one is not None:
                values[key], sources[key] = value, one.sources.get(key, "")
    return _ordered(values, sources) if values else None


def is_settings(file: Path) -> bool:
    """Whether a file holds settings of a training, and no answers."""
    if file.suffix.lower() in (".yaml", ".yml"):
        return True
    if file.suffix.lower() != ".json":
        return False
    try:
        row = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(row, dict) and bool(_LORA & normal(row).keys()) and not is_log(file)


def normal(row: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are known, under TRL's and PEFT's names."""
    flat = _flat(row)
    found: dict[str, Any] = {}
    for key, names in _NAMES.items():
        value = next((flat[name] for name in names if flat.get(name) not in (None, "", [], {})), None)
        if value is not None:
            found[key] = _value(key, value)
    if (method := _method(flat)) is not None:
        found["method"] = method
    else:
        found.pop("method", None)
    if "quantization" not in flat:
        # bitsandbytes has a kind of 4 bits at hand where it is not asked to use it.
        found["quantization"] = (found.get("quantization") or "4-bit") if _four_bit(flat) else None
    # Transformers' word for no number of steps.
    if found.get("max_steps") == -1:
        del found["max_steps"]
    return {key: value for key, value in found.items() if value not in (None, "none")}


def _ordered(values: Mapping[str, Any], sources: Mapping[str, str]) -> RecordedSettings:
    order = [*(key for key in _NAMES if key in values), *(key for key in values if key not in _NAMES)]
    return RecordedSettings(values={key: values[key] for key in order}, sources={key: sources[key] for key in order})


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise HarnessError(f"There is no file {path}.")
    if path.is_file():
        yield path
        return
    found = [path / name for name in _FILES if (path / name).is_file()]
    if not found:
        raise HarnessError(f"{path} holds no settings. Expected one of {', '.join(_FILES)} in it.")
    yield from found


def _of_file(file: Path) -> dict[str, Any]:
    if is_log(file):
        return normal(logged_settings(file)[0])
    if file.suffix.lower() in (".yaml", ".yml"):
        row = read_yaml(file)
    else:
        try:
            row = json.loads(file.read_bytes())
        except (ValueError, RecursionError) as error:
            raise not_json(file, error) from None
    if not isinstance(row, Mapping):
        raise HarnessError(f"{file} holds no settings by name. Expected some of {_expected()}.")
    return normal(row)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with what is wrapped, or stands one level deeper, beside the rest; what stands outside goes first."""
    found = unwrapped(row)
    for key in ("hyperparameters", "arguments", "training_args", "args", "quantization_config", "peft_config",
                "lora_config", "lora", "train"):  # fmt: skip
        inner = found.get(key)
        if key == "peft_config" and isinstance(inner, Mapping) and isinstance(inner.get("default"), Mapping):
            inner = inner["default"]
        if isinstance(inner, Mapping):
            found = {**{str(name): it for name, it in inner.items()}, **found}
    for key in ("base", "data"):
        # As our certificate has them.
        inner = found.get(key)
        if isinstance(inner, Mapping):
            found[key] = inner.get("name") or inner.get("source")
    return found


def _value(key: str, value: Any) -> Any:
    """As it is compared and shown: numbers as numbers, lists in order."""
    if key in ("target_modules", "data") and isinstance(value, str) and "," in value:
        value = [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, Mapping):
        value = [str(name) for name in value]
    if isinstance(value, list | tuple | set):
        named = (it.get("path") or it.get("name") if isinstance(it, Mapping) else it for it in value)
        texts = sorted(str(it) for it in named if it is not None)
        return texts[0] if len(texts) == 1 else texts or None
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() and not any(sign in value for sign in ".eE") else number
    return value


def _method(flat: Mapping[str, Any]) -> str | None:
    """The method as trainers name it, LLaMA-Factory's by its loss."""
    for name in (*_NAMES["method"], "pref_loss", "stage", "trainer", "loss_type"):
        told = str(flat.get(name) or "").casefold().removesuffix("trainer").removesuffix("config")
        if told in METHODS:
            return told
    return None


def _four_bit(flat: Mapping[str, Any]) -> bool:
    return (
        flat.get("load_in_4bit") is True or str(flat.get("quantization_bit")) == "4" or flat.get("adapter") == "qlora"
    )


def _expected() -> str:
    return f"{', '.join(list(_NAMES)[4 : 4 + _FEW])}, … by the names of TRL, PEFT, LLaMA-Factory or axolotl"
