"""A training that was asked to end: what of it is kept, in one line, with the command that goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.errors import Interrupted
from harness.foreign_errors import said
from harness.store import CHECKPOINTS, finished_checkpoint


def interrupted(trainer: Any, folder: Path, command: str) -> Interrupted:
    """Saves the last finished step where that is not saved yet, and says what is; `command` began the training."""
    # Given again, it would move aside what is kept.
    command = command.replace(" --fresh", "")
    step, last = trainer.state.global_step, trainer.state.max_steps
    fault = ""
    try:
        kept = trainer.save_stopped(folder / CHECKPOINTS)
    except Exception as error:
        # A full disk, in the words of whichever library found it so.
        fault = f", and step {step} could not be saved ({said(error).rstrip('.')})"
        kept = finished_checkpoint(folder / CHECKPOINTS)
    if kept is None:
        found = fault or ", and its first step was not finished: there is nothing to keep"
        return Interrupted(f"Training '{folder.name}' was interrupted{found}. Begin it again with: {command}")
    return Interrupted(
        f"Training '{folder.name}' was interrupted after {step} of {last} steps{fault}. {kept} is kept. Go on with: "
        f"{command}"
    )
