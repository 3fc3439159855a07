"""A training's folder as it stands: which checkpoints are whole, which are gone, and whether it has finished."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError, unknown
from harness.resources import file_digest
from harness.store.files import Json, read_json
from harness.store.places import WEIGHTS, check_name

pass


@dataclass(frozen=True)
class Checkpoint:
    """An adapter as it was at one step of a training."""

    name: str
    """step-N; final for the finished adapter, where its weights are not the last checkpoint's."""
    step: int
    path: Path


@dataclass(frozen=True)
class TrainingFolder:
    """A training that runs or has finished: runs/train/NAME."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.resolve().name

    @property
    def finished(self) -> bool:
        return (self.path / "certificate.json").is_file()

    def settings(self) -> Json:
        """training.json: what a training is continued by."""
        return read_json(self.path / "training.json")

    def certificate(self) -> Json:
        """What a finished training says of itself; {} while it runs."""
        return read_json(self.path / "certificate.json") if self.finished else {}

    def checkpoints(self) -> list[Checkpoint]:
        """Those that are whole, by step; then the finished adapter, unless the last one is the same."""
        paths = finished_checkpoints(self.path / "checkpoints")
        found = [Checkpoint(f"step-{checkpoint_step(path)}", checkpoint_step(path), path) for path in paths]
        if not self.finished or (found and _same_weights(found[-1].path, self.path)):
            return found
        return [*found, Checkpoint("final", int(self.certificate()["steps"]), self.path)]

    def gone(self, seen: set[int]) -> tuple[int, ...]:
        """Steps whose checkpoints were deleted (TRL's save_total_limit does) before anyone saw them."""
        every = self.settings().get("save_steps")
        there = {checkpoint.step for checkpoint in self.checkpoints()}
        if not isinstance(every, int) or every < 1 or not there | seen:
            return ()
        return tuple(step for step in range(every, max(there | seen) + 1, every) if step not in there | seen)


def find_training(name: str, trainings: Path) -> TrainingFolder:
    """The training in that folder, or of that name below runs/train."""
    for path in (Path(name), trainings / name):
        if (path / "training.json").is_file():
            check_name("training", path.resolve().name)
            return TrainingFolder(path)
    if Path(name).is_dir():
        raise HarnessError(f"{name} is no training: it has no training.json. Give a folder that harness train made.")
    known = [found.parent.name for found in trainings.glob("*/training.json")]
    unknown("training", name, known, 'Start it with "harness train dpo|orpo", or give its folder.')


def _same_weights(first: Path, second: Path) -> bool:
    # Their configurations differ: a finished adapter names its base, a checkpoint what was loaded.
    return file_digest(first / WEIGHTS) == file_digest(second / WEIGHTS)


COMPLETE = "complete"


def finished_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end."""
    return next(iter(reversed(finished_checkpoints(folder))), None)


def finished_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints that were written to their end, by step; a killed writer leaves one without the mark."""
    return sorted((path.parent for path in folder.glob(f"checkpoint-*/{COMPLETE}")), key=checkpoint_step)


def checkpoint_step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])
