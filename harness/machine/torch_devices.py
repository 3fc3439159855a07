"""Cards as torch sees them, asked in a process of its own: for a machine that has CUDA, and no NVML to ask."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

_DRIVERS = ("/dev/nvidiactl", "/dev/nvhost-ctrl", "/dev/dxg", "/dev/kfd")
"""One of these is there where a card's driver is: NVIDIA's, Jetson's, that of Windows' Linux, AMD's."""
_PROGRAM = """
import json, torch
rows = []
for number in range(torch.cuda.device_count()):
    device = torch.cuda.get_device_properties(number)
    free, total = torch.cuda.mem_get_info(number)
    rows.append({
        "place": str(number), "name": device.name, "uuid": f"GPU-{device.uuid}", "total_bytes": total,
        "free_bytes": free, "capability": [device.major, device.minor], "driver": "unknown",
        "cuda": torch.version.cuda or torch.version.hip or "unknown",
    })
print(json.dumps(rows))
"""


@cache
def ask_torch(visible: str | None) -> list[dict[str, Any]]:
    """What is known of each card with that CUDA_VISIBLE_DEVICES, as it is set; [] where there is no driver."""
    if not any(map(Path.exists, map(Path, _DRIVERS))):
        return []
    asked = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False)
    rows = json.loads(asked.stdout.splitlines()[-1]) if asked.returncode == 0 else []
    names = None if visible is None else [name.strip() for name in visible.split(",")]
    return [
        {**row, "capability": tuple(row["capability"]), "place": row["place"] if names is None else names[number]}
        for number, row in enumerate(rows)
    ]
