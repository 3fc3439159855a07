"""What the reports claim: of primary measures alone, over their family, and once where the questions decide nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.report.summary import build_report
from harness.report.summary.view import Report
from harness.report.view import VariantCell
from harness.store import Run
from tests.support.verdict_runs import better, blind, missing, noisy

CLAIMS = ("improved", "regressed", "shifted")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return better(tmp_path_factory.mktemp("runs") / "good")


@pytest.fixture(scope="module")
def none(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return blind(tmp_path_factory.mktemp("runs") / "none")


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return missing(tmp_path_factory.mktemp("runs") / "lacking")


def cells(report: Report, part: str) -> dict[str, VariantCell]:
    """dpo's cells by measure, from that heading on."""
    groups = report.verdict.tables[0].groups
    first = next(place for place, group in enumerate(groups) if part in (group.part or ""))
    end = next((place for place, group in enumerate(groups) if place > first and group.part), len(groups))
    return {row.title: row.cells[1] for group in groups[first:end] for row in group.rows}


def words_of(report: Report) -> Iterator[str]:
    """Every verdict that the report shows."""
    for card in report.verdict.cards:
        yield from (fact.judged.verdict for fact in (*card.facts, *card.exploratory) if fact.judged)
    for table in report.verdict.tables:
        yield from (c.judged.verdict for group in table.groups for row in group.rows for c in row.cells if c.judged)
    for panel in report.changes.panels:
        yield from (line.judged.verdict for row in panel.rows for line in row.lines if line.judged)


def plain(text: str | None) -> str:
    return (text or "").replace("\u00a0", " ")


def test_only_primary_measures_carry_verdicts_and_show_the_p_of_their_family(good: Run) -> None:
    shown = build_report(good)
    correct = cells(shown, "Primary measures")
    assert list(correct) == ["Correct"] and correct["Correct"].judged
    assert correct["Correct"].judged.verdict == "improved"
    assert [plain(note) for note in correct["Correct"].notes] == ["p <0.0001 (Holm)"]
    others = cells(shown, "Exploratory")
    assert len(others) > 8 and {cell.judged.verdict for cell in others.values() if cell.judged} <= {"unchanged"}
    # Longer for sure, and shown with its interval.
    assert re.fullmatch(r"\+\d\.\d+ \(\+\d\.\d+ to \+\d\.\d+\)", plain(others["Words"].difference))
    assert [claim for claim in words_of(shown) if claim in CLAIMS] == ["improved"] * 3


def test_the_family_is_told_once_and_the_exploratory_measures_under_one_heading(good: Run, none: Run) -> None:
    shown = build_report(good)
    meaning = plain(shown.verdict.meaning)
    assert "One primary measure is tested against base" in meaning and meaning.count("Exploratory") == 1
    for panel in shown.changes.panels:
        assert sum(row.part is not None for row in panel.rows) == 1
    assert sum("Exploratory" in (group.part or "") for group in shown.verdict.tables[0].groups) == 1
    _, card = shown.verdict.cards
    assert [fact.judged.verdict for fact in card.facts if fact.judged] == ["improved"] and card.exploratory
    assert plain(shown.changes.captions[0]).startswith("dpo: 1 improved of 1 primary measure. ")
    assert shown.changes.captions[0].endswith(" others are exploratory.")
    named = {source.what: source.value for source in shown.sources}
    assert named["Primary measures"] == "Correct"


@pytest.mark.parametrize(
    ("lang", "sentence", "none_of"),
    [
        (
            "en",
            "130 judged answers are too few to decide anything about dpo: they can show only ",
            "undecided|unchanged|smallest detectable",
        ),
        ("zh-TW", "130 則已評分的回答不足以對 dpo 下定論：最小可測差異為 ", "未定|持平"),
    ],
)  # fmt: skip
def test_where_the_questions_decide_nothing_it_is_one_sentence_and_quiet_cells(
    lang: str, sentence: str, none_of: str, none: Run
) -> None:
    shown = build_report(none, lang)
    said = plain(shown.verdict.shortfall)
    assert said.startswith(sentence) and "harness plan --suite sums" in said
    assert list(words_of(shown)) == []
    table = [cell for group in shown.verdict.tables[0].groups for row in group.rows for cell in row.cells]
    notes = [note for cell in table for note in cell.notes]
    notes += [row.note or "" for group in shown.verdict.tables[0].groups for row in group.rows]
    facts = [f"{fact.text} {fact.certainty or ''}" for card in shown.verdict.cards for fact in card.facts]
    assert not re.search(none_of, " ".join([*notes, *facts, *shown.changes.captions]))


def test_a_verdict_that_missing_answers_could_turn_is_undecided_between_bounds(lacking: Run) -> None:
    shown = build_report(lacking)
    cell = cells(shown, "Primary measures")["Correct"]
    assert cell.judged and cell.judged.verdict == "undecided"
    notes = [plain(note) for note in cell.notes]
    assert (
        notes[0] == "90 of 130 judged" and notes[-1] == "the missing answers could overturn it (−7.7 to +23.1 points)"
    )
    _, card = shown.verdict.cards
    # Of the 90 that both answered: 65 right before, 75 after.
    assert card.facts[0].text.startswith("Correct: 65 → 75 of 90 (of 130 judged); 10 gained, 0 lost (+11.1 points")
    assert "a difference is neither shown" not in card.facts[0].text
    assert plain(card.facts[0].certainty) == "(the missing answers could overturn it (−7.7 to +23.1 points))"
    rows = [row for panel in shown.changes.panels for row in panel.rows]
    assert rows and plain(rows[0].n) == "n = 90 of 130"
    chinese = build_report(lacking, "zh-TW")
    note = cells(chinese, "主要指標")["正確率"].notes[-1]
    assert note == "缺少的回答可能翻轉結論（−7.7 至 +23.1 個百分點）"


def test_the_noise_of_a_difference_is_how_far_asking_again_moves_it(tmp_path: Path) -> None:
    cell = cells(build_report(noisy(tmp_path)), "Primary measures")["Correct"]
    # 1.96 · √(10 / 130 / 130)
    assert plain(cell.notes[-1]) == "asking again moves it by ±4.8 points"
