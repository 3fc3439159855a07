"""What a command costs: seconds on the clock and peak memory, of it and of all that it starts."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from harness.errors import HarnessError

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
_MIB = 2**20
# Both sides on the same processor: lm-eval is told so, and ours would take a GPU where there is one.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_VISIBLE_DEVICES": "",
}


@dataclass(frozen=True)
class Cost:
    """What one side took once."""

    seconds: float
    peak_mb: float
    """Of the largest process; never below the peak of the process that measures, about 30 MB."""


@dataclass(frozen=True)
class Side:
    """What one side took, each time that it ran."""

    seconds: tuple[float, ...]
    peak_mb: float | None = None

    @property
    def median(self) -> float:
        return median(self.seconds)


Runner = Callable[[int], Cost]
"""Runs one side for the n-th time."""


def run(command: Sequence[object], folder: Path, log: Path) -> Cost:
    """Runs a command in a folder with its output in a log; one that fails is refused with its last line."""
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            words, cwd=folder, env=os.environ | ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - started
    # Popen would wait for a process that is gone.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no output"]
        raise HarnessError(f"{shlex.join(words)} ended with {process.returncode}: {lines[-1].strip()}")
    return Cost(seconds, usage.ru_maxrss * _peak_unit() / _MIB)


def in_turn(costs: Sequence[Cost]) -> Cost:
    """What processes cost that ran one after another."""
    return Cost(sum(cost.seconds for cost in costs), max(cost.peak_mb for cost in costs))


def alternate(repeat: int, theirs: Runner, ours: Runner) -> tuple[Side, Side]:
    """Runs both sides `repeat` times, each time the other one first, so that a change of the machine hits both."""
    their_costs: list[Cost] = []
    our_costs: list[Cost] = []
    for number in range(repeat):
        if number % 2 == 0:
            their_costs.append(theirs(number))
        our_costs.append(ours(number))
        if number % 2 == 1:
            their_costs.append(theirs(number))
    return side(their_costs), side(our_costs)


def side(costs: Sequence[Cost]) -> Side:
    return Side(tuple(cost.seconds for cost in costs), max(cost.peak_mb for cost in costs))


def say(text: str) -> None:
    """One line of progress, beside the results."""
    print(text, file=sys.stderr, flush=True)


def _peak_unit() -> int:
    """Bytes in a unit of ru_maxrss."""
    return 1 if sys.platform == "darwin" else 1024
