"""Near-repetition: beside texts with labels in four and more languages, and in time that grows with the text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.scorers.repeating import near_repetition
from harness.scorers.repeating.near_repetition import MANY, longest_common
from harness.scorers.repeating.passages import prose, tokenised
from tests.scorers.test_linear import grows_like_its_length
from tests.support.looping_texts import PIECES, looping

LABELLED: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "near.yaml").read_text(encoding="utf-8"))


def share(row: Mapping[str, Any]) -> float:
    return near_repetition(row["text"]) or 0.0


def test_there_are_enough_texts_with_and_without_in_every_language() -> None:
    assert len(LABELLED) == len({row["id"] for row in LABELLED}) == len({row["text"] for row in LABELLED}) == 164
    for half, least in (("calibrated", 100), ("measured", 50)):
        of_half = [row for row in LABELLED if row["half"] == half]
        assert len(of_half) >= least
        for lang in ("en", "zh", "ja", "th"):
            assert {row["near"] for row in of_half if row["lang"] == lang} == {True, False}


@pytest.mark.parametrize("half", ["calibrated", "measured"])
def test_precision_and_recall_are_what_the_documentation_says(half: str) -> None:
    flagged = [row for row in LABELLED if row["half"] == half and share(row) >= MANY]
    near = [row for row in LABELLED if row["half"] == half and row["near"]]
    found = [row["id"] for row in flagged if row["near"]]
    precision, recall = len(found) / len(flagged), len(found) / len(near)
    assert (precision, recall) == (1.0, 1.0), [row["id"] for row in flagged if not row["near"]]
    told = (Path(__file__).parents[3] / "docs" / "numbers.md").read_text(encoding="utf-8")
    assert f"| {half} | {len(near)} | " in told


def test_the_share_is_that_of_what_came_before_but_for_a_number() -> None:
    first, second = "Step one: add three to the sum.", "Step 27: add 4 to the sum."
    # Letters and figures, of which each number is one: step 0 add 0 to the sum, 4 + 1 + 3 + 1 + 2 + 3 + 3.
    assert near_repetition(first) == 0
    assert near_repetition(f"{first} {second}") == pytest.approx(17 / 34)
    assert near_repetition(f"{first}\n{second}\n{second}") == pytest.approx(34 / 51)


def test_a_text_without_a_word_has_none() -> None:
    assert near_repetition("") is near_repetition(" \n… !") is None
    assert near_repetition("Paris.") == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("On the 3rd day we went home.", "On the twenty-first day we went home."),
        ("Chapter IV begins with a storm.", "Chapter VII begins with a storm."),
        ("On Monday, $1,204.50 was paid back.", "On Friday, $7 was paid back."),
        ("第三章講的是一場暴風雨。", "第二十一章講的是一場暴風雨。"),
        ("３日目に家へ帰りました。", "十二日目に家へ帰りました。"),
        ("วันที่ ๓ เรากลับบ้าน", "วันที่ 12 เรากลับบ้าน"),
    ],
)
def test_numbers_in_figures_and_in_words_are_alike(one: str, other: str) -> None:
    (first,), (second,) = ([found for found in tokenised(text) if found] for text in (one, other))
    assert first == second


def test_rows_figures_and_code_are_no_passages() -> None:
    rows = "| Ravens | home | won | 23 |\n" * 9
    assert near_repetition(rows + "The Ravens won all of their games.") == 0
    assert near_repetition("12 - 5 = 7\n" * 9) == 0
    code = "```\n" + "self.width = width of the box\n" * 9 + "```\n"
    assert near_repetition(code) == 0
    assert prose(f"Before.\n{code}Behind.") == ("Before.\nBehind.", 9 * 22)


def test_without_stops_a_text_is_divided_by_its_numbers() -> None:
    walked = " ".join(f"then I went to house {n} and knocked on the door and nobody came" for n in range(40))
    assert (near_repetition(walked) or 0) > 0.9


def test_the_longest_common_subsequence_is_the_known_one() -> None:
    assert longest_common("ABCBDAB", "BDCABA") == 4
    assert longest_common("", "a") == longest_common("a", "b") == 0


@pytest.mark.parametrize(
    "piece", [*PIECES[::6], "第1天，我去學校。", "วันที่ 1 ", "Step 1: add 3.\n", "| a | 1 |\n"], ids=ascii
)
def test_it_takes_as_long_as_the_text_is(piece: str) -> None:
    assert grows_like_its_length(lambda length: lambda: near_repetition(looping(piece, length)), 50_000)


@pytest.mark.slow
def test_a_megabyte_that_never_repeats_takes_as_long_as_it_is() -> None:
    def text(length: int) -> str:
        words = (f"w{n * 7919 % 99_991}x{n % 13}" for n in range(length // 8))
        return " ".join(word + (".\n" if n % 12 == 0 else "") for n, word in enumerate(words))

    def letters(length: int) -> str:
        return text(length).translate({48 + digit: 97 + digit for digit in range(10)})

    assert grows_like_its_length(lambda length: lambda: near_repetition(letters(length)), 250_000)
