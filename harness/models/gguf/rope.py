"""Stretched positions, which Transformers does not read from a GGUF: by a rule, or by factors made of Llama 3's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from harness.errors import HarnessError
from harness.models.gguf.looking import GgufFile

_WHOLE = "Give the model's own folder, or its id on the hub, as the base."
ROPE_FACTORS = "rope_freqs.weight"
_LOW, _HIGH, _TRAINED = 1.0, 4.0, 8192
"""low_freq_factor, high_freq_factor and original_max_position_embeddings of every Llama since 3.1."""


def rope_parameters(file: GgufFile, config: Any) -> dict[str, Any] | None:
    """What the configuration should say of positions; None where it says it already."""
    return _stated(file, config) or _by_factors(file, config)


def _stated(file: GgufFile, config: Any) -> dict[str, Any] | None:
    begin = f"{file.architecture}.rope.scaling."
    said = {key.removeprefix(begin): value for key, value in file.fields.items() if key.startswith(begin)}
    kind = said.get("type", "none")
    # gpt-oss is the one that Transformers reads it of.
    if kind in ("none", "") or file.architecture == "gpt-oss":
        return None
    if kind not in ("linear", "yarn") or not said.get("factor") or not config.rope_parameters.get("rope_theta"):
        raise HarnessError(
            f"{file.path} stretches its positions (rope scaling {kind}) in a way that is not read from a GGUF. {_WHOLE}"
        )
    known = {**config.rope_parameters, "rope_type": kind, "factor": float(said["factor"])}
    trained = said.get("original_context_length") if kind == "yarn" else None
    return {**known, "original_max_position_embeddings": int(trained)} if trained else known


def _by_factors(file: GgufFile, config: Any) -> dict[str, Any] | None:
    found = [tensor.data for tensor in file.tensors if tensor.name == ROPE_FACTORS]
    if not found or np.all(found[0] == 1.0):
        return None
    stored = np.asarray(found[0], dtype=np.float64).ravel()
    theta, factor = float(config.rope_parameters["rope_theta"]), float(stored.max())
    if not np.allclose(stored, llama3_factors(theta, factor, len(stored)), rtol=1e-3):
        raise HarnessError(
            f"{file.path} stretches its positions by factors that are not Llama 3's ({ROPE_FACTORS}). {_WHOLE}"
        )
    return {
        "rope_type": "llama3",
        "rope_theta": theta,
        "factor": factor,
        "low_freq_factor": _LOW,
        "high_freq_factor": _HIGH,
        "original_max_position_embeddings": _TRAINED,
    }


def llama3_factors(theta: float, factor: float, count: int) -> np.ndarray:
    """By how much each frequency is divided (Llama 3.1's model card: apply_scaling)."""
    lengths = 2 * math.pi * theta ** (np.arange(count) / count)
    smooth = (_TRAINED / lengths - _LOW) / (_HIGH - _LOW)
    between = 1 / ((1 - smooth) / factor + smooth)
    scaled = np.where(lengths > _TRAINED / _LOW, factor, between)
    return np.where(lengths < _TRAINED / _HIGH, 1.0, scaled)
