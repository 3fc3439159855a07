"""What a command costs: seconds on the clock and peak memory, of it and of all that it starts."""

from __future__ import annotations

import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType

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
    "WANDB_MODE": "offline",
}
_LOOK = 0.1
"""Seconds between two looks at a command that is ended early."""
_GRACE = 5.0
"""Seconds that a command has to end after it was told to."""


@dataclass(frozen=True)
class Cost:
    """What one side took once."""

    seconds: float
    peak_mb: float
    """Of the largest process; never below the peak of the process that measures, about 30 MB."""
    cpu_seconds: float = 0.0
    """On all cores, user and system; of the processes that ended before the command did, too."""


@dataclass(frozen=True)
class Side:
    """What one side took, each time that it ran."""

    seconds: tuple[float, ...]
    peak_mb: float | None = None
    cpu_seconds: tuple[float, ...] = ()
    """Empty where nobody asked."""

    @property
    def median(self) -> float:
        """Median of the seconds on the clock."""
        return median(self.seconds)


Runner = Callable[[int], Cost]
"""Runs one side for the n-th time."""


def run(
    command: Sequence[object],
    folder: Path,
    log: Path,
    environment: Mapping[str, str] = MappingProxyType({}),
    limit: float | None = None,
) -> Cost:
    """Runs a command in a folder with its output in a log; one that fails is refused with its last line.

    So is one that takes longer than `limit` seconds, after it was ended.
    """
    process, started = _start(command, folder, log, environment)
    try:
        if limit is not None and not _ended_within(process.pid, limit):
            _end(process)
            raise HarnessError(f"{shlex.join(map(str, command))} was cut off after {limit:.0f} s: {_last(log)}")
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    seconds = time.perf_counter() - started
    # Popen would wait for a process that is gone.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise _refusal(command, process.returncode, log)
    return _cost(seconds, usage)


def run_until(
    command: Sequence[object],
    folder: Path,
    log: Path,
    reached: Callable[[int], bool],
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Cost:
    """Runs a command until that is true of its process id, then asks it to end: what came before counts."""
    process, started = _start(command, folder, log, environment)
    try:
        while not reached(process.pid):
            if process.poll() is not None:
                raise _refusal(command, process.returncode, log)
            time.sleep(_LOOK)
        seconds = time.perf_counter() - started
        process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        if process.returncode is None:
            process.kill()
            process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return _cost(seconds, usage)


def _start(
    command: Sequence[object], folder: Path, log: Path, environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], float]:
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    surroundings = {**os.environ, **ENVIRONMENT, **environment}
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, env=surroundings, stdout=output, stderr=subprocess.STDOUT)
    return process, started


def _ended_within(pid: int, limit: float) -> bool:
    """Whether it ended by then; it is left to be waited for, with what it used."""
    started = time.perf_counter()
    while time.perf_counter() - started < limit:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return True
        time.sleep(_LOOK)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _refusal(command: Sequence[object], code: int, log: Path) -> HarnessError:
    return HarnessError(f"{shlex.join(map(str, command))} ended with {code}: {_last(log)}")


def _last(log: Path) -> str:
    """The last line of a log; of a bar that is drawn over itself, its last state."""
    text = log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
    return (text.strip().splitlines() or ["no output"])[-1].strip()


def _cost(seconds: float, usage: resource.struct_rusage) -> Cost:
    return Cost(seconds, usage.ru_maxrss * _peak_unit() / _MIB, usage.ru_utime + usage.ru_stime)


def in_turn(costs: Sequence[Cost]) -> Cost:
    """What processes cost that ran one after another."""
    return Cost(
        sum(cost.seconds for cost in costs),
        max(cost.peak_mb for cost in costs),
        sum(cost.cpu_seconds for cost in costs),
    )


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
    return _side(their_costs), _side(our_costs)


def _side(costs: Sequence[Cost]) -> Side:
    return Side(
        tuple(cost.seconds for cost in costs),
        max(cost.peak_mb for cost in costs),
        tuple(cost.cpu_seconds for cost in costs),
    )


def say(text: str) -> None:
    """One line of progress, beside the results."""
    print(text, file=sys.stderr, flush=True)


def _peak_unit() -> int:
    """Bytes in a unit of ru_maxrss."""
    return 1 if sys.platform == "darwin" else 1024
