"""The matrix of questions and variants: a cell an answer, its verdict as a shape and its length as a bar."""

from __future__ import annotations

import math
from collections.abc import Collection

from harness.report import Asked, Material
from harness.report.summary.view import Cell
from harness.words import Words, numerals

FLAGS = {
    "leak": "answers.leak",
    "roles": "answers.roles",
    "loop": "answers.loop",
    "truncated": "answers.cut",
    "truncated_thought": "answers.cut_thought",
}
"""Metric → what is said of an answer's form where it is raised."""
_SIGNS = {"right": "✓", "wrong": "✗", "unjudged": "–", "missing": "∅", "open": "·", "absent": ""}
_BARS = 20


def lack_of(material: Material, name: str, question: Asked) -> str | None:
    """Why no answer stands in what was written, in the words of the scorers' notes; None where one does."""
    found = (material.scores.get((name, question.id, metric)) for metric in ("empty", "unbegun"))
    note = next((score.note for score in found if score is not None and score.note), None)
    return None if note is None else lack_text(material.say, note)


def lack_text(say: Words, note: str) -> str | None:
    """A note of the scorers that says why no answer stands there; None for any other."""
    return say.get(f"lack.{note.replace(' ', '_')}", "") or None


def cell_of(material: Material, name: str, question: Asked, state: str, raised: Collection[str], most: float) -> Cell:
    """`state` is the answer's verdict, `raised` what is wrong with its form, `most` the words of the longest of all."""
    say, words = material.say, material.value(name, question.id, "words")
    lost, gained = flips(material, question)
    flip = "lost" if name in lost else "gained" if name in gained else ""
    length = "" if words is None else numerals.number(words)
    told = [say(f"answers.cell_{state}"), say(f"browser.{flip}") if flip else ""]
    told += [say.counted("answers.word", int(words), length)] if words is not None else []
    lack = lack_of(material, name, question)
    told += [*([lack] if lack else []), *(say(word) for metric, word in FLAGS.items() if metric in raised)]
    return Cell(
        sign=_SIGNS[state],
        kind=f"{state} {flip}".strip(),
        length=length,
        bar=math.ceil(_BARS * words / most) if words and most else 0,
        told=say("answers.cell", name=name, told=say.listed(part for part in told if part)),
        flagged=bool(raised or lack),
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
