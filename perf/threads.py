"""How threads bear other work: python -m perf threads [--base NAME] [--busy N] [--json FILE].

A decoding step and a training step by Transformers, alone and beside processes that never rest, with each way of
waiting that OpenMP knows. A step that takes longer than a minute is not waited for.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.models import find_base
from perf.measure import ROOT, run, say

SETTINGS: Mapping[str, Mapping[str, str]] = {
    "as torch has it": {},
    "OMP_WAIT_POLICY=passive": {"OMP_WAIT_POLICY": "passive"},
    "GOMP_SPINCOUNT=1000": {"GOMP_SPINCOUNT": "1000"},
    "OMP_NUM_THREADS=1": {"OMP_NUM_THREADS": "1"},
}
_BUSY = (0, 1, 2)
_LIMIT = 60.0
_STEPS = Path(__file__).with_name("busy_steps.py")


def main(words: Sequence[str]) -> int:
    """0; 2 where the model is not there."""
    parser = argparse.ArgumentParser("python -m perf threads", description="Steps beside processes that never rest.")
    parser.add_argument("--base", default="smollm2")
    parser.add_argument("--busy", type=int, action="append", help=f"how many (default: {', '.join(map(str, _BUSY))})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the seconds")
    arguments = parser.parse_args(words)
    load, rows = os.getloadavg()[0], []
    try:
        base = find_base(arguments.base)
    except HarnessError as error:
        say(f"perf: {error}")
        return 2
    for count in arguments.busy or _BUSY:
        with _busy(count), tempfile.TemporaryDirectory(prefix="perf-") as folder:
            for words_of, environment in SETTINGS.items():
                rows.append({"what": words_of, "busy": count, **_steps(base.path, Path(folder), environment)})
                say(json.dumps(rows[-1]))
    if arguments.json is not None:
        what = {"format_version": 1, "base": base.name, "cores": os.cpu_count(), "load_before": load, "threads": rows}
        arguments.json.write_text(json.dumps(what, indent=2) + "\n", encoding="utf-8")
    return 0


@contextmanager
def _busy(count: int) -> Iterator[None]:
    """So many processes that take a core each, for as long as it lasts."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def _steps(base: str, folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Seconds of a step; None where it was not waited for."""
    output = folder / "steps.json"
    output.unlink(missing_ok=True)
    command = [sys.executable, _STEPS, "--base", base, "--output", output]
    try:
        run(command, ROOT, folder / "steps.log", environment, _LIMIT)
    except HarnessError:
        return {"decode": None, "train": None}
    found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return found
