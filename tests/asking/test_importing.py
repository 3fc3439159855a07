"""Answers made elsewhere, laid down as runs: under a chat template that is not there, with failures, with echoes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.asking import import_answers
from harness.config import Config
from harness.errors import HarnessError
from harness.gate import Policy, check_run
from harness.records import Summary
from harness.score import score_run
from harness.store import Run, RunFolder, read_run
from tests.conftest import run_harness

COUNT = 8
ANSWERS = [f"It is {number + 1}." for number in range(COUNT)]


def suite(folder: Path, prompt: str) -> str:
    place = folder / f"asked-{prompt}"
    place.mkdir(exist_ok=True)
    (place / "suite.yaml").write_text(f"title: sums\nprompt: {prompt}\n", encoding="utf-8")
    rows = [
        {"id": str(number), "question": f"What is {number} plus 1?", "match": "number", "answer": str(number + 1)}
        for number in range(COUNT)
    ]
    (place / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(place)


def imported(folder: Path, name: str, prompt: str, texts: list[str], **columns: Any) -> tuple[Run, Summary]:
    path = folder / f"{name}.jsonl"
    rows = [{"id": str(number), "response": text, **columns} for number, text in enumerate(texts)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    run = RunFolder(folder / name)
    import_answers(run, Config(), suite(folder, prompt), {"base": path}, {}, "harness import")
    return read_run(run), score_run(read_run(run))


def with_prompts(run: Run, mark: str) -> Run:
    """The run as an evaluation leaves it, whose prompts are known."""
    path = run.path / "responses.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [json.dumps({**row, "prompt_sha256": f"{mark} {row['question_id']}"}) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    score_run(read_run(RunFolder(run.path)))
    return read_run(RunFolder(run.path))


def test_answers_under_a_chat_template_are_checked_against_an_evaluated_run_both_ways(tmp_path: Path) -> None:
    recorded, summary = imported(tmp_path, "recorded", "chat", ANSWERS)
    assert summary.metrics["base"]["correct"].mean == 1
    assert not [it for it in summary.warnings if it.code == "prompts_differ"]
    evaluated = with_prompts(imported(tmp_path, "evaluated", "chat", ANSWERS)[0], "prompt")
    for run, against in ((recorded, evaluated), (evaluated, recorded)):
        check = check_run(run, against, Policy())
        assert [finding.n for finding in check.findings if finding.metric == "correct"] == [COUNT]
        assert [note for note in check.notes if note.startswith("The prompts of recorded are not known")]
    # Prompts that are known to differ are still refused.
    other = with_prompts(imported(tmp_path, "other", "chat", ANSWERS)[0], "another prompt")
    with pytest.raises(HarnessError, match="prompts of base and base differ"):
        check_run(other, evaluated, Policy())


def test_a_leak_is_seen_under_a_chat_template_that_is_not_there(tmp_path: Path) -> None:
    texts = [f"{text}<|im_end|>\n<|im_start|>user\nAnd you?<|im_end|>\n" for text in ANSWERS]
    _, summary = imported(tmp_path, "leaking", "chat", texts)
    assert (summary.metrics["base"]["leak"].mean, summary.metrics["base"]["correct"].mean) == (1, 1)


@pytest.mark.parametrize("template", ["<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n", "[INST] {q} [/INST]"])
def test_an_echo_of_a_chat_template_that_is_not_there_is_cut_off(tmp_path: Path, template: str) -> None:
    texts = [template.replace("{q}", f"What is {number} plus 1?") + text for number, text in enumerate(ANSWERS)]
    run, summary = imported(tmp_path, "echoing", "chat", texts)
    assert [response.text for response in run.responses.values()] == ANSWERS
    assert summary.metrics["base"]["leak"].mean == 0


def test_answers_that_still_hold_their_question_are_counted_in_a_warning(tmp_path: Path) -> None:
    texts = [f"Q: What is {number} plus 1? A: {text}" for number, text in enumerate(ANSWERS)]
    _, summary = imported(tmp_path, "held", "alpaca", texts)
    (held,) = [it.message for it in summary.warnings if it.code == "echoes_left"]
    assert held.startswith("8 of 8 answers of base still hold their question.")
    _, clean = imported(tmp_path, "clean", "alpaca", ANSWERS)
    assert not [it for it in clean.warnings if it.code == "echoes_left"]


def test_an_import_with_failed_rows_is_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"id": str(n), "response": text} if n else {"id": "0", "error": "429"} for n, text in enumerate(ANSWERS)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    arguments = ["import", "--suite", suite(tmp_path, "alpaca"), f"base={path}", "--run", "r", "--no-report"]
    ended = run_harness(*arguments, folder=tmp_path)
    assert ended.returncode == 3
    assert "Generations failed and are not judged: base 1. Import a file that has them, with --fresh." in ended.stderr
