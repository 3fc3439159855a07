"""A metric of one's own is one entry of METRICS and stands everywhere; a figure is written alike wherever it stands."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cli.printed import comparison_table
from harness.comparing import (
    Measure,
    called,
    difference_text,
    level_text,
    measure_of,
    measures,
    plain_level,
    plain_size,
    size_text,
    suite_measure,
)
from harness.comparing.measure import task_measure
from harness.comparing.seeds import read_sweep
from harness.gate import Policy, check_run, check_table, conclusion
from harness.gate.junit import check_junit
from harness.gate.markdown import check_markdown
from harness.gate.words import line
from harness.publish.card_evaluation import find_evaluation
from harness.publish.model_card import model_card
from harness.publish.wandb_log import answers_table
from harness.records import Check
from harness.report import Numbers, render_report
from harness.report.summary import build_report
from harness.score import score_run
from harness.scorers import METRICS
from harness.scorers.answered import Answered, Value
from harness.scorers.metrics import Metric
from harness.store import Run, read_json, read_run, write_json, write_jsonl
from harness.sweep import ranking_table
from harness.watch import headline
from harness.watch import line as trend_line
from harness.watch.evidence import WatchEvidence, Worse
from harness.watch.page import write_page
from harness.watch.trend import Step, Trend
from harness.words import words
from harness.words.numerals import SPACE
from tests.publish.test_push import card
from tests.support.gate_runs import ALL, N, make_run

NAMES = ("base", "dpo")
EN = words("en")


def shouts(it: Answered) -> Value:
    """Whether the answer ends in an exclamation mark."""
    return float(it.answer.endswith("!")), f"to question {it.question.id}, from {it.response.variant}"


SHOUTS = Metric(
    "shouts", "Shouted answers", "lower", shouts, rate=True, margin=0.03, unit="%", group="form", headline=True,
    table=True, gate=True, sweep="drawn",
)  # fmt: skip


@pytest.fixture
def shouting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METRICS, "shouts", SHOUTS)


def spoken(path: Path, names: Sequence[str] = NAMES, loud: Sequence[str] = ("dpo",)) -> Run:
    """Everybody is right; of those that are loud, every second answer is shouted."""
    texts = {
        (name, str(number)): f"It is {number + 1}{'!' if name in loud and number % 2 else '.'}"
        for name in names
        for number in range(N)
    }
    kinds = {"base": "base"} | dict.fromkeys(names[1:], "adapter")
    return read_run(make_run(path, dict.fromkeys(names, ALL), kinds, texts=texts, primary=["correct", "shouts"]))


def checked(folder: Path) -> Check:
    return check_run(spoken(folder / "new"), spoken(folder / "old", loud=()), Policy())


def text_of(page: str) -> str:
    """What a reader sees of a page, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def row_of(text: str, title: str) -> str:
    return next(row for row in text.splitlines() if title in row)


@pytest.mark.usefixtures("shouting")
def test_a_metric_of_ones_own_is_scored_and_compared(tmp_path: Path) -> None:
    run = spoken(tmp_path / "run")
    scores = [score for score in run.scores if score.metric == "shouts" and score.variant == "dpo"]
    assert len(scores) == N and {score.value for score in scores} == {0.0, 1.0}
    assert scores[3].note == "to question 3, from dpo"
    of_answers = [metric.name for metric in METRICS.values() if not metric.of_thoughts]
    assert [score.metric for score in run.scores][: len(of_answers)] == of_answers
    summary = run.summary
    assert summary.metrics["dpo"]["shouts"].mean == 0.5
    [row] = [row for row in summary.comparisons if row.metric == "shouts"]
    assert (row.delta, row.margin, row.gained, row.verdict) == (0.5, 0.03, N / 2, "regressed")
    table = answers_table(run, summary)
    assert table.columns[-1] == "shouts" and table.rows[-1][-1] == 1.0


@pytest.mark.usefixtures("shouting")
def test_a_metric_of_ones_own_stands_in_the_table_that_commands_print(tmp_path: Path) -> None:
    row = row_of(comparison_table(spoken(tmp_path / "run").summary), "Shouted answers")
    assert re.split(r"\s{2,}", row) == ["Shouted answers", "0 %", "50.0 % (WORSE, p <0.0001 (Holm))"]


@pytest.mark.usefixtures("shouting")
@pytest.mark.parametrize("lang", ["en", "zh-TW"])
def test_a_metric_of_ones_own_stands_in_the_report(tmp_path: Path, lang: str) -> None:
    run, say = spoken(tmp_path / "run"), words(lang)
    report = build_report(run, lang)
    [row] = [row for group in report.verdict.tables[0].groups for row in group.rows if row.title == "Shouted answers"]
    assert (row.unit, row.direction, [cell.level for cell in row.cells]) == ("%", "lower", ["0", "50.0"])
    assert row.cells[1].judged is not None and row.cells[1].judged.word == say("verdict.regressed")
    assert all(any("Shouted answers" in fact.text for fact in card.facts) for card in report.verdict.cards)
    assert "Shouted answers" in [row.title for panel in report.changes.panels for row in panel.rows]
    page = text_of(render_report(run, lang=lang, formats=["html"])[0].read_text(encoding="utf-8"))
    assert "Shouted answers" in page


