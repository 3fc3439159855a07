"""Commands of the harness as child processes: started in a session of their own, ended with all that they started."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from harness.machine.noise import terminal

_DIE_WITH_PARENT = 1
"""Linux's PR_SET_PDEATHSIG."""
_GRACE = 10.0
"""Seconds that a child has to stop before it is killed."""
_LOOK = 0.05
"""Seconds between two looks at a child that is waited for."""


class Child(Protocol):
    """A process that runs, or has run."""

    pid: int

    def poll(self) -> int | None:
        """Its exit status, or the signal that killed it, below 0; None while it runs."""


def start(
    arguments: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str], descriptors: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """`harness ARGUMENTS` in that folder, in a session of its own, what it says appended to the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "harness.machine.child", str(os.getpid()), *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            pass_fds=descriptors,
            start_new_session=True,
        )


def run_here(arguments: Sequence[str]) -> int:
    """The exit status of `harness ARGUMENTS`, run on this terminal; whoever interrupts this process interrupts it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "harness.machine.child", str(os.getpid()), *arguments],
        stdout=terminal(1),
        stderr=terminal(),
    )
    # A terminal tells both of a Ctrl-C, and the child has something to save; what is ignored here would be there too.
    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: lambda *_: child.send_signal(signal.SIGTERM)}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        status = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def end(processes: Sequence[Child], patience: float = 0.0, grace: float = _GRACE) -> None:
    """Ends those that still run, each with its group where it leads one.

    So many seconds' patience, in which they may end by themselves, then SIGTERM; after so many of grace SIGKILL.
    """
    for seconds, number in ((patience, signal.SIGTERM), (grace, signal.SIGKILL)):
        if ended_within(processes, seconds):
            return
        tell(processes, number)
    ended_within(processes, grace)


def ended_within(processes: Sequence[Child], seconds: float) -> bool:
    """Whether all of them have ended, by then."""
    deadline = time.monotonic() + seconds
    while any(process.poll() is None for process in processes):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK)
    return True


def tell(processes: Sequence[Child], number: int) -> None:
    """Sends a signal to those that still run, each with its group where it leads one."""
    for process in processes:
        # Gone meanwhile; or so young that it leads no group yet, and is told alone.
        with suppress(ProcessLookupError):
            if process.poll() is None:
                leads = os.getpgid(process.pid) == process.pid
                (os.killpg if leads else os.kill)(process.pid, number)


def how_ended(code: int) -> str:
    """An exit status in words, or the signal (below 0) that killed it."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def why_killed(code: int) -> str:
    """What SIGKILL may mean, as a sentence; "" of every other end."""
    return "Memory may have run out: that is how the system ends a process then." if code == -signal.SIGKILL else ""


def die_with(parent: int) -> None:
    """In the child: ends it when its parent ends. Code between fork and exec can hang where the parent has threads."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # The parent was gone before it was asked for.
        os._exit(1)


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM ends what is inside as Ctrl-C does, so that children are stopped and the exit status is 130.

    The KeyboardInterrupt that it makes carries its number; that of Ctrl-C carries nothing.
    """

    def interrupt(number: int, _: object) -> None:
        raise KeyboardInterrupt(number)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
