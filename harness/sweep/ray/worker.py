"""A training on another machine: its files fetched, a process of its own, its checkpoints and its end sent home."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import HarnessError
from harness.machine import Lock, end, start, try_lock
from harness.store import (
    CHECKPOINTS,
    CURVES,
    TRAINING,
    TRAININGS,
    Json,
    checkpoint_step,
    finished_checkpoint,
    write_json,
)
from harness.sweep.ray.exchange import Store, open_store, pack, unpack
from harness.sweep.ray.remote_training import CONFIG, FINISHED, Errand

_LOOK = 0.3
"""Seconds between two looks at the training."""
_NEWS_EVERY = 2.0
"""Seconds between two reports of what it said and logged."""
_GRACE = 30.0
"""Seconds that a training has to save what it has trained."""
_AFTER_FAILURE = 30.0
"""Seconds until a store that failed is asked again."""
_REFERENCES = "reference"


def train_away(errand: Errand) -> Iterator[Json]:
    """Trains, from the newest checkpoint in the store on, and tells: started, now and then what is new, ended.

    Closed or interrupted, it ends the training; the checkpoints are in the store.
    """
    store = open_store(errand.store)
    with _working_folder() as (folder, lock):
        courier = Courier(errand, store, folder)
        courier.bring()
        process = start(errand.arguments, folder, courier.log, errand.environment, [lock.descriptor])
        try:
            yield {"event": "started", "node": socket.gethostname(), "pid": process.pid, "from_step": courier.step}
            yield from _watched(process, courier)
        finally:
            end([process], grace=_GRACE)
            courier.send_checkpoint()
        if process.returncode == 0:
            courier.send_finished()
        yield {"event": "ended", "code": process.returncode, **courier.news()}


def _watched(process: subprocess.Popen[bytes], courier: Courier) -> Iterator[Json]:
    told = time.monotonic()
    while process.poll() is None:
        time.sleep(_LOOK)
        courier.send_checkpoint()
        if time.monotonic() - told < _NEWS_EVERY:
            continue
        told = time.monotonic()
        if news := courier.news():
            yield {"event": "news", **news}


class Courier:
    """Carries the files of one training between its working folder here and the store."""

    def __init__(self, errand: Errand, store: Store, folder: Path) -> None:
        self.log = folder / "log"
        self._errand = errand
        self._store = store
        self._folder = folder
        self._training = folder / TRAININGS / errand.name
        self._sent = 0
        self._not_before = 0.0
        self._read = 0
        self._curves = b""

    @property
    def step(self) -> int:
        """Of the newest checkpoint that the store has; 0 for none."""
        return self._sent

    def bring(self) -> None:
        """Data, prompt templates, reference passes, and the newest checkpoint, if there is one."""
        if not self._get(self._errand.inputs, self._folder):
            raise HarnessError(
                f"{socket.gethostname()} does not find the sweep's files in {self._errand.store}: it is no place that "
                "all machines see. Give one that they do: --store URL"
            )
        write_json(self._folder / CONFIG, self._errand.config)
        self._share_references()
        for name in sorted(self._checkpoints(), key=_step, reverse=True):
            try:
                if self._get(f"{self._errand.key}/{name}", self._training):
                    self._sent = _step(name)
                    return
            except tarfile.TarError:
                # A store that shows halves of files: an older checkpoint costs steps, not the training.
                continue

    def send_checkpoint(self) -> None:
        """The newest whole checkpoint, if the store lacks it; a store that fails does not end a training."""
        newest = finished_checkpoint(self._training / CHECKPOINTS)
        if newest is None or checkpoint_step(newest) <= self._sent or time.monotonic() < self._not_before:
            return
        try:
            self._send(newest)
        except FileNotFoundError:
            # The trainer deletes old checkpoints, this one meanwhile (save_total_limit): the next look finds the newer.
            return
        except Exception as error:
            # Each kind of store fails in its own words.
            self._not_before = time.monotonic() + _AFTER_FAILURE
            with self.log.open("a") as log:
                log.write(
                    f"{newest.name} could not be put into {self._errand.store}: {type(error).__name__}: {error}\n"
                )

    def _send(self, checkpoint: Path) -> None:
        before = self._checkpoints()
        members: dict[str, Path | bytes] = {
            TRAINING: self._training / TRAINING,
            # The trainer writes on meanwhile: what it has logged by now is read in one go.
            CURVES: (self._training / CURVES).read_bytes(),
            f"checkpoints/{checkpoint.name}": checkpoint,
        }
        name = f"{checkpoint.name}.tar"
        self._put(members, name)
        self._sent = checkpoint_step(checkpoint)
        # One of the same step may have been there, broken or another attempt's: this one has taken its place.
        self._forget([other for other in before if other != name])
        self._send_references()

    def send_finished(self) -> None:
        """All but the checkpoints, which are of no more use in the store."""
        members = {path.name: path for path in self._training.iterdir() if path.name != CHECKPOINTS}
        self._put(members, FINISHED)
        self._forget(self._checkpoints())
        self._send_references()

    def news(self) -> Json:
        """What the training has said and logged since the last time; {} for nothing."""
        news: Json = {}
        with self.log.open("rb") as log:
            log.seek(self._read)
            if said := log.read():
                news["log"] = said
                self._read += len(said)
        path = self._training / CURVES
        curves = path.read_bytes() if path.is_file() else b""
        if curves != self._curves:
            news["curves"] = self._curves = curves
        return news

    def _get(self, name: str, folder: Path) -> bool:
        archive = self._folder / ".archive.tar"
        if not self._store.get(name, archive):
            return False
        unpack(archive, folder)
        archive.unlink()
        return True

    def _put(self, members: dict[str, Path] | dict[str, Path | bytes], name: str) -> None:
        archive = self._folder / ".archive.tar"
        pack(archive, members)
        self._store.put(archive, f"{self._errand.key}/{name}")
        archive.unlink()

    def _checkpoints(self) -> list[str]:
        names = self._store.names(self._errand.key)
        return [name for name in names if name.startswith("checkpoint-") and name.endswith(".tar")]

    def _forget(self, names: list[str]) -> None:
        for name in names:
            self._store.remove(f"{self._errand.key}/{name}")

    def _share_references(self) -> None:
        """All trainings of a machine share one folder of reference passes; those of other machines are brought."""
        shared = _scratch() / _REFERENCES
        shared.mkdir(exist_ok=True)
        for name in self._store.names(_REFERENCES):
            if not (shared / name).exists():
                self._store.get(f"{_REFERENCES}/{name}", shared / name)
        (self._folder / "runs").mkdir(exist_ok=True)
        (self._folder / "runs" / _REFERENCES).symlink_to(shared, target_is_directory=True)

    def _send_references(self) -> None:
        there = set(self._store.names(_REFERENCES))
        for path in (_scratch() / _REFERENCES).glob("*.safetensors"):
            if path.name not in there:
                self._store.put(path, f"{_REFERENCES}/{path.name}")


def _step(name: str) -> int:
    return checkpoint_step(Path(name).with_suffix(""))


@contextmanager
def _working_folder() -> Iterator[tuple[Path, Lock]]:
    """An empty folder of this attempt alone, and the lock that says that it is in use; both are gone afterwards."""
    _clear_abandoned(_scratch())
    lock = None
    # Another attempt, clearing up, may hold the new lock for a moment.
    while lock is None:
        folder = Path(tempfile.mkdtemp(prefix="training-", dir=_scratch()))
        lock = try_lock(folder.with_suffix(".lock"))
    try:
        yield folder, lock
    finally:
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)
        lock.path.unlink(missing_ok=True)


def _clear_abandoned(scratch: Path) -> None:
    """Removes what attempts left that were killed together with their machine's Ray."""
    for path in scratch.glob("training-*.lock"):
        if lock := try_lock(path):
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink(missing_ok=True)
            lock.close()


def _scratch() -> Path:
    folder = Path(tempfile.gettempdir()) / f"harness-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
