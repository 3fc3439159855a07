"""Asks the program that compares expressions, and starts it anew where it took too long."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
from functools import lru_cache
from threading import Lock
from typing import Literal, get_args

Relation = Literal["same", "other", "no key", "no expression"]
"""Of what an answer says to its key; which of them could not be read."""
SECONDS = 3
"""For one comparison; the program ends itself then."""

_programs: dict[int, subprocess.Popen[str]] = {}
_asking = Lock()


@lru_cache(maxsize=65536)
def relation(key: str, said: str) -> Relation:
    """Whether two expressions are the same, symbolically or to six decimal places; TimeoutError after 3 s."""
    with _asking:
        program = _program()
        try:
            assert program.stdin and program.stdout
            print(json.dumps([key, said]), file=program.stdin, flush=True)
            line = program.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line.strip():
            _close(program)
            raise TimeoutError(f"the comparison of expressions was stopped after {SECONDS} s")
    found: Relation = next(name for name in get_args(Relation) if name == json.loads(line))
    return found


def _program() -> subprocess.Popen[str]:
    """This process's own program: one that was forked does not share its parent's."""
    program = _programs.get(os.getpid())
    if program is None or program.poll() is not None:
        command = [sys.executable, "-m", "harness.scorers.matching.expressions.program", str(SECONDS)]
        program = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        _programs[os.getpid()] = program
        atexit.register(_close, program)
    return program


def _close(program: subprocess.Popen[str]) -> None:
    if _programs.get(os.getpid()) is not program:
        return
    del _programs[os.getpid()]
    program.kill()
    program.wait()
    for pipe in (program.stdin, program.stdout):
        with contextlib.suppress(OSError):
            if pipe:
                pipe.close()
