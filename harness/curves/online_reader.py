"""Reads one online W&B run in a process that ends, as JSON on standard output.

python -m harness.curves.online_reader ENTITY/PROJECT/RUN
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from harness.curves.online_run import read_here
from harness.errors import HarnessError

if __name__ == "__main__":
    try:
        answer: Any = vars(read_here(sys.argv[1]))
    except HarnessError as refusal:
        answer = {"refused": str(refusal)}
    except KeyboardInterrupt:
        os._exit(130)
    print(json.dumps(answer), flush=True)
    os._exit(0)  # wandb's service ends with it
