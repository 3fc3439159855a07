"""What changed: every difference to the base on a common scale, and those between the tuned variants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

from harness.charts import Chart, DrawnDifference, Scale, chart, forest
from harness.comparing import Measure, called, difference_parts, difference_text, factor
from harness.records import Comparison, Variant, Verdict
from harness.report import Judged, Material, pairs_text
from harness.report.summary.view import ChangesSection, ForestLine, ForestPanel, ForestRow, PairedDifference
from harness.scorers import MeasureKind
from harness.words import Words

_MOST_PAIRS = 24
_MOST_NAMES = 5
"""Names that a caption lists of one measure."""
_LONG = 20
"""Lines of a panel that has its axis again at its foot."""

Parted = TypeVar("Parted", ForestRow, PairedDifference)
Compared = tuple[Measure, tuple[tuple[Variant, Comparison], ...]]


def changes_section(material: Material) -> ChangesSection:
    """One panel for shares, in points, and one for amounts, in percent of the base."""
    compared = _compared(material)
    same = [called(measure, material.say) for measure, rows in compared if all(_nothing(row) for _, row in rows)]
    moved = [(measure, rows) for measure, rows in compared if not all(_nothing(row) for _, row in rows)]
    pairs = _pairs(material)
    notes = _pairs_notes(material, len(pairs)) if pairs else ()
    return ChangesSection(
        captions=tuple(_caption(material, variant, compared) for variant in material.tuned if compared),
        panels=tuple(
            _panel(material, kind, [row for row in moved if row[0].kind == kind])
            for kind in ("share", "amount")
            if any(row[0].kind == kind for row in moved)
        ),
        same=material.say("changes.same", titles=material.say.listed(same)) if same else None,
        pairs=pairs[:_MOST_PAIRS],
        pairs_finding=_pairs_finding(material, pairs),
        pairs_note=material.say.text(notes) or None,
    )


def _compared(material: Material) -> list[Compared]:
    """Every measure with its differences, the primary ones first."""
    found = []
    for measure in material.measures:
        rows = [(it, material.numbers.difference(material.base.name, it.name, measure)) for it in material.tuned]
        known = tuple((variant, row) for variant, row in rows if row is not None)
        if known:
            found.append((measure, known))
    return sorted(found, key=lambda each: not _is_primary(each))


def _is_primary(compared: Compared) -> bool:
    return any(row.primary for _, row in compared[1])


def _nothing(row: Comparison) -> bool:
    return row.delta == 0 and not row.low and not row.high


def _caption(material: Material, variant: Variant, compared: Sequence[Compared]) -> str:
    say = material.say
    rows = [row for _, rows in compared for other, row in rows if other == variant]
    primary = [row for row in rows if row.primary]
    others = len(rows) - len(primary)
    more = say.counted("changes.others", others, str(others)) if others else ""
    if any(material.numbers.is_blind(row) for row in primary):
        return say.text([say.counted("changes.blind", len(primary), name=variant.name), more])
    counts = Counter(row.verdict for row in primary)
    order: tuple[Verdict, ...] = ("improved", "regressed", "shifted", "unchanged", "undecided")
    parts = [
        say("changes.verdict_count", n=counts[verdict], verdict=say(f"verdict.{verdict}"))
        for verdict in order
        if counts[verdict]
    ]
    if not parts:
        return say.text([say("changes.no_primary", name=variant.name), more])
    told = {"name": variant.name, "verdicts": say.listed(parts)}
    if not others:
        return say("changes.caption", n=len(primary), **told)
    return say.text([say.counted("changes.caption_primary", len(primary), **told), more])


def _panel(material: Material, kind: MeasureKind, compared: Sequence[Compared]) -> ForestPanel:
    say, base = material.say, material.base.name
    unit = {measure: _unit(material, measure) for measure, _ in compared}
    drawn = [unit[measure](row) for measure, rows in compared for _, row in rows]
    scale = forest.scale([difference for difference in drawn if difference is not None])
    title = say("changes.points") if kind == "share" else say("changes.relative", base=base)
    rising = {"higher": 0, "lower": 1, "neither": 2}
    # What is better to the same side stands together, and says so once.
    compared = sorted(compared, key=lambda each: (not _is_primary(each), rising[each[0].better]))
    notes = [say("changes.reading", base=base)]
    notes += [say("changes.stretched")] if scale.stretched else []
    notes += [say("changes.band")] if any(difference and difference.margin for difference in drawn) else []
    rows = tuple(_row(material, measure, known, unit[measure], scale) for measure, known in compared)
    rows = _aimed(_parted(rows, [_is_primary(row) for row in compared], say("group.exploratory")))
    lines = sum(len(row.lines) for row in rows)
    foot = chart(forest.axis(scale, foot=True), title) if lines > _LONG else None
    return ForestPanel(
        title, _finding(material, compared), chart(forest.axis(scale), title), foot, rows, (say.text(notes),)
    )


def _finding(material: Material, compared: Sequence[Compared]) -> str:
    """What the panel shows: of each measure the claimed differences; or that none is claimed."""
    say = material.say
    found = [
        (called(measure, say), judged, variant.name, _plain(material, measure, row))
        for measure, rows in compared
        for variant, row in rows
        if (judged := material.numbers.judged(row, say)) is not None
    ]
    told = _claims(say, found)
    if told or not any(_is_primary(each) for each in compared):
        return told
    return say("changes.undecided")


def _claims(say: Words, rows: Sequence[tuple[str, Judged, str, str]]) -> str:
    """(measure, verdict, name, difference) as a sentence: "Template leak improved: orpo (−90)."; empty without any."""
    groups: dict[tuple[str, str], list[str]] = {}
    for title, judged, name, difference in rows:
        if judged.verdict not in ("undecided", "unchanged"):
            one = say("changes.claimed", name=name, difference=difference)
            groups.setdefault((title, judged.word), []).append(one)
    told = [
        say("changes.claim", title=title, verdict=word, found=say.listed(names, _MOST_NAMES))
        for (title, word), names in groups.items()
    ]
    return say.listed(told, key="list.clause") + say("list.stop") if told else ""


def _plain(material: Material, measure: Measure, row: Comparison) -> str:
    """The difference without its interval, in the panel's unit."""
    drawn = _unit(material, measure)(row)
    parts = difference_parts(row, measure) if drawn is None else difference_parts(drawn, measure, 1.0, most=1)
    return parts[0]


