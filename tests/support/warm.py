"""The command in a copy of a process that has imported what commands import: a process of its own, begun at once.

To import Torch, Transformers and TRL takes longer than most of what tests ask of the command. One process a worker
imports them and then only waits; each command is a fork of it, with the arguments, the folder, the environment and
the three streams that it was given. Where that would be another process than a fresh one, nothing is copied: a GPU's
driver does not survive a fork, and libraries read the environment when they are imported.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

from harness.machine.children import die_with

ROOT = Path(__file__).parents[2]
MORE = """
babel.dates babel.messages.pofile babel.numbers harness.cli.failures harness.cli.printed
harness.generators.language_model harness.generators.transformers_engine harness.report.summary harness.report.sweep
harness.training.effective_settings lm_eval.evaluator lm_eval.tasks opentelemetry.exporter.otlp.proto.http._log_exporter
opentelemetry.exporter.otlp.proto.http.metric_exporter peft.tuners.lora.bnb
peft.utils.transformers_weight_conversion requests rouge_score.rouge_scorer sacrebleu statsmodels.stats.api
transformers.models.llama.modeling_llama vl_convert weasyprint
""".split()
"""What trainings, evaluations and reports import beyond what a copy that trains needs."""
_LENGTH = 8
"""Bytes that say how long a request is."""


class Running(Protocol):
    """A command that runs, or has run: what tests ask of a subprocess.Popen."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


class _Copy:
    """A copy, which is the child of another process than ours."""

    def __init__(self, pid: int, answer: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._answer = answer

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._answer.settimeout(timeout)
            try:
                said = self._answer.recv(64)
            except TimeoutError as error:
                raise subprocess.TimeoutExpired("harness", timeout or 0) from error
            assert said, "the process that is copied has ended"
            self.returncode = int(said)
            self._answer.close()
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(1e-4)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Warm:
    """The process that is copied; it ends with the one that has started it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = _read_at_import(environment)
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())],
                cwd=ROOT,
                env={**environment, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._requests = ours
        self._can_fork: bool | None = None

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Whether it has imported all by now, and a copy is, in that environment, what a fresh process would be."""
        if self._can_fork is None and select.select([self._requests], [], [], 0)[0]:
            self._can_fork = self._requests.recv(1) == b"y"
        return bool(self._can_fork) and _read_at_import(environment) == self._environment

    def begin(
        self, module: str, arguments: Sequence[str], folder: Path, streams: Sequence[Any], session: bool = False
    ) -> Running:
        """`python -m MODULE ARGUMENTS` in that folder; its standard input, output and error are the streams."""
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        text = json.dumps([module, list(arguments), str(folder), dict(os.environ), session]).encode()
        with theirs, Path(os.devnull).open("r+b") as nothing:
            files = [(nothing if one == subprocess.DEVNULL else one).fileno() for one in streams]
            socket.send_fds(self._requests, [len(text).to_bytes(_LENGTH)], [*files, theirs.fileno()])
            self._requests.sendall(text)
        return _Copy(int(ours.recv(64)), ours)

    def run(
        self, module: str, arguments: Sequence[str], folder: Path, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """`python -m MODULE ARGUMENTS` in that folder up to its end, as subprocess.run captures it."""
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            begun = self.begin(module, arguments, folder, (subprocess.DEVNULL, output, errors))
            try:
                status = begun.wait(timeout)
            finally:
                begun.kill()
            for stream in (output, errors):
                stream.seek(0)
            return subprocess.CompletedProcess([module, *arguments], status, output.read(), errors.read())

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._requests.close()


def _read_at_import(environment: Mapping[str, str]) -> dict[str, str]:
    """Of pytest's own variables, each test changes one."""
    return {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}


def main(requests: socket.socket) -> None:
    """Imports, says whether it can be copied, and is copied until nobody can ask any more."""
    die_with(os.getppid())
    # Ctrl-C is for whoever asks; each copy hears it again.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests.sendall(b"y" if _import() else b"n")
    running: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is requests:
                    length, files, _, _ = socket.recv_fds(requests, _LENGTH, 4)
                    if not length:
                        return
                    text = requests.recv(int.from_bytes(length), socket.MSG_WAITALL)
                    pid, answer = _copy(json.loads(text), files, [requests, selector, *running, *_answers(running)])
                    ending = os.pidfd_open(pid)
                    running[ending] = pid, answer
                    selector.register(ending, selectors.EVENT_READ)
                else:
                    selector.unregister(key.fileobj)
                    pid, answer = running.pop(key.fd)
                    os.close(key.fd)
                    with answer:
                        answer.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())


def _answers(running: Mapping[int, tuple[int, socket.socket]]) -> list[socket.socket]:
    return [answer for _, answer in running.values()]


def _import() -> bool:
    """What the command itself says to libraries before it imports them, and then all that any command imports."""
    from harness.cli.main import _stay_quiet
    from harness.sweep.local.forked import can_fork

    # Each copy says itself what it does with warnings.
    with warnings.catch_warnings():
        _stay_quiet(debug=False)
        if not can_fork():
            return False
        for name in MORE:
            importlib.import_module(name)
    # The copies look at none of it again, and so share it.
    gc.freeze()
    return threading.active_count() == 1


def _copy(request: Any, files: Sequence[int], closed: Sequence[Any]) -> tuple[int, socket.socket]:
    module, arguments, folder, environment, session = request
    *streams, answering = files
    answer = socket.socket(fileno=answering)
    pid = os.fork()
    if pid == 0:
        answer.close()
        for one in closed:
            os.close(one) if isinstance(one, int) else one.close()
        _be_the_command(module, arguments, folder, environment, streams, session)
    for stream in streams:
        os.close(stream)
    # Its pid is known before anything of it can be.
    answer.send(str(pid).encode())
    return pid, answer


def _be_the_command(
    module: str,
    arguments: list[str],
    folder: str,
    environment: dict[str, str],
    streams: Sequence[int],
    session: bool,
) -> NoReturn:
    """What `python -m MODULE ARGUMENTS` would do in a process of its own, up to its end."""
    status = 1
    try:
        if session:
            os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        atexit._clear()
        os.chdir(folder)
        sys.path[0] = folder
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [module, *arguments]
        status = _status(module)
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        status = status or 1
    finally:
        os._exit(status)


def _status(module: str) -> int:
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
