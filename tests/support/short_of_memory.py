"""Commands that run out of memory while they work, by the system's own limit, set from outside at a moment."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_MAPPED = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
"""What is freed goes back to the system, so that the next tensor asks it again."""


def run_short(
    *arguments: str, folder: Path, reached: Callable[[], bool], room: int
) -> subprocess.CompletedProcess[str]:
    """The command, which has so many bytes more than it holds at rest from the moment that `reached` says so."""
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
        env={**os.environ, **_MAPPED},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    held: list[int] = []
    try:
        while process.poll() is None and not reached():
            held = [*held[-100:], _held(process.pid)]
            time.sleep(0.02)
        if process.poll() is None:
            limit = min(held) + room
            resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))
        said, complained = process.communicate(timeout=500)
    finally:
        process.kill()
    return subprocess.CompletedProcess(arguments, process.returncode, said, complained)


def _held(pid: int) -> int:
    """Bytes of its address space; the last ones where it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return sys.maxsize // 2
