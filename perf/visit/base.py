"""Makes what the larger parts ask and train: a base of random weights, pairs, adapters."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from harness.errors import HarnessError
from perf.gpu_base import make_base, pairs_per_step
from perf.measure import ROOT, say
from perf.visit.visit import Visit

_SCRIPT = ROOT / "perf" / "random_adapters.py"
_BESIDES = 6 * 2**30
"""Bytes that trainings and adapters may take beside the base."""


def make(visit: Visit) -> None:
    """Writes base/made and base/adapters; what an earlier visit left whole is kept."""
    sizes, folder = visit.sizes, made(visit).parent
    if not (made(visit) / "pairs.jsonl").exists():
        shutil.rmtree(folder, ignore_errors=True)
        needed, free = sizes.shape.weight_bytes + _BESIDES, shutil.disk_usage(visit.work).free
        if visit.card and free < needed:
            raise HarnessError(f"{visit.work} has {free >> 30} GiB free, and a base takes {needed >> 30}. Give --work.")
        pairs = sizes.shape.steps * pairs_per_step(sizes.shape)
        say(f"base: making one of {sizes.shape.name}")
        make_base(sizes.shape, pairs, folder, visit.surroundings, visit.log("base", "base"))
    if not (adapters(visit)[-1] / "adapter_config.json").exists():
        what = ["--base", made(visit) / "model", "--count", sizes.adapters, "--rank", sizes.rank]
        visit.run("base", "adapters", [sys.executable, _SCRIPT, *what, "--output", folder / "adapters"], folder)


def made(visit: Visit) -> Path:
    """The folder of model/, pairs.jsonl and skewed.jsonl."""
    return Path(visit.work) / "base" / "made"


def refuse_missing(visit: Visit) -> None:
    """Refuses a visit whose base was not made: what asks or trains it would only say so later."""
    if not (made(visit) / "pairs.jsonl").exists():
        raise HarnessError("There is no base of random weights: the part 'base' did not end well.")


def adapters(visit: Visit) -> list[Path]:
    """The adapters' folders, the last of which is written last."""
    return [made(visit).parent / "adapters" / f"a{number}" for number in range(visit.sizes.adapters)]
