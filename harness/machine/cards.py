"""The NVIDIA cards of this machine, as their driver knows them: nothing here begins CUDA.

A process that has begun CUDA holds half a gigabyte of a card, and none that it forks may use one; vLLM forks its
engine. So what plans, shows or waits asks the driver (NVML), and only what computes asks torch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from harness.machine.four_bit_import import FourBitFinder
from harness.machine.provenance import installed
from harness.machine.torch_devices import ask_torch

# Wherever torch is asked for a GPU in this process or in one that it starts, it asks the driver too.
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")

_NAMED = "CUDA_VISIBLE_DEVICES"
_MIG = "MIG-"
_BF16 = (8, 0)
"""The first compute capability (Ampere) that has bfloat16; before it, it is emulated, and slow."""


@dataclass(frozen=True)
class Card:
    """One NVIDIA GPU, or one part of a GPU that is shared out (MIG)."""

    place: str
    """What CUDA_VISIBLE_DEVICES calls it: a number, or the identifier that it was named by."""
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

    @property
    def is_part(self) -> bool:
        """Whether it is a part of a GPU; CUDA shows a process one of them only."""
        return self.uuid.startswith(_MIG)


def cards() -> list[Card]:
    """Those that the installed torch can use, in the order of CUDA_VISIBLE_DEVICES; none where there is no driver."""
    if not _for_cuda():
        return []
    with _nvml() as nvml:
        if nvml is not None:
            return _found(nvml)
    # A container may have CUDA without NVML.
    return [Card(**row) for row in ask_torch(os.environ.get(_NAMED))]


def visible_cards() -> list[Card]:
    """Those that CUDA_VISIBLE_DEVICES leaves, whatever torch is installed."""
    with _nvml() as nvml:
        return [] if nvml is None else _found(nvml)


def keep_to_one_card() -> None:
    """Leaves this process the first card alone: Transformers' trainer would share each batch among all that it sees.

    It must be said before the process begins CUDA.
    """
    if len(found := cards()) > 1:
        os.environ[_NAMED] = found[0].place


def joules(number: int = 0) -> float | None:
    """What the card of that process has taken since its driver was loaded; None where nothing counts it."""
    with _nvml() as nvml:
        if nvml is None or not _for_cuda() or not (handles := _visible(nvml)):
            return None
        _, handle = handles[number % len(handles)]
        with suppress(nvml.NVMLError):
            return int(nvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1000
    return None


def _for_cuda() -> bool:
    return not (installed("torch") or "+cpu").endswith("+cpu")


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


def _found(nvml: Any) -> list[Card]:
    return [_card(nvml, place, handle) for place, handle in _visible(nvml)]


def _visible(nvml: Any) -> list[tuple[str, Any]]:
    """(place, handle) as CUDA counts them: up to the first that there is not, and none where one is named twice."""
    given = os.environ.get(_NAMED)
    names = [str(n) for n in range(nvml.nvmlDeviceGetCount())] if given is None else given.split(",")
    found: list[tuple[str, Any]] = []
    uuids: set[str] = set()
    for name in map(str.strip, names):
        handle = _handle(nvml, name)
        if handle is None:
            break
        uuid = str(nvml.nvmlDeviceGetUUID(handle))
        if uuid in uuids:
            return []
        uuids.add(uuid)
        found.append((name, handle))
    return found


def _handle(nvml: Any, name: str) -> Any:
    """The device of that number, of that identifier, or of the only one that begins so; None where there is none."""
    with suppress(nvml.NVMLError):
        if name.startswith(_MIG):
            return nvml.nvmlDeviceGetHandleByUUID(name)
        if name.isdigit():
            return _first_part(nvml, nvml.nvmlDeviceGetHandleByIndex(int(name)))
        if name.startswith("GPU-"):
            all_of_them = map(nvml.nvmlDeviceGetHandleByIndex, range(nvml.nvmlDeviceGetCount()))
            alike = [one for one in all_of_them if str(nvml.nvmlDeviceGetUUID(one)).startswith(name)]
            return _first_part(nvml, alike[0]) if len(alike) == 1 else None
    return None


def _first_part(nvml: Any, handle: Any) -> Any:
    """Of a GPU that is shared out, the first part, which is all that CUDA shows of it; None where it has none."""
    try:
        shared, _ = nvml.nvmlDeviceGetMigMode(handle)
    except nvml.NVMLError:
        return handle
    if not shared:
        return handle
    for number in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
        with suppress(nvml.NVMLError):
            return nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, number)
    return None


def _card(nvml: Any, place: str, handle: Any) -> Card:
    uuid = str(nvml.nvmlDeviceGetUUID(handle))
    whole = nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handle) if uuid.startswith(_MIG) else handle
    total, free = _memory(nvml, handle)
    cuda = nvml.nvmlSystemGetCudaDriverVersion()
    return Card(
        place=place,
        name=str(nvml.nvmlDeviceGetName(handle)),
        uuid=uuid,
        total_bytes=total,
        free_bytes=free,
        capability=tuple(nvml.nvmlDeviceGetCudaComputeCapability(whole)),
        driver=str(nvml.nvmlSystemGetDriverVersion()),
        cuda=f"{cuda // 1000}.{cuda % 1000 // 10}",
    )


def _memory(nvml: Any, handle: Any) -> tuple[int, int]:
    try:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    except nvml.NVMLError:
        # Cards that share the processor's memory have none of their own to tell of.
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    return int(memory.total), int(memory.free)


sys.meta_path.insert(0, FourBitFinder(cards))
