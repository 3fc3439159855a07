"""What changed: every difference to the base on a common scale, and those between the tuned variants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

from harness.charts import Chart, DrawnDifference, Scale, chart, forest
from harness.comparing import Measure, called, difference_text, factor
from harness.records import Comparison, Variant, Verdict
from harness.report import Material, counts_text, judged
from harness.report.summary.view import ChangesSection, ForestLine, ForestPanel, ForestRow, PairedDifference
from harness.scorers import MeasureKind

_MOST_PAIRS = 24

Compared = tuple[Measure, tuple[tuple[Variant, Comparison], ...]]


def changes_section(material: Material) -> ChangesSection:
    """One panel for shares, in points, and one for amounts, in percent of the base."""
    compared = _compared(material)
    same = [called(measure, material.say) for measure, rows in compared if all(_nothing(row) for _, row in rows)]
    moved = [(measure, rows) for measure, rows in compared if not all(_nothing(row) for _, row in rows)]
    pairs = _pairs(material)
    more = material.say("changes.more", shown=_MOST_PAIRS, n=len(pairs)) if len(pairs) > _MOST_PAIRS else None
    return ChangesSection(
        captions=tuple(_caption(material, variant, compared) for variant in material.tuned if compared),
        panels=tuple(
            _panel(material, kind, [row for row in moved if row[0].kind == kind])
            for kind in ("share", "amount")
            if any(row[0].kind == kind for row in moved)
        ),
        same=material.say("changes.same", titles=material.say.listed(same)) if same else None,
        pairs=tuple(pairs[:_MOST_PAIRS]),
        pairs_note=more,
    )


def _compared(material: Material) -> list[Compared]:
    found = []
    for measure in material.measures:
        rows = [(it, material.numbers.difference(material.base.name, it.name, measure)) for it in material.tuned]
        known = tuple((variant, row) for variant, row in rows if row is not None)
        if known:
            found.append((measure, known))
    return found


def _nothing(row: Comparison) -> bool:
    return row.delta == 0 and not row.low and not row.high


def _caption(material: Material, variant: Variant, compared: Sequence[Compared]) -> str:
    say = material.say
    counts = Counter(row.verdict for _, rows in compared for other, row in rows if other == variant)
    order: tuple[Verdict, ...] = ("improved", "regressed", "shifted", "unchanged", "undecided")
    parts = [
        say("changes.verdict_count", n=counts[verdict], verdict=say(f"verdict.{verdict}"))
        for verdict in order
        if counts[verdict]
    ]
    return say("changes.caption", name=variant.name, verdicts=say.listed(parts), n=sum(counts.values()))


def _panel(material: Material, kind: MeasureKind, compared: Sequence[Compared]) -> ForestPanel:
    say, base = material.say, material.base.name
    unit = {measure: _unit(material, measure) for measure, _ in compared}
    drawn = [unit[measure](row) for measure, rows in compared for _, row in rows]
    scale = forest.scale([difference for difference in drawn if difference is not None])
    title = say("changes.points") if kind == "share" else say("changes.relative", base=base)
    notes = [say("changes.reading", base=base)]
    notes += [say("changes.stretched")] if scale.stretched else []
    notes += [say("changes.band")] if any(difference and difference.margin for difference in drawn) else []
    rows = tuple(_row(material, measure, known, unit[measure], scale) for measure, known in compared)
    return ForestPanel(title, chart(forest.axis(scale), title), rows, (say.text(notes),))


def _row(
    material: Material,
    measure: Measure,
    rows: Sequence[tuple[Variant, Comparison]],
    unit: Callable[[Comparison], DrawnDifference | None],
    scale: Scale,
) -> ForestRow:
    return ForestRow(
        title=called(measure, material.say),
        n=material.say("cell.of", n=counts_text(row.n for _, row in rows)),
        direction=measure.better,
        lines=tuple(_line(material, variant, measure, row, unit(row), scale) for variant, row in rows),
    )


def _line(
    material: Material, variant: Variant, measure: Measure, row: Comparison, drawn: DrawnDifference | None, scale: Scale
) -> ForestLine:
    mark = material.marks[variant.name]
    say = material.say
    picture: Chart | None = None
    # In the panel's unit, where it has one for the measure.
    text = difference_text(row, measure, say) if drawn is None else difference_text(drawn, measure, say, 1.0, most=1)
    if drawn is not None:
        told = say("changes.line", title=called(measure, say), name=variant.name, difference=text)
        picture = chart(forest.line(drawn, mark, scale), told)
    return ForestLine(mark, picture, text, judged(row.verdict, say))


def _unit(material: Material, measure: Measure) -> Callable[[Comparison], DrawnDifference | None]:
    """Brings differences of a measure onto its panel's scale; None where the base's mean gives no scale."""
    by, level = factor(measure), material.numbers.level(material.base.name, measure)
    if measure.kind == "amount":
        by = 100 / abs(level.mean) if level is not None and level.mean else 0.0

    def drawn(row: Comparison) -> DrawnDifference | None:
        if not by:
            return None
        low, high, margin = (None if end is None else end * by for end in (row.low, row.high, row.margin))
        return DrawnDifference(row.delta * by, low, high, margin)

    return drawn


def _pairs(material: Material) -> list[PairedDifference]:
    """Between tuned variants, on the headline measures."""
    found = []
    headlines = [measure for measure in material.measures if measure.headline]
    for first, second in combinations(material.tuned, 2):
        for measure in headlines:
            row = material.numbers.between(first.name, second.name, measure)
            if row is not None:
                ends = material.marks[row.baseline], material.marks[row.variant]
                text = difference_text(row, measure, material.say)
                found.append(
                    PairedDifference(*ends, called(measure, material.say), text, judged(row.verdict, material.say))
                )
    return found
