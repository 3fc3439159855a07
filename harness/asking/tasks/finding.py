"""lm-eval tasks, found and digested once, and loaded once for all variants as lm-eval's own command loads them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import HarnessError, unknown
from harness.foreign_errors import boundary
from harness.resources import files_digest, shipped
from harness.task_settings import TaskSettings


@dataclass(frozen=True)
class Tasks:
    """lm-eval tasks, found and digested, loaded once for all variants."""

    names: tuple[str, ...]
    manager: Any
    digests: Mapping[str, str]
    settings: TaskSettings = field(default_factory=TaskSettings)
    loaded: dict[str, Any] = field(default_factory=dict)
    """By name, what lm-eval's TaskManager makes of each: {"tasks": …, "groups": …}."""


def find_tasks(names: Sequence[str], folders: Sequence[Path], settings: TaskSettings | None = None) -> Tasks:
    """The tasks of those names, ours and lm-eval's own; an unknown one is refused with the nearest known."""
    from lm_eval.tasks import TaskManager

    # Of two tasks of one name, lm-eval takes that of the later folder.
    paths = [str(folder) for folder in reversed(folders)]
    # lm-eval's own 13,000 tasks cost seconds to index: only where a name is not found nearer.
    manager = TaskManager(include_path=paths, include_defaults=False)
    if not set(names) <= set(manager.task_index):
        manager = TaskManager(include_path=paths, include_defaults=True)
    settings = settings or TaskSettings()
    for name in (*names, *settings.samples):
        if name not in manager.task_index:
            unknown("lm-eval task", name, _near(name, manager.task_index), "List them with: harness tasks")
    return Tasks(tuple(names), manager, {name: _digest(manager.task_index[name]) for name in names}, settings)


def list_tasks(folders: Sequence[Path]) -> list[str]:
    """The lm-eval tasks in those folders, without lm-eval."""
    names = set()
    for folder in folders:
        for path in folder.rglob("*.yaml"):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                if line.startswith("task:"):
                    names.add(line.partition(":")[2].strip().strip("\"'"))
    return sorted(names)


def load_tasks(tasks: Tasks, names: Sequence[str]) -> None:
    """Loads tasks with their data; refuses one whose data are not to be had, and documents that none of them has."""
    documents: dict[str, Any] = {}
    for name in dict.fromkeys(names):
        documents |= {leaf: task.eval_docs for leaf, task in load_task(tasks, name)["tasks"].items()}
    if set(tasks.names) <= set(tasks.loaded):
        for name in tasks.settings.samples:
            if name not in documents:
                unknown("task among those asked", name, documents, "samples names the tasks of a group, not the group.")
    for name, numbers in tasks.settings.samples.items():
        if name in documents and (beyond := [one for one in numbers if one >= len(documents[name])]):
            raise HarnessError(
                f"samples asks {name} for document {beyond[0]}, and it has {len(documents[name])}, counted from 0."
            )


def load_task(tasks: Tasks, name: str) -> Any:
    """The task with its data and the settings that beat its own; refuses one whose data are not to be had."""
    if name not in tasks.loaded:
        # Tasks may draw documents while they are loaded: the same in every run.
        set_seeds(tasks.settings)
        with boundary(f"The lm-eval task '{name}' does not load", Exception):
            parts = tasks.manager.load([name])
        for task in parts["tasks"].values():
            _override(task, tasks.settings)
        tasks.loaded[name] = parts
    return tasks.loaded[name]


def set_seeds(settings: TaskSettings, loaded: Any = None) -> None:
    """Sets the dice of Python, NumPy and Torch, and those by which tasks that are loaded choose examples."""
    from lm_eval.utils import set_torch_seed

    python, numpy, torch, _ = settings.seed
    if python is not None:
        random.seed(python)
    if numpy is not None:
        np.random.seed(numpy)
    if torch is not None:
        set_torch_seed(torch)
    for task in loaded["tasks"].values() if loaded else ():
        task.set_fewshot_seed(seed=settings.fewshot_seed)


def _override(task: Any, settings: TaskSettings) -> None:
    """What lm-eval's simple_evaluate writes into a task's configuration before it asks."""
    if settings.gen_kwargs and task.get_config("output_type") == "generate_until":
        task.set_config(key="generation_kwargs", value=deepcopy(settings.gen_kwargs), update=True)
    own = task.get_config("num_fewshot")
    if own is None or (settings.num_fewshot is not None and own != 0):
        task.set_config(key="num_fewshot", value=settings.num_fewshot or 0)


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
