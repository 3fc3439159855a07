"""A visit keeps its time and its rows, however its parts end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perf.visit.plan import Part
from perf.visit.results import Row, read
from perf.visit.running import last_line, run_stages
from perf.visit.visit import Visit

HERE = Path(__file__).parents[3]


def part(name: str, opens: str, seconds: float = 60.0) -> Part:
    return Part(name, f"tests.perf.visit.fake_parts:{opens}", seconds, "")


def visit_in(folder: Path) -> Visit:
    return Visit("now", str(folder / "rows.json"), str(folder / "logs"), str(folder / "work"), "small", None)


def ends(visit: Visit) -> dict[str, Row]:
    return {row["part"]: row for row in read(Path(visit.results)) if "end" in row}


def test_whatever_becomes_of_a_part_it_leaves_a_line_and_the_next_one_runs(tmp_path: Path) -> None:
    visit = visit_in(tmp_path)
    first = (part("refused", "refuses"), part("broken", "breaks"), part("killed", "is_killed"))
    assert run_stages(visit, (first, (part("last", "ends"),)), 120) == {
        "refused": "failed",
        "broken": "failed",
        "killed": "failed",
        "last": "done",
    }
    whys = {name: row["why"] for name, row in ends(visit).items()}
    assert whys == {
        "refused": "There is no base. Make one.",
        "broken": "ZeroDivisionError: by nothing",
        "killed": "the last words",
        "last": None,
    }
    found = [row for row in read(Path(visit.results)) if "key" in row]
    assert [(row["key"], row["said"], row["figures"]) for row in found] == [("doctor/card", "a card", {"cards": 1})]


def test_of_a_long_last_line_the_command_and_the_reason_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_text("before\n" + "python " + "x" * 500 + " ended with 1: ValueError: so\n 10%|#\r\n", encoding="utf-8")
    assert last_line(log) == "10%|#"
    log.write_text("before\n" + "python " + "x" * 500 + " ended with 1: ValueError: so\n\n", encoding="utf-8")
    assert last_line(log).startswith("python x") and last_line(log).endswith("x ended with 1: ValueError: so")
    assert len(last_line(log)) < 350


def test_a_part_is_ended_at_its_limit_with_all_that_it_started_and_what_it_found_is_kept(tmp_path: Path) -> None:
    visit = visit_in(tmp_path)
    run_stages(visit, ((part("slow", "sleeps", 12.0),), (part("next", "ends"),)), 120)
    row = ends(visit)["slow"]
    assert row["end"] == "cut off" and row["why"] == "after 12 s: asleep" and 12 <= row["seconds"] < 30
    assert [row["said"] for row in read(Path(visit.results)) if "key" in row] == ["before it slept", "a card"]
    assert not _runs(int((tmp_path / "work" / "visit" / "child").read_text()))


def test_a_part_is_shortened_to_what_is_left_and_left_out_where_that_is_too_little(tmp_path: Path) -> None:
    visit = visit_in(tmp_path)
    began = time.monotonic()
    run_stages(visit, ((part("slow", "sleeps", 900),), (part("late", "ends"),)), 16)
    assert time.monotonic() - began < 30
    rows = ends(visit)
    assert rows["slow"]["end"] == "cut off" and rows["slow"]["shortened_from"] == 900 and rows["slow"]["limit"] <= 16
    assert rows["late"]["end"] == "skipped" and rows["late"]["why"] == "0 s are left"


def test_a_visit_that_is_ended_says_so_of_the_parts_that_ran(tmp_path: Path) -> None:
    visit = visit_in(tmp_path)
    code = (
        "from pathlib import Path\n"
        "from perf.visit.running import run_stages\n"
        "from tests.perf.visit.test_running import part, visit_in\n"
        f"run_stages(visit_in(Path({str(tmp_path)!r})), ((part('slow', 'sleeps', 300),),), 300)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=HERE, stderr=subprocess.DEVNULL)
    while not (tmp_path / "work" / "visit" / "child").exists():
        assert process.poll() is None
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) != 0
    assert ends(visit)["slow"]["end"] == "cut off" and ends(visit)["slow"]["why"] == "the visit was interrupted"
    assert not _runs(int((tmp_path / "work" / "visit" / "child").read_text()))


def _runs(pid: int) -> bool:
    """Whether it runs still; a moment may pass until whoever inherits it has taken note of its end."""
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
