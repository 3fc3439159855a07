"""How long a look at preference data takes, and in how much memory: `harness data show` on 5 and on 50 MB of JSONL."""

from __future__ import annotations

import json
import random
from pathlib import Path

from perf.measure import BIN, Side, run, say
from perf.settings import Settings
from perf.table import Row

_SMALL, _LARGE = 5_000_000, 50_000_000
_TARGET_SECONDS = 10.0
_WORDS = (
    "the",
    "river",
    "flows",
    "through",
    "town",
    "and",
    "who",
    "guards",
    "its",
    "gate",
    "at",
    "night",
    "says",
    "no",
)


def measure(settings: Settings) -> list[Row]:
    """Ours alone: the seconds on the larger file, and the peak memory beside that on a tenth of it."""
    folder = settings.folder / "data"
    folder.mkdir(parents=True)
    found = {}
    for size in (_SMALL, _LARGE):
        path = _write(folder / f"{size // 1_000_000}.jsonl", size)
        say(f"data {path.name}")
        command = [BIN / "harness", "data", "show", path]
        found[size] = [run(command, folder, folder / f"{n}.log") for n in range(settings.repeat)]
    peaks = {size: max(cost.peak_mb for cost in costs) for size, costs in found.items()}
    ours = Side(tuple(cost.seconds for cost in found[_LARGE]), peaks[_LARGE])
    notes = (f"peak {peaks[_SMALL]:.0f} MB on 5 MB of data; seconds are mostly those of loading the tokenizer",)
    return [Row("a look at 50 MB of preference data", None, ours, _TARGET_SECONDS, "seconds", notes)]


def _write(path: Path, size: int) -> Path:
    """Conversations of some hundred words, until the file is of that size."""
    drawn, written = random.Random(0), 0
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            asked, good, bad = (" ".join(drawn.choices(_WORDS, k=count)) for count in (30, 80, 80))
            turn = {"role": "user", "content": asked}
            sides = {
                side: [turn, {"role": "assistant", "content": text}]
                for side, text in (("chosen", good), ("rejected", bad))
            }
            written += file.write(json.dumps(sides) + "\n")
    return path
