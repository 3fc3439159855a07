"""Files that have no name, and are gone with whoever holds them."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path


def unnamed_file(holder: object) -> int:
    """The descriptor of an empty file where temporary files lie; it is closed when its holder is no more."""
    descriptor, path = tempfile.mkstemp(prefix="harness-")
    Path(path).unlink()
    weakref.finalize(holder, os.close, descriptor)
    return descriptor


def write_at(descriptor: int, data: bytes | bytearray, place: int) -> None:
    """Writes all of it; one call of the system takes 2 GB at most."""
    left = memoryview(data)
    while left:
        many = os.pwrite(descriptor, left, place)
        left, place = left[many:], place + many
