"""A look at preference data: counts of all rows, lengths of drawn ones, rows as they are trained on."""

import json
import random
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.data import DataSource, TrainedAs, chat_template_of, load_template, look_at
from harness.data.drawn_rows import LETTERS, ROWS, DrawnRows
from harness.data.looking import SHOWN
from harness.data.overlap import SeenQuestions
from harness.data.preferences import Preference, read_preferences
from harness.data.suites import Suite
from harness.models import find_base, load_tokenizer
from harness.records import Question


def put(path: Path, *rows: dict[str, Any]) -> DataSource:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return DataSource(str(path))


def pair(n: int, chosen: str = "yes", rejected: str = "no", **other: Any) -> dict[str, Any]:
    return {"prompt": f"word {n}", "chosen": f"{chosen} {n}", "rejected": f"{rejected} {n}", **other}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer(find_base("pocket"))


def test_counts_are_those_of_the_training(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "r"}]
    data = put(
        tmp_path / "a.jsonl",
        pair(1, system="Be brief.", score_chosen=5, score_rejected=2),
        pair(2, score_chosen=1, score_rejected=2),
        pair(1, system="Be brief."),
        {"prompt": said, "chosen": "a", "rejected": "b"},
        {"prompt": "q", "completion": "a", "label": False},
        pair(3, chosen="same", rejected="same"),
        {"text": "no pair"},
    )
    found, trained_on = look_at(data, None), read_preferences(data.source)
    assert (found.rows, found.usable, found.dropped, found.shapes) == (
        trained_on.rows, len(trained_on.usable), trained_on.dropped, trained_on.shapes,
    )  # fmt: skip
    assert found.dropped == {"duplicate": 1, "chosen equals rejected": 1, "missing columns": 1}
    counts = found.counts
    assert (counts.rows, counts.pairs, counts.several_turns, counts.with_system) == (5, 4, 1, 2)
    assert (counts.scored, counts.contradicted, counts.margins, counts.total_margin) == (2, 1, (-1, 3), 2)


def test_lengths_in_words_are_those_of_the_texts(tmp_path: Path) -> None:
    # Chosen answers of 1, 2, 3, …, 101 words and a number: the median is that of 51 and the number.
    data = put(tmp_path / "a.jsonl", *(pair(n, chosen=" ".join(["w"] * n)) for n in range(1, 102)))
    lengths = look_at(data, None).drawn.lengths
    assert lengths["chosen"] == [7, 27, 52, 77, 97, 102]
    assert lengths["prompt"] == lengths["rejected"] == [2] * 6


def test_a_row_is_shown_as_the_ids_that_are_trained_on_with_their_special_tokens(
    tmp_path: Path, tokenizer: Any
) -> None:
    template = load_template("chat", (), chat_template_of(tokenizer, date(2026, 1, 1)))
    data = put(tmp_path / "a.jsonl", *(pair(n) for n in range(5)))
    drawn = look_at(data, TrainedAs(tokenizer, template, "Be brief.", 200)).drawn
    assert len(drawn.shown) == SHOWN
    for row in drawn.shown:
        number = row.row - 1
        turns = (("system", "Be brief."), ("user", f"word {number}"))
        assert row.parts["prompt"] == template.prompt(turns)
        assert (
            row.parts["chosen"]
            == template.completion(turns, f"yes {number}", template.prompt(turns)) + tokenizer.eos_token
        )
        assert row.ends["chosen"][-1] == tokenizer.eos_token


def test_what_max_length_drops_and_cuts_is_told_and_lengths_are_those_of_whole_texts(
    tmp_path: Path, tokenizer: Any
) -> None:
    template = load_template("alpaca")
    rows = [pair(1), pair(2, chosen="long " * 300), pair(3) | {"prompt": "word " * 300}]
    drawn = look_at(put(tmp_path / "a.jsonl", *rows), TrainedAs(tokenizer, template, None, 100)).drawn
    assert (drawn.unfit, drawn.answers_cut) == ({"prompt too long": 1}, 1)
    assert drawn.lengths["chosen"][-1] >= 300 and drawn.lengths["prompt"][-1] >= 300


@pytest.mark.parametrize(("chosen", "strong"), [("yes " * 20, True), ("yes", False)])
def test_chosen_answers_that_are_much_longer_are_told(tmp_path: Path, chosen: str, strong: bool) -> None:
    bias = look_at(put(tmp_path / "a.jsonl", *(pair(n, chosen=chosen) for n in range(9))), None).drawn.bias
    assert bias is not None and bias.strong is strong


def test_the_questions_of_a_suite_are_looked_for_in_every_turn_of_the_user(tmp_path: Path) -> None:
    asked = "What is the name of the river that flows through the old town?"
    said = [{"role": "user", "content": asked}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "r"}]
    data = put(tmp_path / "a.jsonl", pair(1), {"prompt": said, "chosen": "a", "rejected": "b"})
    questions = [Question("1", asked), Question("2", "Which of the many animals guards the gate of the castle?")]
    suite = Suite("s", tmp_path, "s", tuple(questions), "d" * 64)
    assert look_at(data, None, suite).seen == SeenQuestions({"1": 1.0})
    assert look_at(data, None).seen is None


def test_every_row_is_as_likely_to_be_drawn_as_every_other() -> None:
    drawn = DrawnRows()
    for number in range(20 * ROWS):
        drawn.offer(Preference((("user", "q"),), "a", "b", number))
    places = [row.row / (20 * ROWS) for row in drawn.rows()]
    assert len(places) == len(set(places)) == ROWS
    # The mean of 500 uniform numbers is within 0.5 ± 0.05 but once in ten thousand seeds; this one is fixed.
    assert abs(sum(places) / ROWS - 0.5) < 0.05


def test_long_rows_are_drawn_in_no_more_memory_than_short_ones() -> None:
    drawn, text = DrawnRows(), "w" * (LETTERS // 10)
    for number in range(100):
        drawn.offer(Preference((("user", "q"),), text, "b", number))
    assert 0 < len(drawn.rows()) <= 10
    alone = DrawnRows()
    alone.offer(Preference((("user", "q"),), text * 20, "b", 1))
    assert len(alone.rows()) == 1


def test_memory_does_not_grow_with_the_data(tmp_path: Path) -> None:
    letters = random.Random(1).choices("abcdefgh ", k=60_000)

    def peak(rows: int) -> int:
        texts = ("".join(letters[n % 50_000 : n % 50_000 + 2000]) for n in range(rows))
        data = put(tmp_path / f"{rows}.jsonl", *(pair(n, chosen=text) for n, text in enumerate(texts)))
        tracemalloc.start()
        look_at(data, None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # 4 MB of text and 20 MB: eight bytes a row come on top, which are 64 kB.
    few, many = peak(2_000), peak(10_000)
    assert many - few < 500_000
