"""Several answers to a question, in the table of levels: one of k right, all of k right."""

from __future__ import annotations

from collections.abc import Sequence

from harness.comparing import difference_text, level_span, level_text, suite_measure
from harness.records import Variant
from harness.report import Material, MeasureGroup, MeasureRow, VariantCell
from harness.words import numerals


def attempts_group(material: Material, variants: Sequence[Variant]) -> MeasureGroup | None:
    """None where each question was answered once."""
    found = material.summary.attempts
    titles = dict.fromkeys(title for variant in variants for title in found.get(variant.name, {}))
    if not titles:
        return None
    rows = (_row(material, title, variants) for title in titles)
    return MeasureGroup(material.say("attempts.title"), tuple(rows))


def _row(material: Material, title: str, variants: Sequence[Variant]) -> MeasureRow:
    one = "@" in title
    told = material.say(
        "attempts.one" if one else "attempts.all", name=title, k=title.partition("@" if one else "^")[2]
    )
    cells = tuple(_cell(material, title, variant) for variant in variants)
    return MeasureRow(told, material.say("unit.percent"), "higher", cells)


def _cell(material: Material, title: str, variant: Variant) -> VariantCell:
    say, measure = material.say, suite_measure("correct")
    level = material.summary.attempts.get(variant.name, {}).get(title)
    if level is None:
        return VariantCell(say("cell.unknown"), "", None, ())
    rows = material.summary.attempt_differences
    pair = (material.base.name, variant.name, title)
    row = next((it for it in rows if (it.baseline, it.variant, it.metric) == pair), None)
    beneath = level_span(level, measure, say) or "" if row is None else difference_text(row, measure, say)
    left_out = say.counted("attempts.unjudged", level.unjudged, numerals.number(level.unjudged))
    notes = (left_out,) if level.unjudged else ()
    return VariantCell(level_text(level, measure), beneath, None, notes)
