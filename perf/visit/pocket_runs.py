"""The embedded model, bare and with two adapters, asked by ours and by lm-eval's own command."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.models import POCKET
from harness.resources import shipped
from harness.store import Run, RunFolder, read_run, write_text
from perf.lm_eval_side import pocket_tasks
from perf.measure import ROOT
from perf.variants import BASE_MODEL, Variants, variants
from perf.visit.visit import Visit

_FOLDER = "pocket"
_OTHERS = 4
"""Cores for what runs beside."""


def prepare(visit: Visit) -> None:
    """Writes the questions, and trains what is not there yet, before several ask for either."""
    _suite(visit)
    asked(visit)


def asked(visit: Visit) -> Variants:
    """Base, dpo and orpo; adapters that are not there yet are trained, on the processor."""
    return variants(visit.folder(_FOLDER))


def evaluate(visit: Visit, part: str, name: str, backend: str, precision: str, *options: object) -> Run:
    """One `harness evaluate` of the embedded model; a name that ends with -cpu is asked without a card."""
    folder = visit.folder(_FOLDER)
    config = folder / f"{precision}.yaml"
    # JSON is YAML.
    config.write_text(json.dumps({"serving": {"dtype": precision}}), encoding="utf-8")
    what = ["--base", POCKET, "--suite", _suite(visit), "--backend", backend, "--config", config, "--run", name]
    command = [sys.executable, "-m", "harness", "evaluate", *what, "--no-report", "--fresh", *options]
    without = {"CUDA_VISIBLE_DEVICES": ""} if name.endswith("-cpu") else {}
    visit.run(part, name, command, folder, **without)
    return found(visit, name)


def everything(visit: Visit) -> list[str]:
    """Options that ask both adapters too, and every document of lm-eval's tasks."""
    named = ",".join(f"{name}={path}" for name, path in asked(visit).items() if path is not None)
    return ["--adapters", named, *tasks()]


def tasks() -> list[str]:
    """Options that ask every document of lm-eval's tasks."""
    return ["--tasks", ",".join(pocket_tasks())]


def _suite(visit: Visit) -> Path:
    """So many of the embedded model's own questions, of all kinds."""
    folder, own = visit.folder(_FOLDER) / "few", shipped("tasks") / "pocket"
    if not (folder / "questions.jsonl").exists():
        folder.mkdir(exist_ok=True)
        lines = (own / "questions.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        kept = lines[:: max(1, len(lines) // visit.sizes.limit)][: visit.sizes.limit]
        (folder / "suite.yaml").write_bytes((own / "suite.yaml").read_bytes())
        write_text(folder / "questions.jsonl", "".join(kept))
    return folder


def found(visit: Visit, name: str) -> Run:
    """What an evaluation of that name left."""
    return read_run(run_folder(visit, name))


def run_folder(visit: Visit, name: str) -> RunFolder:
    """Where an evaluation of that name lies."""
    return RunFolder(visit.folder(_FOLDER) / "runs" / "eval" / name)


def lm_eval(visit: Visit, part: str, variant: str, precision: str) -> None:
    """lm-eval's own command on one variant: float32 without a card, as ours is asked there, bfloat16 on it."""
    on_card = visit.card is not None and precision != "float32"
    adapter, folder = asked(visit)[variant], visit.folder(_FOLDER)
    model = f"pretrained={BASE_MODEL.path},dtype={precision}" + ("" if adapter is None else f",peft={adapter}")
    what = ["--model", "hf", "--model_args", model, "--tasks", ",".join(pocket_tasks())]
    how = ["--include_path", ROOT / "tasks", "--device", "cuda" if on_card else "cpu", "--batch_size", "32"]
    output = ["--output_path", lm_eval_folder(visit, variant, precision)]
    command = [sys.executable, "-m", "lm_eval", "run", *what, *how, *output]
    without = {} if on_card else {"CUDA_VISIBLE_DEVICES": ""}
    visit.run(part, f"lm_eval-{variant}-{precision}", command, folder, **without)


def lm_eval_folder(visit: Visit, variant: str, precision: str) -> Path:
    """Where lm-eval's own command leaves a variant's results."""
    return visit.folder(_FOLDER) / "lm_eval" / precision / variant


def side_by_side(works: Sequence[Callable[[], None]]) -> list[BaseException]:
    """Runs all of them, a core each, in their order; what failed, after all have ended."""
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - _OTHERS)) as pool:
        return [fault for work in [pool.submit(work) for work in works] if (fault := work.exception())]
