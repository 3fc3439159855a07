"""Errors that a user can act on: one line that says what, where, and the next command."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn


class HarnessError(Exception):
    """A refusal; str() is the one line that the user reads, exit_status what the command ends with."""

    exit_status = 2


class Incomplete(HarnessError):
    """Answers or results are missing."""

    exit_status = 3


def unknown(noun: str, name: str, known: Iterable[str], hint: str = "") -> NoReturn:
    """Refuses a name that nobody knows, with the nearest known one."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    line = f"No {noun} named '{name}'."
    if near:
        line += f" Did you mean '{near[0]}'?"
    line += f" Known: {', '.join(names) or 'none'}."
    raise HarnessError(f"{line} {hint}".rstrip())
