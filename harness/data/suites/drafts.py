"""One row of a table as a question, but for what only the whole table can tell."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from harness.data.suites.answers import Choices, read_choices, read_several
from harness.data.suites.columns import Chosen
from harness.data.suites.settings import QUESTION_KEYS, Settings
from harness.data.suites.tables import Kind, Row
from harness.data.suites.values import nested, number, one, several
from harness.records import Match, Question
from harness.scorers.matching import with_options

_SOLUTION = re.compile(r"####\s*[-+$€£]?\s*[\d.,]+\s*%?\s*\Z")
_SOLVED = "####"
"""Before the number that a worked solution of GSM8K comes to."""


@dataclass(frozen=True)
class Draft:
    """A row that is read but for the letter of its right choice and an id that it may lack."""

    number: int
    question: Question
    has_id: bool
    choices: tuple[Choices, ...]
    """What it offers, once for each right answer; none where it offers nothing."""


def read_row(number_: int, row: Row, kind: Kind, columns: Chosen, settings: Settings) -> Draft:
    """What a row asks; ValueError says what is wrong with it."""
    if kind == "ours" and (strange := [key for key in row if key not in QUESTION_KEYS]):
        raise ValueError(_unknown_keys(strange))
    values, in_cells, whole = columns.values(row), kind == "texts", kind != "ours"
    question = values.get("question")
    if not isinstance(question, str):
        raise ValueError("no question" if question is None else f"question is no text{_inside('question', question)}")
    if kind != "ours" and not question.strip():
        raise ValueError("question is empty")
    offered = values.get("choices")
    is_several = (one("match", values.get("match")) or settings.match or "").strip().lower() == "choices"
    choices: tuple[Choices, ...] = ()
    if _is_there(offered) and is_several:
        choices = read_several(offered, values.get("answer"), in_cells, columns.numbered)
    elif _is_there(offered):
        choices = (read_choices(offered, values.get("answer"), in_cells, columns.numbered),)
    answer, others = _answer(values.get("answer"), whole) if not choices else (one("answer", choices[0].answer), ())
    if is_several and not choices and answer is not None:
        # Of a list, all are the right answer together.
        answer, others = ",".join([answer, *others]), ()
    match = _match(values.get("match"), answer, choices, settings)
    reference = one("reference", values.get("reference"), whole)
    if match == "number" and answer and _SOLVED in answer:
        reference, answer = reference or answer, answer.rpartition(_SOLVED)[2].strip()
    id_ = one("id", values.get("id"), whole)
    id_ = id_.strip() if id_ and in_cells else id_
    return Draft(
        number_,
        Question(
            id=id_ or "",
            question=question if not choices else with_options(question, choices[0].texts),
            match=match,
            answer=answer,
            tolerance=number("tolerance", values.get("tolerance")),
            aliases=(*others, *several("aliases", values.get("aliases"), in_cells)),
            reference=reference,
            cluster=one("cluster", values.get("cluster"), whole),
            points=_points(nested(values.get("points")) if in_cells else values.get("points")),
            choices=choices[0].texts if choices else (),
        ),
        bool(id_),
        choices,
    )


def _unknown_keys(strange: Sequence[str]) -> str:
    near = get_close_matches(strange[0], QUESTION_KEYS, n=1)
    meant = f", did you mean {near[0]}?" if near else ""
    return f"unknown keys {', '.join(sorted(strange))}{meant} (known: {', '.join(QUESTION_KEYS)})"


def _inside(key: str, value: Any) -> str:
    """How suite.yaml names what an object holds."""
    if not isinstance(value, Mapping) or not value:
        return ""
    names = [str(name) for name in value]
    told = f" but an object of {', '.join(names[:8])}: name one in suite.yaml beside it"
    return f"{told}, columns: {{{key}: NAME.{names[0]}}}"


def _is_there(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, list) and all(item is None for item in value))


def _answer(value: Any, whole: bool) -> tuple[str | None, tuple[str, ...]]:
    """(the answer, others that are as good), where a list holds several."""
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):  # SQuAD's
        value = list(dict.fromkeys(value["text"]))
    elif isinstance(value, Mapping) and isinstance(value.get("aliases"), list) and "value" in value:  # TriviaQA's
        value = list(dict.fromkeys([value["value"], *value["aliases"]]))
    elif isinstance(value, Mapping):
        raise ValueError(f"answer is neither a text nor a number{_inside('answer', value)}")
    if isinstance(value, list | tuple):
        first, *rest = several("answer", value, False) or (None,)
        return first, tuple(text for text in rest if text is not None)
    return one("answer", value, whole), ()


def _match(value: Any, answer: str | None, choices: Sequence[Choices], settings: Settings) -> Match:
    said = one("match", value)
    given: Any = None if said is None else said.strip().lower()
    if given is not None and given not in get_args(Match):
        raise ValueError(f"match '{given}' is none of {', '.join(get_args(Match))}")
    if answer is None and given not in (None, "open"):
        raise ValueError(f"match '{given}' needs an answer")
    if answer is None:
        return "open"
    usual: Match = "choice" if choices else "number" if _SOLUTION.search(answer) else "contains"
    match: Match = given or settings.match or usual
    if choices and match not in ("choice", "choices", "open"):
        raise ValueError(f"match '{match}' takes no choices; match 'choice' does")
    return match


def _points(given: object) -> tuple[tuple[str, ...], ...]:
    """The required points of a question, a wording alone standing for a list of one."""
    if given is None:
        return ()
    if not isinstance(given, list):
        raise ValueError("points is a list, of strings or of lists of strings (several wordings of one point)")
    return tuple(_wordings(point) for point in given)


def _wordings(point: object) -> tuple[str, ...]:
    wordings = [point] if isinstance(point, str) else point
    if not isinstance(wordings, list) or not wordings:
        raise ValueError(f"point {json.dumps(point, ensure_ascii=False)} is neither a string nor a list of strings")
    for wording in wordings:
        if not isinstance(wording, str) or not any(character.isalnum() for character in wording):
            raise ValueError(f"wording {json.dumps(wording, ensure_ascii=False)} of a point is no text")
    return tuple(wordings)
