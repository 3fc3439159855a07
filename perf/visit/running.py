"""Runs a visit's stages within its time: a part that fails or is cut off leaves a line, and the next one runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.machine import now, stopped_by_sigterm
from perf.measure import ENVIRONMENT, say
from perf.visit.plan import Part, Stages, granted
from perf.visit.results import append
from perf.visit.visit import Visit, write_visit

_LOOK = 0.2
"""Seconds between two looks at the parts."""
_GRACE = 5.0
"""Seconds that a part has to end after it was told to."""
_HEAD, _TAIL = 80, 240
"""Letters of a log's last line that are kept: a command begins it, and the reason is at its end."""


@dataclass
class _Begun:
    """A part that runs."""

    part: Part
    process: subprocess.Popen[bytes]
    began: float
    limit: float


def run_stages(visit: Visit, stages: Stages, seconds: float) -> dict[str, str]:
    """Part → how it ended: done, failed, cut off or skipped. All rows are on the disk, however it ends."""
    ends, deadline = dict[str, str](), time.monotonic() + seconds
    file = write_visit(visit, visit.folder("visit") / "visit.json")
    with stopped_by_sigterm():
        for stage in stages:
            begun: list[_Begun] = []
            try:
                for part in stage:
                    started = _begin(visit, file, part, ends, deadline - time.monotonic())
                    begun += [started] if started else []
                _wait(visit, begun, ends)
            except BaseException:
                for one in begun:
                    if one.part.name not in ends:
                        _end(one)
                        _say_end(visit, one, "cut off", "the visit was interrupted", ends)
                raise
    return ends


def _begin(visit: Visit, file: Path, part: Part, ends: dict[str, str], left: float) -> _Begun | None:
    """The part's process; None, and a line that says why, where it is not begun."""
    limit = granted(part, left)
    if limit is None:
        why = f"{max(0.0, left):.0f} s are left"
        _row(visit, part, ends, {"end": "skipped", "why": why, "seconds": 0.0, "limit": part.seconds})
        return None
    log = visit.log(part.name, "part")
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **ENVIRONMENT, **visit.surroundings}
    say(f"{part.name}: begun, at most {limit:.0f} s")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "perf.visit.part", part.opens, str(file)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: what it started is ended with it.
            start_new_session=True,
        )
    return _Begun(part, process, time.monotonic(), limit)


def _wait(visit: Visit, begun: list[_Begun], ends: dict[str, str]) -> None:
    """Until all have ended, each at its limit at the latest."""
    while running := [one for one in begun if one.part.name not in ends]:
        for one in running:
            code = one.process.poll()
            if code is not None:
                _end(one)
                _say_end(visit, one, "done" if code == 0 else "failed", None if code == 0 else _why(visit, one), ends)
            elif time.monotonic() - one.began > one.limit:
                _end(one)
                _say_end(visit, one, "cut off", f"after {one.limit:.0f} s: {_why(visit, one)}", ends)
        time.sleep(_LOOK)


def _end(one: _Begun) -> None:
    """Ends a part and all that it started, first with a word and then without."""
    with suppress(ProcessLookupError):
        os.killpg(one.process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        one.process.wait(_GRACE)
    with suppress(ProcessLookupError):
        os.killpg(one.process.pid, signal.SIGKILL)
    one.process.wait()


def _say_end(visit: Visit, one: _Begun, end: str, why: str | None, ends: dict[str, str]) -> None:
    seconds = round(time.monotonic() - one.began, 1)
    shortened = {"shortened_from": one.part.seconds} if one.limit < one.part.seconds else {}
    _row(visit, one.part, ends, {"end": end, "why": why, "seconds": seconds, "limit": round(one.limit, 1), **shortened})


def _row(visit: Visit, part: Part, ends: dict[str, str], row: Mapping[str, object]) -> None:
    ends[part.name] = str(row["end"])
    append(Path(visit.results), {"visit": visit.id, "part": part.name, "at": now(), **row})
    say(f"{part.name}: {row['end']}, {row['seconds']} s" + (f": {row['why']}" if row["why"] else ""))


def _why(visit: Visit, one: _Begun) -> str:
    """The last line of the part's log; of the command's that it waited for, where that spoke last."""
    logs = sorted(Path(visit.logs, one.part.name).glob("*.log"), key=lambda path: path.stat().st_mtime)
    said = [(log.stem, line) for log in reversed(logs) if (line := last_line(log))]
    if one.process.returncode not in (0, None) and one.process.returncode > 0:
        said = [row for row in said if row[0] == "part"] or said
    if not said:
        return "it said nothing"
    name, line = said[0]
    return line if name == "part" else f"{name}: {line}"


def last_line(log: Path) -> str:
    """A log's last line that says something, without the bars that were drawn over each other."""
    text = log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
    line = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    return line if len(line) <= _HEAD + _TAIL else f"{line[:_HEAD]} … {line[-_TAIL:]}"
