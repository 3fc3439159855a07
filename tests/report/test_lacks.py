"""What has no answer says why in one wording, in the matrix, beside the text and in its place, in every language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from harness.asking import import_answers
from harness.config import Config
from harness.report import render_report, segments
from harness.report.summary import build_report
from harness.report.summary.view import Answer
from harness.score import score_run
from harness.scorers import read
from harness.scorers.lacks import EMPTY, UNBEGUN, Empty, Unbegun
from harness.store import Run, RunFolder, read_run
from harness.words import words

LANGUAGES = ("en", "zh-TW")
ANSWERS = {
    "nothing written": "",
    "only white space": " \n",
    "only special tokens": "</s>",
    "only a thought": "<think>4</think>",
    "nothing before the template": "### Instruction:\nAnother.\n\n### Response:\n4",
    "nothing before another role": "### Human:\nAnother?",
    None: "It is 2.\n\n### Human:\nAnother?\n\n### Human:\nYes.",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that went the whole way of `harness import`, an answer of each kind."""
    folder = tmp_path_factory.mktemp("lacks")
    suite = folder / "tasks" / "sums"
    suite.mkdir(parents=True)
    (suite / "suite.yaml").write_text("title: Sums\nprompt: alpaca\n")
    rows = [{"id": str(n), "question": f"What is {n} and 1?", "answer": "2"} for n in range(len(ANSWERS))]
    (suite / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    file = folder / "answers.jsonl"
    file.write_text("".join(json.dumps({"id": str(n), "response": it}) + "\n" for n, it in enumerate(ANSWERS.values())))
    made = RunFolder(folder / "run")
    import_answers(made, Config(), str(suite), {"base": file}, {}, "harness import")
    score_run(read_run(made))
    return read_run(made)


def answers(run: Run, lang: str) -> dict[str, Answer]:
    return {one.id: row[0] for one in build_report(run, lang).answers.shown for row in one.rows}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_kind_is_told_alike_wherever_it_is_told(run: Run, lang: str) -> None:
    say, shown = words(lang), answers(run, lang)
    for number, (lack, text) in enumerate(ANSWERS.items()):
        one = shown[str(number)]
        if lack is None:
            continue
        # An end of text that a recording kept is cut off when it is read.
        wanted = say(f"lack.{(lack if text != '</s>' else 'nothing written').replace(' ', '_')}")
        assert wanted in one.cell.told and one.cell.flagged
        assert one.note is None
        assert one.missing == wanted if not text.replace("</s>", "").strip() else wanted in one.flags


@pytest.mark.parametrize("lang", LANGUAGES)
def test_headings_of_other_speakers_are_marked_and_what_follows_is_set_apart(run: Run, lang: str) -> None:
    one = answers(run, lang)[str(len(ANSWERS) - 1)]
    assert [(it.kind, it.text) for it in one.segments] == [
        ("plain", "It is 2.\n\n"),
        ("role", "### Human:"),
        ("after", "\nAnother?\n\n"),
        ("role", "### Human:"),
        ("after", "\nYes."),
    ]
    assert one.state == "right" and words(lang)("answers.roles") in one.flags and "roles" in one.found


def test_levels_of_the_run_count_them(run: Run) -> None:
    assert run.summary is not None
    found = run.summary.metrics["base"]
    assert [found[it].mean for it in ("empty", "unbegun", "roles", "leak")] == pytest.approx(
        [4 / 7, 2 / 7, 2 / 7, 1 / 7]
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_can_be_filtered_by_them(run: Run, lang: str) -> None:
    (page,) = render_report(run, "summary", lang, ["html"])
    html = Path(page).read_text(encoding="utf-8")
    assert (
        '<input type="checkbox" name="only" value="roles">' in html and '<mark class="role">### Human:</mark>' in html
    )


def test_every_kind_has_a_sentence_in_every_language_and_english_says_what_the_notes_say() -> None:
    assert {*EMPTY, *UNBEGUN} == {*get_args(Empty), *get_args(Unbegun)} == {it for it in ANSWERS if it}
    for lack in (*EMPTY, *UNBEGUN):
        key = f"lack.{lack.replace(' ', '_')}"
        assert words("en")(key) == lack
        assert words("zh-TW").get(key, lack) != lack


def test_a_leak_before_or_behind_another_speaker_is_marked_as_one() -> None:
    text = "7\n### Human:\n8\n### Input:\n9"
    pieces = segments(text, ["### Input:"], roles=[(it.start, it.end) for it in read(text, ["### Input:"]).roles])
    assert [(it.kind, it.text) for it in pieces] == [
        ("plain", "7\n"), ("role", "### Human:"), ("after", "\n8\n"), ("leak", "### Input:"), ("after", "\n9"),
    ]  # fmt: skip
