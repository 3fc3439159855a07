"""Figures that are none: NaN, infinities, margins that nothing goes past. Never a crash, and never a pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import HarnessError, Incomplete
from harness.gate import Policy, check_run, pin_baseline
from harness.records import Check
from harness.score import score_run
from harness.store import RunFolder, read_run
from tests.conftest import run_harness
from tests.support.gate_runs import ALL, but, edit_json, make_run, write_tasks


@pytest.fixture
def runs(tmp_path: Path) -> tuple[RunFolder, RunFolder]:
    """The same answers twice: what is spoilt in either is all that could keep them from passing."""
    first, second = (make_run(tmp_path / name, {"dpo": but(6)}, tasks={"dpo": {"skill": ALL}}) for name in "ab")
    return first, second


def check(run: RunFolder, against: RunFolder, policy: Policy | None = None) -> Check:
    return check_run(read_run(run), read_run(against), policy or Policy())


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


BAD = ["NaN", "Infinity", "-Infinity", "1e999"]


@pytest.mark.parametrize("value", [*BAD, '"x"'])
@pytest.mark.parametrize("side", [0, 1])
def test_a_score_that_is_no_number_is_refused_and_scoring_again_mends_it(
    runs: tuple[RunFolder, RunFolder], value: str, side: int
) -> None:
    swap(runs[side].path / "scores.jsonl", '"value": 1.0', f'"value": {value}')
    with pytest.raises(HarnessError, match=r"scores.jsonl: \w+ of question \w+ of dpo is .* harness score"):
        check(runs[1], runs[0])
    score_run(read_run(runs[side]))
    assert check(runs[1], runs[0]).status == "passed"


@pytest.mark.parametrize("value", [*BAD, "null", '"x"'])
@pytest.mark.parametrize("side", [0, 1])
def test_an_lm_eval_figure_that_is_no_number_is_missing(
    runs: tuple[RunFolder, RunFolder], value: str, side: int
) -> None:
    swap(runs[side].path / "benchmarks" / "dpo.json", '"acc,none": 1.0', f'"acc,none": {value}')
    for policy in (Policy(), Policy(tasks={"skill/acc": 0.03})):
        found = check(runs[1], runs[0], policy)
        assert found.status == "incomplete" and any("acc" in text and "skill" in text for text in found.missing)


@pytest.mark.parametrize("value", [*BAD, "null", "[NaN, 1]"])
@pytest.mark.parametrize("side", [0, 1])
def test_a_document_without_a_finite_value_is_missing(runs: tuple[RunFolder, RunFolder], value: str, side: int) -> None:
    swap(runs[side].path / "benchmarks" / "dpo" / "samples_skill.jsonl", '"acc": 1.0', f'"acc": {value}')
    found = check(runs[1], runs[0])
    (text,) = found.missing
    assert found.exit_code == 3 and text == f"dpo of {'ab'[side]} has no finite acc in 1 of 130 documents of skill: 0."


@pytest.mark.parametrize("margin", [0, -0.03, 1, 1e9, float("nan"), float("inf")])
@pytest.mark.parametrize("side", [0, 1])
def test_a_margin_of_a_suite_that_nothing_goes_past_is_refused(
    runs: tuple[RunFolder, RunFolder], margin: float, side: int
) -> None:
    edit_json(runs[side].path / "manifest.json", margins={"correct": margin})
    with pytest.raises(HarnessError, match="manifest.json: the margin of correct is"):
        check(runs[1], runs[0])
    with pytest.raises(HarnessError, match="manifest.json: the margin of correct is"):
        score_run(read_run(runs[side]))


@pytest.mark.parametrize("margin", [0, -0.03, 1, 1e9, float("nan"), float("inf"), "much"])
def test_a_margin_of_a_task_that_nothing_goes_past_is_refused(runs: tuple[RunFolder, RunFolder], margin: float) -> None:
    write_tasks(runs[0], "dpo", {"skill": ALL}, margin=0.01)
    path = runs[0].path / "benchmarks" / "dpo.json"
    edit_json(path, configs={"skill": {"metadata": {"margin": margin}}})
    with pytest.raises(HarnessError, match="metadata of the lm-eval task skill: the margin of acc is"):
        check(runs[1], runs[0])
    with pytest.raises(HarnessError, match="the margin of acc is 5.0. Give a number above 0 and below 1"):
        check(runs[1], runs[1], Policy(tasks={"skill": 5}))


def test_questions_that_are_gone_or_stand_twice_are_told(runs: tuple[RunFolder, RunFolder]) -> None:
    path = runs[1].path / "questions.jsonl"
    swap(path, '"id": "7"', '"id": "8"')
    with pytest.raises(HarnessError, match="a question '8' more than once"):
        check(runs[1], runs[0])
    before = (runs[1].path / "scores.jsonl").read_text()
    path.write_text("")
    assert check(runs[1], runs[0]).missing[0] == "b has no questions: its questions.jsonl is empty, or gone."
    with pytest.raises(HarnessError, match="holds no questions"):
        score_run(read_run(runs[1]))
    assert (runs[1].path / "scores.jsonl").read_text() == before
    with pytest.raises(Incomplete, match="b has no questions"):
        pin_baseline(read_run(runs[1]))


@pytest.mark.parametrize("file", ["manifest.json", "summary.json", "benchmarks/dpo.json"])
@pytest.mark.parametrize("side", [0, 1])
def test_a_run_of_a_newer_format_is_refused_and_not_replaced(
    runs: tuple[RunFolder, RunFolder], file: str, side: int
) -> None:
    edit_json(runs[side].path / file, format_version=99)
    before = (runs[side].path / file).read_text()
    with pytest.raises(HarnessError, match=f"{file} has format version 99, and this harness reads up to 1. Upgrade"):
        check(runs[1], runs[0])
    with pytest.raises(HarnessError, match="format version 99"):
        score_run(read_run(runs[side]))
    assert (runs[side].path / file).read_text() == before


def test_runs_that_cannot_be_read_are_listed_as_such(tmp_path: Path) -> None:
    for name, file in (("good", ""), ("summary", "summary.json"), ("manifest", "manifest.json")):
        run = make_run(tmp_path / "runs" / "eval" / name, {"dpo": ALL})
        if file:
            edit_json(run.path / file, format_version=99)
    done = run_harness("runs", folder=tmp_path)
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert done.returncode == 0 and "unreadable" not in rows["good"]
    assert all(
        "unreadable" in rows[name] and f"{name}.json has format version 99" in rows[name]
        for name in ("summary", "manifest")
    )
    pin = tmp_path / "runs" / "baseline.json"
    pin.write_text(json.dumps({"format_version": 99}))
    done = run_harness("check", "good", "--against", "baseline", folder=tmp_path)
    assert done.returncode == 2 and "baseline.json has format version 99" in done.stderr
