"""How processes begin that a library spawns for us.

A spawned process first imports the main module of the program that spawned it. Another stands in for that here: no
program is run a second time, be it a user's own without a guard, and what it does comes before anything else there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

# Not imported: Python warns of a main module that is there before it begins.
_FIRST = "harness.machine.spawned"
_LOG, _PARENT = "HARNESS_SPAWNED_LOG", "HARNESS_SPAWNED_PARENT"


@contextmanager
def spawned_with_log(log: Path) -> Iterator[None]:
    """Inside, what multiprocessing spawns writes all that it says into the log, and ends when this process does."""
    main = sys.modules["__main__"]
    spec = main.__spec__
    main.__spec__ = find_spec(_FIRST)
    os.environ |= {_LOG: str(log), _PARENT: str(os.getpid())}
    try:
        yield
    finally:
        main.__spec__ = spec
        for name in (_LOG, _PARENT):
            os.environ.pop(name, None)
