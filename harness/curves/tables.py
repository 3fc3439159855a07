"""Tables of logged values: W&B's exports as CSV, of a run's history or of one chart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import boundary

_STEPS = ("train/global_step", "global_step", "step", "_step")
"""What counts steps, the trainer's own before the log's."""
_BOUNDS = ("__MIN", "__MAX")
"""What a chart's export has beside each of its lines."""


def table_rows(file: Path, text: str, variant: str) -> Iterator[dict[str, Any]]:
    """The rows under the names that were logged; of a chart of several runs those of the one named as the variant."""
    with boundary(f"{file} cannot be read as a table", csv.Error):
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    columns = [name for name in (rows[0] if rows else {}) if isinstance(name, str) and not name.endswith(_BOUNDS)]
    folded = {name.strip().casefold(): name for name in reversed(columns)}
    counter = next((folded[name] for name in _STEPS if name in folded), None)
    if counter is None or {"wall time", "value"} <= folded.keys():
        lacks = "a column of steps" if counter is None else "the names of quantities"
        raise HarnessError(
            f"{file} has the columns {', '.join(columns[:8]) or 'none'}, and lacks {lacks}. Expected a run's history "
            "of W&B (_step, train/loss, …), a chart of its (Step, RUN - train/loss), or the event files themselves."
        )
    runs = list(dict.fromkeys(name.partition(" - ")[0] for name in columns if " - " in name))
    if len(runs) > 1 and variant not in runs:
        raise HarnessError(
            f"{file} holds {len(runs)} runs ({', '.join(runs[:8])}), none of them {variant}. "
            "Name the variant as its run, or export one run."
        )
    chosen = variant if variant in runs else next(iter(runs), "")
    names = {
        name: _quantity(name) for name in columns if name != counter and name.partition(" - ")[0] in (chosen, name)
    }
    for row in rows:
        yield {"step": _number(row[counter]), **{said: _number(row[name]) for name, said in names.items()}}


def _quantity(column: str) -> str:
    """A column's quantity without its run: dpo-1 - train/loss."""
    return column.partition(" - ")[2] or column


def _number(cell: Mapping[str, Any] | str | None) -> float | None:
    try:
        return float(cell) if isinstance(cell, str) and cell.strip() else None
    except ValueError:
        return None
