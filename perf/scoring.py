"""What scoring costs: answers of real length with every metric but ROUGE, and ROUGE beside the package's own call."""

from __future__ import annotations

import json
import sys
from typing import Any

from perf.measure import ROOT, Side, run, say
from perf.settings import Settings
from perf.table import Row

_ANSWERS = 10_000
_SECONDS_AN_ANSWER = 0.001
_PAIRS = 300


def measure(settings: Settings) -> list[Row]:
    """One row for all metrics but ROUGE, one for ROUGE-L."""
    answers, pairs = (min(settings.limit or most, most) for most in (_ANSWERS, _PAIRS))
    found: list[dict[str, Any]] = []
    peaks: list[float] = []
    for number in range(settings.repeat):
        say(f"scoring {number + 1}/{settings.repeat}: {answers} answers, {pairs} pairs for ROUGE")
        output = settings.folder / "scoring" / f"{number}.json"
        # In a process of its own: what it holds would count as the memory of every process started after it.
        command = [sys.executable, "-m", "perf.score_answers", str(answers), str(pairs), output]
        peaks.append(run(command, ROOT, output.with_suffix(".log")).peak_mb)
        found.append(json.loads(output.read_text(encoding="utf-8")))
    return [_metrics_row(found, max(peaks), answers), _rouge_row(found, pairs)]


def _metrics_row(found: list[dict[str, Any]], peak: float, answers: int) -> Row:
    ours = Side(tuple(row["seconds"] for row in found), peak)
    texts = f"texts {found[0]['source']}, {found[0]['words']:.0f} words on average; one thread"
    return Row(
        f"scoring {answers} answers",
        None,
        ours,
        target=_SECONDS_AN_ANSWER * answers,
        target_of="seconds",
        notes=(f"{answers / ours.median:.0f} answers/s with all metrics but ROUGE", texts),
    )


def _rouge_row(found: list[dict[str, Any]], pairs: int) -> Row:
    theirs = Side(tuple(row["rouge_theirs"] for row in found))
    ours = Side(tuple(row["rouge_ours"] for row in found))
    speed = f"{pairs / ours.median:.0f} pairs/s, rouge_score's own call {pairs / theirs.median:.0f}"
    same = f"{found[0]['rouge_same']} of {pairs} values are the same; the package drops letters beyond a-z"
    return Row(f"ROUGE-L of {pairs} pairs", theirs, ours, notes=(speed, same))
