"""What a training says of its data before it begins, and when it does not begin."""

from pathlib import Path
from typing import Any

import pytest

from harness.data import load_template
from harness.data.preferences import Preference, Preferences
from harness.data.trained_rows import TrainedRows, choose_rows
from harness.errors import HarnessError
from harness.models import find_base, load_tokenizer

ASKED: dict[str, Any] = {"system": None, "max_length": 300, "seed": 1, "held_out": 0, "single_answers": False}


def rows(good: int, several: int = 0, single: int = 0, other: int = 0, **asked: Any) -> TrainedRows:
    turn, more = ("user", "q"), (("user", "q"), ("assistant", "a"), ("user", "r"))
    usable = [Preference((turn,), f"good {n}", f"bad {n}") for n in range(good)]
    usable += [Preference(more, f"good {n}", "bad") for n in range(several)]
    usable += [Preference((turn,), f"alone {n}", None) for n in range(single)]
    found = Preferences("pairs.jsonl", len(usable) + other, tuple(usable), "", {"wrong type": other} if other else {})
    tokenizer = load_tokenizer(find_base("pocket"))
    return choose_rows(found, load_template("alpaca"), tokenizer, **{**ASKED, **asked})


def test_dropped_rows_are_told_with_what_takes_them() -> None:
    said = rows(10, several=30).told()
    assert said.startswith("10 of 40 pairs of pairs.jsonl")
    assert "dropped: 30 several turns → --set prompt=chat" in said


@pytest.mark.parametrize(
    ("good", "lost", "warned", "refused"),
    [(90, 10, False, False), (89, 11, True, False), (10, 10, True, False), (9, 10, True, True)],
)
def test_more_than_a_tenth_is_a_warning_and_more_than_half_a_refusal(
    good: int, lost: int, warned: bool, refused: bool
) -> None:
    found = rows(good, other=lost)
    assert (found.warning() is not None) == warned
    if not refused:
        found.refuse_most_dropped()
        return
    with pytest.raises(HarnessError, match=f"{lost} of {good + lost} rows would be dropped.*allow_dropped=true"):
        found.refuse_most_dropped()


def test_answers_judged_by_themselves_are_for_kto_alone() -> None:
    assert len(rows(2, single=3, single_answers=True).train) == 5
    assert rows(2, single=3).dropped == {"no second answer": 3}
    with pytest.raises(HarnessError, match="harness train kto"):
        rows(0, single=3)


def test_nothing_left_is_told_by_what_took_it() -> None:
    with pytest.raises(HarnessError, match="none of its 2 rows can be trained on .*max_length"):
        rows(2, max_length=20)
    with pytest.raises(HarnessError, match="2 rows fit into max_length=300, and 5 are held out"):
        rows(2, held_out=5)


@pytest.mark.parametrize("source", ["Say something.", "{{ question[:100] }}", "{{ 'q' if question else '' }}"])
def test_a_template_that_does_not_tell_questions_apart_is_refused(tmp_path: Path, source: str) -> None:
    (tmp_path / "mine.jinja").write_text(source)
    with pytest.raises(HarnessError, match="same prompt of different questions"):
        load_template("mine", [tmp_path])
