"""How long a user waits for the help page: `lm_eval --help` against `harness --help`."""

from __future__ import annotations

from pathlib import Path

from perf.measure import BIN, Side, run, say
from perf.settings import Settings
from perf.table import Row

_TARGET_SECONDS = 0.35
_THEIRS, _OURS = 3, 5


def measure(settings: Settings) -> list[Row]:
    """The median of three of theirs and five of ours, in turn, after one of each that does not count."""
    folder = settings.folder / "help"
    _help("lm_eval", folder)
    _help("harness", folder)
    theirs: list[float] = []
    ours: list[float] = []
    for number in range(settings.repeat):
        say(f"help {number + 1}/{settings.repeat}")
        for turn in range(_OURS):
            ours.append(_help("harness", folder))
            if turn < _THEIRS:
                theirs.append(_help("lm_eval", folder))
    notes = (f"medians of {len(theirs)} and {len(ours)}; the target is of our seconds",)
    # No memory: the help page needs less than the process that measures.
    return [Row("help", Side(tuple(theirs)), Side(tuple(ours)), _TARGET_SECONDS, "seconds", notes)]


def _help(command: str, folder: Path) -> float:
    folder.mkdir(parents=True, exist_ok=True)
    return run([BIN / command, "--help"], folder, folder / f"{command}.log").seconds
