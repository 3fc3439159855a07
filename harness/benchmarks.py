"""lm-eval tasks over every variant in one load of the base, and what their results say."""

from __future__ import annotations

import json
import logging
import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.compare import Rule, is_weighted, task_margin
from harness.errors import HarnessError, unknown
from harness.records import Benchmark, Direction
from harness.resources import files_digest, shipped
from harness.stats import mean_stderr, perplexity_stderr
from harness.store import Json, RunFolder, read_json, write_json, write_jsonl
from harness.tasks import sample_indices

_FEWSHOT_SEED = 1234
"""lm-eval's own."""
_PERPLEXITIES = {"word_perplexity", "byte_perplexity", "perplexity"}


@dataclass(frozen=True)
class Tasks:
    """lm-eval tasks, found and digested, loaded once for all variants."""

    names: tuple[str, ...]
    manager: Any
    digests: Mapping[str, str]
    loaded: dict[str, Any] = field(default_factory=dict)


def find_tasks(names: Sequence[str], folders: Sequence[Path]) -> Tasks:
    """The tasks of those names, ours and lm-eval's own; an unknown one is refused with the nearest known."""
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    from lm_eval.tasks import TaskManager

    paths = [str(folder) for folder in folders]
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
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.startswith("task:"):
                    names.add(line.partition(":")[2].strip())
    return sorted(names)


def load_task(tasks: Tasks, name: str) -> Any:
    """The task with its data, as lm-eval's own command would prepare it; refuses one whose data are not to be had."""
    if name not in tasks.loaded:
        try:
            loaded = tasks.manager.load([name])
        except Exception as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise HarnessError(f"The lm-eval task '{name}' does not load: {first}") from error
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


def task_results(tasks: Tasks, name: str, model: Any, limit: int | None, seed: int) -> TaskResults:
    """What the model makes of a task: of all of its documents, or of as many, drawn by the seed."""
    from lm_eval.evaluator import evaluate

    loaded = load_task(tasks, name)
    for task in loaded["tasks"].values():
        task.set_fewshot_seed(seed=_FEWSHOT_SEED)
    random.seed(0)
    np.random.seed(_FEWSHOT_SEED)
    picked = None
    if limit is not None:
        counts = {key: len(task.eval_docs) for key, task in loaded["tasks"].items()}
        picked = {key: sample_indices(count, limit, seed) for key, count in counts.items()}
    started = time.time()
    found = evaluate(model, loaded, samples=picked, bootstrap_iters=0, log_samples=True)
    if found is None:
        raise HarnessError(f"lm-eval gave no results for {name}.")
    samples = {key: [_plain(row) for row in rows] for key, rows in found.pop("samples", {}).items()}
    return TaskResults({**_plain(found), "date": started}, samples)


def keep_results(run: RunFolder, variant: str, results: TaskResults) -> None:
    """Adds one task's results and samples to those of the variant in the run folder."""
    for key, rows in results.samples.items():
        write_jsonl(run.path / "benchmarks" / variant / f"samples_{key}.jsonl", rows)
    _merge(run.path / "benchmarks" / f"{variant}.json", results.found)


def has_task(run: RunFolder, variant: str, name: str) -> bool:
    """Whether that variant's results of the task (or group) are on the disk."""
    path = run.path / "benchmarks" / f"{variant}.json"
    if not path.exists():
        return False
    found = read_json(path)
    return name in found.get("results", {}) or name in found.get("group_subtasks", {})


def benchmark_table(run: RunFolder) -> dict[str, dict[str, dict[str, Benchmark]]]:
    """variant → task → metric → value; standard errors are taken from the samples."""
    return {
        variant: {
            task: _cells(row, found.get("n-samples", {}).get(task, {}), run.benchmark_samples(variant, task))
            for task, row in found.get("results", {}).items()
        }
        for variant, found in run.benchmark_results().items()
    }


def higher_is_better(found: Mapping[str, Any], task: str, metric: str) -> bool | None:
    """What the task says of its metric; None where it says nothing."""
    value = found.get("higher_is_better", {}).get(task, {}).get(metric.partition(",")[0])
    return None if value is None else bool(value)


def sample_values(samples: Sequence[Json], metric: str) -> dict[str, tuple[str, Any]]:
    """document → (digest of document, prompt and target; value) of one metric."""
    name, _, rule = metric.partition(",")
    values = {}
    for row in samples:
        if name in row and row.get("filter", "none") == (rule or "none"):
            digest = "|".join(str(row.get(key)) for key in ("doc_hash", "prompt_hash", "target_hash"))
            values[str(row["doc_id"])] = (digest, row[name])
    return values


def paired_values(
    first: Sequence[Json], second: Sequence[Json], metric: str
) -> tuple[dict[str, tuple[object, object]], int]:
    """document → (value of first, value of second), and how many documents do not pair.

    Same document, prompt and target on both sides, or it is no pair.
    """
    mine, theirs = sample_values(first, metric), sample_values(second, metric)
    pairs: dict[str, tuple[object, object]] = {
        key: (mine[key][1], theirs[key][1]) for key in mine if key in theirs and mine[key][0] == theirs[key][0]
    }
    return pairs, len({*mine, *theirs}) - len(pairs)


def task_rule(results: Json, task: str, metric: str, baseline: float) -> Rule:
    """How a metric of an lm-eval task is judged: by the margin under the task's metadata, or the usual one."""
    higher = higher_is_better(results, task, metric)
    better: Direction = "neither" if higher is None else "higher" if higher else "lower"
    own = (results.get("configs", {}).get(task, {}).get("metadata") or {}).get("margin")
    return Rule(task, metric, better, False, task_margin(better, baseline) if own is None else float(own))


def _cells(row: Mapping[str, Any], count: Mapping[str, Any], samples: Sequence[Json]) -> dict[str, Benchmark]:
    cells = {}
    for key, value in row.items():
        name, _, rule = key.partition(",")
        if not isinstance(value, int | float) or isinstance(value, bool) or name.endswith("_stderr") or not rule:
            continue
        metric = name if rule == "none" else key
        values = [item for _, item in sample_values(samples, metric).values()]
        cells[metric] = Benchmark(float(value), _stderr(name, values), int(count.get("effective", len(values))))
    return cells


def _stderr(name: str, values: Sequence[Any]) -> float | None:
    if values and all(is_weighted(value) for value in values):
        pairs = [(float(log), float(weight)) for log, weight in values]
        return perplexity_stderr(pairs, exponent=name in _PERPLEXITIES)
    numbers = [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value)]
    return mean_stderr(numbers) if len(numbers) == len(values) else None


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
