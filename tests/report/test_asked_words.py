"""The words that were asked stand in every report and export, never the suite's where a recording holds others."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path

import pytest

from harness.asking import import_answers
from harness.config import Config
from harness.publish.wandb_log import answers_table
from harness.report import gather, render_report
from harness.report.assignment.answers import before_and_after
from harness.report.assignment.submission import export
from harness.report.summary.answers import answers_section, facts_of
from harness.score import score_run
from harness.store import Run, RunFolder, read_run
from harness.words import words
from tests.support.report_fixture import make_run

SUITE = ("How many legs has a spider?", "Which planet is the largest?")
OTHER = ("A spider walks on how many legs?", "The biggest planet is which one?")
THIRD = ("蜘蛛有幾隻腳？", "Wie heißt der größte Planet?")
LONG = tuple(f"Below is an instruction.\n\n### Instruction:\n{it}\n\n### Response:" for it in SUITE)
Prompts = Sequence[str] | None
CASES: dict[str, tuple[Mapping[str, Prompts], Sequence[str], Mapping[str, Prompts]]] = {
    "none holds a prompt": ({"base": None, "dpo": None}, SUITE, {"base": None, "dpo": None}),
    "the suite's own": ({"base": SUITE, "dpo": SUITE}, SUITE, {"base": None, "dpo": None}),
    "all in the same other words": ({"base": OTHER, "dpo": OTHER}, OTHER, {"base": None, "dpo": None}),
    "all in other white space": (
        {"base": OTHER, "dpo": [f"{it}\n" for it in OTHER]}, OTHER, {"base": None, "dpo": None}
    ),
    "each in words of its own": ({"base": OTHER, "dpo": THIRD}, OTHER, {"base": OTHER, "dpo": THIRD}),
    "three, of which two alike": (
        {"base": OTHER, "dpo": THIRD, "orpo": OTHER}, OTHER, {"base": OTHER, "dpo": THIRD, "orpo": OTHER}
    ),
    "the base alone holds one": ({"base": OTHER, "dpo": None}, OTHER, {"base": OTHER, "dpo": SUITE}),
    "the base alone holds none": ({"base": None, "dpo": THIRD}, SUITE, {"base": SUITE, "dpo": THIRD}),
    "inside a prompt, all the same": ({"base": LONG, "dpo": LONG}, SUITE, {"base": LONG, "dpo": LONG}),
    "one inside a prompt of its own": (
        {"base": SUITE, "dpo": [f"You are kind. {it} Think first." for it in SUITE]},
        SUITE,
        {"base": SUITE, "dpo": [f"You are kind. {it} Think first." for it in SUITE]},
    ),
    "both inside the same longer prompt": (
        {name: [f"You are kind. {it} Think first." for it in SUITE] for name in ("base", "dpo")},
        SUITE,
        {name: [f"You are kind. {it} Think first." for it in SUITE] for name in ("base", "dpo")},
    ),
}  # fmt: skip
"""What each variant's file holds as its prompts → how questions are headed, and what each answer says it was asked."""


