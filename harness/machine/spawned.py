"""The first thing in a process that a library spawned for us: what it says goes into a log, and it ends when we do.

multiprocessing imports it in place of the main module of the program (see spawning.py).
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time

_LOG = "HARNESS_SPAWNED_LOG"
_PARENT = "HARNESS_SPAWNED_PARENT"
_LOOK = 1.0
"""Seconds between two looks at the parent: an engine may hold a whole card."""


def begin() -> None:
    """Turns both outputs of the process into the log, and waits for its parent's end."""
    file = os.open(os.environ[_LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    # Of the process, not of Python alone: libraries in C write there too.
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    # A crash in C leaves a line there.
    faulthandler.enable()
    threading.Thread(target=_end_with, args=(int(os.environ[_PARENT]),), daemon=True).start()
    # What it spawns in turn ends with it.
    os.environ[_PARENT] = str(os.getpid())


def _end_with(parent: int) -> None:
    # The kernel's own signal (PR_SET_PDEATHSIG) comes when the thread ends that spawned us, and that may be any.
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__mp_main__":
    begin()
