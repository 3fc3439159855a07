"""Trainings beside this run's two: below runs/train, and in runs next to this one that asked the same suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.store import CERTIFICATE, Certificate, Run, list_runs, read_run, read_training

_METHODS = ("dpo", "orpo")


@dataclass(frozen=True)
class Trained:
    """One training, and the runs that asked its adapter."""

    name: str
    certificate: Certificate
    asked: tuple[Run, ...]

    @property
    def method(self) -> str:
        """dpo, orpo, …; empty for an adapter made elsewhere."""
        return self.certificate.method or ""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Effective hyper-parameters, with what else decides what was learned."""
        found = self.certificate
        return {
            **found.hyperparameters,
            "epochs": found.epochs,
            "steps": found.steps,
            "data": found.data.digest,
            "base": found.base.digest,
            "quantization": found.quantization,
            "prompt": found.prompt.sha256,
        }


def find_trainings(run: Run) -> tuple[list[Trained], list[Trained]]:
    """(the first DPO and the first ORPO of this run, every other training found)."""
    evaluated = [run, *_beside(run)]
    found: dict[str, tuple[str, Certificate]] = {}
    for here in evaluated:
        for name, certificate in here.manifest.trainings.items():
            found.setdefault(identity(certificate), (name, certificate))
    for name, certificate in _on_disk(run):
        found.setdefault(identity(certificate), (name, certificate))
    every = [
        Trained(name, certificate, tuple(it for it in evaluated if name_in(it, key)))
        for key, (name, certificate) in found.items()
    ]
    own = [trained for trained in every if trained.asked and trained.asked[0] is evaluated[0]]
    main = [next((it for it in own if it.method == method), None) for method in _METHODS]
    first = [trained for trained in main if trained is not None]
    return first, [trained for trained in every if trained not in first]


def identity(certificate: Certificate) -> str:
    """What tells two trainings apart, whatever they are called: their weights."""
    return certificate.adapter_digest or f"{certificate.name} {certificate.created}"


def asked_in(trained: Trained, run: Run) -> bool:
    """Whether the run asked its adapter."""
    return any(here.path == run.path for here in trained.asked)


def name_in(here: Run, key: str) -> str | None:
    """What the run calls the training; None where it did not ask it."""
    return next((name for name, found in here.manifest.trainings.items() if identity(found) == key), None)


def _beside(run: Run) -> Iterator[Run]:
    """Runs next to this one with the same questions; one that was never scored, or is broken, is passed over."""
    here, suite = run.path.resolve(), run.manifest.suite.digest
    for name in list_runs(here.parent):
        other = read_run(here.parent / name)
        if other.path == here:
            continue
        try:
            if suite and other.manifest.suite.digest == suite and other.summary:
                yield other
        except HarnessError:
            continue


def _on_disk(run: Run) -> Iterator[tuple[str, Certificate]]:
    folder: Path = run.path.resolve().parent.parent / "train"
    for path in sorted(folder.glob(f"*/{CERTIFICATE}")):
        try:
            yield path.parent.name, read_training(path.parent).certificate
        except HarnessError:
            continue
