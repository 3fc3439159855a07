"""Rows of preference data from wherever they are: a file, a folder, or the hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.data.preferences.folders import SAVED, files_of_split
from harness.data.preferences.formats import KINDS, NEEDED, kind_of, rows_of
from harness.errors import HarnessError, unknown
from harness.foreign_errors import boundary


def read_rows(source: str, split: str = "train", name: str | None = None) -> Iterator[Any]:
    """Every row, whatever it is, one after another; refuses what cannot be read, with the line where it goes wrong.

    `split` is of a folder or a dataset of the hub that has several, `name` the part of one that has several parts.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return rows_of(path)
    if path.is_dir():
        return _of_folder(path, split, name)
    if kind_of(path) in KINDS or source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise HarnessError(f"No preference data at {source}. {NEEDED}")
    return _of_hub(source, split, name)


def _of_folder(path: Path, split: str, name: str | None) -> Iterator[Any]:
    if any((path / file).is_file() for file in SAVED):
        yield from _of_saved(path, split)
        return
    for file in files_of_split(path, split, name):
        yield from rows_of(file)


def _of_saved(path: Path, split: str) -> Iterator[Any]:
    """What save_to_disk of datasets wrote, one dataset or several splits."""
    from datasets import DatasetDict, load_from_disk

    with boundary(f"{path} cannot be read as what save_to_disk writes", Exception):
        found = load_from_disk(str(path))
    if isinstance(found, DatasetDict):
        if split not in found:
            unknown(f"split of {path}", split, map(str, found), "Give another with split (--split).")
        found = found[split]
    yield from found


def _of_hub(source: str, split: str, name: str | None) -> Iterator[Any]:
    from datasets import load_dataset

    part = f", {name}" if name else ""
    with boundary(f"The dataset '{source}' (split {split}{part}) cannot be had from the hub", Exception):
        found = load_dataset(source, name, split=split)
    yield from found
