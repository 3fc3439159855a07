"""What nvidia-ml-py says of the cards in machine.json, in its own names, types and errors."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_TOLD = json.loads((Path(__file__).parent / "machine.json").read_text(encoding="utf-8"))
_GPUS: list[dict[str, Any]] = _TOLD["cards"]


class NVMLError(Exception):
    """Any refusal of the driver's."""


class NVMLError_DriverNotLoaded(NVMLError):
    """There is a library and no driver."""


class NVMLError_InvalidArgument(NVMLError):
    """A number that no card has."""


class NVMLError_NotFound(NVMLError):
    """An identifier that nothing has."""


class NVMLError_NotSupported(NVMLError):
    """What this card cannot tell."""


class NVMLError_NoPermission(NVMLError):
    """What it tells root alone."""


def nvmlInit() -> None:
    if _TOLD["broken"]:
        raise NVMLError_DriverNotLoaded("Driver Not Loaded")


def nvmlShutdown() -> None:
    pass


def nvmlSystemGetDriverVersion() -> str:
    return str(_TOLD["driver"])


def nvmlSystemGetCudaDriverVersion() -> int:
    return int(_TOLD["cuda"])


def nvmlDeviceGetCount() -> int:
    return len(_GPUS)


def nvmlDeviceGetHandleByIndex(index: int) -> dict[str, Any]:
    # A negative number is a large one in C.
    if not 0 <= index < len(_GPUS):
        raise NVMLError_InvalidArgument("Invalid Argument")
    return _GPUS[index]


def nvmlDeviceGetHandleByUUID(uuid: str) -> dict[str, Any]:
    found: dict[str, Any]
    for gpu in _GPUS:
        for found in (gpu, *(gpu["parts"] or ())):
            if found["uuid"] == uuid:
                return found
    raise NVMLError_NotFound("Not Found")


def nvmlDeviceGetMigMode(handle: dict[str, Any]) -> list[int]:
    if handle["capability"] < [8, 0]:
        raise NVMLError_NotSupported("Not Supported")
    return [int(handle["parts"] is not None)] * 2


def nvmlDeviceGetMaxMigDeviceCount(handle: dict[str, Any]) -> int:
    return 7


def nvmlDeviceGetMigDeviceHandleByIndex(handle: dict[str, Any], index: int) -> dict[str, Any]:
    if index >= len(handle["parts"]):
        raise NVMLError_NotFound("Not Found")
    part: dict[str, Any] = handle["parts"][index]
    return part


def nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handle: dict[str, Any]) -> dict[str, Any]:
    return next(gpu for gpu in _GPUS if handle in (gpu["parts"] or ()))


def nvmlDeviceGetUUID(handle: dict[str, Any]) -> str:
    return str(handle["uuid"])


def nvmlDeviceGetName(handle: dict[str, Any]) -> str:
    return str(handle["name"])


def nvmlDeviceGetMemoryInfo(handle: dict[str, Any]) -> SimpleNamespace:
    if handle.get("parts") is not None:
        raise NVMLError_NoPermission("Insufficient Permissions")
    return SimpleNamespace(total=handle["total"], free=handle["free"], used=handle["total"] - handle["free"])


def nvmlDeviceGetCudaComputeCapability(handle: dict[str, Any]) -> tuple[int, int]:
    if "capability" not in handle:
        raise NVMLError_NotSupported("Not Supported")
    return tuple(handle["capability"])


def nvmlDeviceGetTotalEnergyConsumption(handle: dict[str, Any]) -> int:
    if handle.get("millijoules") is None:
        raise NVMLError_NotSupported("Not Supported")
    return int(handle["millijoules"])
