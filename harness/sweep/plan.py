"""From a sweep's file to its trainings: every combination named, every setting looked up, every fault said at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from harness.config import Config, Strict, checked, load_config
from harness.data.preferences import Preferences
from harness.errors import HarnessError
from harness.json_yaml import read_mapping
from harness.records import METHODS
from harness.scorers import METRICS
from harness.store import SWEEPS, TRAININGS, check_name, read_training
from harness.training import Plan, finished, plan_training

SHIPPED = {"pocket": Path(__file__).parents[1] / "pocket" / "sweep.yaml"}
"""Sweeps that ship with the harness, by name."""
_SHORT = {
    "learning_rate": "lr",
    "lora_dropout": "dropout",
    "lora_alpha": "alpha",
    "num_train_epochs": "epochs",
    "per_device_train_batch_size": "batch",
    "gradient_accumulation_steps": "accumulation",
    "max_steps": "steps",
    "loss_type": "loss",
    "max_length": "length",
    "target_modules": "on",
}
"""What a setting is called in a training's name."""

Settings = dict[str, Any]


class Sweep(Strict):
    """sweep.yaml: settings that all trainings have, and what changes from one to the next."""

    name: str | None = None
    """Of the folder below runs/sweep; None takes the file's name."""
    config: Path | None = None
    """The base configuration, beside the sweep's file; None takes harness.yaml, if there."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """For every training: method, or what --set takes."""
    changes: tuple[dict[str, JsonValue], ...] = ()
    """One after the other; with a grid, each of them in every combination."""
    grid: dict[str, Annotated[tuple[JsonValue, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Every combination of these values."""
    prefix: str = ""
    """Before the names of its trainings, where another sweep has trainings of the same names."""
    metric: str = "correct"
    """What the table is ranked by."""
    jobs: int | None = Field(None, ge=1)
    """Trainings at a time; None: one a GPU, without one as many as there are cores."""
    retries: int = Field(1, ge=0)
    """How often a training that failed or was killed is started again."""
    executor: Literal["local", "ray", "slurm"] = "local"
    """Where the trainings run: this machine, a Ray cluster, a Slurm queue."""
    cpus: float | None = Field(None, gt=0)
    """Ray: cores of a training; None: 1."""
    gpus: float | None = Field(None, ge=0)
    """Ray: GPUs of a training; None: 1 where the cluster has any."""
    store: str | None = None
    """Ray: the place that all nodes see, as an fsspec URL; None: the sweep's own folder, on a shared disk."""
    slurm: Settings = Field(default_factory=dict)
    """Slurm: submitit's parameters, as partition, timeout_min, gpus_per_node."""
    reference_pass: bool = True
    """Whether all DPO trainings share one pass of the reference model."""

    @field_validator("metric")
    @classmethod
    def _can_rank(cls, metric: str) -> str:
        known = [name for name, found in METRICS.items() if found.better != "neither"]
        if metric not in known:
            raise ValueError(f"nothing is ranked by that; known: {', '.join(known)}")
        return metric

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        faults = []
        twice = sorted({key for change in self.changes for key in change} & set(self.grid))
        if twice:
            faults.append(f"{', '.join(twice)} stands under changes and under grid")
        if not self.changes and not self.grid:
            faults.append("neither changes nor grid says what changes")
        rows = combinations(self)
        if any("method" not in row for row in rows):
            faults.append(f"method ({', '.join(METHODS)}) is missing: give it under settings, changes or grid")
        wrong = sorted({str(row["method"]) for row in rows if "method" in row} - set(METHODS))
        if wrong:
            faults.append(f"method {', '.join(wrong)} is unknown (known: {', '.join(METHODS)})")
        if faults:
            raise ValueError("; ".join(faults))
        return self


@dataclass(frozen=True)
class Job:
    """One training of a sweep."""

    name: str
    varied: Settings
    """What tells it from the others: method, and every setting that is not the same in all."""
    changes: Settings
    """All that --set is given for it."""
    plan: Plan
    preferences: Preferences
    config: Path | None

    @property
    def folder(self) -> Path:
        """Where it trains, and leaves its adapter."""
        return TRAININGS / self.name

    def done(self) -> bool:
        """Whether its certificate is there; refuses a folder that was trained with other settings."""
        return finished(self.plan, self.folder, self.preferences) is not None


@dataclass(frozen=True)
class Sweeping:
    """A sweep with every name looked up and nothing started yet."""

    id: str
    sweep: Sweep
    config: Config
    jobs: tuple[Job, ...]

    @property
    def folder(self) -> Path:
        """Where its ledger, logs and lock lie."""
        return SWEEPS / self.id


