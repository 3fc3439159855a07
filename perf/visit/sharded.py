"""One training shared out among two cards: FSDP-QLoRA."""

from __future__ import annotations

import json
import sys

from perf.goals import Finding
from perf.gpu_base import CONFIGURATION
from perf.visit.base import made
from perf.visit.card_memory import watched
from perf.visit.visit import Visit

_KEY = "sharded/fsdp-qlora"
_STEPS = 2


def train(visit: Visit) -> None:
    """A few steps of DPO; where there are not two cards, that is what is said."""
    if (count := len(list(filter(None, visit.devices.split(","))))) < 2:
        visit.land(Finding(_KEY, f"skipped: {'one card' if count else 'no card'}"))
        return
    where = {"base": str(made(visit) / "model"), "data": str(made(visit) / "pairs.jsonl"), "eval_rows": 0}
    much = {"max_steps": _STEPS, "save_steps": _STEPS, **visit.sizes.shape.changes}
    options = [part for key, value in {**where, **much}.items() for part in ("--set", f"{key}={json.dumps(value)}")]
    command = [sys.executable, "-m", "harness", "train", "dpo", "--config", CONFIGURATION, "--accelerate", "fsdp-qlora"]
    with watched() as taken:
        cost = visit.run(
            "sharded", "train", [*command, *options], visit.folder("sharded"), CUDA_VISIBLE_DEVICES=visit.devices
        )
    said = f"{_STEPS} steps on {count} cards in {cost.seconds:.0f} s with loading; {taken.said}, the first"
    visit.land(Finding(_KEY, said, True, (("seconds", cost.seconds), ("GiB", taken.gib))))
