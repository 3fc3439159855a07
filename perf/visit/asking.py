"""A base of random weights and its adapters, asked by one command of ours and by lm-eval's model class, and timed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.store import read_json, read_run
from perf.measure import ROOT
from perf.visit.base import adapters, made
from perf.visit.card_memory import watched
from perf.visit.questions import CHOICE, GENERATE, write_suite, write_tasks
from perf.visit.visit import Visit

_PART = "adapters"
_SCRIPT = ROOT / "perf" / "lm_eval_timed.py"


@dataclass(frozen=True)
class Ours:
    """What one `harness evaluate` took."""

    wall: float
    """Seconds from its start to its end, scores and summary too."""
    engine: float
    """Of them, seconds in which the engine wrote answers."""
    tokens: int
    """That it wrote."""
    prompt_tokens: float
    """Of a prompt, on the mean."""
    answers: int
    choices: float | None
    """Seconds of the task of choices, where it was asked."""
    accuracy: float | None
    memory: float | None
    """GiB of the card at most."""

    @property
    def per_token(self) -> float:
        """The engine's seconds for a token."""
        return self.engine / self.tokens


@dataclass(frozen=True)
class Theirs:
    """What one process of lm-eval took."""

    wall: float
    ready: float
    """Of them, seconds until its model was loaded."""
    generate: float
    """Seconds of the long answers."""
    choices: float | None
    accuracy: float | None
    memory: float | None


def ours(visit: Visit, name: str, tuned: int, choices: bool) -> Ours:
    """Base and so many adapters in one command."""
    sizes, folder = visit.sizes, visit.folder(_PART)
    suite = write_suite(folder / "long", sizes.questions, sizes.new_tokens)
    tasks = _tasks(visit)
    config = folder / "harness.yaml"
    config.write_text(json.dumps({"serving": {"dtype": _dtype(visit)}, "folders": {"tasks": [str(tasks)]}}))
    named = [f"{path.name}={path}" for path in adapters(visit)[:tuned]]
    whom = ["--base", made(visit) / "model", *(["--adapters", ",".join(named)] if named else [])]
    what = ["--suite", suite, "--tasks", CHOICE if choices else "", "--backend", _backend(visit)]
    command = [sys.executable, "-m", "harness", "evaluate", *whom, *what, "--config", config, "--run", name]
    with watched() as taken:
        cost = visit.run(_PART, name, [*command, "--no-report", "--fresh"], folder)
    return _ours(folder / "runs" / "eval" / name, cost.seconds, taken.gib)


def theirs(visit: Visit, name: str, adapter: Path | None, choices: bool) -> Theirs:
    """One process of lm-eval on the base, or on one adapter of it."""
    folder = visit.folder(_PART)
    tasks, output = _tasks(visit), folder / f"{name}.json"
    arguments: dict[str, Any] = {"pretrained": str(made(visit) / "model"), "dtype": _dtype(visit)}
    if visit.card is None:
        arguments |= {"device": "cpu", **({"peft": str(adapter)} if adapter else {})}
    elif adapter:
        arguments |= {"lora_local_path": str(adapter), "max_lora_rank": visit.sizes.rank}
    model = ["--model", "vllm" if visit.card else "hf", "--arguments", json.dumps(arguments)]
    asked = ["--task", GENERATE, *(["--task", CHOICE] if choices else [])]
    how = ["--tasks", tasks, *asked, "--batch", "auto" if visit.card else "32", "--output", output]
    with watched() as taken:
        # It has looked at CUDA before its engine is forked, which CUDA forbids.
        cost = visit.run(
            _PART, name, [sys.executable, _SCRIPT, *model, *how], folder, VLLM_WORKER_MULTIPROC_METHOD="spawn"
        )
    found = read_json(output)
    chosen = found["tasks"].get(CHOICE)
    return Theirs(
        cost.seconds,
        found["ready"],
        found["tasks"][GENERATE]["seconds"],
        chosen and chosen["seconds"],
        chosen and chosen["results"]["acc,none"],
        taken.gib,
    )


def _ours(folder: Path, wall: float, memory: float | None) -> Ours:
    run = read_run(folder)
    rows = list(run.answers.values())
    results = run.folder.results_file("base")
    chosen = read_json(results) if results.is_file() else None
    return Ours(
        wall=wall,
        engine=sum(row.seconds or 0.0 for row in rows),
        tokens=sum(row.completion_tokens or 0 for row in rows),
        prompt_tokens=sum(row.prompt_tokens or 0 for row in rows) / len(rows),
        answers=len(rows),
        # The results say when their task began, and are written when it has ended.
        choices=results.stat().st_mtime - chosen["date"] if chosen else None,
        accuracy=chosen["results"][CHOICE]["acc,none"] if chosen else None,
        memory=memory,
    )


def _tasks(visit: Visit) -> Path:
    sizes = visit.sizes
    return write_tasks(visit.folder(_PART) / "tasks", sizes.questions, sizes.new_tokens, sizes.choices)


def _dtype(visit: Visit) -> str:
    return "bfloat16" if visit.card else "float32"


def _backend(visit: Visit) -> str:
    return "vllm" if visit.card else "transformers"