def recorded(folder: Path, prompts: Mapping[str, Prompts]) -> Run:
    place = folder / "spiders"
    place.mkdir()
    (place / "suite.yaml").write_text("title: spiders\nprompt: alpaca\n", encoding="utf-8")
    rows = [
        {"id": str(n), "question": it, "match": "contains", "answer": key}
        for n, (it, key) in enumerate(zip(SUITE, ("8", "Jupiter"), strict=True))
    ]
    (place / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    files = {}
    for name, held in prompts.items():
        said = [{"prompt": it} for it in held] if held else [{}, {}]
        files[name] = folder / f"{name}.jsonl"
        answers = ({"id": str(n), "response": f"{name} says 8."} | it for n, it in enumerate(said))
        files[name].write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")
    run = RunFolder(folder / "run")
    import_answers(run, Config(), str(place), files, {}, "harness import")
    score_run(read_run(run))
    return read_run(run)


def seen(page: Path) -> str:
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("case", CASES)
def test_questions_stand_as_they_were_asked_and_answers_say_what_else_they_were(case: str, tmp_path: Path) -> None:
    prompts, headed, told = CASES[case]
    run = recorded(tmp_path, prompts)
    material = gather(run, words("en"))
    assert [it.text for it in material.questions] == list(headed)
    for number, question in enumerate(material.questions):
        for name in prompts:
            said = [it for it in facts_of(material, name, question) if it.startswith("asked: ")]
            own = told[name]
            assert [" ".join(it.split()) for it in said] == (
                [f"asked: “{' '.join(own[number].split())}”"] if own else []
            )
    # The table of lengths, the matrix, and what is printed, of the summary and of the assignment.
    section, before = answers_section(material), before_and_after(material)
    # Paper does not print again the question that is told through.
    assert before.example is not None
    for shown in (section.shown, section.printed, before.asked, (*before.printed, before.example.exchange)):
        assert {it.question for it in shown} == set(headed)
    titles = [str(row[0]) for grid in before.lengths for row in grid.rows]
    assert all(title.endswith(words_) for title, words_ in zip(titles, headed, strict=True))
    unlike = any(told.values()) and not all(question.alike for question in material.questions)
    assert ("each question stands here as base was asked it" in before.lengths_note) is unlike
    assert ("each question stands here as base was asked it" in section.lead) is unlike


@pytest.mark.parametrize("case", CASES)
def test_exports_hold_the_words_that_were_asked(case: str, tmp_path: Path) -> None:
    prompts, _, _ = CASES[case]
    run = recorded(tmp_path, prompts)
    files = {it.variant: it.file for it in export(run)}
    table = answers_table(run, run.summary)
    sent = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    for name, held in prompts.items():
        own = [" ".join(it.split()) for it in held or SUITE]
        rows = json.loads((run.path / "submission" / files[name]).read_text(encoding="utf-8"))
        assert [" ".join(row["prompt"].split()) for row in rows] == own
        assert [" ".join(row["question"].split()) for row in sent if row["variant"] == name] == own


@pytest.mark.parametrize("template", ["summary", "assignment"])
@pytest.mark.parametrize("lang", ["en", "zh-TW"])
def test_no_page_heads_a_question_with_words_that_nobody_was_asked(
    template: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = recorded(tmp_path, {"base": OTHER, "dpo": THIRD})
    (path,) = render_report(run, template, lang, ["html"])
    page = seen(path)
    assert all(text in page for text in (*OTHER, *THIRD))
    # The suite's words stand in the audit alone, once, beside those that were asked.
    assert page.count(SUITE[1]) == 0 and page.count(SUITE[0]) <= 2
    assert all(OTHER[0] in part or THIRD[0] in part for part in re.findall(rf".{{200}}{re.escape(SUITE[0])}", page))


def test_a_run_asked_here_is_headed_by_the_suites_questions_and_says_no_more(tmp_path: Path) -> None:
    material = gather(read_run(make_run(tmp_path / "run", questions=3)), words("en"))
    for question in material.questions:
        assert question.alike and question.text == question.suite
        for name in material.marks:
            assert not [it for it in facts_of(material, name, question) if it.startswith("asked: ")]


def test_a_prompt_of_pages_is_shown_by_its_beginning_and_exported_whole(tmp_path: Path) -> None:
    long = [f"{'Be kind. ' * 300}{it}" for it in SUITE]
    run = recorded(tmp_path, {"base": long, "dpo": long})
    material = gather(run, words("en"))
    (said, *_) = facts_of(material, "base", material.questions[0])
    assert said.startswith("asked: “Be kind.") and said.endswith("…”") and len(said) < 500
    rows = json.loads((run.path / "submission" / export(run)[0].file).read_text(encoding="utf-8"))
    assert rows[0]["prompt"] == long[0]
