"""Locks that end with their process, however it ends: who trains what, and who runs which sweep."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import HarnessError


class Lock:
    """A file that one process at a time holds; a child that is given its descriptor holds it after the parent."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor

    def name_holder(self, pid: int) -> None:
        """Writes down who holds it, for others to read."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(pid).encode(), 0)

    def close(self) -> None:
        """Lets go of it here; a child that has it keeps it."""
        os.close(self.descriptor)


def try_lock(path: Path) -> Lock | None:
    """The lock, or None where another process holds it."""
    try:
        return _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None


def take_lock(path: Path) -> Lock:
    """The lock, once no other process holds it."""
    return _locked(path, fcntl.LOCK_EX)


def holder(path: Path) -> int | None:
    """The pid of the process that holds a lock (0 where it has not said yet); None where nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        # Shared, so that two who only look do not see each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return int(os.pread(descriptor, 20, 0) or b"0")
    finally:
        os.close(descriptor)


def _locked(path: Path, how: int) -> Lock:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, how)
    except BaseException:
        os.close(descriptor)
        raise
    return Lock(path, descriptor)


@contextmanager
def alone(path: Path, what: str, advice: str) -> Iterator[Lock]:
    """Refuses where another process does the same already, with what to do then."""
    lock = try_lock(path)
    if lock is None:
        raise HarnessError(f"{what} is running already (pid {holder(path) or 'unknown'}). {advice}")
    lock.name_holder(os.getpid())
    try:
        yield lock
    finally:
        lock.close()
