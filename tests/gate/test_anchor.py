"""The anchor: kept when the baseline is pinned anew, compared with in every check, out of reach only in the open."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from harness.comparing import suite_comparisons
from harness.errors import HarnessError
from harness.gate import (
    Policy,
    anchor_line,
    check_run,
    check_table,
    conclusion,
    find_anchor,
    find_baseline,
    pin_baseline,
    pinned,
    set_anchor,
    since_lines,
)
from harness.gate import check as gate_check
from harness.gate.anchor import anchor_pairs, beyond, since_rows
from harness.gate.check import gate_status, judged, suite_tested
from harness.gate.files import write_check
from harness.records import Check, Comparison, Direction
from harness.store import PIN, Run, RunFolder, read_run
from tests.conftest import run_harness
from tests.gate.test_truth import side
from tests.support.gate_runs import ALL, but, drop_lines, edit_json, make_run

WIDE = Policy(metrics={"correct": 0.1})


@pytest.fixture
def row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Four runs below the working folder, each with five of 130 more wrong than the one before; v0 is pinned."""
    monkeypatch.chdir(tmp_path)
    runs = [
        make_run(Path(f"runs/eval/v{step}"), {"dpo": but(5 + 5 * step)}, tasks={"dpo": {"skill": ALL}})
        for step in range(4)
    ]
    pin_baseline(read_run(runs[0]))
    return [read_run(run) for run in runs]


def check(run: Run, policy: Policy = WIDE) -> Check:
    return check_run(run, find_baseline("baseline"), policy, (), find_anchor())


# What is kept.


def test_the_first_baseline_stays_the_anchor_when_others_are_pinned(row: list[Run]) -> None:
    assert find_anchor() is None
    for run in row[1:]:
        pin_baseline(run)
        anchor = find_anchor()
        assert anchor is not None and (anchor.run, anchor.gap) == ("v0", "")
        assert json.loads(PIN.read_text())["anchor"]["path"] == "runs/eval/v0"
        assert find_baseline("baseline").id == run.id


def test_a_baseline_of_before_there_were_anchors_is_the_anchor(row: list[Run]) -> None:
    old = json.loads(PIN.read_text())
    del old["anchor"]
    PIN.write_text(json.dumps(old))
    assert find_anchor() is None
    pin_baseline(row[1])
    anchor = find_anchor()
    assert anchor is not None and anchor.run == "v0"


def test_a_new_anchor_is_meant(row: list[Run]) -> None:
    pin_baseline(row[1])
    pin_baseline(row[2], new_anchor=True)
    assert find_anchor() is None
    set_anchor(row[1])
    anchor, pin = find_anchor(), pinned()
    assert anchor is not None and pin is not None and (anchor.run, pin.run) == ("v1", "v2")


def test_an_anchor_needs_a_baseline(row: list[Run]) -> None:
    PIN.unlink()
    with pytest.raises(HarnessError, match="No baseline is pinned"):
        set_anchor(row[0])


def test_a_broken_pin_is_not_overwritten_unless_that_is_meant(row: list[Run]) -> None:
    PIN.write_text('{"run": "v0"}')
    with pytest.raises(HarnessError, match="not a pinned baseline. harness baseline set RUN --new-anchor"):
        pin_baseline(row[1])
    pin_baseline(row[1], new_anchor=True)
    assert find_baseline("baseline").id == "v1"


def test_another_run_given_by_name_has_no_anchor(row: list[Run]) -> None:
    pin_baseline(row[1])
    assert find_anchor("v1") is None and find_anchor("baseline") is not None


# What a check says.


def test_small_steps_that_each_could_pass_are_a_regression_in_all(row: list[Run]) -> None:
    pin_baseline(row[2])
    found = check(row[3], Policy(metrics={"correct": 0.1}, tasks={}, anchor={"correct": 0.02}))
    last, whole = found.findings
    # 5 of 130 are 3.8 points, which may or may not be more than chance; 15 of 130 are 11.5, surely more than 2.
    assert (last.against, last.verdict, last.margin) == ("", "passed", 0.1)
    assert (whole.against, whole.verdict, whole.margin) == ("anchor v0", "regressed", 0.02)
    assert (whole.before, whole.after) == pytest.approx((125 / 130, 110 / 130))
    assert (found.status, found.exit_code, found.anchor) == ("regressed", 1, "v0")
    assert "2 tests" in found.family
    assert conclusion(found).startswith("REGRESSED: v3 is worse than anchor v0: dpo correct since anchor v0, -11.5 pt")


