"""Trainings of a sweep that changed nothing: left out with a reason, so that they cost the others no evaluation."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from harness.errors import ChangesNothing
from harness.store import WEIGHTS, RunFolder, read_run
from harness.sweep.plan import Job

ZERO = "changed nothing: every LoRA B is still zero, as it was before the first step. Look at its learning rate."
ROUNDED = "changed nothing: its log-probabilities are the base's to the last digit. Look at its learning rate."


def changed_nothing(jobs: Iterable[Job]) -> dict[str, str]:
    """Name → why, of the trainings whose weights add nothing to the base."""
    return {job.name: ZERO for job in jobs if adds_nothing(job.folder / WEIGHTS)}


def adds_nothing(path: Path) -> bool:
    """Whether an adapter's weights are there, and each B of them is zero."""
    if not path.is_file():
        return False
    from safetensors import deserialize

    tensors = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    found = [tensor["data"] for name, tensor in tensors if "lora_B" in name]
    return bool(found) and not any(map(any, found))


def leave_out(error: ChangesNothing, failed: dict[str, str], run: RunFolder) -> None:
    """Counts what the engine found to change nothing as failed, and removes the run that nothing was asked in."""
    failed |= dict.fromkeys(error.adapters, ROUNDED)
    if not read_run(run).responses:
        shutil.rmtree(run.path)
