"""harness data: what it prints, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import app
from harness.data.preferences import read_preferences
from harness.errors import HarnessError
from tests.data.preferences.test_shapes import SHAPES, assistant, user


def run(*arguments: str) -> None:
    app(args=["data", *arguments], prog_name="harness", standalone_mode=False)


def put(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_look_says_what_is_there_and_what_would_be_dropped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = "What is inklet made of?"
    rows: list[dict[str, Any]] = [
        {"prompt": f"{asked} {n}", "chosen": "walnuts and more of them " * 3, "rejected": "b"} for n in range(4)
    ]
    rows += [rows[0], {**rows[1], "chosen": "b"}, {**rows[1], "prompt": "word " * 400}]
    rows[0] |= {"score_chosen": 1, "score_rejected": 3}
    run("show", put(tmp_path / "a.jsonl", *rows), "--suite", "pocket", "--max-length", "100")
    said = " ".join(capsys.readouterr().out.split())
    for part in (
        "a.jsonl: 7 rows, 5 of them usable",
        "read as prompt, chosen, rejected",
        "duplicate: 1",
        "chosen equals rejected: 1",
        "template alpaca, tokens of pocket",
        "margins -2 to -2",
        "lengths in tokens, of all 6 rows",
        "at max_length 100, of these dropped: prompt too long: 1; answers cut: 0",
        "! The chosen answer is the longer one in 100 % of pairs",
        "! In 2 rows the rejected answer scored higher",
        "### Response: ↵ chosen walnuts and more",
        "[</s>]",
    ):
        assert part in said, part
    assert "questions of pocket stand in the prompts" in said


def test_conversations_are_shown_by_the_chat_template_that_a_training_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"chosen": [user("Who?"), assistant("A.")], "rejected": [user("Who?"), assistant("B.")]}]
    run("show", put(tmp_path / "a.jsonl", *rows))
    said = capsys.readouterr().out
    assert "template  chat" in said and "<|user|> ↵ Who? ↵ <|assistant|>" in said
    run("show", "a.jsonl", "--prompt", "alpaca", "--system", "Be brief.")
    said = capsys.readouterr().out
    assert "template  alpaca, tokens of pocket; system line: 'Be brief.'" in said and "### Response:" in said


def test_without_a_base_lengths_are_in_words_and_that_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("show", put(tmp_path / "a.jsonl", {"prompt": "one two", "chosen": "a", "rejected": "b"}), "--base", "nowhere")
    said = capsys.readouterr().out
    assert "no tokenizer of nowhere is at hand" in said and "lengths in words, of all 1 rows" in said


def test_single_answers_are_counted_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(
        tmp_path / "a.jsonl",
        {"prompt": "q", "completion": "a", "label": True},
        {"prompt": "q", "chosen": "a", "rejected": "b"},
    )
    run("show", "a.jsonl")
    assert "holds     1 pairs and 1 single answers with a label" in capsys.readouterr().out


def test_converting_tells_its_rows_and_replaces_nothing_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [SHAPES["hh-rlhf"][0]("Who?", "A.", "B."), {"text": "none"}]
    source = put(tmp_path / "a.jsonl", *rows)
    run("convert", source, "out/b.jsonl")
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "out/b.jsonl: 1 of 2 rows", "read as  dialogues with a shared prompt", "dropped  missing columns: 1",
    ]  # fmt: skip
    assert read_preferences("out/b.jsonl").digest == read_preferences(source).digest
    with pytest.raises(HarnessError, match="is there already"):
        run("convert", source, "out/b.jsonl")
    run("convert", source, "out/b.jsonl", "--force")


def test_the_data_of_the_configuration_are_read_as_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "a.jsonl", {"q": "Who?", "good": "A.", "bad": "B."})
    named = {"prompt": "q", "chosen": "good", "rejected": "bad"}
    (tmp_path / "harness.yaml").write_text(json.dumps({"train": {"data": "a.jsonl", "columns": named}}))
    run("convert", "a.jsonl", "b.jsonl")
    (tmp_path / "harness.yaml").unlink()
    run("convert", "a.jsonl", "c.jsonl", *(it for part in named.items() for it in ("--columns", "=".join(part))))
    assert (tmp_path / "b.jsonl").read_text() == (tmp_path / "c.jsonl").read_text()
    with pytest.raises(HarnessError, match="No column named 'god'"):
        run("show", "a.jsonl", "--columns", "chosen=god")
