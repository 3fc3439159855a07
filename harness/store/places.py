"""How the files and folders are called that several rooms open."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from harness.errors import HarnessError

WEIGHTS = "adapter_model.safetensors"

PIN = Path("runs/baseline.json")

RUNS = Path("runs/eval")

PUSHES = Path("runs/push")

REFERENCES = Path("runs/reference")


def check_name(noun: str, name: str) -> str:
    """The name, if a folder or file can be called so everywhere; refuses it otherwise."""
    if not re.fullmatch(r"[\w+-][\w.+ -]*", name):
        raise HarnessError(
            f"'{name}' cannot be the name of a {noun}: it may hold letters, digits, dot, dash, plus, underscore."
        )
    return name


def move_aside(path: Path) -> None:
    """Frees a folder's name without losing what it holds: it becomes NAME.1, NAME.2, …"""
    if path.exists():
        number = next(n for n in count(1) if not path.with_name(f"{path.name}.{n}").exists())
        path.rename(path.with_name(f"{path.name}.{number}"))


SWEEPS = Path("runs/sweep")

TRAININGS = Path("runs/train")

WATCHES = Path("runs/watch")
