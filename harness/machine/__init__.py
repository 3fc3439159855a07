"""This machine and others: locks, children, a Ray cluster, progress, provenance, memory and energy, fonts.

engine_setup is a program of its own (python -m harness.machine.engine_setup) and no part of the door.
From below: errors, resources.
"""

from harness.machine import children
from harness.machine.children import start, stop, stopped_by_sigterm
from harness.machine.cluster import connected
from harness.machine.fonts import missing_glyphs
from harness.machine.locks import Lock, alone, holder, take_lock, try_lock
from harness.machine.meter import Meter
from harness.machine.progress import Progress
from harness.machine.provenance import git_commit, now, versions

__all__ = [
    "Lock",
    "Meter",
    "Progress",
    "alone",
    "children",
    "connected",
    "git_commit",
    "holder",
    "missing_glyphs",
    "now",
    "start",
    "stop",
    "stopped_by_sigterm",
    "take_lock",
    "try_lock",
    "versions",
]