def test_a_loss_that_is_sure_and_tolerated_is_no_regression(row: list[Run]) -> None:
    pin_baseline(row[2])
    found = check(row[3], Policy(metrics={"correct": 0.1}, tasks={}, anchor=2))
    whole = found.findings[1]
    assert whole.high is not None and whole.high < 0 and (whole.verdict, whole.margin) == ("passed", 0.2)
    assert conclusion(found).startswith(
        "PASSED"
    ) and "; lost in total: dpo correct since anchor v0, -11.5 pt" in conclusion(found)


def test_what_is_lost_in_all_stands_in_every_file(row: list[Run]) -> None:
    pin_baseline(row[2])
    found = check(row[3], Policy(metrics={"correct": 0.1}, anchor={"correct": 0.02}))
    paths = write_check(row[3], found)
    read = json.loads(paths[0].read_text())
    assert read["anchor"] == "v0" and [row["against"] for row in read["findings"]] == ["", "", "anchor v0", "anchor v0"]
    assert "**regressed**" in paths[1].read_text() and "correct since anchor v0" in paths[1].read_text()
    assert 'name="v3: dpo against anchor v0: dpo"' in paths[2].read_text()
    assert "correct since anchor v0" in check_table(found)


def test_nothing_is_added_where_the_baseline_is_the_anchor(row: list[Run]) -> None:
    found = check(row[1])
    assert found.anchor == "" and {finding.against for finding in found.findings} == {""}


def test_a_metric_that_the_policy_tolerates_and_does_not_check_is_refused(row: list[Run]) -> None:
    pin_baseline(row[1])
    with pytest.raises(HarnessError, match="No metric or task named 'corect'. Did you mean 'correct'"):
        check(row[2], Policy(metrics={"correct": 0.1}, anchor={"corect": 0.1}))
    with pytest.raises(HarnessError, match="since the anchor: the margin of correct is 1.5"):
        check(row[2], Policy(metrics={"correct": 0.1}, anchor=15))


def test_a_task_has_its_own_tolerance(row: list[Run]) -> None:
    pin_baseline(row[1])
    for key in ("skill", "skill/acc"):
        found = check(row[2], Policy(metrics={}, anchor={key: 0.3}))
        assert [finding.margin for finding in found.findings] == [0.03, 0.3]


# Out of reach.


def test_an_anchor_that_is_gone_is_told_and_hinders_nothing(row: list[Run]) -> None:
    pin_baseline(row[1])
    Path("runs/eval/v0").rename("elsewhere")
    found = check(row[2])
    (note,) = found.notes
    assert note.startswith("What was lost since anchor v0 cannot be told: it is no longer at runs/eval/v0. ")
    assert "harness baseline anchor RUN" in note and {finding.against for finding in found.findings} == {""}
    assert "since anchor v0 is unknown" in conclusion(replace(found, status="passed", exit_code=0))
    pin_baseline(row[2])
    anchor = find_anchor()
    assert anchor is not None and anchor.run == "v0" and "no longer at" in anchor_line(anchor)
    assert since_lines(row[2], anchor, WIDE) == [note]


def test_an_anchor_that_changed_is_told(row: list[Run]) -> None:
    pin_baseline(row[1])
    drop_lines(row[0].path / "responses.jsonl", '"question_id": "7"')
    (note,) = check(row[2]).notes
    assert "at runs/eval/v0 changed since it was pinned on" in note


