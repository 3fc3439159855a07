"""Where the visit is: the card as its driver says, and what the doctor finds."""

from __future__ import annotations

import sys

from harness.machine import cards, versions
from perf.goals import Finding
from perf.roofline import peak_of
from perf.visit.running import last_line
from perf.visit.visit import Visit

_GIB = 2**30


def look(visit: Visit) -> None:
    """The card first, which asks nothing of what is installed."""
    found = cards()
    said = [
        f"{card.name}, {card.total_bytes / _GIB:.0f} GiB, {card.free_bytes / _GIB:.0f} free, compute capability "
        f"{'.'.join(map(str, card.capability))}, driver {card.driver}, CUDA {card.cuda}, "
        f"{'in' if peak_of(card.name) else 'NOT in'} the roofline's table"
        for card in found
    ] or ["no card"]
    packages = ", ".join(f"{name} {version}" for name, version in versions().items())
    visit.land(Finding("doctor/card", f"{'; '.join(said)}; {packages}"))
    visit.run("doctor", "harness-doctor", [sys.executable, "-m", "harness", "doctor"], visit.folder("doctor"))
    log = visit.log("doctor", "harness-doctor")
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    lacking = [line for line in lines if line.startswith(("without", "MISSING"))]
    words = "; ".join(" ".join(line.split()) for line in lacking) or f"nothing is missing ({last_line(log)})"
    visit.land(Finding("doctor/says", words, not any(line.startswith("MISSING") for line in lacking)))
