"""The matrix of questions and variants: a cell an answer, its verdict as a shape and its length as a bar."""

from __future__ import annotations

import math
from collections.abc import Collection

from harness.report import Asked, Material
from harness.report.summary.view import Cell
from harness.words import numerals

FLAGS = {
    "leak": "answers.leak",
    "loop": "answers.loop",
    "truncated": "answers.cut",
    "truncated_thought": "answers.cut_thought",
}
"""Metric → what is said of an answer's form where it is raised."""
_SIGNS = {"right": "✓", "wrong": "✗", "unjudged": "–", "missing": "∅", "open": "·", "absent": ""}
_BARS = 20


def cell_of(material: Material, name: str, question: Asked, state: str, raised: Collection[str], most: float) -> Cell:
    """`state` is the answer's verdict, `raised` what is wrong with its form, `most` the words of the longest of all."""
    say, words = material.say, material.value(name, question.id, "words")
    lost, gained = flips(material, question)
    flip = "lost" if name in lost else "gained" if name in gained else ""
    length = "" if words is None else numerals.number(words)
    told = [say(f"answers.cell_{state}"), say(f"browser.{flip}") if flip else ""]
    told += [say.counted("answers.word", int(words), length)] if words is not None else []
    told += [say(word) for metric, word in FLAGS.items() if metric in raised]
    return Cell(
        sign=_SIGNS[state],
        kind=f"{state} {flip}".strip(),
        length=length,
        bar=math.ceil(_BARS * words / most) if words and most else 0,
        told=say("answers.cell", name=name, told=say.listed(part for part in told if part)),
        flagged=bool(raised),
    )


def flips(material: Material, question: Asked) -> tuple[list[str], list[str]]:
    """Names of the variants that lost the question, and that gained it."""
    before = material.value(material.base.name, question.id, "correct")
    after = {variant.name: material.value(variant.name, question.id, "correct") for variant in material.tuned}
    lost = [name for name, value in after.items() if before == 1.0 and value == 0.0]
    gained = [name for name, value in after.items() if before == 0.0 and value == 1.0]
    return lost, gained


def longest(material: Material) -> float:
    """Words of the longest answer of all; 0 where none was counted."""
    return max((value for name in material.marks for value in material.values(name, "words").values()), default=0.0)
