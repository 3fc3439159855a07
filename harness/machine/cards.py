"""The NVIDIA cards of this machine, as their driver knows them: nothing here begins CUDA.

A process that has begun CUDA holds half a gigabyte of a card, and none that it forks may use one; vLLM forks its
engine. So what plans, shows or waits asks the driver (NVML), and only what computes asks torch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from harness.machine.provenance import installed

# Wherever torch is asked for a GPU in this process or in one that it starts, it asks the driver too.
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")

_MIG = "MIG-"
_BF16 = (8, 0)
"""The first compute capability (Ampere) that has bfloat16."""


@dataclass(frozen=True)
class Card:
    """One NVIDIA GPU, or one part of a GPU that is shared out (MIG)."""

    name: str
    uuid: str
    total_bytes: int
    free_bytes: int
    """Now; others may take of it."""
    capability: tuple[int, int]
    """Compute capability, (9, 0) for Hopper."""
    driver: str
    cuda: str
    """The newest CUDA that the driver serves, 13.0 say."""

    @property
    def has_bf16(self) -> bool:
        """Whether it computes in bfloat16."""
        return self.capability >= _BF16


def cards() -> list[Card]:
    """Those that the installed torch can use, in the order of CUDA_VISIBLE_DEVICES; none where there is no driver."""
    version = installed("torch") or "+cpu"
    return [] if version.endswith("+cpu") else visible_cards()


def visible_cards() -> list[Card]:
    """Those that CUDA_VISIBLE_DEVICES leaves, whatever torch is installed."""
    with _nvml() as nvml:
        return [] if nvml is None else [_card(nvml, handle) for handle in _visible(nvml)]


def joules(number: int = 0) -> float | None:
    """What that one of them has taken since its driver was loaded; None without one, or where it does not count."""
    with _nvml() as nvml:
        if nvml is None or number >= len(handles := _visible(nvml)):
            return None
        with suppress(nvml.NVMLError):
            return int(nvml.nvmlDeviceGetTotalEnergyConsumption(handles[number])) / 1000
    return None


@contextmanager
def _nvml() -> Iterator[Any]:
    """NVML, ready to be asked; None where the driver has none."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield None
        return
    try:
        yield pynvml
    finally:
        pynvml.nvmlShutdown()


def _visible(nvml: Any) -> list[Any]:
    """Handles as CUDA counts them: numbers or identifiers, up to the first that there is not."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    by_number = nvml.nvmlDeviceGetHandleByIndex
    if named is None:
        return [by_number(number) for number in range(nvml.nvmlDeviceGetCount())]
    handles: list[Any] = []
    with suppress(nvml.NVMLError, ValueError):
        # Extended one by one: what comes before one that there is not is kept.
        handles.extend(
            by_number(int(name)) if name.lstrip("-").isdigit() else _by_identifier(nvml, name)
            for name in map(str.strip, named.split(","))
        )
    return handles


def _by_identifier(nvml: Any, name: str) -> Any:
    """The card of that identifier, or of one that begins so, as CUDA takes it."""
    if name.startswith(_MIG):
        return nvml.nvmlDeviceGetHandleByUUID(name)
    for number in range(nvml.nvmlDeviceGetCount()):
        handle = nvml.nvmlDeviceGetHandleByIndex(number)
        if str(nvml.nvmlDeviceGetUUID(handle)).startswith(name):
            return handle
    raise ValueError(name)


def _card(nvml: Any, handle: Any) -> Card:
    memory, cuda = nvml.nvmlDeviceGetMemoryInfo(handle), nvml.nvmlSystemGetCudaDriverVersion()
    uuid = str(nvml.nvmlDeviceGetUUID(handle))
    whole = nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handle) if uuid.startswith(_MIG) else handle
    return Card(
        name=str(nvml.nvmlDeviceGetName(handle)),
        uuid=uuid,
        total_bytes=int(memory.total),
        free_bytes=int(memory.free),
        capability=tuple(nvml.nvmlDeviceGetCudaComputeCapability(whole)),
        driver=str(nvml.nvmlSystemGetDriverVersion()),
        cuda=f"{cuda // 1000}.{cuda % 1000 // 10}",
    )