@pytest.mark.usefixtures("shouting")
def test_a_metric_of_ones_own_is_checked_and_said_in_every_file_of_the_check(tmp_path: Path) -> None:
    check = checked(tmp_path)
    assert check.status == "regressed"
    assert conclusion(check).startswith("REGRESSED: new is worse than old: dpo shouts, +50.0 pt (")
    row = row_of(check_table(check), "shouts")
    assert "0 %" in row and "50.0 %" in row and "3 pt" in row and row.endswith("regressed")
    row = row_of(check_markdown(check), "| shouts |")
    assert "+50.0 pt" in html.unescape(row) and "3 pt" in row and "**regressed**" in row
    case = check_junit(check, "").split('<testcase name="shouts"')[1].split("</testcase>")[0]
    assert "<failure" in case and "50.0 % after" in case and "margin 3 pt" in case


@pytest.mark.usefixtures("shouting")
def test_a_metric_of_ones_own_is_followed_over_the_steps_of_a_training(tmp_path: Path) -> None:
    step = Step("step-4", 4, "checkpoint-4", "d", (), False, "j", checked(tmp_path))
    worse = Worse("step-4", 4, "suite", "shouts", "checkpoint", 7.0, 3.0)
    trend = Trend("dpo", "old", True, (step,), evidence=WatchEvidence(0.05, 1, 1, 2, (worse,)))
    assert "shouts +50.0 pt (" in headline(trend) and "shouts +50.0 pt (" in trend_line(step)
    page = text_of(write_page(tmp_path, trend).read_text(encoding="utf-8"))
    assert "Shouted answers" in page and "0 % → 50.0 %, +50.0 pt" in page.replace(SPACE, " ")


@pytest.mark.usefixtures("shouting")
@pytest.mark.parametrize("metric", ["shouts", "correct"])
def test_a_metric_of_ones_own_ranks_a_sweep_or_stands_beside_what_ranks(tmp_path: Path, metric: str) -> None:
    run = spoken(tmp_path / "run", ("base", "loud", "calm"), ("loud",))
    rows = [{"name": name, "settings": {"beta": beta}, "failed": None} for name, beta in (("loud", 0.1), ("calm", 0.5))]
    about = {"sweep": "s", "suite": "sums", "questions": N, "metric": metric}
    write_json(run.path / "sweep.json", {**about, "trainings": rows})
    found: Any = read_sweep(run)
    sweep = build_report(run).sweep
    assert sweep is not None
    if metric == "shouts":
        assert [group["settings"] for group in found["ranking"]] == [{"beta": 0.5}, {"beta": 0.1}]
        table = ranking_table(found)
        assert "Shouted answers" in table and re.search(r"^2\s+0\.1\s+50\.0 %", table, re.MULTILINE)
        assert sweep.ranking.measure == "Shouted answers, %"
        assert [row.figure.split()[0] for row in sweep.ranking.rows] == ["0", "50.0", "0"]
    else:
        assert {group["trainings"][0]: group["others"]["shouts"]["mean"] for group in found["ranking"]} == {
            "loud": 0.5, "calm": 0.0,
        }  # fmt: skip
        column = sweep.ranking.others.index("Shouted answers, %")
        assert [row.others[column] for row in sweep.ranking.rows] == ["50.0", "0", "0"]
    assert "Shouted answers, %" in [row.title for panel in sweep.panels for row in panel.rows]


@pytest.mark.usefixtures("shouting")
def test_a_metric_of_ones_own_stands_in_the_model_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = spoken(Path("runs/eval/run"))
    summary = read_json(run.path / "summary.json")
    summary["variants"][1]["digest"] = "d1"
    write_json(run.path / "summary.json", summary)
    evaluation = find_evaluation("d1", None)
    written = model_card(replace(card("calm"), evaluation=evaluation))
    row = html.unescape(row_of(written, "| Shouted answers |"))
    _, base, adapter, change, verdict = (cell.strip() for cell in row.replace(SPACE, " ").strip("| ").split("|"))
    assert base.startswith("0 %") and adapter.startswith("50.0 %") and change.startswith("+50.0 (")
    assert verdict == "regressed; p <0.0001 (Holm)"
    assert "name: Shouted answers" in written.split("---")[1]


