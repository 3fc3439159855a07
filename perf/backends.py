"""Which backend answers sooner on a processor: python -m perf backends [--base NAME]… [--json FILE].

Each model bare and with two adapters, by Transformers and by vLLM, in float32: seconds of the start apart from those of
answers and of choices. The rule of `auto` is made of it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.models import find_base
from perf.measure import ROOT, run, say

_BASES = ("pocket", "smollm2")
_BACKENDS = ("transformers", "vllm")
# As the command line sets it for itself.
_ENVIRONMENT = {"OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive")}
_LIMIT = 400.0
"""Seconds that one backend has for all of it, its start included."""
_ADAPTERS = Path(__file__).with_name("random_adapters.py")


def main(words: Sequence[str]) -> int:
    """0; 2 where a model or a backend is not there."""
    parser = argparse.ArgumentParser("python -m perf backends", description="Transformers beside vLLM on a processor.")
    parser.add_argument("--base", action="append", help=f"default: {' and '.join(_BASES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the seconds")
    arguments = parser.parse_args(words)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="perf-") as folder:
        try:
            found = [row for base in arguments.base or _BASES for row in _rows(base, Path(folder) / base)]
        except HarnessError as error:
            say(f"perf: {error}")
            return 2
    for row in found:
        print("  ".join([row["what"].ljust(48), *(_cell(row[backend]) for backend in _BACKENDS)]))
    if arguments.json is not None:
        saved = {"format_version": 1, "cores": os.cpu_count(), "load_before": load, "backends": found}
        arguments.json.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
    return 0


def _cell(seconds: float | None) -> str:
    return "         -" if seconds is None else f"{seconds:8.2f} s"


def _rows(base: str, folder: Path) -> list[dict[str, Any]]:
    folder.mkdir()
    size = ["--count", "2", "--rank", "16", "--output", folder]
    run([sys.executable, _ADAPTERS, "--base", find_base(base).path, *size], folder, folder / "adapters.log")
    rows = []
    for adapters in ((), (folder / "a0", folder / "a1")):
        found = {backend: _times(base, backend, adapters, folder) for backend in _BACKENDS}
        whom = f"{base}, {'base and two adapters' if adapters else 'base alone'}"
        rows += [
            {"what": f"{whom}: {what}", **{backend: times.get(what) for backend, times in found.items()}}
            for what in dict.fromkeys(what for times in found.values() for what in times)
        ]
    return rows


def _times(base: str, backend: str, adapters: Sequence[Path], folder: Path) -> dict[str, float]:
    """What was done within the limit → the seconds that it took."""
    say(f"{base}, {len(adapters)} adapters, {backend}")
    output = folder / f"{backend}-{len(adapters)}.json"
    whom = ["--base", base, "--backend", backend, "--adapters", ",".join(map(str, adapters)), "--output", output]
    command = [sys.executable, "-m", "perf.backend_times", *whom]
    try:
        run(command, ROOT, output.with_suffix(".log"), _ENVIRONMENT, _LIMIT)
    except HarnessError as error:
        say(f"perf: {error}")
    found: dict[str, float] = json.loads(output.read_text(encoding="utf-8")) if output.exists() else {}
    return found
