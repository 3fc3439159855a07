"""Work in several processes, its results in the order in which it was given."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from harness.machine import spawned_with_log

MANY = 5_000
"""Answers from which on other processes are worth their start, which takes about two seconds."""
_MOST = 8
"""Processes, of which each holds some 60 MB."""
_AHEAD = 3
"""Tasks that are waiting or done, for each process."""
Task = TypeVar("Task")
Result = TypeVar("Result")


def in_processes(work: Callable[[Task], Result], tasks: Iterable[Task], log: Path) -> Iterator[Result]:
    """As map(work, tasks), a few tasks ahead; what the processes say goes into the log."""
    many = min(_MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if many == 1:
        yield from map(work, tasks)
        return
    # Not forked: a thread of the parent's may hold a lock at that moment.
    pool = ProcessPoolExecutor(many, multiprocessing.get_context("spawn"))
    waiting: deque[Future[Result]] = deque()
    try:
        with spawned_with_log(log):
            for task in tasks:
                waiting.append(pool.submit(work, task))
                if len(waiting) > _AHEAD * many:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
