"""The pinned baseline and its anchor: which run `--against baseline` means, and since when."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, Incomplete
from harness.gate.completeness import missing_answers, missing_questions, missing_tasks
from harness.machine import now
from harness.resources import file_digest, text_digest
from harness.store import PIN, Run, RunFolder, find_run, list_runs, read_json, read_run, write_json

NAME = "baseline"
_FILES = ("questions.jsonl", "responses.jsonl", "scores.jsonl")
_NEXT = "Pin one with: harness baseline set RUN"


@dataclass(frozen=True)
class PinnedRun:
    """A run as it was when it was pinned."""

    run: str
    path: str
    """Of the run folder, from the working folder."""
    digest: str
    """sha256 over questions, answers, scores and lm-eval results."""
    created: str


@dataclass(frozen=True)
class Baseline(PinnedRun):
    """runs/baseline.json."""

    anchor: PinnedRun | None = None
    """The first baseline of the row that this one stands in; None in older files, where it is the baseline itself."""
    format_version: int = 1

    @property
    def begins(self) -> PinnedRun:
        """The anchor, which is the baseline itself where nothing was pinned before it."""
        return self.anchor or PinnedRun(self.run, self.path, self.digest, self.created)


@dataclass(frozen=True)
class Anchor:
    """The run that total losses are counted from, where it is another than the pinned baseline."""

    run: str
    created: str
    """When it was pinned."""
    held: Run | None
    """None where nothing can be compared with it any more."""
    gap: str = ""
    """Why not, in one sentence."""

    @property
    def name(self) -> str:
        """As findings and sentences call it."""
        return f"anchor {self.run}"


def pin_baseline(run: Run, new_anchor: bool = False) -> Baseline:
    """Makes the run the baseline and keeps the anchor of the one before; new_anchor: losses are counted from here on.

    Refuses a run that was never scored, or that lacks answers or results itself.
    """
    _refuse_gaps(run)
    before = None if new_anchor else _read_pin("harness baseline set RUN --new-anchor")
    new = _pinned(run)
    pin = Baseline(**vars(new), anchor=before.begins if before else new)
    write_json(PIN, asdict(pin))
    return pin


def set_anchor(run: Run) -> Baseline:
    """Makes the run the anchor and keeps the baseline; refuses as pin_baseline does, and where nothing is pinned."""
    _refuse_gaps(run)
    before = _read_pin(_NEXT)
    if before is None:
        raise HarnessError(f"No baseline is pinned ({PIN}). {_NEXT}")
    pin = replace(before, anchor=_pinned(run))
    write_json(PIN, asdict(pin))
    return pin


def pinned() -> Baseline | None:
    """The pin, None where there is none; refuses a baseline that is gone or has changed since."""
    pin = _read_pin(_NEXT)
    if pin is None:
        return None
    folder = RunFolder(Path(pin.path))
    if not folder.begun:
        raise HarnessError(f"The baseline {pin.run} is no longer at {pin.path}. {_NEXT}")
    if _digest(folder) != pin.digest:
        raise HarnessError(
            f"The baseline {pin.run} at {pin.path} changed since it was pinned on {pin.created}. "
            f"If that is intended, pin it anew with: harness baseline set {pin.path}"
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


def find_anchor(name: str = NAME) -> Anchor | None:
    """Of what find_baseline finds by that name: None but for a pinned baseline that is not the first of its row."""
    pin = _read_pin(_NEXT) if name == NAME else None
    if pin is None or pin.begins.digest == pin.digest:
        return None
    first, folder = pin.begins, RunFolder(Path(pin.begins.path))
    if not folder.begun:
        gap = f"is no longer at {first.path}"
    elif _digest(folder) != first.digest:
        gap = f"at {first.path} changed since it was pinned on {first.created}"
    else:
        return Anchor(first.run, first.created, read_run(folder))
    return Anchor(first.run, first.created, None, gap)


def baseline_line() -> str:
    """What `harness baseline` prints."""
    pin = pinned()
    if pin is None:
        return f"No baseline is pinned. {_NEXT}"
    return f"{pin.run}: {pin.path}, pinned on {pin.created}, unchanged since"


def _read_pin(advice: str) -> Baseline | None:
    if not PIN.is_file():
        return None
    row: dict[str, Any] = read_json(PIN)
    try:
        anchor = row.pop("anchor", None)
        pin = Baseline(**row, anchor=None if anchor is None else PinnedRun(**anchor))
    except TypeError:
        raise HarnessError(f"{PIN} is not a pinned baseline. {advice}") from None
    named = (getattr(which, field.name) for which in (pin, pin.begins) for field in fields(PinnedRun))
    if not all(isinstance(value, str) for value in named):
        raise HarnessError(f"{PIN} is not a pinned baseline. {advice}")
    return pin


def _pinned(run: Run) -> PinnedRun:
    return PinnedRun(run.id, Path(os.path.relpath(run.path)).as_posix(), _digest(run.folder), now())


def _refuse_gaps(run: Run) -> None:
    gaps = missing_questions(run) + [
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


def _digest(run: RunFolder) -> str:
    """Over what the gate reads, which references set beside the variants are no part of."""
    beside = read_run(run).references
    files = [run.path / name for name in _FILES if (run.path / name).is_file()]
    results = run.path / "benchmarks"
    others = {*(results / name for name in beside), *(run.results_file(name) for name in beside)}
    files += [path for path in results.rglob("*") if path.is_file() and others.isdisjoint((path, *path.parents))]
    named = sorted((path.relative_to(run.path).as_posix(), path) for path in files)
    return text_digest("".join(f"{name} {_file_digest(path, beside)}\n" for name, path in named))


def _file_digest(path: Path, beside: Collection[str]) -> str:
    """Of the file as it is without the lines of references: as it was before they were set beside."""
    if not beside or path.name not in ("responses.jsonl", "scores.jsonl"):
        return file_digest(path)
    digest = hashlib.sha256()
    with path.open("rb") as lines:
        for line in lines:
            if not _is_of(line, beside):
                digest.update(line)
    return digest.hexdigest()


def _is_of(line: bytes, names: Collection[str]) -> bool:
    try:
        row = json.loads(line)
    except ValueError:
        return False
    return isinstance(row, dict) and row.get("variant") in names
