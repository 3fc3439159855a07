"""Trackio's local project (PROJECT.db): the rows of one of its runs.

A SQLite database whose table `metrics` has a row a call of trackio.log: run_name, step, and the values as JSON; in
newer ones a run_id besides, for two runs may share a name.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, unknown
from harness.foreign_errors import said

MAGIC = b"SQLite format 3\x00"


def project_and_run(path: Path) -> tuple[Path, str] | None:
    """(the project's file, the run) where the path names a run inside a file: tuning.db/dpo-1; else None."""
    parent = path.parent
    return (parent, path.name) if parent.is_file() and parent.suffix == ".db" else None


def trackio_rows(file: Path, variant: str, run: str | None = None) -> list[dict[str, Any]]:
    """What was logged in the run of that name; else in the project's only one, or the one that is named as the variant.

    Of several runs of one name, the last.
    """
    rows = _read(file)
    names = list(dict.fromkeys(name for name, *_ in rows))
    if run is None and len(names) > 1 and variant not in names:
        raise HarnessError(f"{file} holds {len(names)} runs ({', '.join(names[:8])}). Give one as {file / names[0]}.")
    if run is not None and run not in names:
        unknown("run", run, names, f"It is looked for in {file}.")
    chosen = run if run is not None else variant if variant in names else next(iter(names), "")
    last = next((place for name, place, *_ in reversed(rows) if name == chosen), None)
    return [{"_step": step, **_values(text)} for name, place, step, text in rows if (name, place) == (chosen, last)]


def _read(file: Path) -> list[tuple[str, str, int, str | bytes]]:
    """(run's name, run's id, step, values) of every row, in the order in which they were logged."""
    fault: sqlite3.Error | None = None
    # Where nothing can be written beside it, SQLite opens a database of a log that is being written only as immutable.
    for mode in ("mode=ro", "immutable=1"):
        try:
            with closing(sqlite3.connect(f"{file.absolute().as_uri()}?{mode}", uri=True)) as database:
                return list(_rows(database))
        except sqlite3.Error as error:
            fault = fault or error
    raise HarnessError(f"{file} is no project of Trackio ({said(fault or sqlite3.Error())}).")


def _rows(database: sqlite3.Connection) -> Iterator[tuple[str, str, int, str | bytes]]:
    columns = {row[1] for row in database.execute("PRAGMA table_info(metrics)")}
    place = "run_id" if "run_id" in columns else "run_name"
    yield from database.execute(f"SELECT run_name, {place}, step, metrics FROM metrics ORDER BY id")


def _values(text: str | bytes) -> dict[str, Any]:
    """Trackio writes what is not finite as a text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    odd = {"NaN", "Infinity", "-Infinity"}
    values = found if isinstance(found, dict) else {}
    return {key: float("nan") if isinstance(value, str) and value in odd else value for key, value in values.items()}
