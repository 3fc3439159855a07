"""What a training takes: seconds, and joules where the device counts them."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Mapping
from typing import Any


class Meter:
    """Counts on from what earlier processes of the same training had spent up to the checkpoint it goes on from."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        self._seconds = float(before.get("seconds") or 0.0)
        self._joules = before.get("joules", 0.0)
        self._began = time.monotonic()
        self._counter = _device_joules()

    def read(self) -> dict[str, float | None]:
        """{"seconds", "joules"}; joules are None where no device counted all of them."""
        now = _device_joules()
        seconds = round(self._seconds + time.monotonic() - self._began, 1)
        if now is None or self._counter is None or self._joules is None:
            return {"seconds": seconds, "joules": None}
        return {"seconds": seconds, "joules": round(self._joules + now - self._counter, 1)}


def _device_joules() -> float | None:
    """What the GPU in use has taken since its driver was loaded; None without one, or where it does not count."""
    import torch

    if not torch.cuda.is_available():
        return None
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    # Indices of NVML are not those of CUDA_VISIBLE_DEVICES; the identifier is the same for both.
    identifier = f"GPU-{torch.cuda.get_device_properties(torch.cuda.current_device()).uuid}".encode()
    handle, millijoules = ctypes.c_void_p(), ctypes.c_ulonglong()
    found = (
        nvml.nvmlInit_v2() == 0
        and nvml.nvmlDeviceGetHandleByUUID(ctypes.c_char_p(identifier), ctypes.byref(handle)) == 0
        and nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(millijoules)) == 0
    )
    return millijoules.value / 1000 if found else None
