"""The first thirty seconds: a card a variant, and the table of every measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from harness.comparing import (
    Measure,
    called,
    counted_text,
    difference_text,
    level_span,
    level_text,
    level_unit,
    p_text,
    shortfall,
    shortfall_text,
    size_text,
)
from harness.records import Comparison, Estimate, Variant
from harness.report import Material, MeasureGroup, MeasureRow, Table, VariantCell
from harness.report.summary.attempts import attempts_group
from harness.report.summary.facts import facts
from harness.report.summary.view import VariantCard, VerdictSection
from harness.store import NOTHING, Certificate
from harness.words import Words, numerals

_REACH = 1.96
"""Standard deviations within which 95 of 100 net changes stay that asking again makes."""


def verdict_section(material: Material) -> VerdictSection:
    """Cards for every variant, and a table of all, or several where there are more than a page has columns for."""
    say, base = material.say, material.base.name
    alone = "_alone" if not material.tuned else ""
    note = say(f"verdict.note{alone}", base=base) if material.measures else say("verdict.none")
    return VerdictSection(
        lead=say.text([say(f"verdict.lead{alone}", base=base), _beside(material, "lead")]),
        findings=_findings(material),
        shortfall=shortfall_sentence(material),
        cards=(*cards(material), *map(partial(_card, material), material.references)),
        title=say(f"verdict.table{alone}", base=base),
        note=say.text([note, _beside(material, "note")]),
        meaning=None if alone else _meaning(material),
        tables=tuple(_table(material, group) for group in material.side_by_side) if material.measures else (),
    )


def cards(material: Material) -> tuple[VariantCard, ...]:
    """Each variant's facts as sentences, the base's first."""
    return tuple(_card(material, variant) for variant in (material.base, *material.tuned))


def _card(material: Material, variant: Variant) -> VariantCard:
    return VariantCard(material.marks[variant.name], training_line(material, variant), *facts(material, variant))


def _beside(material: Material, where: str) -> str:
    """Names the references, and says what is told of them; "" where there is none."""
    names = [variant.name for variant in material.references]
    return material.say(f"reference.{where}", names=material.say.both(names)) if names else ""


def training_line(material: Material, variant: Variant) -> str:
    """How the variant came to be, in one line, from its certificate where there is one."""
    say, method = material.say, (variant.method or "").upper()
    certificate = material.manifest.trainings.get(variant.name, NOTHING)
    if variant.kind == "base":
        return say("training.base")
    if variant.kind == "model":
        return say("training.model")
    if variant.kind == "reference":
        return _reference_line(material, variant)
    steps = {curve.step for curve in material.curves if curve.variant == variant.name}
    known = _settings(certificate, say)
    if not known and steps:
        known = [say.counted("training.logged", len(steps), numerals.number(len(steps)))]
    if not known:
        answered = any(name == variant.name for name, _ in material.responses)
        recorded = f"training.{'recorded' if answered else 'results'}{'_method' if method else ''}"
        return say(recorded, method=method) if variant.kind == "recorded" else method or say("training.unknown")
    method = method or (certificate.method or "").upper()
    return say("list.detail").join([method, *known] if method else known)


def _reference_line(material: Material, variant: Variant) -> str:
    say, many, every = material.say, material.answered(variant.name), material.summary.questions
    if not many:
        return say("training.reference_results")
    if many == every:
        return say("training.reference")
    return say("training.reference_part", n=numerals.number(many), all=numerals.number(every))


def _settings(certificate: Certificate, say: Words) -> list[str]:
    chosen = certificate.hyperparameters
    steps = certificate.steps or chosen.get("max_steps")
    known = []
    if isinstance(steps, int | float) and steps > 0:
        known.append(say.counted("training.steps", int(steps), numerals.number(steps)))
    for key, word in (("learning_rate", "rate"), ("beta", "beta"), ("r", "rank")):
        if isinstance(chosen.get(key), int | float):
            known.append(say(f"training.{word}", value=numerals.compact(float(chosen[key]))))
    return known


def _findings(material: Material) -> str:
    count = len(material.summary.warnings)
    if not count:
        return material.say("verdict.clean")
    return material.say.counted("verdict.warning", count, str(count))


def shortfall_sentence(material: Material) -> str | None:
    """The one sentence about the variants of which the sample decides nothing."""
    shown = {(material.base.name, variant.name) for variant in material.tuned}
    found = shortfall(material.summary.comparisons, shown & material.numbers.blind)
    if found is None:
        return None
    told = (found.told.source, found.told.metric)
    measure = next(it for it in material.measures if (it.source, it.metric) == told)
    return shortfall_text(found, measure, material.manifest.suite.argument, material.say)


def _meaning(material: Material) -> str:
    """What the words of the verdicts mean, as far as there are any, and over which tests they hold."""
    say = material.say
    rows = _against_base(material)
    primary = [row for row in rows if row.primary]
    claimed = [row for row in primary if not material.numbers.is_blind(row)]
    said = [say("verdict.meaning")] if claimed else []
    if family := next((row for row in claimed if row.family), None):
        said.append(say.counted("verdict.family", material.numbers.family(family), base=material.base.name))
    if rows and not primary:
        said.append(say("verdict.no_primary"))
    if len(primary) < len(rows):
        said.append(say("verdict.exploratory"))
    return say.text(said)


def _against_base(material: Material) -> list[Comparison]:
    found = (
        material.numbers.difference(material.base.name, variant.name, measure)
        for variant in material.tuned
        for measure in material.measures
    )
    return [row for row in found if row is not None]


def _table(material: Material, variants: Sequence[Variant]) -> Table:
    several = attempts_group(material, variants)
    groups = (*_groups(material, variants), *([] if several is None else [several]))
    marks = tuple(material.marks[variant.name] for variant in variants)
    return Table(marks, groups, has_base=material.base in variants)


def _groups(material: Material, variants: Sequence[Variant]) -> Iterator[MeasureGroup]:
    """The primary measures, then the others under their headings; where all are alike, headings alone."""
    say = material.say
    primary = [measure for measure in material.measures if material.is_primary(measure)]
    rest = [measure for measure in material.measures if measure not in primary]
    if not material.tuned or not rest or not primary:
        primary, rest = [], list(material.measures)
    if primary:
        yield MeasureGroup("", tuple(_row(material, variants, it) for it in primary), say("group.primary"))
    for place, group in enumerate(dict.fromkeys(measure.group for measure in rest)):
        rows = tuple(_row(material, variants, measure) for measure in rest if measure.group == group)
        yield MeasureGroup(_heading(material, group), rows, say("group.exploratory") if primary and not place else None)


def _heading(material: Material, group: str) -> str:
    """What the group is called; of lm-eval tasks under a limit, with the documents that were asked."""
    say, limit = material.say, material.manifest.task_limit
    if group != "benchmarks" or limit is None:
        return say(f"group.{group}")
    if limit < 1:
        return say("group.benchmarks_share", share=say.percent(limit, 0), limit=limit)
    return say("group.benchmarks_first", limit=limit)


def _row(material: Material, variants: Sequence[Variant], measure: Measure) -> MeasureRow:
    title, unit = called(measure, material.say), level_unit(measure, material.say)
    cells = tuple(_cell(material, variant, measure) for variant in variants)
    return MeasureRow(title, unit, measure.better, cells, _shows(material, variants, measure))


def _shows(material: Material, variants: Sequence[Variant], measure: Measure) -> str | None:
    """What the least of the undecided comparisons would have shown."""
    rows = [material.numbers.difference(material.base.name, variant.name, measure) for variant in variants]
    seen = [row.mde for row in rows if row is not None and _is_open(material, row) and row.mde]
    return material.say("cell.mde", mde=size_text(max(seen), measure, material.say)) if seen else None


def _is_open(material: Material, row: Comparison) -> bool:
    """Whether a primary measure is undecided and nothing but more questions would decide it."""
    return row.primary and row.verdict == "undecided" and not row.reason and not material.numbers.is_blind(row)


def _cell(material: Material, variant: Variant, measure: Measure) -> VariantCell:
    level = material.numbers.level(variant.name, measure)
    row = material.numbers.difference(material.base.name, variant.name, measure)
    if level is not None and level.mean is None:
        return VariantCell(material.say("cell.unknown"), "", None, ())
    word = None if row is None else material.numbers.judged(row, material.say)
    notes = tuple(_notes(material, level, row, measure))
    return VariantCell(level_text(level, measure), _beneath(material, level, row, measure), word, notes)


def _notes(material: Material, level: Estimate | None, row: Comparison | None, measure: Measure) -> Iterator[str]:
    """What a figure must not be read without: how many were judged, the adjusted p, why it is undecided, noise."""
    say, numbers = material.say, material.numbers
    if level is not None and measure.source == "suite" and 0 < level.n < numbers.asked(measure):
        yield say("cell.judged", n=counted_text(numerals.number(level.n), numbers.asked(measure), False, say))
    if level is not None and level.spread is not None:
        yield say("cell.spread", spread=size_text(level.spread, measure, say))
    reason = None if row is None else numbers.reason(row, measure, say)
    if row is None or not row.primary or (numbers.is_blind(row) and not reason):
        return
    if tested := p_text(row, say):
        yield tested
    if reason:
        yield reason
    if row.noise and not numbers.is_blind(row):
        noise = size_text(_REACH * row.noise, measure, say)
        yield say("cell.inside" if row.inside_noise else "cell.noise", noise=noise)


def _beneath(material: Material, level: Estimate | None, row: Comparison | None, measure: Measure) -> str:
    if row is not None:
        return difference_text(row, measure, material.say)
    return level_span(level, measure, material.say) or ""