def plan_sweep(file: str, to_train: bool = True) -> Sweeping:
    """The sweep of that file, or of that name among those that ship; to be only looked at, it need not ask TRL."""
    path = SHIPPED[file] if file in SHIPPED and not Path(file).is_file() else Path(file)
    sweep = load_sweep(path)
    beside = None if sweep.config is None else path.parent / sweep.config
    config = load_config(beside)
    named = _named(sweep, path)
    jobs, faults = _jobs(named, sweep, config, beside)
    if to_train:
        faults += _unknown_arguments(jobs)
    if faults:
        raise HarnessError(f"{path}: {'; '.join(dict.fromkeys(faults))}")
    return Sweeping(check_name("sweep", sweep.name or path.stem), sweep, config, tuple(jobs))


def load_sweep(path: Path) -> Sweep:
    """The validated file; refuses one with faults, all of them named."""
    if not path.is_file():
        raise HarnessError(f"No sweep at {path}. Give a YAML file, or one that ships: {', '.join(SHIPPED)}.")
    return checked(Sweep, read_mapping(path, "It needs a grid: or changes: of settings."), str(path))


def combinations(sweep: Sweep) -> list[Settings]:
    """The settings of every training, in the file's order."""
    return [
        {**sweep.settings, **change, **dict(zip(sweep.grid, values, strict=True))}
        for change in sweep.changes or ({},)
        for values in product(*sweep.grid.values())
    ]


def _named(sweep: Sweep, path: Path) -> dict[str, tuple[Settings, Settings]]:
    """(all settings, those that tell it from the others) of each training, by its name."""
    rows = combinations(sweep)
    varying = _varying(rows)
    named: dict[str, tuple[Settings, Settings]] = {}
    for row in rows:
        name = check_name("training", _name(sweep.prefix, row, varying))
        if name in named:
            raise HarnessError(f"{path}: several trainings would be called {name}: a value is given twice.")
        named[name] = (row, {key: row[key] for key in varying if key in row})
    return named


def _jobs(
    named: Mapping[str, tuple[Settings, Settings]], sweep: Sweep, config: Config, beside: Path | None
) -> tuple[list[Job], list[str]]:
    """(the trainings, what is wrong with the others)."""
    jobs: list[Job] = []
    faults: list[str] = []
    read: dict[tuple[object, ...], Preferences] = {}
    for name, (row, varied) in named.items():
        method = str(row["method"])
        changes = {key: value for key, value in row.items() if key != "method"}
        # With a reference that follows the model there is nothing to be shared.
        if sweep.reference_pass and method == "dpo" and not changes.get("sync_ref_model"):
            changes = {"reference_pass": True, **changes}
        try:
            plan = plan_training(method, name, config, changes)
            asked = plan.settings
            source = (plan.data, asked.split, asked.name, tuple(asked.columns.items()))
            if source not in read:
                read[source] = plan.read()
        except HarnessError as error:
            faults.append(str(error))
            continue
        jobs.append(Job(name, varied, changes, plan, read[source], beside))
    return jobs, faults


def _unknown_arguments(jobs: Sequence[Job]) -> list[str]:
    """Faults that a training would only find once its process has started."""
    new = [job for job in jobs if not _began_with(job)]
    if not new:
        # Known to be right; to ask TRL would cost seconds.
        return []
    from harness.training.trainers import split_arguments

    faults: list[str] = []
    for job in new:
        try:
            split_arguments(job.plan.method, job.plan.arguments)
        except HarnessError as error:
            faults.append(str(error))
    return faults


def _began_with(job: Job) -> bool:
    settings = read_training(job.folder).settings
    return bool(settings) and set(job.plan.arguments) <= set(settings)


def _varying(rows: Sequence[Settings]) -> list[str]:
    """Method, then every setting that is not the same in all, in the order of the file."""
    keys = dict.fromkeys(key for row in rows for key in row if key != "method")
    return ["method", *(key for key in keys if any(row.get(key) != rows[0].get(key) for row in rows))]


def _name(prefix: str, row: Mapping[str, Any], varying: Sequence[str]) -> str:
    parts = [f"{_SHORT.get(key, key)}{word(row[key])}" for key in varying[1:] if key in row]
    return "-".join([*([prefix] if prefix else []), str(row["method"]), *parts])


def word(value: Any) -> str:
    """A value as a part of a folder's name: 5e-4, 0.1, sigmoid+sft."""
    if isinstance(value, list | tuple):
        return "+".join(word(item) for item in value)
    if isinstance(value, float) and value and abs(value) < 0.01:
        mantissa, _, exponent = f"{value:e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return re.sub(r"[^\w.+-]+", "-", f"{value:g}" if isinstance(value, float) else str(value)).strip("-")
