"""Measures the cells that the state file lacks, in any order, on several cores; a killed run goes on there."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from perf.measure import ROOT, say
from perf.validity.claim import Cell, Claim, Figures
from perf.validity.claims import CLAIMS

Key = tuple[str, str, str]
"""(claim, world, size)."""
WORLDS = 2_000
_MEASURED = ("harness/comparing/**/*.py", "harness/gate/check.py", "perf/validity/claims/*.py")
"""What a figure depends on: one that was measured before these changed is measured again."""


def measured(names: Sequence[str], worlds: int, state: Path, jobs: int) -> dict[Key, Figures]:
    """The figures of every cell of those claims, read from the state or measured and added to it."""
    known = _known(state, worlds)
    keys = [(name, cell.world, cell.size) for name in names for cell in CLAIMS[name]().cells]
    lacking = [key for key in keys if key not in known]
    state.parent.mkdir(parents=True, exist_ok=True)
    with state.open("a", encoding="utf-8") as lines, ProcessPoolExecutor(max_workers=jobs) as pool:
        waiting = {pool.submit(measure_cell, key, worlds): key for key in lacking}
        for count, done in enumerate(as_completed(waiting), 1):
            key = waiting[done]
            known[key], seconds = done.result()
            row = {"key": key, "worlds": worlds, "code": code(), "figures": known[key], "seconds": round(seconds, 1)}
            lines.write(json.dumps(row) + "\n")
            lines.flush()
            say(f"{count}/{len(lacking)} {', '.join(key)}: {seconds:.1f} s")
    return {key: known[key] for key in keys}


def measure_cell(key: Key, worlds: int) -> tuple[Figures, float]:
    """One cell's figures and the seconds that they took; its seed is made of its name, whatever was measured before."""
    cell = cell_of(CLAIMS[key[0]](), key)
    started = time.perf_counter()
    figures = cell.measure(np.random.default_rng(zlib.crc32("|".join(key).encode())), worlds)
    return figures, time.perf_counter() - started


def cell_of(claim: Claim, key: Key) -> Cell:
    """The claim's cell of that world and size."""
    return next(cell for cell in claim.cells if (cell.world, cell.size) == key[1:])


def code() -> str:
    """A digest of the statistics and of what measures them."""
    files = sorted(path for pattern in _MEASURED for path in ROOT.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def cores() -> int:
    """How many cells are measured at a time, where nobody says."""
    return os.cpu_count() or 1


def _known(state: Path, worlds: int) -> dict[Key, Figures]:
    """What the file holds that this code measured in so many worlds; a line that breaks off is none."""
    found: dict[Key, Figures] = {}
    now = code()
    for line in state.read_text(encoding="utf-8").splitlines() if state.is_file() else ():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        if row["worlds"] == worlds and row["code"] == now:
            claim, world, size = row["key"]
            found[claim, world, size] = row["figures"]
    return found
