"""What every part of a visit knows: where it works, what it is asked, where its findings go."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.machine import now
from perf.goals import GOALS, VERDICTS, Finding
from perf.measure import ROOT, Cost, run, say
from perf.visit.results import append
from perf.visit.scale import SCALES, Scale


@dataclass(frozen=True)
class Visit:
    """One visit, as all of its processes see it."""

    id: str
    """When it began."""
    results: str
    """The file that its rows are added to."""
    logs: str
    """The folder of all its logs."""
    work: str
    """A folder for models and runs, which a later visit may find again."""
    scale: str
    card: str | None
    """None: without one, on the processor."""
    devices: str = ""
    """All cards, as CUDA_VISIBLE_DEVICES names them; a part gets the first alone, unless it wants them all."""

    @property
    def sizes(self) -> Scale:
        """How large everything is."""
        return SCALES[self.scale]

    @property
    def surroundings(self) -> dict[str, str]:
        """Of its commands: the first card or none, one thread a process, and this checkout's code."""
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        # What W&B says at its end would be the last line of a log, which tells why a command failed.
        own = {"OMP_NUM_THREADS": "1", "PYTHONPATH": path, "WANDB_SILENT": "true"}
        return {"CUDA_VISIBLE_DEVICES": self.devices.partition(",")[0], **own}

    def folder(self, name: str) -> Path:
        """A working folder of that name."""
        path = Path(self.work) / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, part: str, name: str) -> Path:
        """Where a command of a part says what it says."""
        return Path(self.logs) / part / f"{name}.log"

    def land(self, finding: Finding) -> None:
        """Keeps a finding, and prints it."""
        part = GOALS[finding.key].part
        row = {**asdict(finding), "figures": dict(finding.figures)}
        append(Path(self.results), {"visit": self.id, "part": part, "at": now(), **row})
        say(f"{VERDICTS[finding.met]}: {GOALS[finding.key].what}: {finding.said}")

    def try_each(self, works: Iterable[Callable[[], Finding | None]]) -> None:
        """Keeps what each of them finds; one that fails leaves the others theirs, and is raised after them."""
        faults: list[Exception] = []
        for work in works:
            try:
                if (finding := work()) is not None:
                    self.land(finding)
            except Exception as fault:
                say(f"failed: {fault}")
                faults.append(fault)
        if faults:
            raise faults[0]

    def run(self, part: str, name: str, command: Sequence[object], folder: Path, **environment: str) -> Cost:
        """A command on this visit's card, in a folder of its own, its output in the part's logs."""
        say(f"{part}: {name}")
        began = time.monotonic()
        cost = run(command, folder, self.log(part, name), {**self.surroundings, **environment})
        say(f"{part}: {name} took {time.monotonic() - began:.0f} s")
        return cost


def write_visit(visit: Visit, path: Path) -> Path:
    """Leaves a visit for the processes of its parts."""
    path.write_text(json.dumps(asdict(visit)), encoding="utf-8")
    return path


def read_visit(path: Path) -> Visit:
    """The visit that was left in that file."""
    return Visit(**json.loads(path.read_text(encoding="utf-8")))
