"""A new suite: commented whole, graded right by its own keys, an lm-eval task, and never over a file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml

from harness.data.suites import load_suite, write_suite
from harness.data.suites.settings import QUESTION_KEYS, SUITE_KEYS
from harness.errors import HarnessError
from harness.pocket import pocket_path
from harness.records import Match
from harness.scorers import grade_references
from tests.conftest import run_harness


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_new_suite_has_every_kind_of_question_and_gets_full_marks() -> None:
    write_suite("mine")
    suite = load_suite("mine")
    assert {question.match for question in suite.questions} == set(get_args(Match)) and not suite.notes
    assert all(one.value == 1 for one in grade_references(suite.questions))
    assert [question.id for question in suite.questions if question.reference is None] == []


def test_every_key_stands_in_its_comments_and_what_is_commented_out_is_valid() -> None:
    path = write_suite("mine")[0]
    text = path.read_text()
    assert set(SUITE_KEYS) <= set(re.findall(r"^(?:# )?(\w+):", text, re.M))
    assert set(QUESTION_KEYS) <= set(re.findall(r"^#   (\w+)  ", text, re.M))
    lines = [re.sub(r"^# (?=\w+:)", "", line) for line in text.splitlines()]
    assert set(yaml.safe_load("\n".join(lines))) == set(SUITE_KEYS)


@pytest.mark.parametrize("name", ["mine", "pocket", "../x", "", "-x", "a b"])
def test_nothing_is_written_over_and_no_shipped_name_is_taken(name: str, tmp_path: Path) -> None:
    write_suite("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(HarnessError, match="is there already|cannot be the name of a suite"):
        write_suite(name)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_command_writes_what_the_next_command_checks_and_lists(tmp_path: Path) -> None:
    made = run_harness("tasks", "new", "2026", folder=tmp_path)
    assert made.returncode == 0 and "tasks/2026/suite.yaml" in made.stdout, made.stderr
    done = run_harness("tasks", "--check", folder=tmp_path)
    assert done.returncode == 0 and "Every reference answer gets full marks." in done.stdout
    assert re.search(r"^2026 +9 +8 ", done.stdout, re.M) and "lm-eval tasks here: 2026, assignment" in done.stdout
    (tmp_path / "tasks" / "2026" / "questions.jsonl").write_text("torn")
    listed = run_harness("tasks", folder=tmp_path)
    assert listed.returncode == 0 and re.search(r"^2026 +unreadable .*line 1", listed.stdout, re.M)
    assert run_harness("tasks", "--check", folder=tmp_path).returncode == 2


@pytest.mark.slow
def test_a_new_suite_with_choices_in_csv_runs_under_lm_evals_own_command(tmp_path: Path) -> None:
    folder = write_suite("mine")[0].parent
    (folder / "questions.jsonl").unlink()
    (folder / "questions.csv").write_text('question,choices,answer\nWhich?,"red|blue","blue"\nHow many?,,7\n')
    text = (folder / "mine.yaml").read_text()
    (folder / "mine.yaml").write_text(text.replace("max_gen_toks: 256", "max_gen_toks: 4"))
    command = ["run", "--model", "hf", "--model_args", f"pretrained={pocket_path()},dtype=float32"]
    more = ["--include_path", "tasks", "--tasks", "mine", "--output_path", "out", "--log_samples"]
    command = [sys.executable, "-m", "lm_eval", *command, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0 and "|mine |" in done.stdout, done.stderr[-2000:]
    (samples,) = tmp_path.glob("out/**/samples_mine_*.jsonl")
    assert "Which?\\nA. red\\nB. blue" in samples.read_text() and '"target": "B"' in samples.read_text()
