"""lm-eval tasks: found and digested once, asked of every variant in one load of the base, kept in the run folder."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.asking.sample_rows import with_hashes
from harness.errors import HarnessError, unknown
from harness.foreign_errors import boundary
from harness.resources import files_digest, shipped
from harness.store import Json, Run, RunFolder, read_json, write_json, write_jsonl

_FEWSHOT_SEED = 1234
"""lm-eval's own."""


@dataclass(frozen=True)
class Tasks:
    """lm-eval tasks, found and digested, loaded once for all variants."""

    names: tuple[str, ...]
    manager: Any
    digests: Mapping[str, str]
    loaded: dict[str, Any] = field(default_factory=dict)


def find_tasks(names: Sequence[str], folders: Sequence[Path]) -> Tasks:
    """The tasks of those names, ours and lm-eval's own; an unknown one is refused with the nearest known."""
    from lm_eval.tasks import TaskManager

    # Of two tasks of one name, lm-eval takes that of the later folder.
    paths = [str(folder) for folder in reversed(folders)]
    # lm-eval's own 13,000 tasks cost seconds to index: only where a name is not found nearer.
    manager = TaskManager(include_path=paths, include_defaults=False)
    if not set(names) <= set(manager.task_index):
        manager = TaskManager(include_path=paths, include_defaults=True)
    for name in names:
        if name not in manager.task_index:
            unknown("lm-eval task", name, _near(name, manager.task_index), "List them with: harness tasks")
    return Tasks(tuple(names), manager, {name: _digest(manager.task_index[name]) for name in names})


def list_tasks(folders: Sequence[Path]) -> list[str]:
    """The lm-eval tasks in those folders, without lm-eval."""
    names = set()
    for folder in folders:
        for path in folder.rglob("*.yaml"):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                if line.startswith("task:"):
                    names.add(line.partition(":")[2].strip().strip("\"'"))
    return sorted(names)


def load_task(tasks: Tasks, name: str) -> Any:
    """The task with its data, as lm-eval's own command would prepare it; refuses one whose data are not to be had."""
    if name not in tasks.loaded:
        with boundary(f"The lm-eval task '{name}' does not load", Exception):
            loaded = tasks.manager.load([name])
        for task in loaded["tasks"].values():
            if task.get_config("num_fewshot") is None:
                task.set_config(key="num_fewshot", value=0)
        tasks.loaded[name] = loaded
    return tasks.loaded[name]


@dataclass(frozen=True)
class TaskResults:
    """One task's, in lm-eval's own format, plain enough for JSON."""

    found: Json
    samples: dict[str, list[Json]]
    """By the name of the task, or of each task of a group."""


def task_results(tasks: Tasks, name: str, model: Any, limit: int | float | None) -> TaskResults:
    """What the model makes of a task: of all of its documents, or of those that lm-eval's own --limit takes."""
    from lm_eval.evaluator import evaluate

    loaded = load_task(tasks, name)
    for task in loaded["tasks"].values():
        task.set_fewshot_seed(seed=_FEWSHOT_SEED)
    random.seed(0)
    np.random.seed(_FEWSHOT_SEED)
    started = time.time()
    found = evaluate(model, loaded, limit=limit, bootstrap_iters=0, log_samples=True)
    if found is None:
        raise HarnessError(f"lm-eval gave no results for {name}.")
    samples = {key: [with_hashes(_plain(row)) for row in rows] for key, rows in found.pop("samples", {}).items()}
    limits = {} if limit is None else {"limits": dict.fromkeys(found["results"], limit)}
    return TaskResults({**_plain(found), **limits, "date": started}, samples)


def keep_results(run: RunFolder, variant: str, results: TaskResults) -> None:
    """Adds one task's results and samples to those of the variant in the run folder."""
    for key, rows in results.samples.items():
        write_jsonl(run.samples_file(variant, key), rows)
    _merge(run.results_file(variant), results.found)


def has_task(run: Run, variant: str, name: str) -> bool:
    """Whether that variant has results of the task (or group)."""
    found = run.results.get(variant, {})
    return name in found.get("results", {}) or name in found.get("group_subtasks", {})


def _merge(path: Path, found: Json) -> None:
    before = read_json(path) if path.exists() else {}
    merged: Json = {**before}
    for key, value in found.items():
        merged[key] = {**before.get(key, {}), **value} if isinstance(value, dict) else value
    write_json(path, merged)


def _plain(value: Any) -> Any:
    from lm_eval.utils import handle_non_serializable

    return json.loads(json.dumps(value, default=handle_non_serializable, ensure_ascii=True))


def _digest(entry: Any) -> str:
    """Of a task's folder where it is a small one of the user's or ours; of its YAML alone otherwise."""
    path = entry.yaml_path
    if path is None:
        return "python"
    files = [file for file in path.parent.iterdir() if file.is_file() and file.suffix in {".yaml", ".py", ".jsonl"}]
    return files_digest([path] if len(files) > 50 else files)


def _near(name: str, index: Mapping[str, Any]) -> list[str]:
    from difflib import get_close_matches

    own = list_tasks([shipped("tasks")])
    return sorted({*get_close_matches(name, index, n=3), *own})
