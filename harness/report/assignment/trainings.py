"""Trainings beside this run's two: below runs/train, and in runs next to this one that asked the same suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.records import Summary
from harness.store import Json, RunFolder, read_json

_METHODS = ("dpo", "orpo")


@dataclass(frozen=True)
class Evaluated:
    """A run that asked this run's suite, and what its certificates say."""

    run: RunFolder
    summary: Summary
    trainings: Mapping[str, Json]


@dataclass(frozen=True)
class Trained:
    """One training, and the runs that asked its adapter."""

    name: str
    certificate: Json
    asked: tuple[Evaluated, ...]

    @property
    def method(self) -> str:
        return str(self.certificate.get("method") or "")

    @property
    def settings(self) -> Mapping[str, Any]:
        """Effective hyper-parameters, with what else decides what was learned."""
        found = self.certificate
        return {
            **(found.get("hyperparameters") or {}),
            "epochs": found.get("epochs"),
            "steps": found.get("steps"),
            "data": (found.get("data") or {}).get("digest"),
            "base": (found.get("base") or {}).get("digest"),
            "quantization": found.get("quantization"),
            "prompt": (found.get("prompt") or {}).get("sha256"),
        }


def find_trainings(run: RunFolder) -> tuple[list[Trained], list[Trained]]:
    """(the first DPO and the first ORPO of this run, every other training found)."""
    evaluated = [_evaluated(run), *_beside(run)]
    found: dict[str, tuple[str, Json]] = {}
    for here in evaluated:
        for name, certificate in here.trainings.items():
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


def identity(certificate: Mapping[str, Any]) -> str:
    """What tells two trainings apart, whatever they are called: their weights."""
    return str(certificate.get("adapter_digest") or f"{certificate.get('name')} {certificate.get('created')}")


def asked_in(trained: Trained, run: RunFolder) -> bool:
    """Whether the run asked its adapter."""
    return any(here.run.path == run.path for here in trained.asked)


def name_in(here: Evaluated, key: str) -> str | None:
    """What the run calls the training; None where it did not ask it."""
    return next((name for name, found in here.trainings.items() if identity(found) == key), None)


def _evaluated(run: RunFolder) -> Evaluated:
    trainings = run.manifest().get("trainings")
    return Evaluated(run, run.summary(), trainings if isinstance(trainings, Mapping) else {})


def _beside(run: RunFolder) -> Iterator[Evaluated]:
    """Runs next to this one with the same questions; one that was never scored, or is broken, is passed over."""
    here = run.path.resolve()
    suite = _suite(run.manifest())
    for path in sorted(here.parent.glob("*/manifest.json")):
        if path.parent == here:
            continue
        other = RunFolder(path.parent)
        try:
            if suite is not None and _suite(other.manifest()) == suite:
                yield _evaluated(other)
        except HarnessError:
            continue


def _suite(manifest: Mapping[str, Any]) -> object:
    suite = manifest.get("suite")
    return suite.get("digest") if isinstance(suite, Mapping) else None


def _on_disk(run: RunFolder) -> Iterator[tuple[str, Json]]:
    folder: Path = run.path.resolve().parent.parent / "train"
    for path in sorted(folder.glob("*/certificate.json")):
        try:
            yield path.parent.name, read_json(path)
        except HarnessError:
            continue
