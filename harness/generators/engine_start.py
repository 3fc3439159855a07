"""vLLM's engine in processes of its own: how they start, what they say meanwhile, and how they end."""

from __future__ import annotations

import functools
import inspect
import multiprocessing
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import HarnessError, Refused
from harness.generators.last_words import refusal
from harness.machine import add_noise, spawned_with_log

_LAST_WORDS = 5.0
"""Seconds that a process has to end whose engine has."""
_LOOK = 0.05
_STATUS = re.compile(r"Failed core proc\(s\): \{'\w+': (-?\d+)")
Method = TypeVar("Method", bound=Callable[..., Any])


class EngineProcess:
    """An engine that runs; what its processes say is kept where it fails, else joins the command's log at the end."""

    def __init__(self, name: str, arguments: Mapping[str, Any]) -> None:
        from vllm import LLM

        self._name = name
        self._log = _new_log()
        self._heard = 0
        before = multiprocessing.active_children()
        try:
            with spawned_with_log(self._log):
                self.llm = LLM(**arguments)
        except HarnessError:
            raise
        except Exception as error:
            status = _STATUS.search(str(error))
            raise self._refusal("does not start", error, [int(status[1])] if status else []) from error
        self._processes: list[BaseProcess] = [it for it in multiprocessing.active_children() if it not in before]
        self._told = False
        # There are none where the user has switched them off (VLLM_ENABLE_V1_MULTIPROCESSING=0).
        if self._processes:
            outputs = self.llm.llm_engine.engine_core.outputs_queue
            threading.Thread(target=_wake, args=(self._processes, outputs), daemon=True).start()
        # What was said while it began is no cause of what comes later.
        self._heard = self._log.stat().st_size

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Inside, an engine that has ended is one line that says why."""
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            yield
        except EngineDeadError as error:
            self._told = True
            raise self._refusal("has ended", error, statuses(self._processes)) from error

    def close(self) -> None:
        """Ends its processes, and their memory with them."""
        self.llm.llm_engine.engine_core.shutdown()
        del self.llm
        statuses(self._processes)
        if not self._told:
            add_noise(self._log)
            self._log.unlink(missing_ok=True)

    def _refusal(self, how: str, error: Exception, statuses: Sequence[int | None]) -> Refused:
        with self._log.open("rb") as file:
            file.seek(self._heard)
            written = file.read().decode("utf-8", "replace")
        return refusal(f"vLLM {how} with {self._name}", error, written, statuses, self._log)


def statuses(processes: Sequence[BaseProcess]) -> list[int | None]:
    """How each has ended, once all have; None where nobody can know, or one is still there after some seconds."""
    deadline = time.monotonic() + _LAST_WORDS
    # vLLM waits for them in a thread: while that is told, everybody else is told that there is no such process.
    while any(process.exitcode is None for process in processes) and time.monotonic() < deadline:
        time.sleep(_LOOK)
    return [process.exitcode for process in processes]


def _wake(processes: Sequence[BaseProcess], outputs: Any) -> None:
    """Tells who waits for outputs that there are none to come: of a process that was killed, vLLM does not."""
    from vllm.v1.engine.exceptions import EngineDeadError

    wait([process.sentinel for process in processes])
    outputs.put_nowait(EngineDeadError())


def while_it_lives(method: Method) -> Method:
    """A method, or generator, of what has its engine under `process`: that one has ended is told in one line."""

    @functools.wraps(method)
    def called(self: Any, *arguments: Any, **more: Any) -> Any:
        with self.process.asked():
            return method(self, *arguments, **more)

    @functools.wraps(method)
    def iterated(self: Any, *arguments: Any, **more: Any) -> Any:
        with self.process.asked():
            yield from method(self, *arguments, **more)

    return iterated if inspect.isgeneratorfunction(method) else called  # type: ignore[return-value]


def _new_log() -> Path:
    descriptor, path = tempfile.mkstemp(prefix="harness-vllm-", suffix=".log")
    os.close(descriptor)
    return Path(path)
