"""TensorBoard's event files: the scalars of a folder's files, as the rows that were logged.

tensorboard's own loader reads them; a tail that was cut off (a killed training) is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import boundary, needed

MARK = "tfevents"
_EPOCH = "train/epoch"
Scalar = tuple[int, str, float]
"""(step, tag, value)."""


def event_files(folder: Path) -> list[Path]:
    """The event files of one training below a folder, in the order of their making; refuses those of several."""
    found = sorted(path for path in folder.rglob(f"*{MARK}*") if path.is_file() and path.suffix != ".profile-empty")
    places = sorted({path.parent for path in found})
    if len(places) > 1:
        named = ", ".join(str(place.relative_to(folder)) for place in places[:5])
        raise HarnessError(
            f"{folder} holds TensorBoard's event files of {len(places)} runs ({named}). Give one folder."
        )
    return found


def event_rows(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Rows as they were logged: what has one step, up to the epoch with which Transformers ends each of its rows."""
    for path in files:
        row: dict[str, Any] = {}
        for step, tag, value in _scalars(path):
            if row and (row["_step"] != step or tag in row):
                yield row
                row = {}
            row |= {"_step": step, tag: value}
            if tag == _EPOCH:
                yield row
                row = {}
        if row:
            yield row


def _scalars(path: Path) -> Iterator[Scalar]:
    with needed("tensorboard", f"Reading {path}"):
        from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
        from tensorboard.util.tensor_util import make_ndarray
    # A damaged record raises what its decoder does.
    with boundary(f"{path} cannot be read as a TensorBoard event file", Exception):
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "scalars":
                    yield int(event.step), str(value.tag), float(make_ndarray(value.tensor).item())
