"""Checkpoints that the settings do not ask for: written on an end or by the clock, and gone with the next whole one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from harness.store import checkpoint_step, finished_checkpoints, read_mark


def is_usual(step: int, state: Any) -> bool:
    """Whether the training's own settings (`state` is Transformers') save that step."""
    return bool(step >= state.max_steps or (state.save_steps > 0 and step % state.save_steps == 0))


def evaluates_first(checkpoint: Path) -> bool:
    """Whether the training was asked to end in the evaluation of that step, which is then still to come."""
    return bool(read_mark(checkpoint).get("evaluates"))


def clear(folder: Path, limit: int | None, best: str | None) -> None:
    """Deletes what the newest whole checkpoint makes useless: extra ones, torn ones, and those beyond the limit."""
    from transformers.trainer_utils import rotate_checkpoints

    *older, newest = finished_checkpoints(folder)
    whole = {path for path in older if not read_mark(path).get("extra")}
    for path in folder.glob("checkpoint-*"):
        if path not in whole and checkpoint_step(path) < checkpoint_step(newest):
            shutil.rmtree(path, ignore_errors=True)
    # An extra one takes nobody's place.
    if not read_mark(newest).get("extra"):
        rotate_checkpoints(str(folder), save_total_limit=limit, best_model_checkpoint=best, use_mtime=True)
