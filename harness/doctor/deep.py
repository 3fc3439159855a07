"""The engine and 4-bit training really tried, each in a process of its own, so that a crash there is a line here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec

from harness.doctor.diagnosis import Diagnosis
from harness.foreign_errors import said

_PATIENCE = 600.0
"""Seconds after which an engine that has not answered is given up."""
_ENGINE, _FOUR_BIT = "engine answers", "4-bit trains"
_OTHERWISE = "harness evaluate --backend transformers works without it"


def tried(patience: float = _PATIENCE) -> Iterator[Diagnosis]:
    """One line a trial, as each ends; what does not work blocks."""
    yield _trial("engine", _ENGINE, patience)
    if find_spec("bitsandbytes"):
        yield _trial("four_bit", _FOUR_BIT, patience)


def _trial(name: str, what: str, patience: float) -> Diagnosis:
    """What `python -m harness.doctor.trial NAME` says of itself on its last line, or how it ended without a word."""
    # A session of its own: whatever it has started is ended with it.
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.doctor.trial", name, str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        return Diagnosis(what, False, f"nothing within {patience:.0f} s", blocking=True)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return read_trial(what, process.returncode, output, errors)


def read_trial(what: str, code: int, output: str, errors: str) -> Diagnosis:
    """The line of a trial that ended with that status."""
    lines = output.splitlines()
    with suppress(ValueError, IndexError, KeyError, TypeError):
        row = json.loads(lines[-1])
        if row["works"]:
            return Diagnosis(what, True, row["says"])
        return Diagnosis(what, False, row["says"], row["mend"], blocking=True)
    if code < 0:
        cause = f"its process was killed by {signal.Signals(-code).name}"
    else:
        last = next((line for line in reversed(errors.splitlines()) if line.strip()), "")
        cause = said(ValueError(last)) if last else f"its process ended with status {code}"
    return Diagnosis(what, False, cause, _OTHERWISE if what == _ENGINE else "", blocking=True)
