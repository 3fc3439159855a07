"""The sentences of the cards; each states an effect, its interval and what the sample could have shown."""

from __future__ import annotations

from collections.abc import Iterator

from harness.comparing import (
    Measure,
    asked_of,
    called,
    difference_parts,
    headlines,
    level_span,
    level_text,
    size_text,
)
from harness.records import Comparison, Estimate, Variant
from harness.report import Fact, Material, counts_text
from harness.words import numerals

_MOST = 5

Known = tuple[Fact, Comparison | Estimate]
"""A sentence, and the figures that it is made of."""


def facts(material: Material, variant: Variant) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """(three to five on primary measures, and by which method; those on exploratory ones as far as there is room).

    Of each kind the headline measures first, then what regressed, then what else improved.
    """
    is_level = variant.name == material.base.name or material.is_reference(variant.name)
    found = list(_levels(material, variant) if is_level else _differences(material, variant))
    unjudged = _unjudged(material, variant)
    known = sorted(found, key=lambda each: _is_exploratory(each[1]))[: _MOST - (unjudged is not None)]
    rows = [row for _, row in known if isinstance(row, Comparison)]
    method = _method_of_levels(material, known) if is_level else _method(material, rows)
    claimed = [fact for fact, row in known if not _is_exploratory(row)]
    explored = tuple(fact for fact, row in known if _is_exploratory(row))
    return (*claimed, *(fact for fact in (unjudged, method) if fact)), explored


def _is_exploratory(row: Comparison | Estimate) -> bool:
    return isinstance(row, Comparison) and not row.primary


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
        yield Fact(text, material.numbers.judged(row, material.say), _certainty(material, measure, row)), row


def _ordered(material: Material, variant: Variant) -> Iterator[tuple[Measure, Comparison]]:
    base, difference = material.base.name, material.numbers.difference
    rows = {measure: difference(base, variant.name, measure) for measure in material.measures}
    first = _headlines(material)
    rest = [measure for measure in material.measures if measure not in first]
    # Benchmarks first: an older skill that got worse is what nobody looks for.
    rest.sort(key=lambda measure: measure.source == "suite")
    wanted = [(measure, rows[measure]) for measure in first]
    for verdict in ("regressed", "improved"):
        wanted += [(one, row) for one in rest if (row := rows[one]) is not None and row.verdict == verdict]
    wanted += [(one, row) for one in rest if (row := rows[one]) is not None and _is_named(row)]
    yield from ((measure, row) for measure, row in dict(wanted).items() if row is not None)


def _is_named(row: Comparison) -> bool:
    """Whether the run names it as primary; summaries that know of no family name all of them."""
    return row.primary and bool(row.family)


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
    values: dict[str, object] = {
        "title": title,
        "before": level_text(before, measure, say),
        "after": level_text(after, measure, say),
        "delta": delta,
        "n": _pairs(material, row),
    }
    if low is None:
        values |= {"delta": say("lesson.points", difference=delta)} if measure.kind == "share" else {}
        return say("fact.no_interval", **values)
    values |= {"low": low, "high": high, "margin": size_text(row.margin or 0.0, measure, say)}
    counts = _counts(row, before, after)
    kind = _kind(measure, row, before, counts is not None)
    if kind == "count" and counts is not None:
        right, then = (numerals.number(count) for count in counts)
        values |= {"before": right, "after": then, "gained": row.gained, "lost": row.lost}
    if kind == "length":
        values |= _length(material, variant, measure, row, before)
    return say(f"fact.{kind}.{_ending(material, row)}", **values)


def _ending(material: Material, row: Comparison) -> str:
    """The verdict, as far as the run may claim it; told: the figures without any."""
    if material.numbers.judged(row, material.say) is None or (row.verdict == "undecided" and row.reason):
        return "told"
    # Summaries before the margins were written down say "unchanged" without saying inside of what.
    return "shifted" if row.verdict == "unchanged" and not row.margin else row.verdict


def _pairs(material: Material, row: Comparison) -> str:
    """240, or 160 (of 200 judged)."""
    n = numerals.number(row.n)
    return material.say("fact.pairs", n=n, all=numerals.number(asked_of(row))) if row.unpaired else n


def _counts(row: Comparison, before: Estimate, after: Estimate) -> tuple[float, float] | None:
    """(right before, right after) of the answers that are compared; None where the summary does not tell."""
    if row.gained is None or row.lost is None:
        return None
    net = row.gained - row.lost
    if after.n == row.n:
        right = (after.mean or 0.0) * after.n
        return right - net, right
    right = (before.mean or 0.0) * before.n
    return (right, right + net) if before.n == row.n else None


def _kind(measure: Measure, row: Comparison, before: Estimate, counted: bool) -> str:
    if _is(measure, "correct") and counted:
        return "count"
    if _is(measure, "words") and before.mean:
        return "length"
    kind = "rate" if measure.kind == "share" else "mean"
    return kind if measure.source == "suite" else f"task_{kind}"


def _length(
    material: Material, variant: Variant, measure: Measure, row: Comparison, before: Estimate
) -> dict[str, object]:
    mean = before.mean or 1.0
    # With the decimals that the forest plot's interval leaves it.
    relative, *_ = difference_parts(row, measure, 100 / mean, most=1)
    return {
        "percent": material.say.percent(abs(row.delta) / mean, len(relative.partition(".")[2])),
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
    first, second = (short(numerals.median_and_quartiles(values)[1]) for values in (before, after))
    return material.say("fact.median", before=first, after=second)


def _median(material: Material, variant: Variant) -> str:
    values = list(material.values(variant.name, "words").values())
    if not values:
        return ""
    return material.say("fact.level_median", middle=short(numerals.median_and_quartiles(values)[1]))


def short(value: float) -> str:
    """322 or 322.5: a median or quartile of counts."""
    return numerals.number(value, 0 if value == int(value) else 1)


def _certainty(material: Material, measure: Measure, row: Comparison) -> str | None:
    """Beside what is undecided: why, or what the sample would have shown."""
    say, numbers = material.say, material.numbers
    if reason := numbers.reason(row, measure, say):
        return say("fact.reason", reason=reason)
    if not row.primary or numbers.is_blind(row) or row.verdict != "undecided":
        return None
    if row.mde:
        return say("fact.mde", mde=size_text(row.mde, measure, say))
    differs = row.gained or row.lost or row.gained is None
    return say("fact.blind" if differs else "fact.unknown", n=numerals.number(row.n))


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
    tested = [row for row in rows if row.test != "none"] or rows
    tests = say.listed(dict.fromkeys(_named(material, "test", row.test) for row in tested))
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
