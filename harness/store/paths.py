"""How the files and folders are called that several rooms open."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from harness.errors import HarnessError

RUNS = Path("runs/eval")
TRAININGS = Path("runs/train")
SWEEPS = Path("runs/sweep")
WATCHES = Path("runs/watch")
PUSHES = Path("runs/push")
REFERENCES = Path("runs/reference")
PIN = Path("runs/baseline.json")

WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
"""As PEFT calls them."""
TRAINING = "training.json"
"""What a training was begun with."""
CERTIFICATE = "certificate.json"
"""Written last: a folder without one is a training that has not finished."""
CURVES = "curves.jsonl"
CHECKPOINTS = "checkpoints"
LOG = "log.txt"
"""What libraries said while a run or a training was worked on."""
MERGED_FROM = "merged_from.json"
"""In a merged model's folder: what was merged into what."""


def check_name(noun: str, name: str) -> str:
    """The name, if a folder or file can be called so everywhere; refuses it otherwise."""
    if not re.fullmatch(r"[\w+-][\w.+ -]*", name):
        whose = f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
        raise HarnessError(
            f"'{name}' cannot be the name of {whose}: it may hold letters, digits, dot, dash, plus, underscore."
        )
    return name


def move_aside(path: Path) -> None:
    """Frees a folder's name without losing what it holds: it becomes the first of NAME.1, NAME.2, … that is free."""
    if path.exists():
        number = next(n for n in count(1) if not path.with_name(f"{path.name}.{n}").exists())
        path.rename(path.with_name(f"{path.name}.{number}"))
