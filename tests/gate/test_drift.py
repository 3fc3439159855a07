"""What two runs were not asked alike is named."""

from __future__ import annotations

from typing import Any

import pytest

from harness.gate.drift import _tasks
from harness.store import Manifest, from_row


def manifest(settings: dict[str, Any] | None, tasks: tuple[str, ...] = ("gsm8k",), digest: str = "a") -> Manifest:
    return from_row(Manifest, {"tasks": dict.fromkeys(tasks, digest), "task_settings": settings}, "")


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (None, None, []),
        ({"num_fewshot": 5}, {"num_fewshot": 5}, []),
        (None, {"num_fewshot": 5}, ["lm-eval's num_fewshot None → 5"]),
        ({"gen_kwargs": {"max_gen_toks": 8}}, {}, ["lm-eval's gen_kwargs {'max_gen_toks': 8} → None"]),
        # Other documents are missing, not changed.
        ({"samples": {"gsm8k": [1]}}, {"samples": {"gsm8k": [2]}}, []),
    ],
)
def test_other_settings_of_lm_eval_tasks_are_drift(before: Any, after: Any, named: list[str]) -> None:
    assert _tasks(manifest(before), manifest(after)) == named
    assert _tasks(manifest(before, ("mmlu",)), manifest(after)) == []


def test_other_files_of_a_task_are_drift() -> None:
    assert _tasks(manifest(None), manifest(None, digest="b")) == ["lm-eval task gsm8k"]
