"""Asking until the gate has decided, on the embedded model: stopped, killed, gone on with, refused."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from harness.store import read_json, read_jsonl, read_run
from harness.until import look_ends
from tests.conftest import begin_harness, run_harness

ARGUMENTS = ("evaluate", "--adapters", "dpo", "--limit", "40", "--tasks", "", "--until", "decided", "--no-report")


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A working folder with the trained adapter, and a policy that an unchanged model meets after some 32 questions."""
    shutil.copytree(trained / "runs" / "train" / "dpo", tmp_path / "runs" / "train" / "dpo")
    # Nothing lost wins 1 + 0.9 · 0.5 / 0.5 a question at best: few questions decide.
    (tmp_path / "check.yaml").write_text("metrics: {correct: 0.5, empty: 0.5}\n")
    return tmp_path


def asked(folder: Path, run: str) -> list[tuple[str, str]]:
    return [(row["variant"], row["question_id"]) for row in read_jsonl(folder / "runs/eval" / run / "responses.jsonl")]


def test_looks_begin_with_a_batch_and_come_at_ever_longer_intervals() -> None:
    assert look_ends(252, 32) == (32, 64, 96, 128, 160, 192, 224, 252)
    assert look_ends(10, 16) == (10,)
    ends = look_ends(5000, 16)
    assert ends[-1] == 5000 and ends[-2] - ends[-3] > ends[2] - ends[1]


def test_it_stops_when_the_decision_stands_and_the_run_is_whole_by_itself(folder: Path) -> None:
    done = run_harness(*ARGUMENTS, "--run", "seq", folder=folder)
    assert done.returncode == 0, done.stderr
    run = read_run(folder / "runs" / "eval" / "seq")
    stopping = run.manifest.stopping
    assert stopping is not None and (stopping.ended, stopping.of) == ("decided", 40)
    assert stopping.asked == len(run.questions) == stopping.looks[0] < 40
    assert len(asked(folder, "seq")) == len(set(asked(folder, "seq"))) == 2 * len(run.questions)
    assert f"Decided after {stopping.asked} of 40 questions" in done.stderr
    assert "PASSED" in done.stdout and "of 40 questions" in done.stdout
    codes = {warning.code: warning for warning in run.summary.warnings}
    assert "stopped_early" in codes and "missing_answers" not in codes
    assert read_json(run.path / "check.json")["status"] == "passed"

    again = run_harness(*ARGUMENTS, "--run", "seq", folder=folder)
    assert again.returncode == 0 and len(asked(folder, "seq")) == 2 * len(run.questions)
    plain = run_harness(*ARGUMENTS[:7], "--run", "seq", folder=folder)
    assert plain.returncode == 2 and "until" in plain.stderr


@pytest.mark.slow
def test_killed_and_started_again_it_asks_only_what_is_missing(folder: Path) -> None:
    process = begin_harness(*ARGUMENTS, "--run", "cut", folder=folder, session=True)
    answers = folder / "runs" / "eval" / "cut" / "responses.jsonl"
    while process.poll() is None and not answers.exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = asked(folder, "cut")
    done = run_harness(*ARGUMENTS, "--run", "cut", folder=folder)
    assert done.returncode == 0, done.stderr
    after = asked(folder, "cut")
    assert after[: len(before)] == before and len(after) == len(set(after))
    manifest = read_run(folder / "runs" / "eval" / "cut").manifest
    assert manifest.stopping is not None and len(after) == 2 * (manifest.stopping.asked or 0)


@pytest.mark.slow
def test_against_another_run_the_same_questions_are_asked_until_they_decide(folder: Path) -> None:
    first = run_harness("evaluate", "--adapters", "dpo", "--limit", "36", "--tasks", "", "--run", "old", folder=folder)
    assert first.returncode == 0, first.stderr
    done = run_harness(
        *ARGUMENTS[:3], "--limit", "36", *ARGUMENTS[5:], "--against", "old", "--run", "new", folder=folder
    )
    assert done.returncode == 0, done.stderr
    assert "Decided after 32 of 36 questions" in done.stderr and "than in old" in done.stdout
    check = run_harness("check", "new", "--against", "old", "--sequential", folder=folder)
    assert check.returncode == 0 and "32 of 36 questions" in check.stdout, check.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--until", "tired"), "No end of asking named 'tired'"),
        (("--against", "old"), "--against needs --until decided"),
        (("--until", "decided", "--executor", "ray"), "one engine on this machine"),
        (("--until", "decided", "--adapters", "", "--base", "pocket"), "nothing to decide"),
    ],
)
def test_what_cannot_be_stopped_is_refused_before_a_model_is_loaded(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run_harness("evaluate", "--tasks", "", *arguments, folder=folder)
    assert done.returncode == 2 and said in done.stderr
