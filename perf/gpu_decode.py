"""A 7B base with four adapters on a GPU: one command of ours beside five processes of lm-eval, loading included.

The work is that of a visit (perf/visit/asking.py): 200 questions, 256 tokens each. With --limit, in small.
"""

from __future__ import annotations

import os
from pathlib import Path

from harness.machine import now
from perf.gpu_training import card
from perf.measure import Side, say
from perf.settings import Settings
from perf.table import Row
from perf.visit.adapters import PROCESSES, choices, per_token, processes, speed
from perf.visit.asking import ours, theirs
from perf.visit.base import adapters, make
from perf.visit.visit import Visit

_MIB_OF_GIB = 1024


def measure(settings: Settings) -> list[Row]:
    """One row; none where there is no GPU."""
    name = card()
    if name is None:
        say("decode: no GPU with bfloat16 here; skipped")
        return []
    return measure_on(settings.folder / "decode", "small" if settings.limit else "full", name)


def measure_on(folder: Path, scale: str, card_name: str | None) -> list[Row]:
    """The row of a visit's sizes, on that card; on the processor where it is None."""
    devices = os.environ.get("CUDA_VISIBLE_DEVICES", "0") if card_name else ""
    visit = Visit(now(), str(folder / "rows.json"), str(folder / "logs"), str(folder), scale, card_name, devices)
    make(visit)
    together = ours(visit, "together", visit.sizes.adapters, choices=False)
    bare = theirs(visit, "lm_eval-base", None, choices=True)
    alone = ours(visit, "alone", 0, choices=True)
    adapted = theirs(visit, "lm_eval-a0", adapters(visit)[0], choices=False)
    found = [
        processes(together, [bare, adapted], visit.sizes.adapters),
        speed(visit, together),
        per_token(together, alone),
        choices(alone, bare, visit.sizes.choices),
    ]
    total = float(dict(found[0].figures)["theirs"] or 0)
    sides = Side((total,), _mb(bare.memory)), Side((together.wall,), _mb(together.memory))
    what = f"base and {visit.sizes.adapters} adapters of {visit.sizes.shape.name}"
    return [Row(what, *sides, PROCESSES, notes=tuple(finding.said for finding in found))]


def _mb(gib: float | None) -> float | None:
    """Of the card, not of the process."""
    return None if gib is None else gib * _MIB_OF_GIB
