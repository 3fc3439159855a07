"""What comparing costs: ten variants on a thousand questions, and single metrics beside scipy's own functions."""

from __future__ import annotations

import json
import sys
from typing import Any

from perf.compare_variants import VARIANTS
from perf.measure import ROOT, Side, run, say
from perf.settings import Settings
from perf.table import Row

_QUESTIONS = 1_000
_SECONDS = 20.0


def measure(settings: Settings) -> list[Row]:
    """One row for the whole comparison, one for single metrics."""
    questions = min(settings.limit or _QUESTIONS, _QUESTIONS)
    found: list[dict[str, Any]] = []
    peaks: list[float] = []
    for number in range(settings.repeat):
        say(f"comparison {number + 1}/{settings.repeat}: {VARIANTS} variants, {questions} questions")
        output = settings.folder / "comparison" / f"{number}.json"
        command = [sys.executable, "-m", "perf.compare_variants", str(questions), output]
        peaks.append(run(command, ROOT, output.with_suffix(".log")).peak_mb)
        found.append(json.loads(output.read_text(encoding="utf-8")))
    rows = found[0]["rows"]
    whole = Row(
        f"comparing {VARIANTS} × {questions}",
        None,
        Side(tuple(row["seconds"] for row in found), max(peaks)),
        target=_SECONDS,
        target_of="seconds",
        notes=(f"{rows} paired comparisons, scores of texts {found[0]['source']}; every pair of variants",),
    )
    single = Row(
        f"{found[0]['columns']} paired means",
        Side(tuple(row["theirs"] for row in found)),
        Side(tuple(row["ours"] for row in found)),
        notes=("beside scipy.stats.bootstrap and permutation_test, a call a metric; ours is closed form",),
    )
    return [whole, single]