def _aimed(rows: tuple[ForestRow, ...]) -> tuple[ForestRow, ...]:
    """The rows, of which the first of each part, and of each side that is better, says which side it is."""
    out: list[ForestRow] = []
    for place, row in enumerate(rows):
        first = place == 0 or row.part is not None or row.direction != rows[place - 1].direction
        out.append(replace(row, aim=row.direction if first else None))
    return tuple(out)


def _parted(rows: tuple[Parted, ...], primary: Sequence[bool], part: str) -> tuple[Parted, ...]:
    """The rows, of which the first that is exploratory says so."""
    if all(primary):
        return rows
    place = primary.index(False)
    marked: Parted = replace(rows[place], part=part)
    return tuple(marked if number == place else row for number, row in enumerate(rows))


def _row(
    material: Material,
    measure: Measure,
    rows: Sequence[tuple[Variant, Comparison]],
    unit: Callable[[Comparison], DrawnDifference | None],
    scale: Scale,
) -> ForestRow:
    tall = forest.height(len(rows))
    return ForestRow(
        title=called(measure, material.say),
        n=material.say("cell.of", n=pairs_text([row for _, row in rows], material.say)),
        direction=measure.better,
        lines=tuple(_line(material, variant, measure, row, unit(row), scale, tall) for variant, row in rows),
    )


def _line(
    material: Material,
    variant: Variant,
    measure: Measure,
    row: Comparison,
    drawn: DrawnDifference | None,
    scale: Scale,
    height: int,
) -> ForestLine:
    mark = material.marks[variant.name]
    say = material.say
    picture: Chart | None = None
    # In the panel's unit, where it has one for the measure.
    text = difference_text(row, measure, say) if drawn is None else difference_text(drawn, measure, say, 1.0, most=1)
    if drawn is not None:
        told = say("changes.line", title=called(measure, say), name=variant.name, difference=text)
        picture = chart(forest.line(drawn, mark, scale, height), told)
    return ForestLine(mark, picture, text, material.numbers.judged(row, say))


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


def _pairs(material: Material) -> tuple[PairedDifference, ...]:
    """Between tuned variants, on the headline measures, the primary ones first."""
    found = [
        (measure, row)
        for first, second in combinations(material.tuned, 2)
        for measure in material.measures
        if measure.headline and (row := material.numbers.between(first.name, second.name, measure)) is not None
    ]
    found.sort(key=lambda each: not each[1].primary)
    rows = tuple(_pair(material, measure, row) for measure, row in found)
    return _parted(rows, [row.primary for _, row in found], material.say("group.exploratory"))


def _pair(material: Material, measure: Measure, row: Comparison) -> PairedDifference:
    ends = material.marks[row.baseline], material.marks[row.variant]
    text = difference_text(row, measure, material.say)
    brief, *_ = difference_parts(row, measure)
    return PairedDifference(
        *ends, called(measure, material.say), text, brief, material.numbers.judged(row, material.say)
    )


def _pairs_finding(material: Material, pairs: Sequence[PairedDifference]) -> str:
    say = material.say

    def name(pair: PairedDifference) -> str:
        return say("changes.pair_name", first=pair.first.name, second=pair.second.name)

    rows = [(pair.measure, pair.judged, name(pair), pair.brief) for pair in pairs if pair.judged is not None]
    return _claims(say, rows) or say("changes.pairs_same")


def _pairs_notes(material: Material, many: int) -> Iterator[str]:
    """Over which tests the verdicts between the tuned variants hold, of which it decides nothing, what is left out."""
    say = material.say
    names = {variant.name for variant in material.tuned}
    rows = [row for row in material.summary.comparisons if {row.baseline, row.variant} <= names and row.primary]
    if family := next((row for row in rows if row.family), None):
        yield say.counted("verdict.family_others", material.numbers.family(family))
    blind = dict.fromkeys((row.baseline, row.variant) for row in rows if material.numbers.is_blind(row))
    if blind:
        yield say("changes.pairs_blind", names=say.listed(f"{first} → {second}" for first, second in blind))
    if many > _MOST_PAIRS:
        yield say("changes.more", shown=_MOST_PAIRS, n=many)
