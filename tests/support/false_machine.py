"""A machine with NVIDIA cards that are not there: their driver answers, and CUDA tells who began it.

The files go first on PYTHONPATH of a process: a `pynvml` with the answers of nvidia-ml-py, the record of an installed
torch for CUDA, and a `sitecustomize` that gives the CPU's torch the entries by which CUDA is begun. Each of them
writes down who came, and fails as CUDA does where there is none.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

_FILES = Path(__file__).parent / "false_files"
GIB = 2**30


@dataclass(frozen=True)
class FalseCard:
    """What the driver says of one card."""

    name: str = "NVIDIA H100 80GB HBM3"
    uuid: str = "GPU-aaaa1111"
    total: int = 80 * GIB
    free: int = 79 * GIB
    capability: tuple[int, int] = (9, 0)
    millijoules: int | None = 1000
    """Counted up to now; None: it does not count."""
    parts: tuple[FalsePart, ...] | None = None
    """What it is shared out into; None where it is not."""


@dataclass(frozen=True)
class FalsePart:
    """A MIG device."""

    name: str = "NVIDIA H100 80GB HBM3 MIG 1g.10gb"
    uuid: str = "MIG-bbbb2222"
    total: int = 10 * GIB
    free: int = 9 * GIB


@dataclass(frozen=True)
class FalseMachine:
    """The files of such a machine, and who began CUDA there."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    """What makes a process one of that machine."""

    def began_cuda(self) -> list[str]:
        """Who called what, in which process; empty where nobody did."""
        log = self.folder / "began.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def false_machine(
    folder: Path,
    cards: Sequence[FalseCard],
    driver: str = "580.95.05",
    cuda: int = 13000,
    broken: bool = False,
    torch: str = "2.13.0",
) -> FalseMachine:
    """A machine of those cards below the folder; with a `broken` driver, one whose driver does not answer."""
    shutil.copytree(_FILES, folder)
    record = folder / f"torch-{torch}.dist-info" / "METADATA"
    record.parent.mkdir()
    record.write_text(f"Metadata-Version: 2.1\nName: torch\nVersion: {torch}\n", encoding="utf-8")
    told = {"cards": [asdict(card) for card in cards], "driver": driver, "cuda": cuda, "broken": broken}
    (folder / "machine.json").write_text(json.dumps(told), encoding="utf-8")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return FalseMachine(folder, {"PYTHONPATH": path})
