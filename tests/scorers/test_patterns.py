"""A user's own pattern: read as Python reads it, and stopped where it would search for ever."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records import Question
from harness.scorers.matching import grade
from harness.scorers.matching.dialects import for_regex

ENDLESS = "(a|aa)+$"
PIECES = [
    r"\w", r"\W", r"\s", r"\S", r"\d", r"\D", r"\b", r"\B", "a", "b", "é", "²", "\u0301", "{", "}", "{e}", "{2}",
    "{,2}", "{}", "{1,", "[a-c]", "[^a]", r"[\w-]", r"[^\W\d_]", r"[\W_]", r"[^\s]", r"[\S ]", r"[^\S\n]", r"[\W^]",
    "[ab:]", "[]x]", "[^]x]", r"[\]a]", r"[\[b]", "(", "(?:", ")", "|", "*", "+", "?", ".", "^", "$", r"\.",
    r"\{", r"\N{BULLET}", "(?i)", "(?a)", "(?s)", "(?m)", "1", "-", r"\$", r"\\", r"[+\-*/]", "(?=", "(?!", "(?<=a)",
    r"(?<!\w)", "_", r"\1", "++", "*?",
]  # fmt: skip
SIGNS = "ab²é\u0301{}e1- \n\x1c\u3000[]:A_^.•$\\½我٣"


def found(pattern: str, text: str) -> tuple[int, int] | None:
    match = regex.search(for_regex(pattern), text, regex.VERSION0)
    return match.span() if match else None


def pythons(pattern: str, text: str) -> tuple[int, int] | None:
    match = re.search(pattern, text)
    return match.span() if match else None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("x{e}", "y"), ("x{e}", "x{e}"), (r"\\frac{d}", r"\frac{d}"), (r"\\frac{d}", r"\frac{"), ("a{}", "a{}"),
        (r"\w", "\u0301"), (r"^\w$", "²"), (r"\s", "\x1c"), (r"\S", "\x1c"), (r"e\b", "e\u0301"),
        (r"[^\W\d_]", "\u0301"), (r"[\W^]", "^"), (r"[^\S\n]+x", " \n x"), (r"(?a)\w", "é"),
        ("(?a)[ab]{e}", "c"), (r"(?i)straße", "STRASSE"),
    ],
)  # fmt: skip
def test_a_pattern_means_what_it_means_in_python(pattern: str, text: str) -> None:
    assert found(pattern, text) == pythons(pattern, text)


@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")
@pytest.mark.parametrize(("pattern", "text"), [("[[:alpha:]]", "x]"), ("[[:alpha:]]", "a]"), ("[[a]", "[")])
def test_a_set_in_a_set_is_none(pattern: str, text: str) -> None:
    assert found(pattern, text) == pythons(pattern, text)


@settings(max_examples=1_500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), st.text(SIGNS, min_size=1, max_size=6))
def test_any_pattern_means_what_it_means_in_python(pattern: str, text: str) -> None:
    try:
        re.compile(pattern)
    except re.error:
        return
    assert found(pattern, text) == pythons(pattern, text)


@pytest.mark.parametrize("escape", [r"\w", r"\W", r"\s", r"\S", r"\d", r"\D"])
def test_a_class_holds_the_same_signs_as_in_python(escape: str) -> None:
    # What this Python's Unicode does not know yet, the other may.
    signs = "".join(sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign) != "Cn")
    assert regex.findall(for_regex(escape), signs) == re.findall(escape, signs)


def test_a_search_that_does_not_end_is_not_judged() -> None:
    verdict = grade(Question("q", "?", "regex", ENDLESS), "a" * 200 + "b")
    assert (verdict.value, verdict.note) == (None, "the search for its pattern was stopped after 1 s")


def test_another_pattern_of_the_question_still_counts() -> None:
    assert grade(Question("q", "?", "regex", ENDLESS, aliases=("b",)), "a" * 200 + "b").value == 1
    assert grade(Question("q", "?", "regex", "b", aliases=(ENDLESS, "(")), "a" * 200 + "b").value == 1
