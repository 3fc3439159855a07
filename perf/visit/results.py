"""The file of a visit: a JSON list, a row a line, to which rows are added and from which none is taken."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perf.measure import ROOT

RESULTS = ROOT / "perf" / "results"
_END = b"\n]\n"

Row = dict[str, Any]


def results_name(date: str, card: str | None, commit: str) -> str:
    """Of the file of a visit: date, card, commit."""
    slug = re.sub(r"[^a-z0-9]+", "-", (card or "cpu").lower()).strip("-")
    return f"{date}-{slug}-{commit.removeprefix('tree-')[:7]}.json"


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Adds a row, which is on the disk when it returns; several processes may add to one file.

    The list's closing bracket is written over and again, so that the file is whole JSON after every row; a row that a
    power cut tore is the only one that is lost.
    """
    line = json.dumps(row, ensure_ascii=False).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path) as file:
        size = os.fstat(file).st_size
        if size and os.pread(file, len(_END), size - len(_END)) == _END:
            os.pwrite(file, b",\n" + line + _END, size - len(_END))
        else:
            whole = [json.dumps(kept, ensure_ascii=False).encode() for kept in read(path)]
            text = b"[\n" + b",\n".join([*whole, line]) + _END
            os.pwrite(file, text, 0)
            os.ftruncate(file, len(text))
        os.fsync(file)


def read(path: Path) -> list[Row]:
    """Every whole row; what is torn is left out."""
    rows: list[Row] = []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    for line in lines:
        try:
            row = json.loads(line.rstrip().rstrip(","))
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)
