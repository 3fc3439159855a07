"""The command: what it plans, what it refuses, where it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.resources import named
from perf.__main__ import COMMANDS
from perf.goals import GOALS, PARTS, Finding
from perf.visit.command import begin, main, said
from perf.visit.plan import LEAST, STAGES, chosen, granted, known
from perf.visit.results import append, read


def test_the_plan_is_printed_and_nothing_is_done(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--plan", "--minutes", "9", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("9 minutes in all") and "stage 1, side by side" in said
    assert all(f"  {name} " in said for name in known(STAGES))
    assert not (tmp_path / "out").exists()


def test_a_part_that_is_named_brings_what_it_needs_in_the_order_of_the_plan() -> None:
    assert [[part.name for part in stage] for stage in chosen(STAGES, ["adapters"])] == [["base"], ["adapters"]]
    assert chosen(STAGES, []) == STAGES
    names = [part.name for stage in STAGES for part in stage]
    for name, part in known(STAGES).items():
        assert all(names.index(need) < names.index(name) for need in part.needs)


def test_a_part_gets_its_limit_or_what_is_left_or_is_not_begun() -> None:
    part = known(STAGES)["embedded"]
    assert granted(part, 1000) == part.seconds and granted(part, 50) == 50 and granted(part, LEAST - 1) is None


def test_every_part_and_every_command_opens() -> None:
    assert all(callable(named(part.opens)) for part in known(STAGES).values())
    assert all(callable(named(opens)) for opens in COMMANDS.values())


def test_every_part_of_the_page_is_one_of_the_plan() -> None:
    assert set(PARTS) <= set(known(STAGES))
    assert {goal.part for goal in GOALS.values()} == set(PARTS)


def test_without_a_card_a_full_visit_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert main(["--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == "perf visit: There is no NVIDIA card that torch can use. In small, on the processor: --small\n"
    assert not list(tmp_path.iterdir())


def test_a_second_visit_of_a_day_adds_to_the_file_of_the_first(tmp_path: Path) -> None:
    visits = [begin(tmp_path, tmp_path / "work", "small", "0123456789") for _ in range(2)]
    assert len({visit.results for visit in visits}) == 1
    assert Path(visits[0].results).name.endswith("-cpu-0123456.json")
    rows = read(Path(visits[0].results))
    assert [row["part"] for row in rows] == ["visit", "visit"]
    assert all(row["commit"] == "0123456789" and row["versions"]["torch"] and row["card"] is None for row in rows)


def test_what_was_found_and_how_parts_ended_is_said_in_the_end(tmp_path: Path) -> None:
    visit = begin(tmp_path, tmp_path / "work", "small", "0123456789")
    visit.land(Finding("doctor/says", "nothing is missing", True))
    file = Path(visit.results)
    append(file, {"visit": visit.id, "part": "base", "end": "cut off", "why": "after 9 s: base", "seconds": 9.2})
    append(file, {"visit": "another", "part": "base", "end": "done", "why": None, "seconds": 1.0})
    assert said(visit).splitlines() == [
        "passed      harness doctor: nothing is missing",
        "",
        "cut off     base, 9 s: after 9 s: base",
        "",
        f"rows  {visit.results}",
        f"logs  {visit.logs}",
    ]


def test_the_commit_is_said_by_the_environment_where_git_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    visit = begin(tmp_path, None, "small", None)
    assert read(Path(visit.results))[0]["commit"].startswith("tree-")
    monkeypatch.setenv("PERF_COMMIT", "fedcba9876")
    assert Path(begin(tmp_path, None, "small", None).results).name.endswith("-fedcba9.json")


def test_an_unknown_part_is_refused_with_those_that_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--part", "nothing"])
    assert "no part named nothing. Known: doctor, base, peers" in capsys.readouterr().err
