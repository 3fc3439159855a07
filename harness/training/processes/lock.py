"""Who trains what: a training's folder has one writer, be it started by hand, by a sweep or by a launcher."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.machine import alone


def training_lock(folder: Path) -> Path:
    """The file that is locked while the training of that folder runs."""
    return folder.parent / ".locks" / folder.name


@contextmanager
def held(folder: Path) -> Iterator[int]:
    """Holds the training's lock, and yields its descriptor; refuses where another process trains there.

    A process that inherited the lock, from a sweep or a launcher, holds it already.
    """
    path = training_lock(folder)
    inherited = _inherited(path)
    if inherited is not None:
        # What this process starts on its own account (W&B's service) must not hold it any longer.
        os.set_inheritable(inherited, False)
        yield inherited
        return
    with alone(path, f"Training '{folder.name}'", "Wait for it, or give another --name.") as lock:
        yield lock.descriptor


def _inherited(path: Path) -> int | None:
    """The descriptor by which this process has the file open: whoever handed it down had locked it."""
    try:
        wanted = path.stat()
    except FileNotFoundError:
        return None
    for entry in Path("/dev/fd").iterdir():
        try:
            found = os.fstat(int(entry.name))
        except OSError:
            # The descriptor of the listing itself.
            continue
        if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
            return int(entry.name)
    return None