def test_a_folder_that_each_release_overwrites_keeps_no_anchor_unnoticed(row: list[Run]) -> None:
    make_run(Path("runs/eval/again"), {"dpo": but(5)})
    PIN.unlink()
    pin_baseline(read_run(RunFolder(Path("runs/eval/again"))))
    drop_lines(Path("runs/eval/again/responses.jsonl"), "nothing")
    with Path("runs/eval/again/scores.jsonl").open("a") as file:
        file.write("\n")
    pin_baseline(read_run(RunFolder(Path("runs/eval/again"))))
    anchor = find_anchor()
    assert anchor is not None and "changed since" in anchor.gap


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"suite": {"name": "times", "digest": "d0"}}, "suite times → sums"),
        ({"generation": {"max_new_tokens": 99}}, "generation.max_new_tokens 99 → 50"),
    ],
)
def test_a_suite_that_changed_since_is_told_by_name(row: list[Run], changes: dict[str, object], says: str) -> None:
    edit_json(row[0].path / "manifest.json", **changes)
    pin_baseline(row[1])
    with pytest.raises(HarnessError):
        check_run(row[2], read_run(row[0].folder), WIDE)
    found = check(row[2])
    assert found.status != "incomplete" and "v2 was not asked alike" in found.notes[0]
    assert says in found.notes[0]


def test_other_prompts_put_the_anchor_out_of_reach(row: list[Run]) -> None:
    path = row[0].path / "responses.jsonl"
    path.write_text(path.read_text().replace("sha of 7", "another"))
    pin_baseline(row[0], new_anchor=True)
    pin_baseline(row[1])
    found = check(row[2])
    assert found.findings and "cannot be told: The prompts of dpo and dpo differ" in found.notes[0]


def test_a_variant_keeps_its_anchor_through_new_names(tmp_path: Path) -> None:
    old = read_run(make_run(tmp_path / "old", {"dpo-1": ALL}))
    new = read_run(make_run(tmp_path / "new", {"dpo-3": ALL}))
    assert anchor_pairs(new, old, [("dpo-2", "dpo-3")]) == ([("dpo-1", "dpo-3")], [])
    two = read_run(make_run(tmp_path / "two", {"a": ALL, "b": ALL}))
    assert anchor_pairs(new, two, [("dpo-2", "dpo-3")]) == ([], ["dpo-3"])
    assert anchor_pairs(new, two, [("b", "dpo-3")]) == ([("b", "dpo-3")], [])


# The test of what is tolerated.


def compared(delta: float, low: float | None, high: float | None, p: float | None = 1e-9, n: int = 10**6) -> Comparison:
    return Comparison("a", "b", "suite", "correct", delta, low, high, p, None, "t", n, None, None, None, "undecided")


@pytest.mark.parametrize(
    ("better", "row_", "margin"),
    [
        ("higher", compared(-0.05, -0.06, -0.04), 0.03),
        ("lower", compared(0.05, 0.04, 0.06), 0.03),
        ("neither", compared(-0.05, -0.06, -0.04), 0.03),
        ("neither", compared(0.05, 0.04, 0.06), 0.03),
    ],
)
def test_the_p_of_what_is_tolerated_is_the_interval_turned_round(
    better: Direction, row_: Comparison, margin: float
) -> None:
    # One standard error is 0.01 / 1.96 with a million pairs: 2 points beyond the margin are 3.92 of them.
    assert beyond(row_, better, margin) == pytest.approx(2 * norm.sf(0.02 / (0.01 / norm.isf(0.025))), rel=1e-3)
    assert beyond(row_, better, 0.04) == pytest.approx(0.05)
    assert beyond(row_, better, 0.05) == 1.0


def test_a_change_for_the_better_is_never_beyond_the_margin() -> None:
    assert beyond(compared(0.5, 0.4, 0.6), "higher", 0.03) == 1.0
    assert beyond(compared(-0.5, -0.6, -0.4), "lower", 0.03) == 1.0


def test_it_is_never_surer_than_that_anything_changed_and_few_pairs_are_less_sure() -> None:
    assert beyond(compared(-0.05, -0.051, -0.049, p=0.2), "higher", 0.03) == 0.2
    few, many = (beyond(compared(-0.05, -0.06, -0.04, n=n), "higher", 0.03) for n in (6, 10**6))
    assert few is not None and many is not None and few > many
    assert beyond(compared(-0.05, None, None), "higher", 0.03) is None
    assert beyond(compared(-0.05, -0.05, -0.05, p=0.03), "higher", 0.03) == 0.03


