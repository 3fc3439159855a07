"""A training as another machine is asked for it: its settings, the files that it needs, and how it comes home."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.errors import HarnessError
from harness.models import check_weights
from harness.resources import file_digest, files_digest, text_digest
from harness.store import (
    ADAPTER_CONFIG,
    CERTIFICATE,
    WEIGHTS,
    Certificate,
    Json,
    TrainedBase,
    TrainingFolder,
    read_json,
    read_training,
    write_json,
)
from harness.sweep import Job
from harness.sweep.local import train_command
from harness.sweep.ray.exchange import Store, pack, unpack
from harness.training import finished

CONFIG = Path("sweep-training.json")
"""The configuration of a training in its working folder on another machine."""
FINISHED = "finished.tar"
_CARRIED = (
    "HF_DATASETS_OFFLINE",
    "HF_HUB_OFFLINE",
    "OMP_NUM_THREADS",
    "TOKENIZERS_PARALLELISM",
    "TRL_EXPERIMENTAL_SILENCE",
    "WANDB_MODE",
    "WANDB_PROJECT",
)
"""What of the environment goes along. Keys do not: they belong to a machine."""


@dataclass(frozen=True)
class Errand:
    """All that another machine must know to train one adapter."""

    name: str
    key: str
    """Its folder in the store; other settings or other data would have another."""
    inputs: str
    """The file in the store that holds its data and prompt templates."""
    arguments: tuple[str, ...]
    """Of the command harness."""
    config: Json
    environment: Mapping[str, str]
    store: str


def errands(jobs: Sequence[Job], store: Store, on_gpu: bool = False) -> dict[str, Errand]:
    """By the training's name; what they need is in the store then."""
    sent: dict[tuple[str, ...], str] = {}
    environment = {name: os.environ[name] for name in _CARRIED if name in os.environ}
    if not on_gpu:
        # A node's GPUs belong to those who asked for them.
        environment["CUDA_VISIBLE_DEVICES"] = ""
    found = {}
    for job in jobs:
        files = _files(job)
        # Trainings of one sweep mostly share their data, which may be large: it is read and sent once.
        known = tuple(map(str, (*files, *files.values())))
        if known not in sent:
            sent[known] = _send(files, store)
        away = replace(job, config=CONFIG, changes=_without_places(job))
        arguments = tuple(train_command(away))
        found[job.name] = Errand(
            job.name, _key(job), sent[known], arguments, _config(job), environment, store.url
        )  # fmt: skip
    return found


def fetch(job: Job, errand: Errand, store: Store) -> bool:
    """Brings a finished training into its folder, the certificate last; False where it has not finished."""
    with TemporaryDirectory(prefix=".fetched-", dir=_made(job.folder.parent)) as place:
        archive, draft = Path(place) / FINISHED, Path(place) / job.name
        if not store.get(f"{errand.key}/{FINISHED}", archive):
            return False
        try:
            unpack(archive, draft)
        except (tarfile.TarError, OSError) as error:
            raise HarnessError(f"{job.name}: {FINISHED} in the store under {errand.key} is broken: {error}") from None
        if finished(job.plan, draft, job.preferences) is None:
            raise HarnessError(f"{job.name}: what lies in the store under {errand.key} is no finished training.")
        check_weights(job.name, draft / WEIGHTS)
        _bring_home(job, draft)
    return True


def _key(job: Job) -> str:
    identity = {**job.plan.identity(), "data": job.preferences.digest}
    return f"{job.name}-{text_digest(json.dumps(identity, sort_keys=True, default=str))[:12]}"


def _without_places(job: Job) -> Json:
    """Its changes but for those that name a place on this machine: these are in the configuration that goes along."""
    return {key: value for key, value in job.changes.items() if key not in ("data", "base")}


def _config(job: Job) -> Json:
    base = job.plan.base
    data = _elsewhere(job.plan.data) if Path(job.plan.data).expanduser().is_file() else job.plan.data
    return {
        "base": base.place,
        "folders": {"prompts": [_elsewhere(str(folder)) for folder in job.plan.prompt_folders]},
        "train": {**job.plan.settings.model_dump(mode="json"), "data": data},
    }


def _files(job: Job) -> dict[str, Path]:
    """The files of this machine that it reads, by their names in its working folder there."""
    data = Path(job.plan.data).expanduser()
    found = {_elsewhere(job.plan.data): data} if data.is_file() else {}
    for folder in job.plan.prompt_folders:
        for path in sorted(Path(folder).expanduser().glob("*.jinja")):
            found[f"{_elsewhere(str(folder))}/{path.name}"] = path
    return found


def _elsewhere(place: str) -> str:
    """The name of a path in a working folder there: the same, unless it leads out of the working folder here."""
    path = Path(place).expanduser()
    if not path.is_absolute() and ".." not in path.parts:
        return path.as_posix()
    return f"inputs/{text_digest(str(path.resolve()))[:8]}/{path.name}"


def _send(files: Mapping[str, Path], store: Store) -> str:
    digest = text_digest(json.dumps({name: file_digest(path) for name, path in files.items()}, sort_keys=True))
    name = f"inputs/{digest[:16]}.tar"
    if not store.has(name):
        with TemporaryDirectory() as place:
            archive = Path(place) / "inputs.tar"
            pack(archive, files)
            store.put(archive, name)
    return name


def _bring_home(job: Job, draft: Path) -> None:
    certificate = _with_places_here(job, draft)
    job.folder.mkdir(parents=True, exist_ok=True)
    for entry in draft.iterdir():
        if entry.name == CERTIFICATE:
            continue
        target = job.folder / entry.name
        if target.is_dir():
            shutil.rmtree(target)
        entry.replace(target)
    # Written last: a folder without a certificate is a training that has not finished.
    TrainingFolder(job.folder).write_certificate(certificate)


def _with_places_here(job: Job, draft: Path) -> Certificate:
    """The certificate with base, data and command as they are called here, where an evaluation will look for them."""
    base, there = job.plan.base, read_training(draft).certificate
    here = replace(
        there,
        command=shlex.join(["harness", *train_command(job)]),
        data=replace(there.data, source=job.plan.data),
        base=TrainedBase(**base.told()),
    )
    if there.base.path == base.told_path:
        return here
    path = draft / ADAPTER_CONFIG
    write_json(path, {**read_json(path), "base_model_name_or_path": base.told_path})
    return replace(here, adapter_digest=files_digest([draft / WEIGHTS, path]))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
