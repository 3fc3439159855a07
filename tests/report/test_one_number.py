"""One number, one rounding: a logged value reads the same in the audit, in a sentence and in a chart."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from harness.audit import sentence
from harness.audit.words import warning
from harness.charts import CurveLine, chart, curve, logged
from harness.cli.printed import comparison_table
from harness.comparing import called, difference_parts, level_text
from harness.curves import quantity_text
from harness.gate import Policy, check_run
from harness.gate.markdown import check_markdown
from harness.publish.card_evaluation import _rows
from harness.publish.model_card import _logged
from harness.records import Curve
from harness.report import gather
from harness.report.assignment.curves import curves
from harness.report.summary import changes_section, training_section, verdict_section
from harness.store import read_run
from harness.words import words
from tests.support.report_fixture import make_run

ENDS = [
    0.0, 1.0, 0.995, 0.9949, 0.9951, 0.95, 0.9375, 0.90625, 0.46875, 0.4375, 0.3125, 0.0625, 0.9996, 0.99949, 0.0004,
    1 / 3, 2 / 3, 0.5, 0.505,
]  # fmt: skip
LOSSES = [0.0161, 0.6931, 3.8324, 8.9927, 0.00099996, 5e-6, 12.345, 123.45, 1999.6, 2.5e-4, 0.999, 0.9996, 1e-12]


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize("last", ENDS)
def test_the_reward_accuracy_at_the_end_reads_the_same_everywhere(last: float, lang: str, tmp_path: Path) -> None:
    say, key = words(lang), "rewards/accuracies"
    run = make_run(tmp_path / "run", ("base", "dpo"), 1, curves=False, benchmarks=False)
    rows = [Curve("dpo", n, None, key, last * n / 60) for n in range(1, 60)]
    run.write_curves([*rows, Curve("dpo", 60, None, key, last)])
    material = gather(read_run(run), say)
    text = quantity_text(key, last, say)
    caveat = warning("rewards_look_good_answers_do_not", ("dpo",), "leak", name="dpo", accuracy=last, share=1.0)
    (row,) = training_section(material).grids[0].rows
    (drawn,) = row.charts
    assert drawn is not None
    (reading,) = curves(material).readings
    (label,) = re.findall(r'data-label="0"[^>]*><text[^>]*>([^<]*)</text>', drawn.svg)
    places = {
        "audit": sentence(caveat, say),
        "caption": row.finding,
        "sentence": next(it for it in reading.sentences if "accuracy" in it or "準確率" in it),
        "chart's label": unescape(label),
        "chart's name": drawn.label,
    }
    # As a whole number: 5 % does not stand in 95 %.
    whole = re.compile(rf"(?<![\d.]){re.escape(text)}(?!\d)")
    assert not {place: said for place, said in places.items() if not whole.search(said)}
    if lang == "en":
        assert _logged(read_run(run).curves) == [(key, quantity_text(key, last / 60, say), text)]


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize("key", ["loss", "rewards/margins", "learning_rate"])
@pytest.mark.parametrize("last", LOSSES)
def test_any_other_quantity_reads_the_same_in_caption_chart_and_its_name(
    last: float, key: str, lang: str, tmp_path: Path
) -> None:
    say = words(lang)
    run = make_run(tmp_path / "run", ("base", "dpo"), 1, curves=False, benchmarks=False)
    run.write_curves([Curve("dpo", n, None, key, last * (61 - n)) for n in range(1, 61)])
    (row,) = training_section(gather(read_run(run), say)).grids[0].rows
    text = quantity_text(key, last, say)
    (drawn,) = row.charts
    assert drawn is not None and text in row.finding and text in drawn.label and f">{text}</text>" in drawn.svg
    assert not re.search(r"\de[-−]?\d", row.finding + drawn.label)


def test_small_numbers_at_axes_are_powers_of_ten() -> None:
    curves = [Curve("dpo", n, None, "learning_rate", 5e-6 * (1 - n / 400)) for n in range(1, 398)]
    points = logged(curves)["dpo", "learning_rate"]
    svg = chart(curve([CurveLine("", points, exact=True)], "#0072b2"), "Learning rate").svg
    told = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"2\u00a0×\u00a010⁻⁶", "4\u00a0×\u00a010⁻⁶"} <= set(told)
    assert not [text for text in told if "e" in text.replace("step", "") or text.startswith("0.0000")]


@pytest.mark.parametrize("key", ["rewards/accuracies", "eval_rewards/accuracies", "eval_held_out_rewards/accuracies"])
def test_an_accuracy_is_a_share_of_whichever_set(key: str) -> None:
    assert quantity_text(key, 0.995, words("en")) == "99.5\u00a0%"
    assert quantity_text("rewards/margins", 0.995, words("en")) == "0.995"


@pytest.mark.parametrize("questions", [6, 40, 130])
def test_a_measure_reads_the_same_in_card_table_terminal_and_model_card(questions: int, tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run", questions=questions))
    material, say = gather(run, words("en")), words("en")
    terminal = {
        row[0]: row[1:] for row in (re.split(r"\s{2,}", line) for line in comparison_table(run.summary).splitlines())
    }
    base, tuned = material.base.name, material.tuned[0].name
    model_card = {row.title: row for row in _rows(material.numbers, material.measures, base, tuned, (), say)}
    places = {table: [mark.name for mark in table.marks].index(tuned) for table in verdict_section(material).tables}
    cells = {row.title: row.cells[at] for table, at in places.items() for group in table.groups for row in group.rows}
    seen = 0
    for measure in material.measures:
        if measure.source != "suite" or measure.title not in terminal:
            continue
        title = called(measure, say)
        told = {
            "terminal": terminal[measure.title][1],
            "model card": model_card[title].adapter,
            "table": cells[title].level,
        }
        figure = level_text(material.numbers.level(tuned, measure), measure).replace("−", "-")
        assert figure != "–"
        first = {place: re.match(r"[<>]?[-\d.,]+", text.replace("−", "-")) for place, text in told.items()}
        assert {place: found and found[0] for place, found in first.items()} == dict.fromkeys(told, figure), title
        seen += 1
    assert seen >= 4


NUMBER = re.compile(r"[+\-]?\d+(?:,\d{3})*(?:\.\d+)?")


def numbers(text: str) -> list[str]:
    """Every figure in a text, with ASCII signs."""
    return NUMBER.findall(text.replace("−", "-").replace("\u00a0", " "))


@pytest.mark.parametrize("questions", [6, 12, 40, 130])
def test_a_difference_reads_the_same_in_card_forest_and_table(questions: int, tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run", questions=questions))
    material, say = gather(run, words("en")), words("en")
    section, base = verdict_section(material), material.base.name
    cells = {
        (table.marks[at].name, row.title): cell
        for table in section.tables
        for group in table.groups
        for row in group.rows
        for at, cell in enumerate(row.cells)
    }
    changes = changes_section(material)
    assert changes is not None
    forest = {
        (line.mark.name, row.title): line.difference
        for panel in changes.panels
        for row in panel.rows
        for line in row.lines
    }
    seen = {"card": 0, "forest": 0}
    for card in section.cards:
        facts = [str(fact.text) for fact in (*card.facts, *card.exploratory)]
        for measure in material.measures:
            row = material.numbers.difference(base, card.mark.name, measure)
            if row is None or measure.source != "suite":
                continue
            title, ends = called(measure, say), [part for part in difference_parts(row, measure) if part]
            told = [end.replace("−", "-") for end in ends]
            place = forest.get((card.mark.name, title))
            if place is not None and measure.metric == "words":
                # Drawn as a percentage of the base, which is how the card begins.
                (length,) = [fact for fact in facts if fact.startswith("Answers ") and "shorter" in fact]
                assert numbers(length)[0] == numbers(place)[0].lstrip("-+"), (length, place)
                assert set(told) <= set(numbers(length)), length
            if place is not None and measure.kind == "share":
                assert numbers(place)[: len(told)] == told, title
                seen["forest"] += 1
            phrase = say.get(f"phrase.{measure.metric}", title)
            for fact in facts:
                # Of right answers a card gives the count.
                if not fact.startswith(f"{phrase}:") or measure.metric == "correct":
                    continue
                levels = [material.numbers.level(name, measure) for name in (base, card.mark.name)]
                expected = [level_text(level, measure) for level in levels]
                assert numbers(fact.partition(":")[2])[:2] == expected, (title, fact)
                assert set(told) <= set(numbers(fact)), (title, fact)
                seen["card"] += 1
            cell = cells[card.mark.name, title]
            assert numbers(cell.level) == numbers(level_text(material.numbers.level(card.mark.name, measure), measure))
            assert set(told) <= set(numbers(cell.difference or "")), (title, cell)
    assert min(seen.values()) >= 2, seen


@pytest.mark.parametrize("questions", [6, 40, 130])
def test_check_md_has_the_tables_figure_with_a_decimal_more_at_most(questions: int, tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run", questions=questions))
    say = words("en")
    material = gather(run, say)
    base, tuned = material.base.name, material.tuned[0].name
    text = check_markdown(check_run(run, run, Policy(), [(base, tuned)]))
    rows = {
        cells[1]: cells for line in text.splitlines() if len(cells := [it.strip() for it in line.split("|")[1:]]) > 5
    }
    seen = 0
    for measure in material.measures:
        found = rows.get(measure.metric)
        if measure.source != "suite" or found is None or not found[0].startswith(tuned):
            continue
        for name, cell in ((base, found[2]), (tuned, found[3])):
            table = level_text(material.numbers.level(name, measure), measure).replace(",", "")
            (figure,) = [it.replace(",", "") for it in numbers(cell.replace("&#37;", "%"))]
            places = len(table.partition(".")[2])
            assert abs(float(figure) - float(table)) <= 0.5 * 10**-places + 0.05, (measure.metric, table, figure)
            seen += 1
    assert seen >= 4
