"""The sentences of the cards; each states an effect, its interval and what the sample could have shown."""

from __future__ import annotations

from collections.abc import Iterator

from harness.comparing import (
    Measure,
    called,
    difference_parts,
    digits,
    headlines,
    level_span,
    level_text,
    size_text,
    value_text,
)
from harness.records import Comparison, Estimate, Variant
from harness.report import Fact, Material, counts_text, judged
from harness.words import numerals

_MOST = 5

Known = tuple[Fact, Comparison | Estimate]
"""A sentence, and the figures that it is made of."""


def facts(material: Material, variant: Variant) -> tuple[Fact, ...]:
    """Three to five, and by which method: the headline measures, then what regressed, then what else improved."""
    is_base = variant.name == material.base.name
    found = _levels(material, variant) if is_base else _differences(material, variant)
    unjudged = _unjudged(material, variant)
    known = list(found)[: _MOST - (unjudged is not None)]
    rows = [row for _, row in known if isinstance(row, Comparison)]
    method = _method_of_levels(material, known) if is_base else _method(material, rows)
    return (*(fact for fact, _ in known), *(fact for fact in (unjudged, method) if fact))


def _headlines(material: Material) -> list[Measure]:
    chosen = [measure for measure in headlines() if measure in material.measures]
    return chosen or list(material.measures[:3])


def _is(measure: Measure, metric: str) -> bool:
    return measure.source == "suite" and measure.metric == metric


def _levels(material: Material, variant: Variant) -> Iterator[Known]:
    for measure in _headlines(material):
        level = material.numbers.level(variant.name, measure)
        if level is not None and level.mean is not None:
            yield Fact(_level(material, variant, measure, level)), level


def _differences(material: Material, variant: Variant) -> Iterator[Known]:
    for measure, row in _ordered(material, variant):
        before = material.numbers.level(material.base.name, measure)
        after = material.numbers.level(variant.name, measure)
        if before is None or after is None or before.mean is None or after.mean is None:
            continue
        text = _sentence(material, variant, measure, row, before, after)
        yield Fact(text, judged(row.verdict, material.say), _certainty(material, measure, row)), row


def _ordered(material: Material, variant: Variant) -> Iterator[tuple[Measure, Comparison]]:
    headlines = _headlines(material)
    rest = [measure for measure in material.measures if measure not in headlines]
    # Benchmarks first: an older skill that got worse is what nobody looks for.
    rest.sort(key=lambda measure: measure.source == "suite")
    base, difference = material.base.name, material.numbers.difference
    rows = {measure: difference(base, variant.name, measure) for measure in material.measures}
    wanted = [(measure, rows[measure]) for measure in headlines]
    for verdict in ("regressed", "improved"):
        wanted += [(one, row) for one in rest if (row := rows[one]) is not None and row.verdict == verdict]
    yield from ((measure, row) for measure, row in wanted if row is not None)


def _level(material: Material, variant: Variant, measure: Measure, level: Estimate) -> str:
    say = material.say
    text, span = level_text(level, measure, say), level_span(level, measure, say)
    if span is None:
        return say("fact.level_plain", title=_title(material, measure), level=text)
    ends = {"level": text, "span": span}
    if _is(measure, "correct"):
        return say("fact.level_count", count=_count(level), n=numerals.number(level.n), **ends)
    if _is(measure, "words"):
        return say("fact.level_words", median=_median(material, variant), **ends)
    return say("fact.level", title=_title(material, measure), **ends)


def _sentence(
    material: Material, variant: Variant, measure: Measure, row: Comparison, before: Estimate, after: Estimate
) -> str:
    """The catalogue's sentence of the measure's kind and the verdict."""
    say, title = material.say, _title(material, measure)
    delta, low, high = difference_parts(row, measure)
    # Where all values are equal there is no interval to ask for digits.
    spread = [level for level in (before, after) if level.low != level.high] or [before]
    places = min(digits(level.low, level.high, measure) for level in spread)
    values: dict[str, object] = {
        "title": title,
        "before": value_text(before.mean, measure, places, say),
        "after": value_text(after.mean, measure, places, say),
        "delta": delta,
        "n": numerals.number(row.n),
    }
    if low is None:
        return say("fact.no_interval", **values)
    values |= {"low": low, "high": high, "margin": size_text(row.margin or 0.0, measure, say)}
    kind = _kind(measure, row, before)
    if kind == "count":
        values |= {"before": _count(before), "after": _count(after), "gained": row.gained, "lost": row.lost}
    if kind == "length":
        values |= _length(material, variant, row, before)
    # Summaries before the margins were written down say "unchanged" without saying inside of what.
    verdict = "shifted" if row.verdict == "unchanged" and not row.margin else row.verdict
    return say(f"fact.{kind}.{verdict}", **values)


def _kind(measure: Measure, row: Comparison, before: Estimate) -> str:
    if _is(measure, "correct") and row.gained is not None and row.lost is not None:
        return "count"
    if _is(measure, "words") and before.mean:
        return "length"
    kind = "rate" if measure.kind == "share" else "mean"
    return kind if measure.source == "suite" else f"task_{kind}"


def _length(material: Material, variant: Variant, row: Comparison, before: Estimate) -> dict[str, object]:
    return {
        "percent": material.say.percent(abs(row.delta) / (before.mean or 1.0), 0),
        "shorter": material.say("fact.shorter" if row.delta < 0 else "fact.longer"),
        "median": _medians(material, variant),
    }


def _title(material: Material, measure: Measure) -> str:
    """What a sentence calls the measure."""
    title = called(measure, material.say)
    return material.say.get(f"phrase.{measure.metric}", title) if measure.source == "suite" else title


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
    return material.say("fact.level_median", middle=_short(numerals.median_and_quartiles(values)[1]))


def _short(value: float) -> str:
    return numerals.number(value, 0 if value == int(value) else 1)


def _certainty(material: Material, measure: Measure, row: Comparison) -> str | None:
    """Beside every "no difference": what the sample would have shown."""
    if row.verdict not in ("unchanged", "undecided"):
        return None
    if row.mde:
        return material.say("fact.mde", mde=size_text(row.mde, measure, material.say))
    return material.say("fact.blind", n=numerals.number(row.n)) if row.verdict == "undecided" else None


def _count(level: Estimate) -> str:
    return numerals.number((level.mean or 0.0) * level.n)


def _unjudged(material: Material, variant: Variant) -> Fact | None:
    """Says so where correctness could not be judged at all."""
    level = material.summary.metrics.get(variant.name, {}).get("correct")
    if level is None or level.n or not level.unjudged:
        return None
    return Fact(material.say("fact.nothing", n=numerals.number(level.unjudged)))


def _method(material: Material, rows: list[Comparison]) -> Fact | None:
    """Once a card: how its differences were tested, on how many pairs."""
    say = material.say
    if not rows:
        return None
    tests = say.listed(dict.fromkeys(_named(material, "test", row.test) for row in rows))
    return Fact("", certainty=say("fact.method", n=counts_text(row.n for row in rows), tests=tests))


def _method_of_levels(material: Material, known: list[Known]) -> Fact | None:
    say = material.say
    levels = [level for _, level in known if isinstance(level, Estimate) and level.low is not None]
    if not levels:
        return None
    intervals = say.listed(dict.fromkeys(_named(material, "interval", level.interval) for level in levels))
    return Fact("", certainty=say("fact.method_level", n=counts_text(level.n for level in levels), intervals=intervals))


def _named(material: Material, kind: str, method: str) -> str:
    """A name that comparing gives as a reader knows it."""
    return material.say.get(f"{kind}.{method.replace(' ', '_')}", method)
