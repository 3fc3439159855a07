"""Answers judged block by block, by this process or by several, are the same scores and the same summary."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path

import pytest

import harness.scoring.run_scores as scored
from harness.comparing import Items, question_groups
from harness.comparing.compare import estimate, suite_comparisons
from harness.comparing.sides import columns, variant_sides
from harness.on_disk import figures, keyed, spool
from harness.records import Question, Response, Score
from harness.score import score_run
from harness.scorers import score_response
from harness.store import RunFolder, read_run, score_lines

MANIFEST = {
    "format_version": 1,
    "run": "run",
    "suite": {"name": "sums", "title": "Sums", "digest": "d", "questions": 60},
    "variants": [{"name": name, "kind": "recorded"} for name in ("base", "dpo", "orpo")],
    "serving": {"backend": "recorded"},
    "identity": {},
}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Three variants of which two lack answers, some failed and some were asked in other words."""
    source = random.Random(3)
    run = RunFolder(tmp_path / "run")
    questions = [
        Question(f"q{number}", f"What is {number // 2} + 1?", "number", str(number // 2 + 1)) for number in range(60)
    ]
    run.write_questions(questions)
    rows = [
        _response(source, name, question)
        for name in ("dpo", "base", "orpo")
        for question in source.sample(questions, 60)
        if name == "base" or source.random() < 0.8
    ]
    run.append_responses([*rows, *rows[:5]])
    (run.path / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    return run


def _response(source: random.Random, name: str, question: Question) -> Response:
    right = int(question.answer or 0)
    text = f'It is {right + source.choice([0, 0, 1])}, "é\ud800" said ' + "so and so " * source.randrange(30)
    failed = "out of room" if source.random() < 0.05 else None
    sha, said = source.choice(["a", "a", "a", "b", ""]), source.choice([None, None, "in other words"])
    return Response(name, "sums", question.id, "" if failed else text, sha, error=failed, asked=said)


def test_the_summary_is_that_of_all_scores_in_memory(folder: RunFolder) -> None:
    run = read_run(folder)
    summary = score_run(run)
    scores = [
        score
        for name in run.variants
        for question in run.questions
        if (response := run.responses.get((name, question.id))) is not None
        for score in score_response(question, response, run.manifest.headers(name))
    ]
    assert list(read_run(folder).scores) == scores
    table, groups = columns(scores), question_groups(run.questions)
    assert groups, "each wording is asked twice"
    assert summary.metrics == {
        name: {metric: estimate(metric, column, groups) for metric, column in metrics.items()}
        for name, metrics in table.items()
    }
    sides = list(variant_sides(table, run.answers).values())
    pairs = [(sides[0], sides[1]), (sides[0], sides[2]), (sides[1], sides[2])]
    expected = suite_comparisons(pairs, {}, groups)
    assert len(summary.comparisons) == len(expected) > 30
    for found, row in zip(summary.comparisons, expected, strict=True):
        same = ("metric", "delta", "low", "high", "p", "n", "unpaired", "mde", "bound_low", "gained_ids", "lost_ids")
        assert [getattr(found, name) for name in same] == [getattr(row, name) for name in same]


@pytest.mark.parametrize("way", ["processes", "blocks of seven", "on disk"])
def test_however_they_are_judged_the_files_are_the_same(
    folder: RunFolder, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    score_run(read_run(folder))
    expected = [(folder.path / name).read_bytes() for name in ("scores.jsonl", "summary.json")]
    if way != "on disk":
        monkeypatch.setattr(scored, "_BLOCK", 7)
    if way == "processes":
        monkeypatch.setattr(scored, "MANY", 1)
        monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    if way == "on disk":
        for module in (spool, keyed, figures):
            monkeypatch.setattr(module, "HELD", 0)
    score_run(read_run(folder))
    assert [(folder.path / name).read_bytes() for name in ("scores.jsonl", "summary.json")] == expected


def test_a_run_without_answers_has_no_figures(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    (run.path / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    assert score_run(read_run(run)).metrics == {} and (run.path / "scores.jsonl").read_bytes() == b""
    assert len(Items([])) == 0


@pytest.mark.parametrize(
    "score",
    [
        Score("base", "s", "q", "correct", 1.0, None),
        Score("b\"a'se", "s\\", "q\n\u2028", "words", 1e-17, 'a "note" of\tit', 3),
        Score("基", "s", "q\ud800", "loop", None, "é"),
        Score("base", "s", "q", "words", 3),
        Score("base", "s", "q", "words", True),
        Score("base", "s", "q", "words", float("nan")),
        Score("base", "s", "q", "words", float("inf"), "more"),
        Score("base", "s", "q", "words", -0.0),
        Score("base", "s", "q", "words", 123456789012345678.0),
        Score("base", "s", "q", "correct", 0.0, "7 is not 8", 0, 'It is "7".\n\u2028', "last"),
        Score("base", "s", "q", "correct", 1, None, 2, None, "nothing"),
    ],
)
def test_a_line_of_a_score_is_that_of_its_row(score: Score) -> None:
    row = asdict(score)
    if score.rule is None:
        del row["read"], row["rule"]
    if isinstance(row["value"], float) and row["value"] - row["value"] != 0:
        row["value"] = None
    assert list(score_lines([score])) == [json.dumps(row, ensure_ascii=False) + "\n"]
