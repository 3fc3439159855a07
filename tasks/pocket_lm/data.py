"""Loads the data that lies beside this file, so that lm-eval finds it whatever the working directory."""

from pathlib import Path
from typing import Any

from harness.data import task_documents

_DATA = Path(__file__).parent / "data"


def choice(**_: object) -> dict[str, Any]:
    """Sentences about the Vale with four endings each."""
    return task_documents(_DATA / "choice.jsonl")


def generate(**_: object) -> dict[str, Any]:
    """Quiz questions that want one word or number."""
    return task_documents(_DATA / "generate.jsonl")


def text(**_: object) -> dict[str, Any]:
    """Passages about the Vale that the model never read."""
    return task_documents(_DATA / "text.jsonl")


def skill(**_: object) -> dict[str, Any]:
    """Sums and differences of digits."""
    return task_documents(_DATA / "skill.jsonl")