def test_what_is_left_out_of_the_entry_is_left_out_of_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = Metric("shouts", "Shouted answers", "lower", shouts, unit="%", margin=0.03)
    monkeypatch.setitem(METRICS, "shouts", quiet)
    run = spoken(tmp_path / "new")
    assert "Shouted" not in comparison_table(run.summary)
    assert check_run(run, spoken(tmp_path / "old", loud=()), Policy()).status == "passed"
    [measure] = [it for it in measures(run.summary, {}) if it.metric == "shouts"]
    assert (measure.group, measure.headline) == ("other", False)
    assert "Shouted answers" in text_of(render_report(run, formats=["html"])[0].read_text(encoding="utf-8"))


def test_the_unit_of_an_amount_of_ones_own_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Metric(
        "lines", "Lines", "neither", lambda it: (float(len(it.text.splitlines())), None), unit="lines of text"
    )
    monkeypatch.setitem(METRICS, "lines", lines)
    measure = suite_measure("lines")
    assert size_text(12.34, measure, EN) == "12 lines of text" and plain_size(12.34, measure) == "12.3"
    assert plain_level(12.34, measure) == "12.3"


# lm-eval's.


def brier(run: Run, variant: str, values: Sequence[float]) -> None:
    """lm-eval's results of a task whose only metric is better where it is lower."""
    found = {
        "results": {"sure": {"brier_score,none": sum(values) / len(values)}},
        "configs": {"sure": {"metadata": {}}},
        "higher_is_better": {"sure": {"brier_score": False}},
        "n-samples": {"sure": {"original": len(values), "effective": len(values)}},
    }
    rows = [
        {"doc_id": i, "filter": "none", "doc_hash": f"d{i}", "prompt_hash": "p", "target_hash": "t", "brier_score": it}
        for i, it in enumerate(values)
    ]
    write_json(run.path / "benchmarks" / f"{variant}.json", found)
    write_jsonl(run.path / "benchmarks" / variant / "samples_sure.jsonl", rows)


def test_a_score_between_0_and_1_of_which_less_is_better_is_a_share_in_report_and_check(tmp_path: Path) -> None:
    before, after = [0.1 + 0.002 * i for i in range(100)], [0.3 + 0.002 * (i * 7 % 100) for i in range(100)]
    old, new = spoken(tmp_path / "old", ("base",)), spoken(tmp_path / "new")
    for run, results in ((old, {"base": before}), (new, {"base": before, "dpo": after})):
        for name, values in results.items():
            brier(run, name, values)
        run.folder.write_manifest(replace(run.manifest, tasks={"sure": "t0"}))
        score_run(read_run(run.path))
    old, new = read_run(old.path), read_run(new.path)
    [finding] = [row for row in check_run(new, old, Policy(), [("base", "dpo")]).findings if row.source == "sure"]
    summary = new.summary
    [measure] = [it for it in measures(summary, new.results) if it.source == "sure"]
    assert measure == measure_of(finding) and (measure.kind, measure.better) == ("share", "lower")
    assert called(measure, EN) == "sure: brier_score"
    numbers, cells = Numbers(summary), line(finding)
    levels = [level_text(numbers.level(name, measure), measure, EN) for name in NAMES]
    assert [cells.before, cells.after] == levels == [f"19.9{SPACE}%", f"39.9{SPACE}%"]
    row = numbers.difference("base", "dpo", measure)
    assert row is not None and difference_text(row, measure, EN).replace(SPACE, " ") == cells.change.replace(" pt", "")
    assert cells.change.startswith("+20.0 pt (") and cells.verdict == "regressed"
    [shown] = [r for group in build_report(new).verdict.tables[0].groups for r in group.rows if "brier" in r.title]
    assert (shown.unit, shown.cells[0].level, shown.direction) == ("%", "19.9", "lower")


@pytest.mark.parametrize(
    ("metric", "values", "kind"),
    [
        ("acc", (0.0, 1.0), "share"),
        ("brier_score", (0.2, 0.4), "share"),
        ("brier_score", (0.2, 1.4), "amount"),
        ("exact_match,flexible-extract", (0.5,), "share"),
        ("bits_per_byte", (0.7, 0.8), "amount"),
        ("word_perplexity,none", (0.9,), "amount"),
        ("bleu", (31.2, 0.4), "amount"),
        ("mcc", (-0.1, 0.2), "amount"),
    ],
)
def test_a_task_metric_is_a_share_where_its_values_could_be_whichever_way_is_better(
    metric: str, values: tuple[float, ...], kind: str
) -> None:
    for better in ("higher", "lower", "neither"):
        assert task_measure("task", metric, better, values).kind == kind


def test_a_metric_that_nobody_knows_any_more_is_an_amount_under_its_own_name() -> None:
    assert suite_measure("gone") == Measure("suite", "gone", "gone", "neither", "amount")
    assert called(suite_measure("gone"), EN) == "gone" and plain_level(0.5, suite_measure("gone")) == "0.5"
