"""Loads the data that lies beside this file, so that lm-eval finds it whatever the working directory."""

import json
from pathlib import Path

import datasets


def _load(name: str) -> dict[str, datasets.Dataset]:
    path = Path(__file__).parent / "data" / f"{name}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    # From memory and not by a loading script: nothing is cached in the user's home, and nothing is looked up.
    return {"test": datasets.Dataset.from_list([json.loads(line) for line in lines])}


def choice(**_: object) -> dict[str, datasets.Dataset]:
    """Sentences about the Vale with four endings each."""
    return _load("choice")


def generate(**_: object) -> dict[str, datasets.Dataset]:
    """Quiz questions that want one word or number."""
    return _load("generate")


def text(**_: object) -> dict[str, datasets.Dataset]:
    """Passages about the Vale that the model never read."""
    return _load("text")


def skill(**_: object) -> dict[str, datasets.Dataset]:
    """Sums and differences of digits."""
    return _load("skill")
