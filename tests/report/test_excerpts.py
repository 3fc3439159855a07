"""What paper shows of an answer: its beginning, and what says itself again as a number of times."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report import excerpt
from harness.report.excerpts import folds
from harness.report.view import Segment

BLOCK = "### Instruction:\nYou are a helpful assistant.\n\n### Response:\nIt is seven.\n\n"


def shown(text: str, characters: int = 600, lines: int = 30) -> str:
    pieces, _ = excerpt([Segment(text, "plain")], characters, lines, "{}×".format)
    return "".join(f"⟦{piece.text}⟧" if piece.kind == "folded" else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Seven. " * 15, "Seven.⟦14×⟧"),
        # The passage begins with its line, though what stands before it ends as the passage does.
        (
            "A ghost.\n" + "### Input:\nIt is a nose.\n" * 6 + "### Inp",
            "A ghost.\n### Input:\nIt is a nose.⟦5×⟧\n### Inp",
        ),
        ("The answer is 0." + "0" * 400 + " and so on", "The answer is 0.0⟦399×⟧ and so on"),
        (BLOCK * 15, BLOCK.replace("\n\n", "\n").rstrip() + "⟦14×⟧"),
        (BLOCK * 4 + "### Instr", BLOCK.replace("\n\n", "\n").rstrip() + "⟦3×⟧\n### Instr"),
        ("模型很好。" * 30, "模型很好。⟦29×⟧"),
        ("這題的答案是七。\n" * 12 + "完", "這題的答案是七。⟦11×⟧\n完"),
        ("とても良い、" * 9, "とても良い、⟦8×⟧"),
        ("ดีมาก" * 20, "ดีมาก⟦19×⟧"),
        ("очень хорошо " * 10, "очень хорошо⟦9×⟧"),
        ("¡Muy bien! " * 10, "¡Muy bien!⟦9×⟧"),
        ("well " * 160, "well⟦159×⟧"),
        ("ha " * 40 + "then " + "ho " * 40, "ha⟦39×⟧ then ho⟦39×⟧"),
        ("=" * 200, "=⟦199×⟧"),
        ("-=" * 100, "-=⟦99×⟧"),
        ("a cat sat on the mat with a hat\n\n" * 2 + "end", "a cat sat on the mat with a hat⟦1×⟧\nend"),
        ("😀" * 60, "😀⟦59×⟧"),
        ("One two three.\nOne two three.  \nOne two three.\tStop", "One two three.⟦2×⟧\tStop"),
    ],
)
def test_what_says_itself_again_is_told_as_often_as_it_does(text: str, said: str) -> None:
    assert shown(text).rstrip() == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "Nothing here comes again.",
        "very very good",
        "ha ha ha",
        "1. red\n2. red\n3. red\n",
        "1. It is red, I think.\n2. It is blue, I think.\n3. It is green, I think.\n",
        "好好學習，天天向上",
        "10000000",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "def f():\n    return 1\n\ndef g():\n    return 2\n",
        "So it goes. And then it stops. So it goes.",
        "bonbon",
        "cha cha cha, he said, cha cha",
        "\n\n\n\n",
    ],
)
def test_what_a_writer_may_say_twice_stays_as_it_is(text: str) -> None:
    # Blank lines apart: paper is scarce.
    assert shown(text) == re.sub(r"^\n+|(?<=\n)(?:[ \t]*\n)+", "", text)


def test_an_excerpt_ends_after_so_many_characters_and_says_how_many_follow() -> None:
    text = " ".join(str(number) for number in range(500))
    pieces, rest = excerpt([Segment(text[:100], "plain"), Segment(text[100:], "after")], 600, 30, str)
    assert "".join(piece.text for piece in pieces) == text[:600] and rest == len(text) - 600
    assert [piece.kind for piece in pieces] == ["plain", "after"]
    _, rest = excerpt([Segment("\n".join("abcdefgh"), "plain")], 600, 3, str)
    assert rest == len("\nd\ne\nf\ng\nh")


def test_what_was_folded_is_not_counted_as_left_out() -> None:
    pieces, rest = excerpt([Segment(BLOCK * 15, "plain")], 600, 30, str)
    assert rest <= len("\n\n") and [piece.text for piece in pieces if piece.kind == "folded"] == ["14"]


def test_a_mark_in_the_text_stays_a_mark() -> None:
    marked = [Segment("Seven. ", "plain"), Segment("### Input:", "leak"), Segment(" " + "no more " * 20 + "x", "after")]
    pieces, rest = excerpt(marked, 600, 30, str)
    assert [(it.text, it.kind) for it in pieces] == [
        ("Seven. ", "plain"),
        ("### Input:", "leak"),
        (" no more", "after"),
        ("19", "folded"),
        (" x", "after"),
    ]
    assert rest == 0


@given(st.text("ab \n好", max_size=80), st.integers(1, 6))
def test_folds_are_copies_of_what_stands_before_them(unit: str, times: int) -> None:
    text = f"Begin: {unit * times} end"
    for fold in folds(text):
        left_out = "".join(text[fold.start : fold.end].split())
        passage = left_out[: len(left_out) // fold.times]
        assert passage * fold.times == left_out
        assert "".join(text[: fold.start].split()).endswith(passage)


@pytest.mark.parametrize("text", ["the same words again and " * 40_000, "ab" * 500_000, "a b " * 250_000])
def test_a_megabyte_that_loops_is_folded_in_seconds(text: str) -> None:
    start = time.perf_counter()
    (fold,) = folds(text)
    assert time.perf_counter() - start < 20
    assert fold.times in (39_999, 499_999, 249_999)
