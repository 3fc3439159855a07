"""Answers that are judged: which one is the better of two, the best of several, or good by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.data.preferences.columns import Row, is_number
from harness.data.preferences.preference import Unusable

_TWO = tuple(
    (f"{stem}{first}", f"{stem}{second}", first.strip("_").casefold(), second.strip("_").casefold())
    for stem in ("response", "answer", "output", "completion", "generation", "conversation", "human_ref")
    for first, second in (("_0", "_1"), ("_1", "_2"), ("_a", "_b"), ("_A", "_B"), ("0", "1"), ("1", "2"))
)
"""(first answer, second answer, what names the one, what names the other)."""
_NAMED = ("better_response_id", "preference", "preferred", "winner", "choice", "chosen", "better", "label")
"""Which of two is better, by its name or number."""
_SIGNED = ("overall_preference", "preference_strength")
"""Below 0 the first is better (HelpSteer's)."""
_MEASURED = (*_SIGNED, "score")
_TIES = ("tie", "both", "neither", "equal", "same", "draw", "none")
_SEVERAL = ("generations", "responses", "completions", "answers", "candidates", "outputs")
_RATINGS = ("ratings", "rating", "scores", "rewards")
_SAID = ("response", "answer", "text", "completion", "content", "generation", "output")
_SCORES = ("overall_score", "score", "rating", "pm_score", "reward")
_BETTER, _WORSE = ("chosen", "choice", "best", "better"), ("rejected", "worst", "worse")
_LABELS = ("label", "kto_tag")
FROM_ZERO = "label 0 of answers 1 and 2"
"""A tie, or the first of two: only the other rows tell."""
_GOOD = {"true", "1", "+1", "1.0", "yes", "good", "desirable"}
_BAD = {"false", "0", "-1", "0.0", "-1.0", "no", "bad", "undesirable"}


@dataclass(frozen=True)
class BetterAndWorse:
    """A better and a worse answer as a row's judgement has them."""

    columns: tuple[str, ...]
    chosen: Any
    rejected: Any
    margin: float | None = None
    numeral: str = ""
    """What names the better of two answers that are numbered from 1, where that is a number."""


def better_of_two(row: Row) -> BetterAndWorse | None:
    """Two answers in columns of their own, and what says which is better; None where a row has none such."""
    for first, second, *names in _TWO:
        if first in row and second in row:
            said = _preferred(row, first, second, names)
            if said is None:
                continue
            column, lean = said
            if not lean:
                raise Unusable("tie")
            answers = _parted(row, first, second)
            chosen, rejected = answers if lean < 0 else answers[::-1]
            margin = abs(lean) if column in _MEASURED else None
            numeral = _numeral(row.get(column)) if names == ["1", "2"] and column in _NAMED else ""
            return BetterAndWorse((first, second, column), chosen, rejected, margin, numeral)
    return None


def best_of_several(row: Row) -> BetterAndWorse | None:
    """A list of answers with ratings, scores or ranks, best against worst; None where a row has none such."""
    for name in _SEVERAL:
        answers = row.get(name)
        if not isinstance(answers, list) or not answers:
            continue
        if all(isinstance(it, dict) for it in answers):
            rated, columns = [_scored(it) for it in answers], (name,)
            if any(score is not None for _, score in rated):
                return _extremes(rated, columns)
        for beside in _RATINGS:
            if isinstance(row.get(beside), list):
                if len(row[beside]) != len(answers):
                    raise Unusable("ratings do not fit answers")
                return _extremes(list(zip(answers, map(_number, row[beside]), strict=True)), (name, beside))
        if (found := _indexed(row, name, answers)) is not None:
            return found
    return None


def good_or_bad(row: Row) -> bool | None:
    """Whether an answer is labelled as good; None where a row has no label."""
    for name in _LABELS:
        if row.get(name) is not None:
            said = str(row[name]).strip().casefold()
            if said not in _GOOD | _BAD:
                raise Unusable("unknown label")
            return said in _GOOD
    return None


def _preferred(row: Row, first: str, second: str, names: Sequence[str]) -> tuple[str, float] | None:
    """(the column that says it, below 0 for the first and above 0 for the second answer); 0 is a tie."""
    for name in _NAMED:
        if row.get(name) is not None:
            return name, _named(row[name], (first, second), names)
    for name in _SIGNED:
        if is_number(row.get(name)):
            return name, float(row[name])
    if first.startswith("human_ref") and is_number(row.get("labels")):
        return "labels", 0.5 - float(row["labels"])
    if "winner_model_a" in row:
        return "winner_model_a", float(bool(row.get("winner_model_b"))) - float(bool(row["winner_model_a"]))
    one, other = (row.get(f"score_{name.rpartition('_')[2]}") for name in (first, second))
    return ("score", float(other) - float(one)) if is_number(one) and is_number(other) else None


def _named(said: Any, columns: Sequence[str], names: Sequence[str]) -> float:
    text = _numeral(said)
    if text == "0" and list(names) == ["1", "2"]:
        raise Unusable(FROM_ZERO)
    if text.startswith(_TIES):
        return 0
    word = re.split(r"[\s_]", text)[-1]
    for lean, (column, name, letter) in zip((-1, 1), zip(columns, names, "ab", strict=True), strict=True):
        if text == column.casefold() or word in (name, letter):
            return lean
    raise Unusable("unknown label")


def _numeral(said: Any) -> str:
    return str(int(said) if isinstance(said, float) and said.is_integer() else said).strip().casefold()


def _parted(row: Row, first: str, second: str) -> tuple[Any, Any]:
    """The two answers; those of the LMSYS contest are lists of texts, in turn to those of the prompt."""
    said = row.get("prompt"), row[first], row[second]
    lists = [_texts(it) for it in said]
    if any(it is None for it in lists):
        return row[first], row[second]
    asked, *answers = [it or [] for it in lists]
    return tuple(  # type: ignore[return-value]
        [{"role": role, "content": text} for turn in zip(asked, side, strict=False)
         for role, text in zip(("user", "assistant"), turn, strict=True)]
        for side in answers
    )  # fmt: skip


def _texts(said: Any) -> list[Any] | None:
    if isinstance(said, str) and said.startswith("["):
        try:
            said = json.loads(said)
        except ValueError:
            return None
    return said if isinstance(said, list) and all(isinstance(it, str | None) for it in said) else None


def _scored(answer: Mapping[str, Any]) -> tuple[Any, float | None]:
    """(what it says, how good that is); a rank of 1 is better than one of 2."""
    said = next((answer[name] for name in _SAID if answer.get(name) is not None), None)
    score = next((score for name in _SCORES if (score := _number(answer.get(name))) is not None), None)
    rank = _number(answer.get("rank"))
    return said, score if score is not None or rank is None else -rank


def _extremes(rated: Sequence[tuple[Any, float | None]], columns: tuple[str, ...]) -> BetterAndWorse:
    known = [(answer, score) for answer, score in rated if score is not None and answer is not None]
    if len(known) < 2:
        raise Unusable("fewer than two rated answers")
    (best, high), (worst, low) = (choose(known, key=lambda it: it[1]) for choose in (max, min))
    if high == low:
        raise Unusable("tie")
    return BetterAndWorse(columns, best, worst, high - low)


def _indexed(row: Row, name: str, answers: Sequence[Any]) -> BetterAndWorse | None:
    """A list of answers beside which stand the places of the better and, of more than two, the worse one."""
    better, worse = ([it for it in names if _is_place(row.get(it), answers)] for names in (_BETTER, _WORSE))
    if not better or not (worse or len(answers) == 2):
        return None
    best = int(row[better[0]])
    other = int(row[worse[0]]) if worse else 1 - best
    return BetterAndWorse((name, better[0], *worse[:1]), answers[best], answers[other])


def _is_place(value: Any, answers: Sequence[Any]) -> bool:
    return is_number(value) and 0 <= value < len(answers) and value == int(value)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if is_number(value) else None
