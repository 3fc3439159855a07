"""Measures the harness beside its peers and prints the ratios; it judges nothing and always ends with 0.

python -m perf [WHAT …] [--repeat N] [--limit N] [--json FILE]: lm-eval, loop, scoring, importing, …
python -m perf validity [CLAIM …]: no time but truth; see perf/validity
python -m perf grading [--half dev] [--show N]: which answers graders take for right, where that is known
python -m perf visit [--minutes N] [--part NAME]…: all that only a card proves, in one visit; see perf/visit
python -m perf backends: Transformers beside vLLM on a processor; python -m perf threads: threads beside other work
python -m perf performance: docs/performance.md, made of perf/results

Children see the environment: OMP_NUM_THREADS=1 gives every side one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.resources import named
from perf import (
    comparison,
    data_look,
    gpu_decode,
    gpu_training,
    help_page,
    importing,
    lm_eval_side,
    loop,
    real,
    scoring,
    training,
)
from perf.measure import say
from perf.settings import Settings
from perf.table import Row, as_json, table

BENCHMARKS: dict[str, Callable[[Settings], list[Row]]] = {
    "lm-eval": lm_eval_side.measure,
    "loop": loop.measure,
    "scoring": scoring.measure,
    "comparison": comparison.measure,
    "help": help_page.measure,
    "data": data_look.measure,
    "importing": importing.measure,
    "training": training.measure,
    "real": real.measure,
    "gpu": gpu_training.measure,
    "decode": gpu_decode.measure,
}

COMMANDS = {
    "validity": "perf.validity.command:main",
    "grading": "perf.grading.command:main",
    "visit": "perf.visit.command:main",
    "performance": "perf.performance:main",
    "backends": "perf.backends:main",
    "threads": "perf.threads:main",
}
"""What is no benchmark of the list, and takes words of its own."""


def main() -> int:
    """0 whatever was measured; 2 where a command failed and nothing could be; of validity, 1 where a band is left."""
    if (name := "".join(sys.argv[1:2])) in COMMANDS:
        return int(named(COMMANDS[name])(sys.argv[2:]))
    # As our command line sets it, for both sides: a peer that collapses beside other work would prove nothing.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    arguments = _arguments()
    names = list(dict.fromkeys(arguments.what)) or list(BENCHMARKS)
    machine = _machine()
    with tempfile.TemporaryDirectory(prefix="perf-") as folder:
        settings = Settings(Path(folder), arguments.repeat, arguments.limit)
        try:
            rows = [row for what in names for row in BENCHMARKS[what](settings)]
            if {"gpu", "decode"} & set(names):
                machine["gpu"] = gpu_training.card()
        except HarnessError as error:
            say(f"perf: {error}")
            return 2
        except KeyboardInterrupt:
            return 130
    print(table(rows))
    print(f"machine: {machine['cores']} cores, load {machine['load_before']:.1f} before (other work distorts ratios)")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(_saved(rows, settings, machine), indent=2) + "\n", encoding="utf-8")
    return 0


def _machine() -> dict[str, Any]:
    """Where it is measured, and how busy that machine is before."""
    return {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
    }


def _saved(rows: list[Row], settings: Settings, machine: dict[str, Any]) -> dict[str, Any]:
    measured = {"repeat": settings.repeat, "limit": settings.limit}
    return {"format_version": 1, **machine, **measured, "rows": [as_json(row) for row in rows]}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m perf", description="Measures the harness beside its peers.")
    parser.add_argument("what", nargs="*", help=f"any of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--repeat", type=_positive, default=1, metavar="N", help="run each pair N times, show medians")
    parser.add_argument(
        "--limit", type=_positive, metavar="N", help="at most N questions, items, answers and steps: a trial"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="save every run's seconds")
    arguments = parser.parse_args()
    if strange := sorted(set(arguments.what) - set(BENCHMARKS)):
        parser.error(f"no benchmark named {', '.join(strange)}. Known: {', '.join(BENCHMARKS)}")
    if arguments.json is not None and not arguments.json.parent.is_dir():
        parser.error(f"there is no folder {arguments.json.parent} for --json")
    return arguments


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
