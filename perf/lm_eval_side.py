"""lm-eval tasks on base and two adapters: three processes of lm-eval's own command against one of ours."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.data.suites import load_suite
from perf.measure import BIN, ROOT, Cost, alternate, in_turn, run, say
from perf.settings import Settings
from perf.table import Row
from perf.variants import Whom, embedded, evaluate, run_folder

_TARGET = 0.45
_SUITE = """\
title: One short question, because a suite has one
prompt: alpaca
generation:
  max_new_tokens: 1
"""
_QUESTION = {"id": "1", "question": "Name a river."}


@dataclass(frozen=True)
class LmEval:
    """What both sides have to do."""

    folder: Path
    whom: Whom
    names: str
    """Separated by commas."""
    limit: int | None

    @property
    def suite(self) -> Path:
        """A suite of one question, because `evaluate` always asks one."""
        return self.folder / "short"


def measure(settings: Settings) -> list[Row]:
    """The embedded model: both sides on the same tasks, in float32 on the processor, 32 items a batch."""
    tasks = LmEval(settings.folder / "lm-eval", embedded(settings.folder), ",".join(pocket_tasks()), settings.limit)
    return [beside_lm_eval(tasks, settings.repeat, "lm-eval, three variants", _TARGET)]


def beside_lm_eval(tasks: LmEval, repeat: int, what: str, target: float) -> Row:
    """Three processes of lm-eval's own command, and one command of ours that runs the same tasks."""
    _write_suite(tasks.suite)
    _warm_up(tasks)

    def theirs(number: int) -> Cost:
        say(f"{what} {number + 1}/{repeat}: three lm_eval processes")
        return in_turn([_lm_eval(tasks, f"theirs-{number}", name) for name in tasks.whom.variants])

    def ours(number: int) -> Cost:
        say(f"{what} {number + 1}/{repeat}: one harness evaluate")
        return _evaluate(tasks, f"ours-{number}")

    their_side, our_side = alternate(repeat, theirs, ours)
    notes = [
        f"{tasks.names}; {', '.join(tasks.whom.variants)}",
        "ours also asks its suite, here one question answered with one token, because evaluate always asks a suite",
    ]
    notes.append(_agreement(tasks))
    return Row(what, their_side, our_side, target, notes=tuple(notes))


def _warm_up(tasks: LmEval) -> None:
    """One item each, so that neither side pays for reading the libraries from the disk the first time."""
    say("warming up")
    short = replace(tasks, limit=1)
    _lm_eval(short, "warm-theirs", tasks.whom.tuned)
    _evaluate(short, "warm-ours")


def _lm_eval(tasks: LmEval, run_id: str, variant: str) -> Cost:
    adapter, folder = tasks.whom.variants[variant], tasks.folder / run_id
    model = f"pretrained={tasks.whom.base.path},dtype=float32" + ("" if adapter is None else f",peft={adapter}")
    what = ["--model", "hf", "--model_args", model, "--tasks", tasks.names, "--include_path", ROOT / "tasks"]
    how = ["--device", "cpu", "--batch_size", "32", "--output_path", folder / variant]
    command = [BIN / "lm_eval", "run", *what, *how, *_fewer("--limit", tasks.limit)]
    return run(command, tasks.folder, folder / f"{variant}.log")


def _evaluate(tasks: LmEval, run_id: str) -> Cost:
    fewer = _fewer("--task-limit", tasks.limit)
    return evaluate(tasks.folder, run_id, tasks.whom, tasks.suite, "--tasks", tasks.names, *fewer)


def _fewer(option: str, limit: int | None) -> list[str]:
    return [] if limit is None else [option, str(limit)]


def _write_suite(suite: Path) -> None:
    suite.mkdir(parents=True)
    (suite / "suite.yaml").write_text(_SUITE, encoding="utf-8")
    (suite / "questions.jsonl").write_text(json.dumps(_QUESTION) + "\n", encoding="utf-8")


def pocket_tasks() -> list[str]:
    """The suite's own lm-eval tasks, or else all that are made for the embedded model."""
    named = list(load_suite("pocket").tasks)
    if named:
        return named
    # By their first lines: YAML's own reader stumbles over lm-eval's !function.
    lines = [line for path in (ROOT / "tasks" / "pocket_lm").glob("*.yaml") for line in path.read_text().splitlines()]
    return sorted(line.partition(":")[2].strip() for line in lines if line.startswith("task:"))


def _agreement(tasks: LmEval) -> str:
    """How many of the figures that both report are the same."""
    same = total = 0
    for variant in tasks.whom.variants:
        theirs = figures(next((tasks.folder / "theirs-0" / variant).rglob("results_*.json")))
        ours = figures(run_folder(tasks.folder, "ours-0") / "benchmarks" / f"{variant}.json")
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
