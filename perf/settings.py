"""How much is measured, and in which folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    folder: Path
    """A temporary one: nothing is written into the project."""
    repeat: int = 1
    limit: int | None = None
    """At most so many questions, items, answers and steps, to try a benchmark out; None is the real measurement."""
