"""What torch and bitsandbytes are built for, asked in a process of its own: python -m harness.doctor.looking."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

from harness.foreign_errors import said
from harness.machine import installed


@dataclass(frozen=True)
class Sight:
    """What the installed packages are built for."""

    cuda: str | None = None
    """Torch's CUDA; None for a torch without."""
    architectures: tuple[str, ...] = ()
    """Torch's kernels: sm_90 for a card of capability 9.0, compute_90 for that and later ones."""
    kernels: str | None = None
    """The file of bitsandbytes' kernels for CUDA; None where it has none for this torch."""
    fault: str = ""
    """Why it has none."""


def look() -> Sight | None:
    """What a process of its own has seen; None where it could not look."""
    asked = subprocess.run([sys.executable, "-m", "harness.doctor.looking"], capture_output=True, text=True)
    return read_sight(asked.stdout) if asked.returncode == 0 else None


def read_sight(text: str) -> Sight:
    """What the last line says."""
    row = json.loads(text.splitlines()[-1])
    return Sight(**{**row, "architectures": tuple(row["architectures"])})


def _seen() -> Sight:
    import torch

    kernels, fault = _kernels()
    return Sight(torch.version.cuda, tuple(torch.cuda.get_arch_list()), kernels, fault)


def _kernels() -> tuple[str | None, str]:
    if installed("bitsandbytes") is None:
        return None, "it is not installed"
    try:
        from bitsandbytes.cextension import lib
    # A library of the system that it wants may lack.
    except Exception as error:
        return None, said(error)
    library: Any = vars(lib).get("_lib")
    if library is not None and getattr(lib, "compiled_with_cuda", False):
        return str(library._name).rpartition("/")[2], ""
    return None, said(ValueError(vars(lib).get("error_msg") or "it has kernels for the CPU alone"))


if __name__ == "__main__":
    print(json.dumps(asdict(_seen())))
