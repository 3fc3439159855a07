"""A command of the harness that ends when its parent ends, be it by kill -9.

python -m harness.machine.child PID train dpo …
"""

from __future__ import annotations

import runpy
import sys

from harness.machine.children import die_with

if __name__ == "__main__":
    die_with(int(sys.argv.pop(1)))
    runpy.run_module("harness", run_name="__main__")
