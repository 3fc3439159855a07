"""Files and folders that appear whole or not at all: written beside their place, then given their name in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def draft_file(path: Path, sync: bool = False) -> Iterator[Path]:
    """Where to write what is to stand at `path`, over what may be there; nothing is left of what fails.

    With `sync` it is on the disk before it gets its name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not the process's number: on a shared disk another machine's may have the same.
    draft = path.with_name(f".{path.name}.{uuid4().hex[:12]}.draft")
    try:
        yield draft
        if sync:
            sync_file(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def draft_folder(path: Path) -> Iterator[Path]:
    """The same for a folder, by one writer at a time."""
    with empty_folder(path.with_name(f".{path.name}.draft")) as draft:
        yield draft
        shutil.rmtree(path, ignore_errors=True)
        draft.rename(path)


@contextmanager
def empty_folder(path: Path) -> Iterator[Path]:
    """A folder of that name with nothing in it, be it that a killed process left one; gone afterwards."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def sync_file(path: Path) -> None:
    """Sees what was written to a file, where there is one, onto the disk."""
    if path.exists():
        with path.open("rb") as file:
            os.fsync(file.fileno())
