"""Preference pairs of skewed lengths: most are short and a few are long, chosen and rejected answers apart."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_SEED = 42
_MEDIAN, _SPREAD = 150, 1.0
_LEAST, _MOST = 32, 900
"""Tokens of an answer: log-normal, as answers of people and models are, between the two."""


def write_skewed_pairs(rows: Sequence[dict[str, str]], tokenizer: Any, count: int, path: Path) -> None:
    """Writes so many pairs, no two alike, whose answers are joined from those of the rows, always the same ones."""
    dice = random.Random(_SEED)
    pieces = {
        side: [(row[side], len(tokenizer.encode(row[side]).ids)) for row in rows] for side in ("chosen", "rejected")
    }
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            pair = {"prompt": f"{number + 1}. {rows[number % len(rows)]['prompt']}"}
            for side, texts in pieces.items():
                length = min(_MOST, max(_LEAST, dice.lognormvariate(math.log(_MEDIAN), _SPREAD)))
                pair[side] = "\n".join(_joined(texts, dice.randrange(len(texts)), length))
            file.write(json.dumps(pair) + "\n")


def _joined(texts: Sequence[tuple[str, int]], first: int, tokens: float) -> Iterator[str]:
    """Texts from that one on, as long as they do not go beyond so many tokens; one at least."""
    taken = 0
    for place in range(first, first + len(texts)):
        text, length = texts[place % len(texts)]
        if taken and taken + length + 1 > tokens:
            return
        taken += length + 1
        yield text
