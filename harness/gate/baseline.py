"""The pinned baseline: which run `--against baseline` means, and whether it is still the same."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import HarnessError, Incomplete
from harness.gate.completeness import missing_answers, missing_tasks
from harness.machine import now
from harness.resources import file_digest, text_digest
from harness.store import PIN, Run, RunFolder, find_run, list_runs, read_json, read_run, write_json

NAME = "baseline"
_FILES = ("questions.jsonl", "responses.jsonl", "scores.jsonl")
_NEXT = "Pin one with: harness baseline set RUN"


@dataclass(frozen=True)
class Baseline:
    """runs/baseline.json."""

    run: str
    path: str
    """Of the run folder, from the working folder."""
    digest: str
    """sha256 over questions, answers, scores and lm-eval results."""
    created: str
    format_version: int = 1


def pin_baseline(run: Run) -> Baseline:
    """Makes the run the baseline; refuses one that was never scored, or that lacks answers or results itself."""
    gaps = [
        sentence
        for variant in run.summary.variants
        for check in (missing_answers, missing_tasks)
        for sentence in check(run, run, variant.name, variant.name)
    ]
    if gaps:
        raise Incomplete(
            f"{run.path} cannot be the baseline: {' '.join(dict.fromkeys(gaps))} "
            "Run what made it again to fill it, then pin it."
        )
    pin = Baseline(run.id, Path(os.path.relpath(run.path)).as_posix(), _digest(run.folder), now())
    write_json(PIN, asdict(pin))
    return pin


def pinned() -> Baseline | None:
    """The pin, None where there is none; refuses a baseline that is gone or has changed since."""
    if not PIN.is_file():
        return None
    try:
        pin = Baseline(**read_json(PIN))
    except TypeError:
        raise HarnessError(f"{PIN} is no pinned baseline. {_NEXT}") from None
    folder = RunFolder(Path(pin.path))
    if not folder.begun:
        raise HarnessError(f"The baseline {pin.run} is no longer at {pin.path}. {_NEXT}")
    if _digest(folder) != pin.digest:
        raise HarnessError(
            f"The baseline {pin.run} at {pin.path} changed since it was pinned on {pin.created}. "
            f"If that is meant, pin it anew with: harness baseline set {pin.path}"
        )
    return pin


def find_baseline(name: str) -> Run:
    """The run to check against: a run's id or path, or `baseline` for the pinned one."""
    if name != NAME:
        return find_run(name)
    pin = pinned()
    if pin is not None:
        return read_run(Path(pin.path))
    if NAME in list_runs():
        return find_run(name)
    raise HarnessError(f"No baseline is pinned ({PIN}). {_NEXT}")


def baseline_line() -> str:
    """What `harness baseline` prints."""
    pin = pinned()
    if pin is None:
        return f"No baseline is pinned. {_NEXT}"
    return f"{pin.run}: {pin.path}, pinned on {pin.created}, unchanged since"


def _digest(run: RunFolder) -> str:
    files = [run.path / name for name in _FILES if (run.path / name).is_file()]
    files += [path for path in (run.path / "benchmarks").rglob("*") if path.is_file()]
    named = sorted((path.relative_to(run.path).as_posix(), path) for path in files)
    return text_digest("".join(f"{name} {file_digest(path)}\n" for name, path in named))
