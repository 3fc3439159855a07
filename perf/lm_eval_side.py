"""lm-eval tasks on base and two adapters: three processes of lm-eval's own command against one of ours."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data.suites import load_suite
from perf.measure import BIN, ROOT, Cost, alternate, in_turn, run, say
from perf.settings import Settings
from perf.table import Row
from perf.variants import BASE_MODEL, Variants, evaluate, run_folder, variants

_TARGET = 0.45
_SUITE = """\
title: One short question, because a suite has one
prompt: alpaca
generation:
  max_new_tokens: 1
"""
_QUESTION = {"id": "1", "question": "Name a river."}


@dataclass(frozen=True)
class _Work:
    """What both sides have to do."""

    folder: Path
    variants: Variants
    suite: Path
    tasks: str
    """Names, separated by commas."""


def measure(settings: Settings) -> list[Row]:
    """Both sides on the same tasks, in float32 on the processor, 32 items a batch."""
    folder = settings.folder / "lm-eval"
    work = _Work(folder, variants(settings.folder), _short_suite(folder), ",".join(pocket_tasks()))
    _warm_up(work)

    def theirs(number: int) -> Cost:
        say(f"lm-eval {number + 1}/{settings.repeat}: three lm_eval processes")
        return in_turn([_lm_eval(work, f"theirs-{number}", name, settings.limit) for name in work.variants])

    def ours(number: int) -> Cost:
        say(f"lm-eval {number + 1}/{settings.repeat}: one harness evaluate")
        return _evaluate(work, f"ours-{number}", settings.limit)

    their_side, our_side = alternate(settings.repeat, theirs, ours)
    notes = [
        f"{work.tasks}; {', '.join(work.variants)}",
        "ours also asks its suite, here one question answered with one token, because evaluate always asks a suite",
    ]
    notes.append(_agreement(work))
    return [Row("lm-eval, three variants", their_side, our_side, _TARGET, notes=tuple(notes))]


def _warm_up(work: _Work) -> None:
    """One item each, so that neither side pays for reading the libraries from the disk the first time."""
    say("lm-eval: warming up")
    _lm_eval(work, "warm-theirs", "dpo", 1)
    _evaluate(work, "warm-ours", 1)


def _lm_eval(work: _Work, run_id: str, variant: str, limit: int | None) -> Cost:
    adapter, folder = work.variants[variant], work.folder / run_id
    model = f"pretrained={BASE_MODEL.path},dtype=float32" + ("" if adapter is None else f",peft={adapter}")
    what = ["--model", "hf", "--model_args", model, "--tasks", work.tasks, "--include_path", ROOT / "tasks"]
    how = ["--device", "cpu", "--batch_size", "32", "--output_path", folder / variant]
    how += _fewer("--limit", limit)
    return run([BIN / "lm_eval", "run", *what, *how], work.folder, folder / f"{variant}.log")


def _evaluate(work: _Work, run_id: str, limit: int | None) -> Cost:
    return evaluate(
        work.folder, run_id, work.variants, work.suite, "--tasks", work.tasks, *_fewer("--task-limit", limit)
    )


def _fewer(option: str, limit: int | None) -> list[str]:
    return [] if limit is None else [option, str(limit)]


def _short_suite(folder: Path) -> Path:
    suite = folder / "short"
    suite.mkdir(parents=True)
    (suite / "suite.yaml").write_text(_SUITE, encoding="utf-8")
    (suite / "questions.jsonl").write_text(json.dumps(_QUESTION) + "\n", encoding="utf-8")
    return suite


def pocket_tasks() -> list[str]:
    """The suite's own lm-eval tasks, or else all that are made for the embedded model."""
    named = list(load_suite("pocket").tasks)
    if named:
        return named
    # By their first lines: YAML's own reader stumbles over lm-eval's !function.
    lines = [line for path in (ROOT / "tasks" / "pocket_lm").glob("*.yaml") for line in path.read_text().splitlines()]
    return sorted(line.partition(":")[2].strip() for line in lines if line.startswith("task:"))


def _agreement(work: _Work) -> str:
    """How many of the figures that both report are the same."""
    same = total = 0
    for variant in work.variants:
        theirs = figures(next((work.folder / "theirs-0" / variant).rglob("results_*.json")))
        ours = figures(run_folder(work.folder, "ours-0") / "benchmarks" / f"{variant}.json")
        shared = theirs.keys() & ours.keys()
        total += len(theirs)
        same += sum(equal(key, theirs[key], ours[key]) for key in shared)
    return f"{same} of lm-eval's {total} figures are the same in ours (perplexities to 1e-4, the others exactly)"


def figures(path: Path) -> dict[str, float]:
    """Task and metric → value, without standard errors."""
    tasks: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {
        f"{task} {metric}": value
        for task, row in tasks.items()
        for metric, value in row.items()
        if "," in metric and "_stderr" not in metric and isinstance(value, float | int)
    }


def equal(key: str, theirs: float, ours: float) -> bool:
    """Whether two figures are the same: perplexities to 1e-4, the others exactly."""
    tolerance = 1e-4 if "perplexity" in key or "bits_per_byte" in key else 1e-12
    return math.isclose(theirs, ours, rel_tol=tolerance)
