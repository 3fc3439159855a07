"""No text keeps a scorer busy for longer than it is long: by the shape of the patterns, and measured."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import harness.scorers
from harness.records import Match, Question, Response
from harness.scorers import rouge_l, score_response
from harness.scorers.matching import grade
from harness.scorers.matching.alphabets import ALPHABETS, Alphabet, _heads, _labels
from harness.scorers.matching.judge import JUDGES
from harness.scorers.matching.letters import letters_to
from harness.scorers.matching.names import _whole_words
from harness.scorers.matching.options import _mentions
from harness.scorers.matching.reading.passages import READ
from harness.scorers.thoughts import KNOWN
from harness.scorers.thoughts.tags import _tags
from harness.scorers.turns.leaks import _pattern
from tests.support.backtracking import faults
from tests.support.looping_texts import PIECES, looping

KEYS: dict[Match, str] = {
    "contains": "thief",
    "number": "7",
    "ratio": "7:1",
    "choice": "B",
    "choices": "AC",
    "regex": r"\b7",
}
ASKED = "How many of the seven dwarfs are there at a ratio of 7:1, or what is it?"
HEADERS = ("### Input:", "### Response:", "User:")
ANCHORED = {"match", "fullmatch"}
# Made from a question's key or a template's headers, and put to the test below.
MADE = {
    "alphabets._heads",
    "alphabets._labels",
    "letters.letters_to",
    "names._whole_words",
    "options._mentions",
    "patterns._compiled",
    "spelled.__init__",
    "tags._tags",
    "leaks._pattern",
}
# What is less is noise, at the sizes below.
NOISE = 0.05


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(harness.scorers.__path__, "harness.scorers.")
    return [importlib.import_module(module.name) for module in found]


@cache
def calls(module: ModuleType) -> list[ast.Call]:
    return [node for node in ast.walk(source(module)) if isinstance(node, ast.Call)]


@cache
def source(module: ModuleType) -> ast.Module:
    assert module.__file__
    return ast.parse(Path(module.__file__).read_text(encoding="utf-8"))


def uses(module: ModuleType, name: str) -> set[str]:
    """The methods of a pattern that its module calls, and "passed on" where it is used otherwise."""
    named = [node for node in ast.walk(source(module)) if isinstance(node, ast.Name) and node.id == name]
    methods = [
        call.func.attr
        for call in calls(module)
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == name
    ]
    # One of the places is where it gets its name.
    return {*methods, *(["passed on"] if len(named) - 1 > len(methods) else [])}


PATTERNS = [
    pytest.param(pattern, uses(module, name) <= ANCHORED, id=f"{module.__name__.rpartition('.')[2]}.{name}")
    for module in modules()
    for name, pattern in vars(module).items()
    if isinstance(pattern, re.Pattern)
] + [
    pytest.param(pattern, False, id=f"{module.__name__.rpartition('.')[2]}.{name}[{key}]")
    for module in modules()
    for name, table in vars(module).items()
    if name.startswith("_") and not name.startswith("__") and isinstance(table, dict)
    for key, pattern in table.items()
    if isinstance(pattern, re.Pattern)
]


@pytest.mark.parametrize(("pattern", "anchored"), PATTERNS)
def test_no_pattern_of_the_scorers_can_read_a_text_again_and_again(pattern: re.Pattern[str], anchored: bool) -> None:
    assert faults(pattern, anchored) == []


def test_every_pattern_of_the_scorers_is_a_constant_that_the_test_above_sees() -> None:
    assert len(PATTERNS) > 80
    assert set(made_within_functions()) == MADE


def made_within_functions() -> Iterator[str]:
    """The functions of the scorers that make a pattern, and any call that takes one as a text."""
    for module in modules():
        for function in ast.walk(source(module)):
            if isinstance(function, ast.FunctionDef):
                of_re = [node for node in ast.walk(function) if isinstance(node, ast.Attribute) and of_patterns(node)]
                if any(node.attr in ("compile", "search", "match", "sub", "split", "findall") for node in of_re):
                    yield f"{module.__name__.rpartition('.')[2]}.{function.name}"


def of_patterns(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("re", "regex")


@pytest.mark.parametrize("key", ["thief", "thief of time", "the a an", "?!", "小偷", "a-b's c", "T-800 (Model 101)"])
def test_no_pattern_made_from_a_key_can_either(key: str) -> None:
    assert faults(_whole_words(key)[1]) == []


@pytest.mark.parametrize("last", ["B", "D", "J", "Z"])
def test_no_pattern_of_letters_can_either(last: str) -> None:
    made = letters_to(last)
    assert [faults(pattern) for pattern in made.anywhere] == [[], []]
    assert faults(made.more, anchored=True) == []
    assert faults(made.first, anchored=True) == faults(made.after_marker, anchored=True) == []


@pytest.mark.parametrize("alphabet", ALPHABETS, ids=lambda it: it.labels[0])
def test_no_pattern_of_an_alphabet_can_either(alphabet: Alphabet) -> None:
    assert faults(_labels(alphabet)) == faults(_heads(alphabet.labels[0])) == []


@pytest.mark.parametrize(
    "texts",
    [("Paris", "New York City", "York"), ("5", "-5", "1/5"), ("汞", "鐵 (Fe)"), ("AA", "Aa", "a b c d e f g h i")],
)
def test_no_pattern_made_from_options_can_either(texts: tuple[str, ...]) -> None:
    assert faults(_mentions(tuple(zip("ABCD", texts, strict=False)))) == []


@pytest.mark.parametrize("special", [False, True])
def test_no_pattern_made_from_a_template_can_either(special: bool) -> None:
    pattern = _pattern((*HEADERS, "Below is an instruction", "<|user|>", "問："), special)
    assert faults(pattern) == []


@pytest.mark.parametrize("tags", [KNOWN.tags, (("Reasoning:", "Answer:"),), (("<a>", "</a>"), ("[A]", "[/A]")), ()])
def test_no_pattern_made_from_tags_of_thoughts_can_either(tags: tuple[tuple[str, str], ...]) -> None:
    assert faults(_tags(tags)) == []


@pytest.mark.parametrize(
    ("pattern", "anchored"),
    [
        (r"(a+)+b", True), (r"(a|ab)*c", True), (r"(\w+\s?)+$", True), (r"(?:ab?)*c", True), (r"\d+\d+x", True),
        (r"x\s*y?\s*z", True), (r".*\bis.*x", True), (r"^(\w+)\s*(\w+)\s*(\w+)$", True), (r"(?:\w*\s?){1,9}x", True),
        (r"\W*((?:[^\W_][\w'-]*\W{1,3}){1,4}?)(?:is|are)\s+x", True), (r"\s+$", False), (r"seems[^.]*$", False),
        (r"a(?=\w*x)", False), (r"(?:a{1,9}){1,9}b", False), (r"\d[^=]{0,200}?-[^=]{0,200}=", False),
        (r"(?<![0-9])\d+(?!\^)", False),
    ],
)  # fmt: skip
def test_a_pattern_that_can_is_known_by_its_shape(pattern: str, anchored: bool) -> None:
    assert faults(re.compile(pattern), anchored)


@pytest.mark.parametrize(
    "pattern",
    [
        r"a\s+b", r"\b\w+:", r"(?<!\s)\s+x", r"^\s*\d+$", r"(?m)^[ \t]*x", r'"[^"]*"', r"(?:,\d{3})+", r"(?:a|b)*",
        r"x(?: \w+[ \t]){0,3}", r"\w+(?:[.]\d++)*+", r"one(?:[\s-]++(?:and[\s-]++)?one\b)*+", r"[^.]{0,80}$",
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_is_let_pass(pattern: str) -> None:
    assert faults(re.compile(pattern)) == []


def seconds(work: Callable[[], object]) -> float:
    """Of this process alone, so that a busy machine counts little."""
    started = time.process_time()
    work()
    return time.process_time() - started


def grows_like_its_length(work: Callable[[int], Callable[[], object]], length: int) -> bool:
    """Whether four times the text takes at most nine times as long, where its square would take sixteen."""
    few, many = [], []
    for _ in range(4):
        many.append(seconds(work(4 * length)))
        if min(many) < NOISE:
            return True
        few.append(seconds(work(length)))
        if min(many) <= 9 * min(few):
            return True
    return False


def asked(match: Match) -> Question:
    key = None if match == "open" else KEYS.get(match, "seven")
    aliases = () if match == "open" else ("8:1",) if match == "ratio" else ("8",)
    points = (("seven", "7"), ("not",), ("a thief", "小偷"))
    choices = ("A thief", "seven", "B", "7:1") if match in ("choice", "choices") else ()
    return Question("q", ASKED, match, key, 0.1, aliases, "It is a thief of time.", None, points, choices)


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_grading_takes_as_long_as_the_text_is(piece: str) -> None:
    def work(match: Match) -> Callable[[int], Callable[[], object]]:
        return lambda length: lambda: grade(asked(match), looping(piece, length) + "^ x!")

    slow = [match for match in JUDGES if not grows_like_its_length(work(match), 3_000)]
    assert slow == []


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_all_metrics_of_a_megabyte_take_as_long_as_the_text_is(piece: str) -> None:
    rouge_l("one", "one")  # the first call imports what it needs

    def work(length: int) -> Callable[[], object]:
        response = Response("v", "s", "q", looping(piece, length), "0")
        return lambda: score_response(asked("ratio"), response, HEADERS)

    assert grows_like_its_length(work, 250_000)


@pytest.mark.parametrize("match", ["contains", "number"])
def test_of_a_very_long_answer_the_beginning_and_the_end_are_read(match: Match) -> None:
    question = Question("q", "What is it?", match, {"contains": "thief", "number": "7"}[match])
    said, other = {"contains": ("A thief.", "A ghost."), "number": ("It is 7.", "It is 8.")}[match]
    filler = "so it goes on and on\n" * (READ // 20)
    assert grade(question, f"{filler}\n{said}").value == 1
    assert grade(question, f"{filler}\n{other}").value == 0
    assert grade(question, f"{said}\n\n{filler}").value == 1
    assert grade(question, f"{filler}\n{said}\n{filler}").value == 0


def test_a_turn_that_begins_in_the_middle_of_a_very_long_answer_ends_it() -> None:
    question = Question("q", "How many?", "number", "7")
    filler = "so it goes on and on\n" * (READ // 20)
    assert grade(question, f"It is 7.\n{filler}Question: and now?\n{filler}It is 8.").value == 1
