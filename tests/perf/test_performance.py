"""docs/performance.md is what the results give, and says what nobody has measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from perf.goals import GOALS
from perf.performance import PAGE, page
from perf.visit.results import RESULTS, append

_HEAD = {"part": "visit", "scale": "full", "driver": "580.65", "cuda": "13.0", "versions": {"torch": "2.13.0"}}
_KEY = "adapters/per-token"


def visit(path: Path, when: str, card: str | None, *rows: dict[str, Any], **head: Any) -> None:
    append(path, {**_HEAD, "visit": when, "card": card, "commit": "92f985f303", **head})
    for row in rows:
        append(path, {"visit": when, **row})


def found(said: str, met: bool | None) -> dict[str, Any]:
    return {"part": GOALS[_KEY].part, "key": _KEY, "said": said, "met": met, "figures": {}}


def line(text: str) -> list[str]:
    return [row for row in text.splitlines() if row.startswith(f"| {GOALS[_KEY].what} |")]


def test_the_page_is_what_the_results_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RESULTS), "write it with: python -m perf performance"


def test_without_results_the_page_says_so_of_every_goal_and_how_to_measure_them(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "No visit to a card is recorded yet." in text and "python -m perf visit" in text
    assert text.count("| not measured on a card yet |") == len(GOALS)
    assert all(f"| {goal.what} | {goal.goal or '–'} |" in text for goal in GOALS.values())


def test_of_each_card_the_latest_finding_is_shown_with_where_it_was_made(tmp_path: Path) -> None:
    file = tmp_path / "h100.json"
    visit(file, "2026-11-28T10:00:00+00:00", "NVIDIA H100", found("1.40 ×", False))
    visit(file, "2026-11-29T10:00:00+00:00", "NVIDIA H100", found("1.20 × | so", True))
    visit(tmp_path / "a.json", "2026-11-30T10:00:00+00:00", "NVIDIA H200", found("1.30 ×", False))
    text = page(tmp_path)
    assert line(text) == [
        f"| {GOALS[_KEY].what} | ≤ 1.25 × | 1.20 × \\| so | yes | NVIDIA H100, 2026-11-29, 92f985f |",
        f"| {GOALS[_KEY].what} | ≤ 1.25 × | 1.30 × | **no** | NVIDIA H200, 2026-11-30, 92f985f |",
    ]
    assert "No visit to a card" not in text and "torch 2.13.0" in text
    assert text.count("| not measured on a card yet |") == len(GOALS) - 1


def test_a_part_that_was_cut_off_is_shown_with_why(tmp_path: Path) -> None:
    end = {"part": "adapters", "end": "cut off", "why": "after 330 s: loading", "seconds": 330.0, "limit": 330.0}
    visit(tmp_path / "h100.json", "2026-11-28T10:00:00+00:00", "NVIDIA H100", end)
    assert "  - adapters, cut off: after 330 s: loading" in page(tmp_path)


def test_what_was_found_in_small_or_without_a_card_is_no_result(tmp_path: Path) -> None:
    visit(tmp_path / "cpu.json", "2026-11-28T10:00:00+00:00", None, found("9 ×", False), scale="small")
    visit(tmp_path / "tiny.json", "2026-11-28T10:00:00+00:00", "NVIDIA H100", found("9 ×", False), scale="small")
    assert "9 ×" not in page(tmp_path) and "No visit to a card" in page(tmp_path)


def test_what_the_benchmarks_saved_of_a_processor_is_shown_too(tmp_path: Path) -> None:
    row = {"what": "one DPO training", "theirs_seconds": [3.0, 1.0, 2.0], "ours_seconds": [1.0], "ratio": 0.5}
    alone = {"what": "help", "theirs_seconds": None, "ours_seconds": [0.25], "ratio": None}
    (tmp_path / "two-cores.json").write_text(json.dumps({"format_version": 1, "rows": [row, alone]}))
    text = page(tmp_path)
    assert "| one DPO training | 2.0 s | 1.0 s | 0.50 | two-cores |" in text
    assert "| help |  | 0.2 s |  | two-cores |" in text


def test_what_graders_took_for_right_is_shown_with_its_interval(tmp_path: Path) -> None:
    assert "graded right and wrong" not in page(tmp_path)
    rate = {"errors": 1, "n": 1250, "low": 0.00002, "high": 0.0045}
    row = {"half": "held", "what": "numbers", "grader": "ours", "false accept": rate, "false reject": rate}
    gold = {"what": "without", "grader": "ours", "false reject": rate}
    (tmp_path / "grading.json").write_text(json.dumps({"grading": [row], "gold": [gold]}))
    text, share = page(tmp_path), "0.08 % (0.00 to 0.45) of 1,250"
    assert f"| numbers | held | ours | {share} | {share} | grading |" in text
    assert f"| without | ours | {share} | grading |" in text


def test_what_was_measured_of_backends_and_threads_stands_with_what_is_made_of_it(tmp_path: Path) -> None:
    assert "Transformers or vLLM" not in page(tmp_path) and "Threads beside" not in page(tmp_path)
    backends = [{"what": "pocket, base alone: start", "transformers": 4.96, "vllm": 30.0}]
    threads = [{"what": "as torch has it", "busy": 1, "decode": 0.125, "train": None}]
    (tmp_path / "two-cores.json").write_text(
        json.dumps({"backends": backends, "threads": threads, "note": "Beside a loop."})
    )
    text = page(tmp_path)
    assert "| pocket, base alone: start | 5.0 s | 30.0 s | two-cores |" in text
    assert "| as torch has it | 1 | 0.12 s | cut off | two-cores |" in text
    assert text.count("two-cores: Beside a loop.") == 2
