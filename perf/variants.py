"""Whom both sides ask: the embedded model bare, and with each of the two adapters that the demo trains."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.models import POCKET, find_base
from harness.store import read_training
from perf.measure import BIN, ROOT, Cost, run, say

BASE_MODEL = find_base(POCKET)
_METHODS = ("dpo", "orpo")

Variants = Mapping[str, Path | None]
"""name → adapter folder; None for the bare base."""


def variants(folder: Path) -> Variants:
    """base, dpo and orpo: the trainings of the demo, or in that folder where they lack or have another base."""
    return {"base": None, **{method: _trained(method, folder) for method in _METHODS}}


def evaluate(folder: Path, run_id: str, asked: Variants, suite: str | Path, *options: str) -> Cost:
    """One `harness evaluate` for base and both adapters, in its working folder."""
    adapters = ",".join(f"{name}={path}" for name, path in asked.items() if path is not None)
    whom = ["--base", POCKET, "--adapters", adapters, "--suite", str(suite), "--backend", "transformers"]
    command = [BIN / "harness", "evaluate", *whom, *options, "--run", run_id, "--no-report"]
    return run(command, folder, folder / f"{run_id}.log")


def run_folder(folder: Path, run_id: str) -> Path:
    """Where evaluate() left that run."""
    return folder / "runs" / "eval" / run_id


def _trained(method: str, folder: Path) -> Path:
    """That training's folder; training is no part of any measurement."""
    trainings = [place / "runs" / "train" / method for place in (ROOT, folder)]
    for training in trainings:
        if _fits(training):
            return training
    say(f"training {method}, for this measurement only")
    run([BIN / "harness", "train", method], folder, folder / f"train-{method}.log")
    return trainings[-1]


def _fits(training: Path) -> bool:
    """Whether it is whole and was trained on the embedded model as it is now."""
    return read_training(training).certificate.base.digest == BASE_MODEL.digest
