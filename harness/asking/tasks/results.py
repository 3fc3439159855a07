"""lm-eval tasks asked of a variant: figures, standard errors and samples, kept in the run folder in lm-eval's form."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.asking.tasks.broken import names_documents
from harness.asking.tasks.finding import Tasks, load_task, set_seeds
from harness.asking.tasks.sample_rows import with_hashes
from harness.asking.tasks.stderrs import with_stderrs
from harness.errors import HarnessError
from harness.store import Json, Run, RunFolder, read_json, write_json, write_jsonl


@dataclass(frozen=True)
class TaskResults:
    """One task's, in lm-eval's own format, plain enough for JSON."""

    found: Json
    samples: dict[str, list[Json]]
    """By the name of the task, or of each task of a group."""


def task_results(tasks: Tasks, name: str, model: Any, limit: int | float | None) -> TaskResults:
    """What the model makes of a task: of all of its documents, of those that lm-eval's own --limit takes, or --samples.

    A document that breaks the task is a BrokenTask with its number.
    """
    from lm_eval.evaluator import evaluate

    loaded, settings = load_task(tasks, name), tasks.settings
    chosen = _chosen(loaded, settings.samples)
    set_seeds(settings, loaded)
    started = time.time()
    with names_documents(name, chosen):
        found = evaluate(
            model,
            loaded,
            limit=limit,
            samples=chosen or None,
            # Its bootstrap takes a process a core and a minute: with_stderrs draws the same in seconds.
            bootstrap_iters=0,
            log_samples=True,
            system_instruction=settings.system_instruction,
            apply_chat_template=settings.apply_chat_template,
            fewshot_as_multiturn=settings.multiturn,
            confirm_run_unsafe_code=settings.confirm_run_unsafe_code,
        )
    if found is None:
        raise HarnessError(f"lm-eval gave no results for {name}.")
    rows = found.pop("samples", {})
    found = with_stderrs(found, rows, loaded)
    samples = {key: [with_hashes(_plain(row)) for row in told] for key, told in rows.items()}
    limits = {} if limit is None else {"limits": dict.fromkeys(found["results"], limit)}
    return TaskResults({**_plain(found), **limits, "date": started}, samples)


def _chosen(loaded: Any, samples: Mapping[str, tuple[int, ...]]) -> dict[str, list[int]]:
    return {name: list(samples[name]) for name in loaded["tasks"] if name in samples}


def keep_results(run: RunFolder, variant: str, results: TaskResults) -> None:
    """Adds one task's results and samples to those of the variant in the run folder."""
    for key, rows in results.samples.items():
        write_jsonl(run.samples_file(variant, key), rows)
    path = run.results_file(variant)
    before = read_json(path) if path.exists() else {}
    merged: Json = {**before}
    for key, value in results.found.items():
        merged[key] = {**before.get(key, {}), **value} if isinstance(value, dict) else value
    write_json(path, merged)


def has_task(run: Run, variant: str, name: str) -> bool:
    """Whether that variant has results of the task (or group)."""
    found = run.results.get(variant, {})
    return name in found.get("results", {}) or name in found.get("group_subtasks", {})


def _plain(value: Any) -> Any:
    from lm_eval.utils import handle_non_serializable

    return json.loads(json.dumps(value, default=handle_non_serializable, ensure_ascii=True))
