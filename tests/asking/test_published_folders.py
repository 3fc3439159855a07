"""What a run says of the model's folder that was asked: its ends, its settings, the day that its template prints."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import main
from tests.support.odd_folders import edit, no_end, odd_folder, settings, two_ends

DATED = "{{ bos_token }}Today: {{ strftime_now('%d %b %Y') }}\n{{ messages[-1].content }}\n"


def harness(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["harness", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def evaluate(monkeypatch: pytest.MonkeyPatch, folder: Path, run: str, *more: str) -> dict[str, Any]:
    asked = ["--suite", "pocket", "--limit", "8", "--tasks", "", "--backend", "transformers", "--no-report"]
    assert harness(monkeypatch, folder, "evaluate", "--base", "model", "--run", run, *asked, *more) == 0
    found = folder / "runs" / "eval" / run
    manifest, summary = (json.loads((found / f"{name}.json").read_text()) for name in ("manifest", "summary"))
    return {**manifest, "warnings": {row["code"]: row["message"] for row in summary["warnings"]}}


def test_a_run_says_what_ended_its_answers_and_what_was_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odd_folder(tmp_path / "model", settings, two_ends)
    found = evaluate(monkeypatch, tmp_path, "r")
    assert set(found["base"]["ends"]) == {"</s>", "."} and found["base"]["ends"]["</s>"] == 2
    assert found["base"]["switched_off"]["repetition_penalty"] == 1.6
    assert not {"temperature", "max_length", "eos_token_id"} & set(found["base"]["switched_off"])
    assert "repetition_penalty=1.6" in found["warnings"]["settings_switched_off"]
    assert capsys.readouterr().out.count("repetition_penalty=1.6") == 1


def test_a_model_without_an_end_is_asked_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd_folder(tmp_path / "model", no_end)
    found = evaluate(monkeypatch, tmp_path, "r")
    assert found["base"]["ends"] == {}
    assert found["warnings"]["no_end_of_text"].startswith("base names no end-of-text token")
    assert "switched_off" not in found["base"]


def test_the_day_of_a_chat_template_is_the_run_s_own_and_a_check_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odd_folder(tmp_path / "model", lambda folder: edit(folder, "tokenizer_config", chat_template=DATED))
    (tmp_path / "harness.yaml").write_text("prompt: chat\n")
    first = evaluate(monkeypatch, tmp_path, "first")
    assert first["prompt"]["day"] == "2026-01-01"
    (tmp_path / "harness.yaml").write_text("prompt: chat\nday: 2026-05-17\n")
    other = evaluate(monkeypatch, tmp_path, "other")
    assert other["prompt"]["day"] == "2026-05-17" and other["identity"]["day"] == "2026-05-17"
    capsys.readouterr()
    assert harness(monkeypatch, tmp_path, "check", "other", "--against", "first") == 2
    assert "the day that the chat template prints 2026-01-01 → 2026-05-17" in capsys.readouterr().err
    # A run goes on with its own day only.
    again = ("evaluate", "--base", "model", "--run", "first", "--suite", "pocket", "--limit", "8", "--tasks", "")
    assert harness(monkeypatch, tmp_path, *again, "--backend", "transformers", "--no-report") == 2
    assert "day" in capsys.readouterr().err


def test_a_template_that_prints_no_date_has_no_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd_folder(tmp_path / "model")
    (tmp_path / "harness.yaml").write_text("prompt: chat\nday: 2026-05-17\n")
    found = evaluate(monkeypatch, tmp_path, "r")
    assert "day" not in found["prompt"] and "day" not in found["identity"]


def test_a_suite_may_ask_for_a_penalty_and_for_stop_strings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd_folder(tmp_path / "model", settings)
    plain = evaluate(monkeypatch, tmp_path, "plain")
    assert not {"repetition_penalty", "stop"} & set(plain["identity"])
    (tmp_path / "harness.yaml").write_text("generation: {repetition_penalty: 1.8, stop: ['.']}\n")
    asked = evaluate(monkeypatch, tmp_path, "asked")
    assert (asked["identity"]["repetition_penalty"], asked["identity"]["stop"]) == (1.8, ["."])
    texts = [
        [json.loads(line)["text"] for line in (tmp_path / f"runs/eval/{run}/responses.jsonl").open()]
        for run in ("plain", "asked")
    ]
    assert texts[0] != texts[1] and not any("." in text for text in texts[1])
