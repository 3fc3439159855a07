"""Whole pages in Chinese: what a user wrote is Han there, so that any English sentence left is the harness's own."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.audit.words import warning
from harness.gate import Policy, check_run
from harness.gate.markdown import check_markdown
from harness.records import Finding
from harness.report import render_report
from harness.store import Run, read_run
from harness.watch.evidence import NOTHING_SEEN, Falling, WatchEvidence, Worse
from harness.watch.page import write_page
from harness.watch.trend import Step, Trend
from harness.words import words
from tests.support.gate_runs import but
from tests.support.gate_runs import make_run as make_gate_run
from tests.support.report_fixture import make_run
from tests.support.verdict_runs import blind, missing, noisy
from tests.words.test_glossary import GLOSSED, TERMS, languages

CHINESE = [lang.replace("_", "-") for lang in languages() if lang.startswith("zh")]
WORD = r"[A-Za-z][A-Za-z'’]+"
SENTENCE = re.compile(rf"{WORD}(?:[ ,;:-]{{1,2}}{WORD}){{2,}}")
ATTRIBUTES = re.compile(r'(?:aria-label|title|alt|placeholder|data-unit|label)="([^"]*)"')
WARNINGS = (
    warning("failed_answers", ("甲",), counts={"甲": 3}),
    warning("missing_answers", ("甲",), counts={"甲": 3}, all=9),
    warning("answers_cut", ("甲",), "said", shares={"甲": 0.2}),
    warning("answers_cut", ("甲",), "inferred", shares={"甲": 0.2}, limit=512),
    warning("echoes_left", ("甲",), name="甲", all=9, holding=2),
    warning("own_chat_template", ("甲",), names="甲"),
    warning("no_end_of_text", ("甲",), name="甲"),
    warning("rewards_look_good_answers_do_not", ("甲",), "loop", name="甲", accuracy=0.99, share=0.4),
    warning("rewards_look_good_answers_do_not", ("甲",), "leak", name="甲", accuracy=0.99, share=0.4),
    warning("repeated_questions", (), "alike", groups=[["一", "二"]]),
    warning("few_questions", (), "none", n=6, baseline="基", variant="甲", margin=5.0, needed=900),
    warning("few_questions", (), "some", n=60, baseline="基", variant="甲", margin=5.0, needed=900, mde=20.0),
    warning("system_line_differs", ("甲",), name="甲", trained="請用中文。", asked="請簡短。"),
    warning("dropout_off", ("甲",), name="甲", asked=0.1, real=0.0),
    warning("rewards_not_comparable", ("甲", "乙")),
)


def read(page: str) -> list[str]:
    """Every text that a reader meets on a page: what is shown, what is read aloud, what the script says."""
    script = re.search(r'<script[^>]*id="words"[^>]*>(.*?)</script>', page, re.S)
    spoken = list(json.loads(script[1]).values()) if script else []
    page = re.sub(r"<(script|style|pre|code)\b.*?</\1>", "\n", page, flags=re.S)
    spoken += ATTRIBUTES.findall(page)
    # A source's title is in the language that it was written in.
    page = re.sub(r'<section id="references".*?</section>', "\n", page, flags=re.S)
    return [html.unescape(text) for text in (*re.sub(r"<[^>]*>", "\n", page).splitlines(), *spoken) if text.strip()]


def english(texts: list[str]) -> list[str]:
    """Three Latin words in a row, once all terms are taken out."""
    found = []
    for text in texts:
        left = GLOSSED.sub("＊", text)
        for term in sorted((term for group in TERMS.values() for term in group), key=len, reverse=True):
            left = re.sub(rf"(?<![A-Za-z]){re.escape(term)}(?![A-Za-z])", "＊", left)
        found += [f"{match[0]!r} in {text[:200]!r}" for match in SENTENCE.finditer(left)]
    return found


def in_han(run: Run) -> Run:
    """The same run with questions, answers and what was read of them in Han characters."""
    for name in ("questions.jsonl", "responses.jsonl", "scores.jsonl"):
        path = run.path / name
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            for key in ("question", "answer", "text", "reference", "read"):
                if isinstance(row.get(key), str):
                    row[key] = re.sub(r"[A-Za-z]+(?:[ ,.]+[A-Za-z]+)*", "漢字", row[key])
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    manifest = (run.path / "manifest.json").read_text(encoding="utf-8")
    for name in ("Years of opening", "You are a helpful assistant."):
        manifest = manifest.replace(json.dumps(name), json.dumps("漢字"))
    (run.path / "manifest.json").write_text(manifest, encoding="utf-8")
    return read_run(run.path)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("pages")
    rich = make_run(folder / "rich", questions=8)
    rich.write_summary(replace(read_run(rich).summary, warnings=WARNINGS))
    made = [read_run(rich), blind(folder / "blind"), missing(folder / "missing"), noisy(folder / "noisy")]
    return [in_han(run) for run in made]


@pytest.mark.parametrize("lang", CHINESE)
@pytest.mark.parametrize("template", ["summary", "assignment"])
def test_a_report_has_no_english_sentence(template: str, lang: str, runs: list[Run]) -> None:
    for run in runs:
        (path,) = render_report(run, template, lang, ["html"])
        texts = read(path.read_text(encoding="utf-8"))
        assert len(texts) > 150
        assert not english(texts), run.id


@pytest.mark.parametrize("lang", CHINESE)
def test_a_check_and_the_trend_have_no_english_sentence(lang: str, tmp_path: Path) -> None:
    base, worse = make_gate_run(tmp_path / "前", {"甲": but(0)}), make_gate_run(tmp_path / "後", {"甲": but(40)})
    found = check_run(read_run(worse), read_run(base), Policy())
    few = replace(found.findings[0], verdict="undecided", n=3, low=None, high=None, p=None, p_adjusted=None, mde=None)
    findings: tuple[Finding, ...] = (*found.findings, replace(few, reason="few"), replace(few, n=90, reason="few"))
    findings += (replace(few, n=90, reason="constant"), replace(few, n=90), replace(few, n=90, mde=0.04))
    check = replace(
        found, findings=findings, anchor="前", notes=("甲: 3 items of correct do not pair and are not compared.",)
    )
    say = words(lang)
    pages = [check_markdown(replace(check, status=status), say) for status in ("regressed", "undecided", "passed")]
    pages.append(check_markdown(replace(check, status="undecided", exit_code=4), say))
    pages.append(
        check_markdown(replace(check, status="incomplete", missing=("甲 of 後 lacks the lm-eval task 任務.",)), say)
    )
    for page in pages:
        texts = [re.sub(r"&#\d+;|[`|*#-]", " ＊ ", text) for text in page.splitlines()]
        assert not english(texts)
    numbered = {"a": 10, "b": 20, "final": 30}
    steps = tuple(Step(name, at, f"檢查點/{at}", "0", (), False, "0", check) for name, at in numbered.items())
    what = (found.findings[0].source, found.findings[0].metric)
    evidence = WatchEvidence(
        alpha=0.05, looks=3, tests=5, best_of=1,
        worse=(Worse("a", 10, *what, "checkpoint", 4.0, 3.0), Worse("b", 20, *what, "course", 4.0, 3.0)),
        falling=(Falling(20, *what, -0.002, -0.02, 4.0, 3.0),),
    )  # fmt: skip
    trend = Trend("訓練", "前", False, steps, (5, 7), evidence)
    for one in (
        trend,
        replace(trend, evidence=replace(evidence, worse=(), falling=(), best_of=4)),
        replace(trend, steps=(), evidence=NOTHING_SEEN),
    ):
        texts = read(write_page(tmp_path, one, lang=lang).read_text(encoding="utf-8"))
        assert len(texts) > 10 and not english(texts)


def test_an_english_sentence_is_found() -> None:
    page = (
        '<html><p title="Point at it">資料 <b>No regression seen here</b></p><code>harness report it now</code></html>'
    )
    assert len(english(read(page))) == 2
