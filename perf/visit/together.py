"""Several on one card: two trainings of a sweep at once, and a watch beside the training that it watches."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from harness.errors import HarnessError
from harness.store import CERTIFICATE, read_json, read_training
from perf.goals import Finding
from perf.visit.card_memory import GIB, Taken, watched
from perf.visit.running import last_line
from perf.visit.visit import Visit

_PART = "together"
_HARNESS = (sys.executable, "-m", "harness")
_SWEEP = "two"
_ENDED = (0, 1)
"""A watch's exit statuses where it checked everything: none regressed, or one did."""


def run(visit: Visit) -> None:
    """Both, in the embedded model, by Transformers: an engine would want the whole card."""
    folder = visit.folder(_PART) / visit.id.replace(":", "")
    folder.mkdir(exist_ok=True)
    quick = {"backend": "transformers", "limit": 12, "tasks": []}
    (folder / "harness.yaml").write_text(json.dumps(quick), encoding="utf-8")
    visit.land(_sweep(visit, folder))
    visit.land(_watch(visit, folder))


def _sweep(visit: Visit, folder: Path) -> Finding:
    settings = {"method": "dpo", "max_steps": visit.sizes.steps}
    # JSON is YAML.
    sweep = {"settings": settings, "grid": {"learning_rate": [2.5e-4, 5e-5]}, "retries": 0}
    (folder / f"{_SWEEP}.yaml").write_text(json.dumps(sweep), encoding="utf-8")
    with watched() as taken:
        cost = visit.run(_PART, "sweep", [*_HARNESS, "sweep", f"{_SWEEP}.yaml", "--jobs", "2", "--no-report"], folder)
    trainings = read_json(folder / "runs" / "sweep" / _SWEEP / "sweep.json")["trainings"]
    held = [_held(folder / "runs" / "train" / row["name"]) for row in trainings]
    each = ", ".join(f"{peak / GIB:.2f}" for peak in held)
    said = f"{len(held)} trainings in {cost.seconds:.0f} s; {each} GiB each, {taken.said} together"
    numbers = (("seconds", cost.seconds), ("GiB together", taken.gib), ("trainings", len(held)))
    return Finding("together/sweep", said, len(held) == 2, numbers)


def _watch(visit: Visit, folder: Path) -> Finding:
    every = max(1, visit.sizes.steps // 2)
    steps = [f"max_steps={visit.sizes.steps}", f"save_steps={every}"]
    options = [part for setting in steps for part in ("--set", setting)]
    log = visit.log(_PART, "train")
    with watched() as taken, log.open("wb") as output:
        training = subprocess.Popen(
            [*_HARNESS, "train", "dpo", "--name", "watched", *options],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _await(training, folder / "runs" / "train" / "watched" / "training.json", log)
            code = _watched(visit, folder)
            ended = training.wait()
        finally:
            training.kill()
            training.wait()
    said = f"training ended with {ended}, watch with {code}; {taken.said}: {_headline(visit, taken)}"
    return Finding("together/watch", said, ended == 0 and code in _ENDED, (("GiB together", taken.gib),))


def _await(training: subprocess.Popen[bytes], file: Path, log: Path) -> None:
    """Until the training has begun to be one."""
    while not file.exists():
        if training.poll() is not None:
            raise HarnessError(f"The training that was to be watched did not begin: {last_line(log)}")
        time.sleep(0.2)


def _watched(visit: Visit, folder: Path) -> int:
    how = ["--against", "base", "--suite", "pocket", "--every", "1", "--limit", "12", "--backend", "transformers"]
    log = visit.log(_PART, "watch")
    with log.open("wb") as output:
        command = [*_HARNESS, "watch", "watched", *how, "--tasks", ""]
        return subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False).returncode


def _headline(visit: Visit, taken: Taken) -> str:
    lines = visit.log(_PART, "watch").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    # The last line says where the page of the trend is.
    return next((line for line in reversed(lines) if line.strip() and not line.startswith("trend")), "nothing")


def _held(training: Path) -> int:
    read_training(training)
    return int(read_json(training / CERTIFICATE)["peak_memory_bytes"])
