"""Recorded experiments: further trainings beside a run's own, each in RUN/experiments/NAME.

One with answers is a run folder of its own, of the base, the training that it is compared with, and itself; one without
holds its curves or settings alone. experiment.json is written last: a folder without one was not finished.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.store.files import read_json, write_json
from harness.store.json_records import from_row, to_row
from harness.store.recorded_settings import RecordedSettings
from harness.store.run import Run, RunFolder, read_run

_FOLDER, _FILE = "experiments", "experiment.json"


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """experiment.json: what a further training is compared with, why it was made, and what is known of it."""

    format_version: int
    name: str
    number: int
    """Its place among the run's experiments, in the order in which they were given."""
    created: str
    command: str
    method: str | None
    """dpo, orpo, kto or simpo; None where nobody and no log says."""
    against: str | None
    """The run's variant that it changes; None where no training of the run is of its method."""
    base: str
    """What its base is called: the run's own base, or another model's answers."""
    own_base: bool
    """Whether that is another model than the run's."""
    why: str | None
    """Its author's words."""
    answers: Mapping[str, Any] | None
    """file, form and rows of its answers; None where none were given."""
    curve_source: Mapping[str, Any] | None
    """Where its curves were found; None where none were given."""
    settings: RecordedSettings | None
    """None where none were given."""
    identity: Mapping[str, Any]
    """What must be the same for it to be the same experiment."""
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class HeldExperiment:
    """An experiment as it lies in its run's folder."""

    told: Experiment
    run: Run
    """Its own folder; scored only where it has answers."""


def experiment_folder(run: Path, name: str) -> RunFolder:
    """Where an experiment of the run lies."""
    return RunFolder(run / _FOLDER / name)


def write_experiment(folder: RunFolder, told: Experiment) -> None:
    """Replaces experiment.json, which says that the folder is whole."""
    write_json(folder.path / _FILE, to_row(told))


def held_experiment(folder: RunFolder) -> Experiment | None:
    """What was laid down there; None where nothing was, or not to its end."""
    path = folder.path / _FILE
    return from_row(Experiment, read_json(path), str(path)) if path.is_file() else None


def read_experiments(run: Run) -> list[HeldExperiment]:
    """The run's experiments, in the order in which they were given."""
    return sorted(_held(run), key=lambda it: (it.told.number, it.told.name))


def _held(run: Run) -> Iterator[HeldExperiment]:
    for path in sorted((run.path / _FOLDER).glob(f"*/{_FILE}")):
        folder = RunFolder(path.parent)
        told = held_experiment(folder)
        if told is not None:
            yield HeldExperiment(told, read_run(folder))
