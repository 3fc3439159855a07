"""The sentences of the cards; each states an effect, its interval and what the sample could have shown."""

from __future__ import annotations

from collections.abc import Iterator

from harness import numerals
from harness.records import Comparison, Estimate, Variant
from harness.report_material import Material
from harness.report_measures import (
    Measure,
    difference_parts,
    digits,
    judged,
    level_span,
    level_text,
    size_text,
    value_text,
)
from harness.report_view import Fact

_FIRST = ("correct", "words", "leak", "rep_4")
_MOST = 5


def facts(material: Material, variant: Variant) -> tuple[Fact, ...]:
    """Three to five: the headline measures, then what regressed, then what else improved."""
    if variant.name == material.base.name:
        found = [_level(material, variant, measure) for measure in _headlines(material)]
    else:
        rows = [(measure, _row(material, variant, measure)) for measure in _ordered(material, variant)]
        found = [_difference(material, variant, measure, row) for measure, row in rows if row is not None]
    unjudged = _unjudged(material, variant)
    known = [fact for fact in found if fact is not None][: _MOST - (unjudged is not None)]
    return (*known, *([unjudged] if unjudged else ()))


def _headlines(material: Material) -> list[Measure]:
    chosen = [measure for metric in _FIRST for measure in material.measures if _is(measure, metric)]
    return chosen or list(material.measures[:3])


def _is(measure: Measure, metric: str) -> bool:
    return measure.source == "suite" and measure.metric == metric


def _ordered(material: Material, variant: Variant) -> Iterator[Measure]:
    headlines = _headlines(material)
    yield from headlines
    rest = [measure for measure in material.measures if measure not in headlines]
    for verdict in ("regressed", "improved"):
        # Benchmarks first: an older skill that got worse is what nobody looks for.
        for measure in sorted(rest, key=lambda measure: measure.source == "suite"):
            row = _row(material, variant, measure)
            if row is not None and row.verdict == verdict:
                yield measure


def _row(material: Material, variant: Variant, measure: Measure) -> Comparison | None:
    return material.numbers.difference(material.base.name, variant.name, measure)


def _level(material: Material, variant: Variant, measure: Measure) -> Fact | None:
    say, level = material.say, material.numbers.level(variant.name, measure)
    if level is None or level.mean is None:
        return None
    text, span = level_text(level, measure), level_span(level, measure, say)
    if span is None:
        return Fact(say("fact.level_plain", title=measure.title, level=text))
    ends = {"level": text, "span": span}
    if _is(measure, "correct"):
        return Fact(say("fact.level_count", count=_count(level), n=numerals.number(level.n), **ends))
    if _is(measure, "words"):
        return Fact(say("fact.level_words", median=_median(material, variant), **ends))
    return Fact(say("fact.level", title=measure.title, **ends))


def _difference(material: Material, variant: Variant, measure: Measure, row: Comparison) -> Fact | None:
    before = material.numbers.level(material.base.name, measure)
    after = material.numbers.level(variant.name, measure)
    if before is None or after is None or before.mean is None or after.mean is None:
        return None
    text = _sentence(material, variant, measure, row, before, after)
    return Fact(text, judged(row.verdict, material.say), _certainty(material, measure, row))


def _sentence(
    material: Material, variant: Variant, measure: Measure, row: Comparison, before: Estimate, after: Estimate
) -> str:
    say = material.say
    delta, low, high = difference_parts(row, measure)
    places = min(digits(level.low, level.high, measure) for level in (before, after))
    levels: dict[str, object] = {
        "before": value_text(before.mean, places, measure),
        "after": value_text(after.mean, places, measure),
    }
    if low is None:
        return say("fact.no_interval", title=measure.title, delta=delta, **levels)
    ends: dict[str, object] = {"delta": delta, "low": low, "high": high}
    if _is(measure, "correct") and row.gained is not None and row.lost is not None:
        counts: dict[str, object] = {"before": _count(before), "after": _count(after), "n": numerals.number(row.n)}
        return say("fact.count", gained=row.gained, lost=row.lost, **counts, **ends)
    if _is(measure, "words"):
        return _length(material, variant, row, {**levels, **ends})
    kind = "rate" if measure.kind == "share" else "mean"
    return say(f"fact.{kind}", title=measure.title, **levels, **ends)


def _length(material: Material, variant: Variant, row: Comparison, ends: dict[str, object]) -> str:
    say = material.say
    base = material.numbers.level(material.base.name, next(m for m in material.measures if _is(m, "words")))
    median = _medians(material, variant)
    if row.verdict in ("unchanged", "undecided") or base is None or not base.mean:
        return say("fact.length_plain", median=median, **ends)
    direction = say("fact.shorter" if row.delta < 0 else "fact.longer")
    share = numerals.percent(abs(row.delta) / base.mean, 0)
    return say("fact.length", percent=share, shorter=direction, median=median, **ends)


def _medians(material: Material, variant: Variant) -> str:
    before, after = (list(material.values(name, "words").values()) for name in (material.base.name, variant.name))
    if not before or not after:
        return ""
    first, second = (_short(numerals.median_and_quartiles(values)[1]) for values in (before, after))
    return material.say("fact.median", before=first, after=second)


def _median(material: Material, variant: Variant) -> str:
    values = list(material.values(variant.name, "words").values())
    if not values:
        return ""
    return material.say("fact.level_median", median=_short(numerals.median_and_quartiles(values)[1]))


def _short(value: float) -> str:
    return numerals.number(value, 0 if value == int(value) else 1)


def _certainty(material: Material, measure: Measure, row: Comparison) -> str | None:
    """Beside every "no difference": what the sample would have shown."""
    if row.verdict not in ("unchanged", "undecided"):
        return None
    parts = []
    if row.verdict == "unchanged" and row.margin:
        parts.append(material.say("fact.inside", margin=size_text(row.margin, measure, material.say)))
    if row.mde:
        parts.append(material.say("fact.mde", mde=size_text(row.mde, measure, material.say)))
    return " ".join(parts) or None


def _count(level: Estimate) -> str:
    return numerals.number((level.mean or 0.0) * level.n)


def _unjudged(material: Material, variant: Variant) -> Fact | None:
    """Says so where correctness could not be judged at all."""
    level = material.summary.metrics.get(variant.name, {}).get("correct")
    if level is None or level.n or not level.unjudged:
        return None
    return Fact(material.say("fact.nothing", n=numerals.number(level.unjudged)))
