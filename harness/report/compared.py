"""Cells of a table that compares: a setting as it is read, a difference with its test, and what may be said of it."""

from __future__ import annotations

from harness.comparing import Measure, difference_text, p_text
from harness.records import Comparison
from harness.report.numbers import Numbers, pairs_text
from harness.words import Words, numerals


def shown(value: object) -> str:
    """A setting as it is read: 5 × 10⁻⁶, not 0.000005."""
    if value is None:
        return numerals.NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return numerals.compact(value) if isinstance(value, float) else numerals.number(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def compared(row: Comparison, measure: Measure, numbers: Numbers, say: Words) -> tuple[str, str, str]:
    """The difference, by which test on how many pairs with which p, and the verdict where one is claimed."""
    unit = f"{numerals.SPACE}{say('unit.points')}" if measure.kind == "share" else ""
    name = say.get(f"test.{row.test.replace(' ', '_')}", row.test)
    test = say("assignment.tested", test=name, n=pairs_text([row], say))
    judged, p, reason = numbers.judged(row, say), p_text(row, say), numbers.reason(row, measure, say)
    word = judged.word if judged else numerals.NOTHING
    return (
        difference_text(row, measure, say) + unit,
        say.listed([test, p], key="list.detail") if p else test,
        say.listed([word, reason], key="list.clause") if reason else word,
    )


def compared_heads(say: Words) -> tuple[str, ...]:
    """Of the same columns."""
    return tuple(say(f"assignment.{word}") for word in ("difference", "test", "verdict"))
