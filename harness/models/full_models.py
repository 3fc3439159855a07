"""Which full model is meant, asked beside base and adapters in a load of its own, and how its weights are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.config import Serving
from harness.errors import HarnessError
from harness.models.adapters import Adapter, read_adapter
from harness.models.base_model import POCKET, Weights, find_base, hub_file, is_hub_id
from harness.models.gguf import SMOLLM2
from harness.models.weights_file import check_weights
from harness.records import Variant
from harness.store import ADAPTER_CONFIG, MERGED_FROM, WEIGHTS, Json, MergedFrom, from_row, read_json


@dataclass(frozen=True)
class Model:
    """A full model with weights of its own: a merged adapter, a full fine-tuning, or anybody's model of the hub."""

    name: str
    weights: Weights
    """Where it lies, and the digest of what lies there."""
    quantization: str | None
    """How the weights are kept where they are quantized ("bitsandbytes nf4", "gptq 4 bits"); None otherwise."""
    merged_from: MergedFrom
    """What it was made of; empty for models made elsewhere."""

    def variant(self) -> Variant:
        """What a run calls it; it has no method, because nobody certifies how full weights were made."""
        return Variant(self.name, "model", None, self.weights.digest, self.weights.told_path)

    @property
    def base_name(self) -> str | None:
        """The base that it was made of, where it says so."""
        return self.merged_from.base.name or None

    def served(self, serving: Serving) -> Serving:
        """How it is loaded where the others are loaded so: weights that are quantized are not quantized again."""
        return serving.model_copy(update={"quantization": None}) if self.quantization else serving


def find_tuned(places: Mapping[str, str]) -> tuple[tuple[Adapter, ...], tuple[Model, ...]]:
    """What lies at each name's place: an adapter (adapter_config.json) or a full model; refuses what is neither."""
    found = [_read(name, place) for name, place in places.items()]
    adapters = tuple(one for one in found if isinstance(one, Adapter))
    return adapters, tuple(one for one in found if isinstance(one, Model))


def _read(name: str, place: str) -> Adapter | Model:
    folder = Path(place).expanduser()
    if (folder / "config.json").is_file() and not (folder / ADAPTER_CONFIG).is_file():
        return _read_model(name, str(folder.resolve()))
    if folder.is_dir():
        return read_adapter(name, folder)
    if place in (POCKET, SMOLLM2) or folder.is_file():
        return _read_model(name, place)
    if is_hub_id(place):
        return _read_from_hub(name, place)
    return read_adapter(name, folder)


def _read_from_hub(name: str, place: str) -> Adapter | Model:
    # An adapter's repository may hold the configuration of its base as well.
    config = hub_file(place, ADAPTER_CONFIG)
    if config is not None:
        hub_file(place, WEIGHTS)
        return read_adapter(name, config.parent)
    try:
        return _read_model(name, place)
    except HarnessError as error:
        raise HarnessError(f"'{name}': there is no folder {place}. {error}") from None


def _read_model(name: str, place: str) -> Model:
    weights = find_base(place)
    folder = Path(weights.path)
    for file in sorted(folder.glob("*.safetensors")):
        check_weights(name, file, noun="Model")
    mark = folder / MERGED_FROM
    merged_from = from_row(MergedFrom, read_json(mark) if mark.is_file() else {}, str(mark))
    return Model(name, weights, _quantization(configuration(weights)), merged_from)


def precision(weights: Weights, serving: Serving) -> str:
    """What the weights are in when they are served: a quantization, or a type of floating-point numbers."""
    config = configuration(weights)
    if quantized := _quantization(config):
        return quantized
    if serving.quantization is not None:
        return f"bitsandbytes {serving.quantization}"
    kept = config.get("dtype") or config.get("torch_dtype") or "auto"
    return str(kept) if serving.dtype == "auto" else serving.dtype


def configuration(weights: Weights) -> Json:
    """The model's config.json; empty where a model of the hub has none that is to be had."""
    folder = Path(weights.path)
    path = folder / "config.json" if folder.is_dir() else hub_file(weights.path, "config.json")
    return {} if path is None else read_json(path)


def _quantization(configuration: Json) -> str | None:
    config = configuration.get("quantization_config") or {}
    method = config.get("quant_method")
    if method is None:
        return None
    if config.get("load_in_4bit"):
        return f"{method} {config.get('bnb_4bit_quant_type', '4 bits')}"
    bits = 8 if config.get("load_in_8bit") else config.get("bits")
    return f"{method} {bits} bits" if bits else str(method)
