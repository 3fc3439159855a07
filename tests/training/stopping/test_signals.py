"""When a signal ends a training: at once, later, or whatever it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

BEGIN = """
import os, signal, sys, time
from harness.training.stopping import Stop

def send(number):
    os.kill(os.getpid(), getattr(signal, number))

stop = Stop()
with stop.heard():
    try:
"""
END = """
    except KeyboardInterrupt:
        print("ended", stop.asked, stop.hurries)
    else:
        print("went on", stop.asked, stop.hurries)
"""
CASES = {
    "outside of a training it ends at once": ("send('SIGTERM')\nprint('reached')", "ended True False"),
    "where something is half done it waits": ("with stop.deferred():\n    send('SIGINT')", "went on True False"),
    "and ends it where that is whole": (
        "with stop.deferred():\n    send('SIGINT')\n    with stop.at_once():\n        print('reached')",
        "ended True False",
    ),
    "one that comes where nothing is lost ends it there": (
        "with stop.deferred(), stop.at_once():\n    send('SIGTERM')\n    print('reached')",
        "ended True False",
    ),
    "the same one told twice by timeout(1) is one": (
        "with stop.deferred():\n    send('SIGTERM')\n    send('SIGTERM')",
        "went on True False",
    ),
    "both kinds are one as well": (
        "with stop.deferred():\n    send('SIGTERM')\n    time.sleep(1.2)\n    send('SIGINT')",
        "went on True False",
    ),
    "the same one a second time ends it wherever it is": (
        "with stop.deferred():\n    send('SIGINT')\n    time.sleep(1.2)\n    send('SIGINT')\n    print('reached')",
        "ended True True",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_signal_ends_a_training_where_its_state_is_whole(case: str) -> None:
    body, expected = CASES[case]
    program = BEGIN + "".join(f"        {line}\n" for line in body.splitlines()) + END
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == (expected, "")


def test_afterwards_signals_are_what_they_were(tmp_path: Path) -> None:
    from harness.training.stopping import Stop

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Stop().heard():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
