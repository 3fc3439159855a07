"""Which adapter is meant, and whether its files can be believed: looked at before any model is loaded."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.errors import HarnessError, unknown
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

# Exponent bits all set mean NaN or infinity: they can be tested without a library that knows bfloat16.
_EXPONENTS = {
    "F64": ("<u8", 0x7FF << 52),
    "F32": ("<u4", 0xFF << 23),
    "BF16": ("<u2", 0xFF << 7),
    "F16": ("<u2", 0x1F << 10),
}


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter's folder, looked through: complete, finite, and of a known base."""

    name: str
    path: Path
    digest: str
    """sha256 of weights and configuration."""
    rank: int
    target_modules: tuple[str, ...]
    base_name: str | None
    """What adapter_config.json says that it was trained on."""
    certificate: Certificate = NOTHING
    """What is certified of it; empty for adapters made elsewhere."""
    dropout: float = 0.0
    """LoRA dropout as adapter_config.json has it, in effect or not."""

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
    check_weights(name, weights)
    targets = config.get("target_modules") or ()
    return Adapter(
        name=name,
        path=path,
        digest=files_digest([weights, config_path]),
        dropout=float(config.get("lora_dropout") or 0.0),
        rank=max([int(config["r"]), *(config.get("rank_pattern") or {}).values()]),
        target_modules=(targets,) if isinstance(targets, str) else tuple(sorted(targets)),
        base_name=config.get("base_model_name_or_path"),
        certificate=read_training(path).certificate,
    )


def check_weights(name: str, path: Path, noun: str = "Adapter") -> None:
    """Refuses a safetensors file that is torn, corrupt, empty, or holds NaN or infinite numbers."""
    try:
        tensors = _read_header(path)
    except (ValueError, KeyError, struct.error) as error:
        raise HarnessError(
            f"{noun} '{name}': {path} is corrupt or was cut short ({error}). Train it again or copy it again."
        ) from None
    if not tensors:
        raise HarnessError(f"{noun} '{name}': {path} holds no tensors.")
    for tensor, (dtype, start, end) in tensors.items():
        if not _is_finite(path, dtype, start, end):
            raise HarnessError(
                f"{noun} '{name}': {tensor} in {path} holds NaN or infinite weights: the training diverged. "
                "Train it again with a lower learning rate."
            )


def _read_header(path: Path) -> dict[str, tuple[str, int, int]]:
    size = path.stat().st_size
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > size - 8:
            raise ValueError(f"its header asks for {length} bytes of {size}")
        header = json.loads(file.read(length))
    body = 8 + length
    tensors = {}
    for tensor, entry in header.items():
        if tensor == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        if body + end > size:
            raise ValueError(f"it ends before {tensor}")
        tensors[tensor] = (entry["dtype"], body + start, body + end)
    return tensors


def _is_finite(path: Path, dtype: str, start: int, end: int) -> bool:
    if dtype not in _EXPONENTS or start == end:
        return True
    layout, exponent = _EXPONENTS[dtype]
    count = (end - start) // np.dtype(layout).itemsize
    with path.open("rb") as file:
        file.seek(start)
        bits = np.frombuffer(file.read(end - start), dtype=layout, count=count)
    mask = bits.dtype.type(exponent)
    return not bool(np.any((bits & mask) == mask))
