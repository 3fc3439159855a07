"""`harness grade`: a verdict with what it was read from; and the same beside the answers of a report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.store import find_run
from tests.conftest import run_harness

METAL = "Which metal is liquid?\nA. Iron\nB. Mercury\nC. Zinc"
ROWS = (
    {"id": "apples", "question": "How many apples are left?", "match": "number", "answer": 8},
    {"id": "metal", "question": METAL, "match": "choice", "answer": "B"},
    {"id": "metals", "question": "Which are metals?", "match": "choices", "choices": ["Iron", "Argon", "Zinc"],
     "answer": ["Iron", "C"]},
    {"id": "city", "question": "What is the capital of Australia?", "answer": "Canberra"},
    {"id": "date", "question": "Write an ISO date.", "match": "regex", "answer": r"\d{4}-\d\d-\d\d"},
    {"id": "why", "question": "Why?", "match": "open"},
)  # fmt: skip
ANSWERS = {
    "apples": "7? No, 8.", "metal": "A is wrong. B is right.", "metals": "A", "city": "Sydney.", "date": "2026-05-01",
    "why": "Because.",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "asked.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    lines = [json.dumps({"id": id_, "response": text}) + "\n" for id_, text in ANSWERS.items()]
    (tmp_path / "base.jsonl").write_text("".join(lines), encoding="utf-8")
    return tmp_path


def graded(folder: Path, *arguments: str) -> str:
    done = run_harness("grade", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def parts(text: str) -> dict[str, str]:
    """First word of each line → the rest."""
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in text.splitlines()}


def test_a_verdict_is_explained_part_by_part(folder: Path) -> None:
    told = parts(graded(folder, "7? No, 8.", "--question", "apples", "--suite", "asked.jsonl"))
    assert told == {
        "question": "apples: How many apples are left?", "key": "8 (number)", "read": "7? No, 8.",
        "candidates": "7 (denied), 8", "claim": "8.", "taken": "8",
        "rule": "correction: It retracts what came before it.", "verdict": "right",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("id_", "text", "rule", "value", "note"),
    [
        ("metal", "A is wrong. B is right.", "affirmed", 1.0, None),
        ("metal", "Iron", "whole", 0.0, "chooses A"),
        ("metals", "Iron and zinc", "wording", 1.0, None),
        ("metals", "A and B", "whole", 0.0, "chooses A, B: lacks C, B too much"),
        ("city", "It's Sydney. Wait, no, it is Canberra.", "correction", 1.0, None),
        ("date", "On 2026-05-01.", "pattern", 1.0, None),
        ("why", "Because.", "nothing", None, "open question: no answer key"),
        ("apples", "<think>It is 8.</think> It is 9.", "only", 0.0, "says 9"),
        ("apples", "None.", "nothing", 0.0, "no number"),
    ],
)
def test_the_same_is_one_json_object(
    folder: Path, id_: str, text: str, rule: str, value: float | None, note: str | None
) -> None:
    row = json.loads(graded(folder, text, "--question", id_, "--suite", "asked.jsonl", "--json"))
    assert (row["question_id"], row["rule"], row["value"], row["note"]) == (id_, rule, value, note)


def test_an_answer_is_read_from_the_standard_input(folder: Path) -> None:
    command = [sys.executable, "-m", "harness", "grade", "-", "--question", "apples", "--suite", "asked.jsonl"]
    done = subprocess.run(command, cwd=folder, input="The answer is 8.\n", capture_output=True, text=True, check=True)
    assert parts(done.stdout)["verdict"] == "right"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x", "--question", "aples", "--suite", "asked.jsonl"], "No question 'aples'. Nearest: apples"),
        (["x", "--suite", "asked.jsonl"], "Give --question ID"),
        (["--question", "apples", "--suite", "asked.jsonl"], "Give the answer"),
        (["--question", "apples", "--variant", "base"], "give --run RUN too"),
        (["x", "--question", "apples", "--suite", "nowhere"], "nowhere"),
        (["x", "--question", "apples", "--run", "nowhere"], "No run named 'nowhere'"),
    ],
)
def test_what_cannot_be_graded_is_one_line_and_exit_status_2(folder: Path, arguments: list[str], says: str) -> None:
    done = run_harness("grade", *arguments, folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr and len(done.stderr.splitlines()) == 1


def test_an_answer_of_a_run_is_explained_and_its_report_shows_what_was_read(folder: Path) -> None:
    done = run_harness(
        "import", "--suite", "asked.jsonl", "base=base.jsonl", "--run", "r", "--no-report", folder=folder
    )
    assert done.returncode == 0, done.stderr
    told = parts(graded(folder, "--question", "apples", "--run", "r", "--variant", "base"))
    assert (told["taken"], told["verdict"]) == ("8", "right")
    assert parts(graded(folder, "9", "--question", "apples", "--run", "r"))["verdict"] == "wrong (says 9)"
    lost = run_harness("grade", "--question", "apples", "--run", "r", "--variant", "bse", folder=folder)
    assert lost.returncode == 2 and "Did you mean 'base'?" in lost.stderr

    kept = {it.question_id: it for it in find_run("r", folder / "runs" / "eval").scores if it.metric == "correct"}
    assert (kept["apples"].read, kept["apples"].rule) == ("8.", "correction")
    assert (kept["why"].read, kept["why"].rule) == (None, None)
    others = [it for it in find_run("r", folder / "runs" / "eval").scores if it.metric != "correct"]
    assert {(it.read, it.rule) for it in others} == {(None, None)}

    made = run_harness("report", "r", "--format", "html", folder=folder)
    assert made.returncode == 0, made.stderr
    page = (folder / "runs" / "eval" / "r" / "report.html").read_text(encoding="utf-8")
    assert "Read: “8.” It retracts what came before it." in page


def test_scores_of_an_older_run_have_no_rule_and_its_report_none_to_show(folder: Path) -> None:
    done = run_harness(
        "import", "--suite", "asked.jsonl", "base=base.jsonl", "--run", "r", "--no-report", folder=folder
    )
    assert done.returncode == 0, done.stderr
    path = folder / "runs" / "eval" / "r" / "scores.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    older = [{key: value for key, value in row.items() if key not in ("read", "rule")} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in older), encoding="utf-8")
    assert {it.rule for it in find_run("r", folder / "runs" / "eval").scores} == {None}
    made = run_harness("report", "r", "--format", "html", folder=folder)
    assert made.returncode == 0, made.stderr
    assert "Read: “" not in (folder / "runs" / "eval" / "r" / "report.html").read_text(encoding="utf-8")
