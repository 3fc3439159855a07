"""One part of a visit in a process of its own: python -m perf.visit.part MODULE:FUNCTION VISIT."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from harness.errors import HarnessError
from harness.resources import named
from perf.measure import say
from perf.visit.visit import read_visit


def main(opens: str, visit: Path) -> int:
    """0 where the part came to its end, whatever it found; 1 and a last line that says why where it did not."""
    try:
        named(opens)(read_visit(visit))
    except HarnessError as error:
        say(str(error))
        return 1
    except Exception:
        # A fault of the benchmark itself: the log is for whoever mends it, and its last line names the fault.
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
