"""The suite in this folder for lm-eval."""

from pathlib import Path

from harness.data import suite_task

_TASK = suite_task(Path(__file__).parent)
documents, prompt, grade = _TASK.documents, _TASK.prompt, _TASK.grade
