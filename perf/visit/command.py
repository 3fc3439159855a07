"""python -m perf visit: one visit to a card, within its minutes, every result kept as soon as it is known."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.machine import cards, git_commit, now, versions
from harness.resources import files_digest
from perf.goals import GOALS, VERDICTS
from perf.measure import ROOT, say
from perf.visit.plan import STAGES, Stages, chosen, known, patient, table
from perf.visit.results import RESULTS, append, read, results_name
from perf.visit.running import run_stages
from perf.visit.visit import Visit

_MINUTES, _SMALL_MINUTES = 12, 120
"""A visit's; in small nothing is timed, and a processor with other work has all the time it needs."""
_RESERVE = 8.0
"""Seconds of the visit that its own end takes."""


def main(words: Sequence[str]) -> int:
    """0 however much was proven: the rows say it; 2 where nothing could be begun, 130 where it was interrupted."""
    arguments = _arguments(words)
    stages = chosen(STAGES, arguments.part)
    minutes = arguments.minutes or (_SMALL_MINUTES if arguments.small else _MINUTES)
    if arguments.small:
        stages = patient(stages, _SMALL_MINUTES / _MINUTES)
    if arguments.plan:
        print(table(stages, minutes))
        return 0
    try:
        visit = begin(arguments.out, arguments.work, "small" if arguments.small else "full", arguments.commit)
    except HarnessError as error:
        say(f"perf visit: {error}")
        return 2
    return conclude(visit, stages, minutes)


def begin(out: Path, work: Path | None, scale: str, commit: str | None) -> Visit:
    """A visit with its first row written: the card, the versions, the commit; refuses the full one without a card."""
    here = cards() if scale == "full" else []
    if scale == "full" and not here:
        raise HarnessError("There is no NVIDIA card that torch can use. In small, on the processor: --small")
    began, card = now(), here[0].name if here else None
    source = commit or os.environ.get("PERF_COMMIT") or source_commit()
    file = out / results_name(began[:10], card, source)
    folder = work or Path(tempfile.gettempdir()) / f"visit-{scale}"
    logs = out / file.stem / began.replace(":", "")[:17]
    paths = [str(path.resolve()) for path in (file, logs, folder)]
    visit = Visit(began, paths[0], paths[1], paths[2], scale, card, _devices(len(here)))
    row: dict[str, Any] = {"visit": began, "part": "visit", "scale": scale, "card": card, "commit": source}
    if here:
        row |= {"driver": here[0].driver, "cuda": here[0].cuda, "cards": len(here), "memory": here[0].total_bytes}
    append(file, {**row, "versions": versions()})
    return visit


def conclude(visit: Visit, stages: Stages, minutes: float) -> int:
    """Runs the stages, and says where the rows are."""
    say(f"visit to {visit.card or 'the processor, in small'}: {minutes:g} minutes; rows go to {visit.results}")
    code = 0
    try:
        run_stages(visit, stages, minutes * 60 - _RESERVE)
    except KeyboardInterrupt:
        code = 130
    print(said(visit))
    return code


def said(visit: Visit) -> str:
    """What was found, and how each part ended, as the rows have it."""
    rows = [row for row in read(Path(visit.results)) if row.get("visit") == visit.id]
    found = [f"{VERDICTS[row['met']]:<10}  {GOALS[row['key']].what}: {row['said']}" for row in rows if "key" in row]
    ends = [
        f"{row['end']:<10}  {row['part']}, {row['seconds']:.0f} s" + (f": {row['why']}" if row["why"] else "")
        for row in rows
        if "end" in row
    ]
    return "\n".join([*found, "", *ends, "", f"rows  {visit.results}", f"logs  {visit.logs}"])


def _devices(count: int) -> str:
    return os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(count))) if count else ""


def source_commit() -> str:
    """git's; where there is none, a digest of the code itself."""
    if commit := git_commit():
        return commit
    files = [path for folder in ("harness", "perf") for path in (ROOT / folder).rglob("*.py")]
    return f"tree-{files_digest(files)[:12]}"


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m perf visit", description="Proves on a card what only a card proves.")
    parser.add_argument("--minutes", type=float, metavar="N", help=f"at most so long in all (default {_MINUTES})")
    parser.add_argument(
        "--part", action="append", default=[], metavar="NAME", help=f"any of {', '.join(known(STAGES))}"
    )
    parser.add_argument("--plan", action="store_true", help="print what would be done, and do nothing")
    parser.add_argument("--small", action="store_true", help="everything in small, on the processor")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="for rows and logs")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="for models and runs (default: a temporary one)")
    parser.add_argument("--commit", metavar="SHA", help="what is proven, where git does not say (or PERF_COMMIT)")
    arguments = parser.parse_args(words)
    if strange := sorted(set(arguments.part) - set(known(STAGES))):
        parser.error(f"no part named {', '.join(strange)}. Known: {', '.join(known(STAGES))}")
    return arguments
