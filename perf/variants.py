"""Whom both sides ask: a base bare, and with each of two adapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.models import POCKET, Weights, find_base
from harness.store import read_training
from perf.measure import BIN, ROOT, Cost, run, say

BASE_MODEL = find_base(POCKET)
_METHODS = ("dpo", "orpo")

Variants = Mapping[str, Path | None]
"""name → adapter folder; None for the bare base."""


@dataclass(frozen=True)
class Whom:
    """A base and its adapters, and what ours asks them with."""

    base: Weights
    variants: Variants
    backend: str = "transformers"

    @property
    def tuned(self) -> str:
        """The first of the adapters."""
        return next(name for name, path in self.variants.items() if path is not None)


def embedded(folder: Path) -> Whom:
    """The embedded model with the two adapters that the demo trains."""
    return Whom(BASE_MODEL, variants(folder))


def variants(folder: Path) -> Variants:
    """base, dpo and orpo: the trainings of the demo, or in that folder where they lack or have another base."""
    return {"base": None, **{method: _trained(method, folder) for method in _METHODS}}


def evaluate(folder: Path, run_id: str, whom: Whom, suite: Path, *options: str) -> Cost:
    """One `harness evaluate` for base and both adapters, in its working folder."""
    adapters = ",".join(f"{name}={path}" for name, path in whom.variants.items() if path is not None)
    asked = ["--base", whom.base.name, "--adapters", adapters, "--suite", suite, "--backend", whom.backend]
    command = [BIN / "harness", "evaluate", *asked, *options, "--run", run_id, "--no-report"]
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
