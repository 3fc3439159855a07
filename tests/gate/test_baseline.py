"""The pinned baseline: set, shown, resolved, and refused once it has changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import HarnessError, Incomplete
from harness.gate import baseline_line, find_baseline, pin_baseline, pinned
from harness.store import PIN, RunFolder, read_run
from tests.conftest import run_harness
from tests.support.gate_runs import ALL, but, drop_lines, make_run


@pytest.fixture
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A scored run below the working folder."""
    monkeypatch.chdir(tmp_path)
    return make_run(Path("runs/eval/good"), {"dpo": but(10)}, tasks={"dpo": {"skill": ALL}})


def test_a_pinned_run_is_the_baseline(good: RunFolder) -> None:
    assert pinned() is None and baseline_line() == "No baseline is pinned. Pin one with: harness baseline set RUN"
    pin = pin_baseline(read_run(good))
    assert (pin.run, pin.path) == ("good", "runs/eval/good") and pinned() == pin
    assert json.loads(PIN.read_text())["digest"] == pin.digest
    assert find_baseline("baseline").path == Path("runs/eval/good")
    assert find_baseline("good").path == Path("runs/eval/good")
    assert baseline_line() == f"good: runs/eval/good, pinned on {pin.created}, unchanged since"


def test_a_run_elsewhere_is_pinned_by_its_path(good: RunFolder, tmp_path: Path) -> None:
    far = make_run(tmp_path.parent / f"{tmp_path.name}-far" / "r", {"dpo": ALL})
    assert pin_baseline(read_run(far)).path == f"../{tmp_path.name}-far/r"
    assert find_baseline("baseline").id == "r"


@pytest.mark.parametrize(
    "file", ["responses.jsonl", "scores.jsonl", "questions.jsonl", "benchmarks/dpo.json", "benchmarks/dpo/new.jsonl"]
)
def test_a_baseline_that_changed_is_refused(good: RunFolder, file: str) -> None:
    pin_baseline(read_run(good))
    with (good.path / file).open("a") as opened:
        opened.write("\n")
    with pytest.raises(HarnessError, match="changed since it was pinned .* harness baseline set runs/eval/good"):
        find_baseline("baseline")


def test_a_report_or_a_check_in_the_folder_is_no_change(good: RunFolder) -> None:
    pin_baseline(read_run(good))
    (good.path / "report.html").write_text("x")
    (good.path / "check.json").write_text("{}")
    assert find_baseline("baseline").id == "good"


def test_a_baseline_that_is_gone_is_refused(good: RunFolder) -> None:
    pin_baseline(read_run(good))
    good.path.rename("elsewhere")
    with pytest.raises(HarnessError, match="no longer at runs/eval/good"):
        find_baseline("baseline")


def test_a_run_called_baseline_is_meant_where_nothing_is_pinned(good: RunFolder) -> None:
    with pytest.raises(HarnessError, match="No baseline is pinned"):
        find_baseline("baseline")
    make_run(Path("runs/eval/baseline"), {"dpo": ALL})
    assert find_baseline("baseline").id == "baseline"
    pin_baseline(read_run(good))
    assert find_baseline("baseline").id == "good"


def test_a_run_that_was_never_scored_cannot_be_pinned(good: RunFolder) -> None:
    (good.path / "summary.json").unlink()
    with pytest.raises(HarnessError, match="never scored. Next: harness score good"):
        pin_baseline(read_run(good))


def test_an_incomplete_run_cannot_be_pinned(good: RunFolder) -> None:
    drop_lines(good.path / "responses.jsonl", '"question_id": "7"')
    drop_lines(good.path / "benchmarks" / "dpo" / "samples_skill.jsonl", '"doc_id": 7,')
    with pytest.raises(Incomplete, match="dpo of good lacks 1 of 130 answers.* lacks 1 of 130 documents of skill"):
        pin_baseline(read_run(good))
    assert not PIN.exists()


def test_a_broken_pin_is_refused(good: RunFolder) -> None:
    PIN.write_text('{"run": "good"}')
    with pytest.raises(HarnessError, match="is not a pinned baseline"):
        pinned()


def test_the_commands(good: RunFolder, tmp_path: Path) -> None:
    shown = run_harness("baseline", folder=tmp_path)
    assert shown.returncode == 0 and "No baseline is pinned." in shown.stdout
    refused = run_harness("check", "good", "--against", "baseline", folder=tmp_path)
    assert refused.returncode == 2 and "harness baseline set RUN" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert run_harness("baseline", "set", "good", folder=tmp_path).returncode == 0
    assert "good: runs/eval/good, pinned on" in run_harness("baseline", folder=tmp_path).stdout
    checked = run_harness("check", "good", "--against", "baseline", folder=tmp_path)
    assert checked.returncode == 0, checked.stderr
    drop_lines(good.path / "responses.jsonl", '"question_id": "7"')
    assert run_harness("baseline", "set", "good", folder=tmp_path).returncode == 3
