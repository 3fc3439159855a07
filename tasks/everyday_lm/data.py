"""Loads the data that lies beside this file, so that lm-eval finds it whatever the working directory."""

from pathlib import Path
from typing import Any

from harness.data import task_documents

_DATA = Path(__file__).parent / "data"


def choice(**_: object) -> dict[str, Any]:
    """Sentences of everyday life with four endings each."""
    return task_documents(_DATA / "choice.jsonl")


def text(**_: object) -> dict[str, Any]:
    """Short passages of plain prose."""
    return task_documents(_DATA / "text.jsonl")