# Simulated rows of releases.


def release(rng: np.random.Generator, right: NDArray[np.float64], churn: float, drop: float) -> NDArray[np.float64]:
    """A share of churn flips, as many either way, and a drop besides."""
    share, chance = right.mean(), rng.random(right.size)
    worse = (right == 1) & (chance < (churn / 2 + drop) / share)
    better = (right == 0) & (chance < churn / 2 / (1 - share))
    return np.where(worse, 0.0, np.where(better, 1.0, right))


def rows_of(before: NDArray[np.float64], after: NDArray[np.float64]) -> list[gate_check.Tested]:
    first, second = side({"correct": before}), side({"correct": after})
    return [suite_tested(row, first, second, {}, Policy()) for row in suite_comparisons([(first, second)], {})]


def statuses(rng: np.random.Generator, n: int, drop: float, releases: int, anchored: bool) -> list[str]:
    """The gate's status of each release up to the first regressed one, each but that one being pinned."""
    first = before = (rng.random(n) < 0.8).astype(float)
    found: list[str] = []
    while len(found) < releases and "regressed" not in found:
        now = release(rng, before, 0.1, drop)
        rows = rows_of(before, now)
        if anchored and found:
            rows += since_rows(rows_of(first, now), Policy(), "anchor v0")
        found.append(gate_status(judged(rows, Policy())[0], ()))
        before = now
    return found


def test_a_point_lost_in_each_release_is_flagged_before_it_is_three_times_what_is_tolerated() -> None:
    rng = np.random.default_rng(19)
    rows = [statuses(rng, 5000, 0.01, 20, anchored=True) for _ in range(8)]
    assert all(row[-1] == "regressed" for row in rows)
    assert np.mean([len(row) for row in rows]) <= 6.5 and max(len(row) for row in rows) <= 9
    # From about the second on nobody is told to pin it.
    assert np.mean([row.count("passed") for row in rows]) <= 2.5


def test_without_the_anchor_most_such_rows_reach_the_twentieth_release() -> None:
    rng = np.random.default_rng(19)
    rows = [statuses(rng, 5000, 0.01, 20, anchored=False) for _ in range(4)]
    assert np.mean([row[-1] == "regressed" for row in rows]) <= 0.5


@pytest.mark.parametrize(("drop", "n"), [(0.0, 1000), (0.03, 300), (0.03, 1000)])
def test_what_is_lost_within_what_is_tolerated_is_flagged_at_most_one_time_in_twenty(drop: float, n: int) -> None:
    rng = np.random.default_rng(n)
    worlds, alarms = 200, 0
    for _ in range(worlds):
        first = (rng.random(n) < 0.8).astype(float)
        pin = release(rng, first, 0.1, drop)
        rows = rows_of(pin, release(rng, pin, 0.05, 0.0))
        now = release(rng, first, 0.15, drop)
        rows += since_rows(rows_of(first, now), Policy(), "anchor v0")
        alarms += gate_status(judged(rows, Policy())[0], ()) == "regressed"
    assert alarms / worlds <= 0.05 + 3 * (0.05 * 0.95 / worlds) ** 0.5


# The commands.


def test_the_commands_say_what_was_lost(row: list[Run], tmp_path: Path) -> None:
    def said(*words: str) -> Any:
        return run_harness(*words, folder=tmp_path)

    done = said("baseline", "set", "v2")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("v2: runs/eval/v2, pinned on") and lines[1].startswith(
        "anchor v0: runs/eval/v0, pinned on"
    )
    assert any(line.startswith("since v0: correct -7.7 pt (") and "tolerated in all" in line for line in lines)
    assert said("baseline").stdout.splitlines() == lines[:2]
    Path("check.yaml").write_text("metrics: {correct: 0.1}\nanchor: {correct: 0.02}\n")
    done = said("check", "v3", "--against", "baseline")
    assert done.returncode == 1 and "correct since anchor v0" in done.stdout
    assert "anchor" not in said("check", "v3", "--against", "v2").stdout
    assert said("baseline", "set", "v2", "--new-anchor").stdout.count("\n") == 1
    assert "since v1: correct" in said("baseline", "anchor", "v1").stdout
