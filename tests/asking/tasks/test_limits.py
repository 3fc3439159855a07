"""Which documents of an lm-eval task are asked."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from harness.asking import Wishes, plan_evaluation
from harness.asking.tasks import find_tasks, task_results
from harness.config import Config
from tests.conftest import ROOT

DOCUMENTS = {"pocket_choice": 144, "pocket_skill": 120}


@pytest.mark.parametrize(
    ("limit", "asked"),
    [(7, [7, 7]), (1, [1, 1]), (0.06, [9, 8]), (0.001, [1, 1]), (130, [130, 120]), (None, [144, 120])],
)
def test_a_task_limit_takes_the_documents_that_lm_eval_takes(
    tmp_path: Path, limit: int | float | None, asked: list[int]
) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.models.dummy import DummyLM

    (tmp_path / "vale.yaml").write_text("group: vale\ntask: [pocket_choice, pocket_skill]\n")
    tasks = find_tasks(["vale"], [tmp_path, ROOT / "tasks"])
    ours = task_results(tasks, "vale", DummyLM(), limit)
    theirs: Any = simple_evaluate("dummy", tasks=["vale"], task_manager=tasks.manager, limit=limit, bootstrap_iters=0)
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    for (task, documents), many in zip(DOCUMENTS.items(), asked, strict=True):
        rows = [(row["doc_id"], row["doc_hash"]) for row in ours.samples[task]]
        assert rows == [(row["doc_id"], row["doc_hash"]) for row in theirs["samples"][task]]
        assert [number for number, _ in rows] == list(range(many))
        assert ours.found["n-samples"][task] == {"original": documents, "effective": many}
    assert ours.found.get("limits", {}).get("vale") == limit


def test_a_limit_is_for_questions_and_a_task_limit_for_tasks() -> None:
    def plan(tasks: tuple[str, ...] = ("pocket_choice",), config: Config | None = None, **limits: Any) -> Any:
        wishes = Wishes(suite="pocket", base="pocket", tasks=tasks, **limits)
        return plan_evaluation(config or Config(), wishes, "harness evaluate")

    assert plan(limit=3).notes["tasks_whole"] and plan(limit=3).task_limit is None
    assert not any(
        plan(**it).notes["tasks_whole"] for it in ({"limit": 3, "task_limit": 2}, {"limit": 3, "tasks": ()}, {})
    )
    # From 1 on a number of documents, as lm-eval takes it.
    assert plan(task_limit=7.9).task_limit == 7 and plan(config=Config(task_limit=0.5)).task_limit == 0.5
    # A run without limits, and one without tasks, is what it was before tasks had a limit of their own.
    assert "task limit" not in {**plan().identity(), **plan(limit=3, tasks=(), task_limit=4).identity()}
    assert [plan(**it).identity()["task limit"] for it in ({"limit": 3}, {"task_limit": 7.0})] == ["none", 7]
    assert plan(task_limit=7).default_id() != plan(task_limit=8).default_id()
