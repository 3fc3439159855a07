"""A safetensors file, read without the library: what it holds, and whether its numbers can be believed."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.errors import HarnessError

# Exponent bits all set mean NaN or infinity: they can be tested without a library that knows bfloat16.
_EXPONENTS = {
    "F64": ("<u8", 0x7FF << 52),
    "F32": ("<u4", 0xFF << 23),
    "BF16": ("<u2", 0xFF << 7),
    "F16": ("<u2", 0x1F << 10),
}


@dataclass(frozen=True)
class Stored:
    """One tensor of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    """Its first byte in the file."""
    end: int


def check_weights(name: str, path: Path, noun: str = "Adapter") -> Mapping[str, Stored]:
    """The tensors of a safetensors file; refuses one that is torn, corrupt, empty, or holds NaN or infinite numbers."""
    try:
        tensors = _read_header(path)
    except (ValueError, KeyError, struct.error) as error:
        raise HarnessError(
            f"{noun} '{name}': {path} is corrupt or was cut short ({error}). Train it again or copy it again."
        ) from None
    if not tensors:
        raise HarnessError(f"{noun} '{name}': {path} holds no tensors.")
    for tensor, stored in tensors.items():
        if not _is_finite(path, stored):
            raise HarnessError(
                f"{noun} '{name}': {tensor} in {path} holds NaN or infinite weights: the training diverged. "
                "Train it again with a lower learning rate."
            )
    return tensors


def _read_header(path: Path) -> dict[str, Stored]:
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
        tensors[tensor] = Stored(entry["dtype"], tuple(entry["shape"]), body + start, body + end)
    return tensors


def _is_finite(path: Path, stored: Stored) -> bool:
    if stored.dtype not in _EXPONENTS or stored.start == stored.end:
        return True
    layout, exponent = _EXPONENTS[stored.dtype]
    count = (stored.end - stored.start) // np.dtype(layout).itemsize
    with path.open("rb") as file:
        file.seek(stored.start)
        bits = np.frombuffer(file.read(stored.end - stored.start), dtype=layout, count=count)
    mask = bits.dtype.type(exponent)
    return not bool(np.any((bits & mask) == mask))
