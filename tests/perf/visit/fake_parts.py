"""Parts that end as parts may end: well, by a fault, not at all, or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from harness.errors import HarnessError
from perf.goals import Finding
from perf.measure import say
from perf.visit.visit import Visit


def ends(visit: Visit) -> None:
    visit.land(Finding("doctor/card", "a card", None, (("cards", 1),)))


def refuses(visit: Visit) -> None:
    say("before")
    raise HarnessError("There is no base. Make one.")


def breaks(visit: Visit) -> None:
    raise ZeroDivisionError("by nothing")


def is_killed(visit: Visit) -> None:
    say("the last words")
    os.kill(os.getpid(), signal.SIGKILL)


def sleeps(visit: Visit) -> None:
    visit.land(Finding("doctor/says", "before it slept", True))
    # What it started sleeps too, and says who it is.
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (visit.folder("visit") / "child").write_text(str(child.pid))
    say("asleep")
    time.sleep(600)
