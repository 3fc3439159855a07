"""Verdicts given elsewhere: AlpacaEval's annotations, MT-bench's, Arena-Hard's, LMArena's votes, rows of our own.

docs/judging.md shows each form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data.recordings import read_objects
from harness.errors import HarnessError
from harness.judging import Choice

Row = Mapping[str, Any]
EXPECTED = (
    "Expected rows with question_id, first, second and verdict (first, second or tie), AlpacaEval's annotations, "
    "MT-bench's judgments, Arena-Hard's games, or votes with model_a, model_b and winner."
)

OUTPUTS = ("output_1", "output_2")
"""What AlpacaEval's sides are called where the annotations name no generators: its reference, and the model."""


@dataclass(frozen=True)
class Word:
    """One verdict as a file has it: which of two answers, in the order in which they stood, was better."""

    question: str
    """The question's id, or its wording."""
    first: str | None
    """Whose answer stood first; None where the file does not name the one that all are compared with."""
    second: str | None
    choice: Choice | None
    place: str
    """Where in the file, as a reader may be told."""
    given: float | None = None
    """How far the second is preferred, 0 to 1, where the file has a number."""
    reason: str = ""
    sample: int = 0


@dataclass(frozen=True)
class Verdicts:
    """A file's verdicts, and what it was read as."""

    form: str
    words: tuple[Word, ...]
    notes: tuple[str, ...] = ()


def read_verdicts(path: Path) -> Verdicts:
    """Reads JSON, JSON lines, CSV, TSV or Parquet; every form is found by its keys.

    Refuses, with the row's place, what is of no form, and a verdict that nobody could read as one.
    """
    if not path.exists():
        raise HarnessError(f"There is no file {path}.")
    rows = read_objects(path)
    first = rows[0]
    for name, keys, read in _FORMS:
        if all(any(one in first for one in key.split("|")) for key in keys):
            words, notes = read(path, rows)
            return Verdicts(name, tuple(words), tuple(notes))
    raise HarnessError(
        f"{path} row 1 has {', '.join(map(str, first)) or 'no keys'}: no verdict that is known. {EXPECTED}"
    )


Read = Callable[[Path, Sequence[Row]], tuple[list[Word], list[str]]]


def _own(path: Path, rows: Sequence[Row]) -> tuple[list[Word], list[str]]:
    found = []
    for row, place in _placed(path, rows):
        said = str(row.get("verdict") if row.get("verdict") is not None else "").strip().casefold()
        if said not in _OWN:
            raise HarnessError(f"{place}: verdict is '{row.get('verdict')}', and none of first, second, tie and empty.")
        found.append(
            Word(
                _text(row, place, "question_id", "id", "question"),
                _text(row, place, "first"),
                _text(row, place, "second"),
                _OWN[said],
                place,
                reason=str(row.get("reason") or ""),
                sample=_sample(row, place),
            )
        )
    return found, []


def _alpaca_eval(path: Path, rows: Sequence[Row]) -> tuple[list[Word], list[str]]:
    """1 is output_1, 2 is output_2, 1.5 (or 0, in older files) a tie; weighted annotators say what lies between."""
    found = []
    for row, place in _placed(path, rows):
        value, given = row["preference"], None
        if value is not None:
            number = _number(value, place, "preference")
            number = 1.5 if number == 0 else number
            if not 1 <= number <= 2:
                raise HarnessError(f"{place}: preference is {value}, and not between 1 and 2.")
            given = number - 1
        found.append(
            Word(
                _text(row, place, "instruction"),
                str(row.get("generator_1") or OUTPUTS[0]),
                str(row.get("generator_2") or OUTPUTS[1]),
                None if given is None else _of(given),
                place,
                given,
            )
        )
    return found, []


