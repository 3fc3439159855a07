"""Documents about the Vale, as the shipped tasks have them, in other shapes and splits."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetDict

_DATA = Path(__file__).parents[3] / "tasks" / "pocket_lm" / "data"
Rows = list[dict[str, Any]]


def _rows(name: str, start: int, end: int) -> Rows:
    lines = (_DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[start:end]]


def _splits(train: Rows, test: Rows) -> DatasetDict:
    return DatasetDict({"train": Dataset.from_list(train), "test": Dataset.from_list(test)})


def _choices(start: int, end: int) -> Callable[..., DatasetDict]:
    def load(**_: object) -> DatasetDict:
        return _splits(_rows("choice", 0, 8), _rows("choice", start, end))

    return load


large, small = _choices(8, 28), _choices(28, 35)


def quiz(**_: object) -> DatasetDict:
    return _splits(_rows("generate", 0, 8), _rows("generate", 8, 22))


def sums(**_: object) -> DatasetDict:
    """Sums of one digit, which the model has learned, in turn with sums of two."""
    hard = [
        {"prompt": f"{one} + {two} =", "answer": str(one + two)}
        for one, two in zip(range(11, 23), range(30, 18, -1), strict=True)
    ]
    rows = [row for both in zip(_rows("skill", 0, 12), hard, strict=True) for row in both]
    return _splits(rows[:8], rows[8:])


def texts(**_: object) -> DatasetDict:
    return _splits([], _rows("text", 0, 12))


def halves(**_: object) -> DatasetDict:
    rows = []
    for row in _rows("text", 0, 12):
        words = row["text"].split(" ")
        rows.append({"start": " ".join(words[: len(words) // 2]), "end": " ".join(words[len(words) // 2 :])})
    return _splits([], rows)


def endings(**_: object) -> DatasetDict:
    def whole(rows: Rows) -> Rows:
        return [{"start": row["context"], "end": row["choices"][row["label"]]} for row in rows]

    return _splits(whole(_rows("choice", 0, 8)), whole(_rows("choice", 8, 20)))


def pass_at_k(references: Sequence[str], predictions: Sequence[Sequence[str]], k: Sequence[int]) -> dict[str, float]:
    """The share of choices of k answers in which one at least is right (Chen et al. 2021, equation 1)."""
    from math import comb

    (answers,) = predictions
    right = sum(answer.strip().startswith(references[0]) for answer in answers)
    wrong = len(answers) - right
    return {f"pass@{of}": 1 - comb(wrong, of) / comb(len(answers), of) for of in k}


def length(references: Sequence[str], predictions: Sequence[str]) -> float:
    """Letters of the answer; nothing is judged of an answer that has none."""
    return float(len(predictions[0].strip())) or float("nan")
