"""GSM8K's gold solutions, each graded against its own key: every one of them is right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.records import Question
from perf.grading.agreement import Rate
from perf.grading.graders import GRADERS
from perf.measure import ROOT

GOLD = ROOT.parent / "shared" / "real" / "gsm8k" / "test.jsonl"
_MARK = "#### "


def gold_rows(graders: Sequence[str], limit: int | None = None) -> list[dict[str, Any]]:
    """The share of gold solutions that each grader rejects; none where the data is not beside the project.

    Each solution stands twice: as published, its last line "#### 18", and without that line.
    """
    if not GOLD.is_file():
        return []
    solutions = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()[:limit]]
    return [
        _row(name, what, [_case(solution, marked) for solution in solutions])
        for what, marked in (("with its mark", True), ("without", False))
        for name in graders
        if GRADERS[name].kinds is None or "number" in (GRADERS[name].kinds or ())
    ]


def _case(solution: Mapping[str, str], marked: bool) -> tuple[Question, str]:
    body, key = solution["answer"].rsplit(_MARK, 1)
    question = Question("gold", solution["question"], "number", key.strip().replace(",", ""))
    return question, solution["answer"] if marked else body.rstrip()


def _row(name: str, what: str, solutions: Sequence[tuple[Question, str]]) -> dict[str, Any]:
    errors = sum(not GRADERS[name].judge(question, text) for question, text in solutions)
    rate = Rate(errors, len(solutions))
    low, high = rate.interval
    found = {"errors": rate.errors, "n": rate.n, "low": round(low, 6), "high": round(high, 6)}
    return {"what": what, "grader": name, "false reject": found}
