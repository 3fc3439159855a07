"""A report on more questions than a page can hold looks at some, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.records import Question, Response
from harness.report import gather, material
from harness.report.summary.answers import answers_section
from harness.score import score_run
from harness.scorers import METRICS
from harness.store import RunFolder, read_run
from harness.store import run as store_run
from harness.words import words

NAMES = ("base", "dpo")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / "run")
    questions = [Question(f"q{number}", f"What is {number} + 1?", "number", str(number + 1)) for number in range(40)]
    run.write_questions(questions)
    run.write_responses(
        Response(name, "sums", it.id, f"It is {int(it.answer or 0) + (name == 'dpo')}.", "a")
        for name in NAMES
        for it in questions
    )
    manifest = {
        "format_version": 1,
        "run": "run",
        "suite": {"name": "sums", "title": "Sums", "digest": "d", "questions": 40},
        "variants": [{"name": name, "kind": "recorded"} for name in NAMES],
        "serving": {"backend": "recorded"},
        "identity": {},
    }
    (run.path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    score_run(read_run(run))
    return run


def test_of_more_than_it_looks_at_some_are_drawn_and_the_page_says_so(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(material, "_MOST", 39)
    monkeypatch.setattr(material, "_DRAWN", 12)
    monkeypatch.setattr(store_run, "_LARGE", 0)
    found = gather(read_run(folder), words("en"))
    ids = [question.id for question in found.questions]
    assert len(ids) == 12 and sorted(ids, key=lambda id_: int(id_[1:])) == ids
    assert {question for _, question in found.responses} == set(ids) == {question for _, question, _ in found.scores}
    assert found.value("dpo", ids[0], "correct") == 0.0 and found.value("base", ids[0], "correct") == 1.0
    assert "12 questions drawn at random from all 40" in answers_section(found).lead
    assert "40 題中隨機抽出的 12 題" in answers_section(gather(read_run(folder), words("zh-TW"))).lead
    assert found.summary.questions == 40 and found.summary.metrics["base"]["correct"].n == 40


def test_of_as_many_as_it_looks_at_all_are_shown(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(material, "_MOST", 40)
    found = gather(read_run(folder), words("en"))
    assert (
        len(found.questions) == 40
        and "drawn" not in answers_section(found).lead
        and len(found.scores) == 2 * 40 * sum(not metric.of_thoughts for metric in METRICS.values())
    )
