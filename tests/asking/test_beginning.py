"""A run goes on with the backend that it was begun with, where nobody names one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.asking import Evaluation, Wishes, as_begun, backend_of, begin, plan_evaluation
from harness.config import Config
from harness.store import RunFolder


def planned(backend: str | None = None) -> Evaluation:
    return plan_evaluation(Config(), Wishes(suite="pocket", tasks=(), limit=2, backend=backend), "harness evaluate")


@pytest.fixture
def begun_by(tmp_path: Path) -> Callable[[Evaluation], str | None]:
    return lambda asked: backend_of(tmp_path / asked.default_id())


def otherwise(evaluation: Evaluation) -> Evaluation:
    """The same on a day on which the machine would choose the other backend."""
    return replace(evaluation, backend="vllm" if evaluation.backend == "transformers" else "transformers")


def test_what_auto_means_today_changes_no_run_that_is_there(
    tmp_path: Path, begun_by: Callable[[Evaluation], str | None]
) -> None:
    yesterday = planned()
    begin(yesterday, RunFolder(tmp_path / yesterday.default_id()))
    today = otherwise(planned())
    assert today.default_id() != yesterday.default_id()
    found = as_begun(today, begun_by)
    assert found.identity() == yesterday.identity() and found.default_id() == yesterday.default_id()
    assert found.notes["backend"] == f"Goes on with {yesterday.backend}, as it was begun."
    begin(found, RunFolder(tmp_path / found.default_id()))
    assert as_begun(yesterday, begun_by) == yesterday


def test_where_nothing_is_there_or_a_backend_is_named_it_stays(
    tmp_path: Path, begun_by: Callable[[Evaluation], str | None]
) -> None:
    today = planned()
    assert as_begun(today, begun_by) is today
    begin(today, RunFolder(tmp_path / today.default_id()))
    named = otherwise(planned(today.backend))
    assert as_begun(named, begun_by) is named