def _mt_bench(path: Path, rows: Sequence[Row]) -> tuple[list[Word], list[str]]:
    """Each row is both orders: g1 with model_1 first, g2 with model_2 first, winners by the models' own numbers."""
    found, later = [], 0
    for row, place in _placed(path, rows):
        if str(row.get("turn", 1)) != "1":
            later += 1
            continue
        question, one, other = (_text(row, place, key) for key in ("question_id", "model_1", "model_2"))
        for key, first, second, of_first in (("g1", one, other, "model_1"), ("g2", other, one, "model_2")):
            winner = str(row.get(f"{key}_winner", "")).strip()
            if winner not in ("model_1", "model_2", "tie", "error", ""):
                raise HarnessError(f"{place}: {key}_winner is '{winner}', and none of model_1, model_2, tie and error.")
            choice: Choice | None = None
            if winner in ("model_1", "model_2"):
                choice = "first" if winner == of_first else "second"
            elif winner == "tie":
                choice = "tie"
            found.append(Word(question, first, second, choice, place, reason=str(row.get(f"{key}_judgment") or "")))
    notes = [f"second turns left out: {later}; a suite asks one question"] if later else []
    return found, notes


def _arena_hard(path: Path, rows: Sequence[Row]) -> tuple[list[Word], list[str]]:
    """The first game has the baseline as A, the second has the model as A; >> counts as >."""
    found = []
    for row, place in _placed(path, rows):
        question, model = _text(row, place, "question_id", "uid"), _text(row, place, "model")
        baseline = str(row.get("baseline") or "") or None
        games = row["games"]
        if not isinstance(games, list) or len(games) != 2 or not all(isinstance(game, Mapping) for game in games):
            raise HarnessError(f"{place}: games are not two, one an order.")
        for game, (first, second) in zip(games, ((baseline, model), (model, baseline)), strict=True):
            score = game.get("score")
            said = str(score or "").strip().replace(">>", ">")
            if said not in _ARENA:
                raise HarnessError(f"{place}: score is '{score}', and none of A>B, A=B, B>A.")
            judgment = game.get("judgment") or game.get("judgement") or ""
            if isinstance(judgment, Mapping):
                judgment = judgment.get("answer") or ""
            found.append(Word(question, first, second, _ARENA[said], place, reason=str(judgment)))
    return found, []


def _votes(path: Path, rows: Sequence[Row]) -> tuple[list[Word], list[str]]:
    """LMArena's votes by people: each pair was seen in one order."""
    found = []
    for row, place in _placed(path, rows):
        winner = str(row["winner"]).strip()
        if winner not in _VOTED:
            raise HarnessError(f"{place}: winner is '{winner}', and none of model_a, model_b and tie.")
        question = row.get("question_id", row.get("prompt", row.get("question")))
        if isinstance(question, str) and question and question != "None":
            found.append(
                Word(question, _text(row, place, "model_a"), _text(row, place, "model_b"), _VOTED[winner], place)
            )
        else:
            raise HarnessError(f"{place} names no question: question_id, question or prompt.")
    return found, []


_FORMS: tuple[tuple[str, tuple[str, ...], Read], ...] = (
    ("AlpacaEval's annotations", ("instruction", "preference"), _alpaca_eval),
    ("MT-bench's judgments", ("model_1", "model_2", "g1_winner"), _mt_bench),
    ("Arena-Hard's games", ("games", "model"), _arena_hard),
    ("votes", ("model_a", "model_b", "winner"), _votes),
    ("verdicts", ("first", "second", "verdict", "question_id|id|question"), _own),
)
_OWN: dict[str, Choice | None] = {"first": "first", "second": "second", "tie": "tie", "": None, "none": None}
_ARENA: dict[str, Choice | None] = {"A>B": "first", "B>A": "second", "A=B": "tie", "B=A": "tie", "": None}
_VOTED: dict[str, Choice | None] = {
    "model_a": "first", "model_b": "second", "tie": "tie", "tie (bothbad)": "tie", "both_bad": "tie",
}  # fmt: skip


def _of(given: float) -> Choice:
    return "second" if given > 0.5 else "first" if given < 0.5 else "tie"


def _placed(path: Path, rows: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    return ((row, f"{path} row {number}") for number, row in enumerate(rows, start=1))


def _text(row: Row, place: str, *keys: str) -> str:
    value = next((row[key] for key in keys if row.get(key) not in (None, "")), None)
    if value is None:
        raise HarnessError(f"{place} has no {' or '.join(keys)}.")
    return str(value)


def _number(value: object, place: str, key: str) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise HarnessError(f"{place}: {key} is '{value}', and no number.") from None


def _sample(row: Row, place: str) -> int:
    value = row.get("sample")
    return int(_number(value, place, "sample")) if value not in (None, "") else 0
