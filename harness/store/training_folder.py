"""A training's folder as it stands: which checkpoints are whole, which are gone, and whether it has finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.errors import HarnessError, unknown
from harness.records import Curve
from harness.resources import file_digest
from harness.store.certificate import NOTHING, Certificate
from harness.store.files import Json, read_json, read_jsonl, write_json
from harness.store.json_records import from_row, made, to_row
from harness.store.paths import CERTIFICATE, CHECKPOINTS, CURVES, TRAINING, WEIGHTS, check_name

COMPLETE = "complete"
"""In a checkpoint that is whole on the disk."""


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
        """The training's name: its folder's."""
        return self.path.resolve().name

    @property
    def begun(self) -> bool:
        """Whether it has training.json, which is written before anything is trained."""
        return (self.path / TRAINING).is_file()

    @property
    def finished(self) -> bool:
        """Whether it has a certificate, which is written last."""
        return (self.path / CERTIFICATE).is_file()

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Replaces training.json: what a training must match to go on."""
        write_json(self.path / TRAINING, settings)

    def write_certificate(self, certificate: Certificate) -> None:
        """Replaces certificate.json, which says that the training is finished."""
        write_json(self.path / CERTIFICATE, to_row(certificate))


class Training:
    """What a training's folder held when it was read: each file once, when it is first asked for."""

    def __init__(self, folder: TrainingFolder) -> None:
        self.folder = folder
        self.finished = folder.finished

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.folder.path

    @property
    def name(self) -> str:
        """The training's name: its folder's."""
        return self.folder.name

    @cached_property
    def settings(self) -> Json:
        """training.json: what a training is continued by; {} for an adapter made elsewhere."""
        return read_json(self.path / TRAINING) if self.folder.begun else {}

    @cached_property
    def certificate(self) -> Certificate:
        """What a finished training says of itself; an empty one while it runs, and of an adapter made elsewhere."""
        path = self.path / CERTIFICATE
        return from_row(Certificate, read_json(path), str(path)) if self.finished else NOTHING

    @cached_property
    def curves(self) -> list[Curve]:
        """What was logged; a value that was not finite is None."""
        return [made(Curve, row, self.path / CURVES) for row in read_jsonl(self.path / CURVES)]

    @cached_property
    def checkpoints(self) -> list[Checkpoint]:
        """Those that its settings save, by step; then the finished adapter, unless the last one is the same.

        One that was saved besides, on an end or by the clock, is there to go on from, and gone with the next.
        """
        paths = [path for path in finished_checkpoints(self.path / CHECKPOINTS) if not _is_extra(path)]
        found = [Checkpoint(f"step-{checkpoint_step(path)}", checkpoint_step(path), path) for path in paths]
        if not self.finished:
            return found
        step = int(self.certificate.weights_from_step or self.certificate.steps or 0)
        if any(_same_weights(each.path, self.path) for each in found if each is found[-1] or each.step == step):
            return found
        return [*found, Checkpoint("final", step, self.path)]

    def gone(self, seen: set[int]) -> tuple[int, ...]:
        """Steps whose checkpoints were deleted (TRL's save_total_limit does) before anyone saw them."""
        every = self.settings.get("save_steps")
        there = {checkpoint.step for checkpoint in self.checkpoints}
        if not isinstance(every, int) or every < 1 or not there | seen:
            return ()
        return tuple(step for step in range(every, max(there | seen) + 1, every) if step not in there | seen)


def read_training(folder: TrainingFolder | Path) -> Training:
    """The training of that folder, as it stands now."""
    return Training(folder if isinstance(folder, TrainingFolder) else TrainingFolder(folder))


def find_training(name: str, trainings: Path) -> TrainingFolder:
    """The training in that folder, or of that name below runs/train."""
    for folder in (TrainingFolder(Path(name)), TrainingFolder(trainings / name)):
        if folder.begun:
            check_name("training", folder.name)
            return folder
    if Path(name).is_dir():
        raise HarnessError(f"{name} is no training: it has no training.json. Give a folder that harness train made.")
    known = [found.parent.name for found in trainings.glob(f"*/{TRAINING}")]
    unknown("training", name, known, 'Start it with "harness train dpo|orpo", or give its folder.')


def finished_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end."""
    return next(iter(reversed(finished_checkpoints(folder))), None)


def finished_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints that were written to their end, by step; a killed writer leaves one without the mark."""
    return sorted((path.parent for path in folder.glob(f"checkpoint-*/{COMPLETE}")), key=checkpoint_step)


def checkpoint_step(path: Path) -> int:
    """The step in the name of checkpoint-N."""
    return int(path.name.rpartition("-")[2])


def _is_extra(checkpoint: Path) -> bool:
    try:
        return bool(read_mark(checkpoint).get("extra"))
    except FileNotFoundError:
        # Deleted meanwhile.
        return True


def read_mark(checkpoint: Path) -> Json:
    """What the mark of a whole checkpoint says of the training up to there; {} where it says nothing."""
    mark = checkpoint / COMPLETE
    return read_json(mark) if mark.stat().st_size else {}


def _same_weights(first: Path, second: Path) -> bool:
    # Their configurations differ: a finished adapter names its base, a checkpoint what was loaded.
    return file_digest(first / WEIGHTS) == file_digest(second / WEIGHTS)
