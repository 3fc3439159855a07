"""Wrong input: one line, the right exit status, and nothing that was written before is lost."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.pocket import pocket_path
from tests.conftest import run_harness


def refused(folder: Path, *arguments: str, status: int = 2, **environment: str) -> str:
    done = run_harness(*arguments, folder=folder, **environment)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    told = [line for line in done.stderr.splitlines() if ": read as " not in line]
    assert len(told) == 1 and told[0].startswith("harness: "), done.stderr
    return done.stderr


def answers(path: Path, count: int = 10) -> Path:
    path.write_text("".join(json.dumps({"id": str(n), "response": f"It is {n}."}) + "\n" for n in range(1, count + 1)))
    return path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evaluate", "--adapters", "dop"], "No adapter named 'dop'."),
        (["evaluate", "--suite", "poket"], "Did you mean 'pocket'?"),
        (["evaluate", "--tasks", "pocket_skil"], "Did you mean 'pocket_skill'?"),
        (["evaluate", "--backend", "vlm"], "Did you mean 'vllm'?"),
        (["evaluate", "--base", "nowhere/at/all"], "No model at nowhere/at/all"),
        (["evaluate", "--base", "nobody/nothing"], "No model 'nobody/nothing'"),
        (["evaluate", "--run", "../out"], "cannot be the name of a run"),
        (["evaluate", "--limit", "0"], "--limit"),
        (["evaluate", "--task-limit", "0"], "--task-limit 0 is no number of documents"),
        (["watch", "dpo", "--task-limit", "nan"], "--task-limit nan is no number of documents"),
        (["evaluate", "--adaptors", "x"], "No such option"),
        (["train", "dop"], "Did you mean 'dpo'?"),
        (["train", "dpo", "--set", "learning_rte=1"], "did you mean learning_rate?"),
        (["train", "dpo", "--set", "max_prompt_length=9"], "TRL removed max_prompt_length"),
        (["train", "dpo", "--set", "data=none.jsonl"], "No preference data at none.jsonl"),
        (["train", "dpo", "--set", "quantization=int3"], "quantization"),
        (["score", "none"], "No run named 'none'"),
        (["report", "none"], "No run named 'none'"),
        (["import", "--suite", "assignment", "base=none.json"], "There is no file none.json"),
        (["import", "--suite", "assignment", "base"], "is no NAME=FILE"),
        (["frobnicate"], "No such command"),
    ],
)
def test_a_wrong_name_is_refused_in_one_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    assert says in refused(tmp_path, *arguments)
    assert not (tmp_path / "runs" / "eval").exists()


def test_a_broken_configuration_is_refused_with_every_fault(tmp_path: Path) -> None:
    (tmp_path / "harness.yaml").write_text("suit: pocket\nlimit: many\n")
    line = refused(tmp_path, "evaluate")
    assert "suit: unknown key, did you mean suite?" in line and "limit" in line


def test_a_model_that_is_only_a_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    shutil.copy(pocket_path() / "config.json", tmp_path / "m")
    (tmp_path / "m" / "pytorch_model.bin").write_bytes(b"")
    assert "only a pickle" in refused(tmp_path, "evaluate", "--base", "m")


def test_missing_answers_are_incomplete_and_filling_them_is_another_run(tmp_path: Path) -> None:
    few = answers(tmp_path / "few.jsonl", 7)
    line = refused(tmp_path, "import", "--suite", "assignment", f"base={few}", "--run", "r", "--no-report", status=3)
    assert "base 3 of 10" in line
    assert (tmp_path / "runs" / "eval" / "r" / "summary.json").exists()
    answers(few)
    assert "begun with other settings: answers base" in refused(
        tmp_path, "import", "--suite", "assignment", f"base={few}", "--run", "r", "--no-report"
    )
    again = run_harness(
        "import", "--suite", "assignment", f"base={few}", "--run", "r", "--no-report", "--fresh", folder=tmp_path
    )
    assert again.returncode == 0 and (tmp_path / "runs" / "eval" / "r.1").is_dir()


def test_a_run_is_listed_shown_and_scored_again_from_its_folder_alone(tmp_path: Path) -> None:
    file = answers(tmp_path / "a.jsonl")
    arguments = ["import", "--suite", "assignment", f"base={file}", f"other={file}", "--run", "r", "--no-report"]
    assert run_harness(*arguments, folder=tmp_path).returncode == 0
    run = tmp_path / "runs" / "eval" / "r"
    before = (run / "scores.jsonl").read_bytes(), (run / "summary.json").read_bytes()
    (run / "scores.jsonl").unlink()
    (run / "summary.json").unlink()
    (tmp_path / "no_torch").mkdir()
    # A machine without torch: importing it fails.
    (tmp_path / "no_torch" / "torch.py").write_text("raise ImportError('no torch on this machine')\n")
    scored = run_harness("score", "r", folder=tmp_path, PYTHONPATH=str(tmp_path / "no_torch"))
    assert scored.returncode == 0, scored.stderr
    assert ((run / "scores.jsonl").read_bytes(), (run / "summary.json").read_bytes()) == before
    assert "r    assignment  10" in run_harness("runs", folder=tmp_path).stdout
    assert "Correct" in run_harness("runs", "show", "r", folder=tmp_path).stdout
    reported = run_harness("report", "r", folder=tmp_path, PYTHONPATH=str(tmp_path / "no_torch"))
    assert reported.returncode == 0 and (run / "report.pdf").stat().st_size > 10_000, reported.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    line = refused(tmp_path, "import", "--suite", "assignment", f"base={answers(tmp_path / 'a.jsonl')}", "--run", "r")
    assert "runs" in line


@pytest.mark.skipif(not os.access("/", os.W_OK) or shutil.which("mount") is None, reason="needs root to mount a disk")
def test_a_full_disk_is_named_and_what_was_written_is_kept(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        file = answers(disk / "a.jsonl")
        arguments = ["import", "--suite", "assignment", f"base={file}", "--no-report"]
        assert run_harness(*arguments, "--run", "first", folder=disk).returncode == 0
        kept = (disk / "runs" / "eval" / "first" / "responses.jsonl").read_bytes()
        with contextlib.suppress(OSError), (disk / "fill").open("wb", buffering=0) as fill:
            while True:
                fill.write(b"x" * 1024)
        assert "The disk is full" in refused(disk, *arguments, "--run", "second")
        assert (disk / "runs" / "eval" / "first" / "responses.jsonl").read_bytes() == kept
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_every_reference_answer_of_the_shipped_suites_gets_full_marks(tmp_path: Path) -> None:
    done = run_harness("tasks", "--check", folder=tmp_path)
    assert done.returncode == 0 and "Every reference answer gets full marks." in done.stdout


def test_a_suite_whose_own_answer_fails_its_key_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "own" / "odd"
    folder.mkdir(parents=True)
    (folder / "suite.yaml").write_text("title: odd\n")
    row = {"id": "1", "question": "How many?", "match": "number", "answer": "7", "reference": "Eight of them."}
    (folder / "questions.jsonl").write_text(json.dumps(row))
    (tmp_path / "harness.yaml").write_text("folders: {tasks: [own]}\n")
    done = run_harness("tasks", "--check", folder=tmp_path)
    assert done.returncode == 2 and "odd 1: 'Eight of them.'" in done.stdout


def test_a_margin_of_an_unknown_metric_is_refused_with_the_nearest(tmp_path: Path) -> None:
    suite = tmp_path / "own"
    suite.mkdir()
    (suite / "suite.yaml").write_text("margins: {corect: 0.1}\n")
    (suite / "questions.jsonl").write_text('{"id": "1", "question": "q"}\n')
    for command in (
        ["evaluate", "--suite", "own"],
        ["import", "--suite", "own", f"a={answers(tmp_path / 'a.jsonl', 1)}"],
    ):
        assert "No metric named 'corect'. Did you mean 'correct'?" in refused(tmp_path, *command)


def test_doctor_says_what_is_there_and_what_mends_the_rest(tmp_path: Path) -> None:
    done = run_harness("doctor", folder=tmp_path, WANDB_API_KEY="")
    assert done.returncode == 0, done.stdout
    for part in ("Python", "vLLM", "GPU", "fonts", "W&B key", "wandb login"):
        assert part in done.stdout


def test_a_ctrl_c_is_exit_130(tmp_path: Path) -> None:
    program = "import sys, os, signal; sys.argv = ['harness', 'pocket']; import harness.pocket as p\n"
    program += "def stop(): raise KeyboardInterrupt\np.pocket_path = stop\nfrom harness.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (130, 1)


def test_what_nobody_foresaw_is_one_line_that_names_what_libraries_said_before(tmp_path: Path) -> None:
    program = "import sys; sys.argv = ['harness', 'pocket']; import harness.pocket as p\n"
    program += "def fail(): print('a library says why'); raise RuntimeError('odd')\n"
    program += "p.pocket_path = fail\nfrom harness.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    found = re.search(r"nobody foresaw: odd.*; what libraries said is in (\S+)$", done.stderr)
    assert found, done.stderr
    assert Path(found[1]).read_text() == "a library says why\n"
    Path(found[1]).unlink()


def test_a_file_of_questions_is_imported_reported_and_kept_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "gold (1).csv").write_text("question;answer\nHow many?;7\n")
    done = run_harness(
        "import", f"base={answers(tmp_path / 'a.jsonl', 1)}", "--suite", "gold (1).csv", "--no-report", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "gold -1-: no suite.yaml, so the defaults hold" in done.stderr and "numbered from 1 to 1" in done.stderr
    run = tmp_path / "runs" / "eval" / "gold -1--base"
    assert json.loads((run / "manifest.json").read_text())["suite"]["path"] == "gold (1).csv"
    moved = tmp_path / "moved"
    run.rename(moved)
    (tmp_path / "gold (1).csv").unlink()
    for command in (["score", "moved"], ["runs", "show", "moved"], ["check", "moved", "--against", "moved"]):
        assert "Something" not in run_harness(*command, folder=tmp_path).stderr
    assert run_harness("runs", "show", "moved", folder=tmp_path).returncode == 0
