"""What a process and all that it started hold at one moment."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

_KIB = 1024
_MIB = 2**20
_EVERY = 2.0
"""Seconds between two looks: each of them walks through all pages."""


class Peak:
    """The most that was seen of a process tree."""

    def __init__(self) -> None:
        self.mb = 0.0
        self._looked = -_EVERY

    def look(self, pid: int) -> None:
        """Looks now and then, however often it is called."""
        if time.monotonic() - self._looked >= _EVERY:
            self._looked = time.monotonic()
            self.mb = max(self.mb, tree_mb(pid) or 0.0)


def tree_mb(pid: int) -> float | None:
    """MB of a process and its descendants, a page that several share counted once; None elsewhere than on Linux."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name between the brackets may hold anything.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        children[parent].append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children[one]
    return sum(map(_share, found)) * _KIB / _MIB


def _share(pid: int) -> int:
    """In KiB: its own pages, and of each shared one its part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
