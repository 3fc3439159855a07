"""Memory that ran out, in whatever words a library or the system says so, as one refusal with what takes less."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.errors import OutOfMemory

_SAID = re.compile(
    r"out of memory|can't allocate memory|cannot allocate memory|not enough memory|bad_alloc"
    r"|cudaErrorMemoryAllocation|\bCU\w+_STATUS_ALLOC_FAILED|failed to allocate memory",
    re.IGNORECASE,
)
"""Torch and its allocators, cuBLAS and its like, bitsandbytes (`Error out of memory at line`), the system."""
_ON_GPU = re.compile(r"\b(?:cuda|hip|xpu|mps|gpu)|\bCU\w+_STATUS|at line \d+ in file", re.IGNORECASE)
_SIZE = r"([\d.]+) ?(bytes|[KMGTPE]i?B)"
_ASKED = re.compile(rf"(?:tried|unable) to allocate {_SIZE}", re.IGNORECASE)
_FREE = re.compile(rf"of which {_SIZE} is free", re.IGNORECASE)
_POWERS = "BKMGTPE"


def out_of_memory(error: BaseException, what: str, advice: str = "") -> OutOfMemory | None:
    """The refusal where the exception, or what it was raised from, says that memory ran out; else None."""
    if isinstance(error, OutOfMemory):
        return error
    if _is_shortage(error):
        return _refusal(str(error), what, advice)
    return None if error.__cause__ is None else out_of_memory(error.__cause__, what, advice)


def said_out_of_memory(text: str, what: str, advice: str = "") -> OutOfMemory | None:
    """The same of the last words of another process."""
    return _refusal(text, what, advice) if _SAID.search(text) else None


@contextmanager
def memory_needed(what: str, advice: Callable[[], str]) -> Iterator[None]:
    """Turns memory that runs out inside into a refusal that says what takes less; all else passes."""
    try:
        yield
    except Exception as error:
        found = out_of_memory(error, what)
        if found is None:
            raise
        found.advice = found.advice or advice()
        if found is error:
            raise
        raise found from error


def _is_shortage(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno == errno.ENOMEM
    # A refusal of settings or data may quote those words.
    return isinstance(error, RuntimeError | OSError) and bool(_SAID.search(str(error)))


def _refusal(text: str, what: str, advice: str) -> OutOfMemory:
    return OutOfMemory(what, bool(_ON_GPU.search(text)), _bytes(_ASKED, text), _bytes(_FREE, text), advice)


def _bytes(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    if found is None:
        return None
    return int(float(found[1].rstrip(".")) * 1024 ** _POWERS.index(found[2][0].upper()))
