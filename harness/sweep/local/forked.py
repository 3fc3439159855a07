"""A training as a process of its own: a copy of one that has imported everything, or one that starts from nothing.

To import Torch, Transformers, TRL and W&B takes as long as a third of a short training; a fork has them already. A
GPU's driver does not survive a fork, and what trains on one trains long: there, and elsewhere than on Linux, each
training starts from nothing.
"""

from __future__ import annotations

import atexit
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from harness.machine import Child, Lock, cards, children

_ASKED_TO_END = {signal.SIGINT, signal.SIGTERM}


def can_fork() -> bool:
    """Whether copies of this process can train; it imports all that a training needs."""
    if sys.platform != "linux":
        return False
    # Imported by wandb.init, and as slow as the rest of W&B.
    import wandb.apis.public  # noqa: F401

    import harness.training.trainers  # noqa: F401

    # A lock that another thread holds would never be let go in the copy.
    return threading.active_count() == 1 and not cards()


def start(arguments: Sequence[str], environment: Mapping[str, str], log: Path, lock: Lock, fork: bool) -> Child:
    """`harness ARGUMENTS` in a session of its own that ends with this process; what it says is appended to the log.

    The lock is the child's from here on: it ends when the child does, and not when we do.
    """
    if not fork:
        return children.start(arguments, Path(), log, environment, (lock.descriptor,))
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return _fork(arguments, environment, output.fileno(), lock.descriptor)


class _Forked:
    """A copy of this process, with the part of subprocess.Popen that the scheduler asks for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _fork(arguments: Sequence[str], environment: Mapping[str, str], output: int, lock: int) -> Child:
    # What stands in a buffer would be written by the copy as well.
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    # Until the copy has handlers of its own, a signal would run the scheduler's in it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKED_TO_END)
    try:
        pid = os.fork()
        if pid == 0:
            _train(arguments, environment, output, lock, parent)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return _Forked(pid)


def _train(arguments: Sequence[str], environment: Mapping[str, str], output: int, lock: int, parent: int) -> NoReturn:
    """In the copy: what `python -m harness ARGUMENTS` would do, up to its end; nothing of the scheduler runs on."""
    status = 1
    try:
        atexit._clear()
        os.setsid()
        children.die_with(parent)
        _take_descriptors(output, lock)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKED_TO_END)
        _take_environment(environment)
        sys.argv = ["harness", *arguments]
        status = _exit_status()
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        status = status or 1
    finally:
        os._exit(status)


def _exit_status() -> int:
    try:
        runpy.run_module("harness", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


def _take_descriptors(output: int, lock: int) -> None:
    """Input from nowhere, output into the log, the lock; of the others, what an exec would have left."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor in (0, 1, 2, lock, nothing):
            continue
        try:
            if not os.get_inheritable(descriptor):
                # Replaced, not closed: an object that still thinks it owns the number may close it once more.
                os.dup2(nothing, descriptor, inheritable=False)
        except OSError:
            # That of the listing itself.
            continue
    # They stay open as long as the process does.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)


def _take_environment(environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    if threads := environment.get("OMP_NUM_THREADS"):
        import torch

        # The variable was read when the library was loaded.
        torch.set_num_threads(int(threads))
