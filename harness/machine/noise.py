"""What libraries print, log and warn of goes into a log; the terminal holds what we say.

Both outputs of the process become the log, of the process and not of Python alone: libraries in C write there too, and
so do processes that begin meanwhile. `show` and `say` write where the outputs led before.
"""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import shlex
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from harness.machine.provenance import now

_OUTPUT, _ERRORS = 1, 2
_terminal: dict[int, TextIO] = {}
"""Where the two outputs led, while they are the log's."""


@dataclass
class _Log:
    descriptor: int
    path: Path | None = None
    """None: a file without a name, gone with the process."""
    begin: int = 0
    """Where the noise of this command begins."""


_logs: list[_Log] = []
"""The log of this process, once it has one."""


def show(text: object = "") -> None:
    """Prints a result on the standard output, past the log."""
    print(text, file=terminal(_OUTPUT), flush=True)


def say(text: object = "", end: str = "\n") -> None:
    """Prints a remark on the standard error, past the log."""
    print(text, end=end, file=terminal(_ERRORS), flush=True)


def terminal(number: int = _ERRORS) -> TextIO:
    """Where our own words go: the standard output (1) or error (2) as the command was begun with them."""
    return _terminal.get(number) or (sys.stdout if number == _OUTPUT else sys.stderr)


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, both outputs are a log's: without a name, until `keep_noise` gives it one.

    Only those of a program of its own: in a notebook or a test they are somebody else's, and stay as they are.
    """
    if not (_leads_to(sys.stdout, _OUTPUT) and _leads_to(sys.stderr, _ERRORS)):
        yield
        return
    log = _begin()
    handler = _Ours()
    logging.getLogger("harness").addHandler(handler)
    try:
        with warnings.catch_warnings():
            # Kept now, they are worth having; but of these users can change nothing.
            warnings.simplefilter("default")
            for kind in (DeprecationWarning, PendingDeprecationWarning, ResourceWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        logging.getLogger("harness").removeHandler(handler)
        _end(log)


def keep_noise(path: Path) -> None:
    """From here on the log is that file, appended to; what was said since the command began stands there too."""
    if not _terminal or _logs[0].path == path:
        return
    # A folder that is only read, of a run that is complete, say: the log stays without a name.
    with suppress(OSError):
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(file, f"--- {now()} {shlex.join(['harness', *sys.argv[1:]])}\n".encode())
        begin = os.lseek(file, 0, os.SEEK_END)
        if _logs[0].path is None:
            os.write(file, _said(_logs[0]))
        _flush()
        for number in (_OUTPUT, _ERRORS):
            os.dup2(file, number)
        os.dup2(file, _logs[0].descriptor, inheritable=False)
        os.close(file)
        _logs[0].path, _logs[0].begin = path, begin


def add_noise(file: Path) -> None:
    """Adds what another process has said, and left in a file, to the log."""
    if _terminal:
        with suppress(OSError):
            os.write(_ERRORS, file.read_bytes())


def noise_log(lay_down: bool = False) -> Path | None:
    """The file with what libraries have said in this command; None where they said nothing, or it has no name.

    lay_down: a log without a name gets one, since somebody has to read it.
    """
    if not _logs or not (said := _said(_logs[0])):
        return None
    if _logs[0].path is None and lay_down:
        with tempfile.NamedTemporaryFile("wb", prefix="harness-", suffix=".log", delete=False) as file:
            file.write(said)
        return Path(file.name)
    return _logs[0].path


class _Ours(logging.Handler):
    """What we log is for the terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def _leads_to(stream: TextIO | None, number: int) -> bool:
    try:
        return stream is not None and stream.fileno() == number
    except (OSError, ValueError):
        return False


def _begin() -> _Log:
    _flush()
    for number, stream in ((_OUTPUT, sys.stdout), (_ERRORS, sys.stderr)):
        # Model text may hold what the terminal's encoding cannot say.
        _terminal[number] = os.fdopen(os.dup(number), "w", encoding=stream.encoding, errors="backslashreplace")
    with tempfile.TemporaryFile() as file:
        log = _Log(os.dup(file.fileno()))
    for number in (_OUTPUT, _ERRORS):
        os.dup2(log.descriptor, number)
    _logs[:] = [log]
    # A crash in C leaves a line there.
    faulthandler.enable(_ERRORS)
    return log


def _end(log: _Log) -> None:
    _flush()
    for number, stream in _terminal.items():
        os.dup2(stream.fileno(), number)
        # Whoever read it may be gone.
        with suppress(OSError):
            stream.close()
    _terminal.clear()
    # Some libraries have a last word when the process ends.
    atexit.register(_mute, log)


def _mute(log: _Log) -> None:
    with suppress(OSError, ValueError):
        _flush()
    for number in (_OUTPUT, _ERRORS):
        os.dup2(log.descriptor, number)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _said(log: _Log) -> bytes:
    size = os.fstat(log.descriptor).st_size
    return os.pread(log.descriptor, size - log.begin, log.begin)
