"""Compares mathematical expressions, a pair a line, until its input ends or one of them takes too long.

python -m harness.scorers.matching.expressions.program SECONDS

The alarm's own action ends the process: SymPy may be within one long operation on numbers, which no handler interrupts.
"""

from __future__ import annotations

import contextlib
import json
import logging
import resource
import signal
import sys

from harness.scorers.matching.expressions.comparing import compare

_MEMORY = 4 << 30
"""Bytes that the process may take: some expressions would take all there are."""

if __name__ == "__main__":
    logging.disable()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    compare("1", "1")  # what is imported counts for no expression
    for line in sys.stdin:
        key, said = json.loads(line)
        signal.alarm(int(sys.argv[1]))
        relation = compare(key, said)
        signal.alarm(0)
        sys.stdout.write(json.dumps(relation) + "\n")
        sys.stdout.flush()
