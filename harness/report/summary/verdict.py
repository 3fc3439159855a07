"""The first thirty seconds: a card a variant, and the table of every measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.comparing import Measure, called, difference_text, level_span, level_text, level_unit, size_text
from harness.records import Comparison, Estimate, Variant
from harness.report import Material, MeasureGroup, MeasureRow, Table, VariantCell, judged
from harness.report.summary.attempts import attempts_group
from harness.report.summary.facts import facts
from harness.report.summary.view import VariantCard, VerdictSection
from harness.store import NOTHING, Certificate
from harness.words import Words, numerals


def verdict_section(material: Material) -> VerdictSection:
    """Cards for every variant and tables of at most three tuned ones beside the base."""
    say, base = material.say, material.base.name
    alone = "_alone" if not material.tuned else ""
    return VerdictSection(
        lead=say(f"verdict.lead{alone}", base=base),
        findings=_findings(material),
        cards=cards(material),
        title=say(f"verdict.table{alone}", base=base),
        note=say(f"verdict.note{alone}", base=base) if material.measures else say("verdict.none"),
        meaning=None if alone else say("verdict.meaning"),
        tables=tuple(_table(material, group) for group in material.side_by_side) if material.measures else (),
    )


def cards(material: Material) -> tuple[VariantCard, ...]:
    """Each variant's facts as sentences, the base's first."""
    return tuple(
        VariantCard(material.marks[variant.name], training_line(material, variant), facts(material, variant))
        for variant in (material.base, *material.tuned)
    )


def training_line(material: Material, variant: Variant) -> str:
    """How the variant came to be, in one line, from its certificate where there is one."""
    say, method = material.say, (variant.method or "").upper()
    certificate = material.manifest.trainings.get(variant.name, NOTHING)
    if variant.kind == "base":
        return say("training.base")
    if variant.kind == "model":
        return say("training.model")
    steps = {curve.step for curve in material.curves if curve.variant == variant.name}
    known = _settings(certificate, say)
    if not known and steps:
        known = [say.counted("training.logged", len(steps), numerals.number(len(steps)))]
    if not known:
        recorded = "training.recorded_method" if method else "training.recorded"
        return say(recorded, method=method) if variant.kind == "recorded" else method or say("training.unknown")
    method = method or (certificate.method or "").upper()
    return say.listed([method, *known] if method else known)


def _settings(certificate: Certificate, say: Words) -> list[str]:
    chosen = certificate.hyperparameters
    steps = certificate.steps or chosen.get("max_steps")
    known = []
    if isinstance(steps, int | float) and steps > 0:
        known.append(say.counted("training.steps", steps, numerals.number(steps)))
    for key, word in (("learning_rate", "rate"), ("beta", "beta"), ("r", "rank")):
        if isinstance(chosen.get(key), int | float):
            known.append(say(f"training.{word}", value=numerals.compact(float(chosen[key]))))
    return known


def _findings(material: Material) -> str:
    count = len(material.summary.warnings)
    if not count:
        return material.say("verdict.clean")
    return material.say.counted("verdict.warning", count, str(count))


def _table(material: Material, variants: Sequence[Variant]) -> Table:
    titles = dict.fromkeys(measure.group for measure in material.measures)
    groups = tuple(
        MeasureGroup(
            material.say(f"group.{group}"),
            tuple(_row(material, variants, measure) for measure in material.measures if measure.group == group),
        )
        for group in titles
    )
    several = attempts_group(material, variants)
    return Table(
        tuple(material.marks[variant.name] for variant in variants), groups if several is None else (*groups, several)
    )


def _row(material: Material, variants: Sequence[Variant], measure: Measure) -> MeasureRow:
    title, unit = called(measure, material.say), level_unit(measure, material.say)
    return MeasureRow(title, unit, measure.better, tuple(_cell(material, variant, measure) for variant in variants))


def _cell(material: Material, variant: Variant, measure: Measure) -> VariantCell:
    level = material.numbers.level(variant.name, measure)
    row = material.numbers.difference(material.base.name, variant.name, measure)
    if level is not None and level.mean is None:
        return VariantCell(material.say("cell.unknown"), "", None, None)
    word = None if row is None else judged(row.verdict, material.say)
    note = " · ".join(_notes(material, level, row, measure)) or None
    return VariantCell(level_text(level, measure), _beneath(material, level, row, measure), word, note)


def _notes(material: Material, level: Estimate | None, row: Comparison | None, measure: Measure) -> Iterator[str]:
    """What a figure must not be read without: what was not judged, what would have been seen, what is noise."""
    say = material.say
    if level is not None and level.unjudged and level.n:
        yield say("cell.unjudged", n=numerals.number(level.unjudged))
    if level is not None and level.spread is not None:
        yield say("cell.spread", spread=size_text(level.spread, measure, say))
    if row is not None and row.verdict in ("unchanged", "undecided") and row.mde:
        yield say("cell.mde", mde=size_text(row.mde, measure, say))
    if row is not None and row.noise is not None:
        yield say("cell.inside" if row.inside_noise else "cell.noise", noise=size_text(row.noise, measure, say))


def _beneath(material: Material, level: Estimate | None, row: Comparison | None, measure: Measure) -> str:
    if row is not None:
        return difference_text(row, measure, material.say)
    return level_span(level, measure, material.say) or ""
