"""What a sweep shows, in sentences that claim no more than its intervals over seeds do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from harness.comparing import Measure, called, size_text, value_text
from harness.comparing.seeds import SEEDS
from harness.report import counts_text
from harness.report.sweep.contrasts import Contrast, contrasts
from harness.report.sweep.first_place import first_place
from harness.report.sweep.points import figure
from harness.report.sweep.terms import Facet, facets, lines_of, setting_within, settings_text, values_text
from harness.report.sweep.terms import value_text as setting_text
from harness.store import Json
from harness.words import Words

_MOST = 3
"""Differences that are named one by one."""


def findings(found: Json, measure: Measure, measures: Mapping[str, Measure], say: Words) -> tuple[str, ...]:
    """The first place, then a sentence a setting and method, then what moved besides; measures are by metric."""
    panels = [panel for panel in found["sensitivity"] if panel["metric"] == found["metric"]]
    first = first_place(found, measure, say)
    along = [_along(panel, facet, measure, say) for panel in panels for facet in facets([panel])]
    return tuple(sentence for sentence in (*first, *along, _beside(found, measures, say)) if sentence)


def _along(panel: Json, facet: Facet, measure: Measure, say: Words) -> str:
    pairs = contrasts(panel, facet)
    if not pairs:
        return ""
    where = settings_text(dict(facet.fixed), say)
    testable = [pair for pair in pairs if pair.testable]
    settled = [pair for pair in pairs if pair.settled]
    each = _each(settled, len(pairs), measure, say)
    named = {
        "where": say("sweep.where", where=where) if where else "",
        "setting": setting_within(facet.setting, say),
        "values": _values(panel, facet, say),
        "measure": called(measure, say),
        "seeds": _seeds(testable or pairs, say),
        "known": len(testable),
        "need": SEEDS,
        "n": len(pairs),
    }
    if all(pair.high["mean"] == pair.low["mean"] for pair in pairs):
        return say("sweep.along.same", **named)
    if not testable and settled:
        return say("sweep.along.each", **named, each=each)
    if not testable:
        one = all(len(point["values"]) < 2 for pair in pairs for point in (pair.high, pair.low))
        means = [float(point["mean"]) for pair in pairs for point in (pair.high, pair.low)]
        least, most = (value_text(end, measure, 1, say) for end in (min(means), max(means)))
        return say("sweep.along.one_seed" if one else "sweep.along.untold", **named, least=least, most=most)
    apart = [pair for pair in testable if pair.apart]
    further = say("sweep.along.further", each=each) if each else ""
    if not apart:
        half = size_text(median(pair.half for pair in testable), measure, say)
        return say.text([say("sweep.along.none", half=half, **named), further])
    shown = say.listed((_difference(pair, measure, say) for pair in apart[:_MOST]), key="list.clause")
    more = say("sweep.along.more", n=len(apart) - _MOST) if len(apart) > _MOST else ""
    return say.text([say("sweep.along.apart", **named, apart=len(apart), differences=shown), more, further])


def _each(settled: Sequence[Contrast], pairs: int, measure: Measure, say: Words) -> str:
    """What each seed came to: once where several pairs came to the same."""
    found: dict[tuple[str, ...], list[Contrast]] = {}
    for pair in settled:
        key = repr(pair.high["value"]), repr(pair.low["value"]), repr(pair.high["mean"]), repr(pair.low["mean"])
        found.setdefault(key, []).append(pair)
    shown = [
        say(
            "sweep.each",
            difference=_difference(same[0] if len(same) == 1 else replace(same[0], fixed={}), measure, say),
            n=len(same),
            all=pairs,
        )
        for same in found.values()
    ]
    return say.listed(shown, _MOST, key="list.clause")


def _values(panel: Json, facet: Facet, say: Words) -> str:
    found = {repr(point["value"]): point["value"] for line in lines_of(panel, facet) for point in line["points"]}
    return values_text(found.values(), say)


def _beside(found: Json, measures: Mapping[str, Measure], say: Words) -> str:
    """The other metrics in which a setting makes a difference."""
    parts: list[str] = []
    known = False
    for panel in found["sensitivity"]:
        measure = measures.get(panel["metric"])
        if measure is None or panel["metric"] == found["metric"]:
            continue
        pairs = [pair for facet in facets([panel]) for pair in contrasts(panel, facet)]
        told = [pair for pair in pairs if pair.testable or (pair.settled and pair.enough)]
        moved = [pair for pair in told if pair.apart or pair.settled]
        known = known or bool(told)
        if moved:
            most = max(moved, key=lambda pair: float(pair.high["mean"]) - float(pair.low["mean"]))
            ends = {
                "high": value_text(most.high["mean"], measure, 1, say),
                "low": value_text(most.low["mean"], measure, 1, say),
            }
            what = say("sweep.pair_of", measure=called(measure, say), setting=setting_within(panel["setting"], say))
            parts.append(say("sweep.beside.part", what=what, apart=len(moved), known=len(pairs), **ends))
    if parts:
        return say("sweep.beside.some", parts=say.listed(parts, key="list.clause"))
    return say("sweep.beside.none") if known else ""


def _difference(pair: Contrast, measure: Measure, say: Words) -> str:
    return say(
        "sweep.difference",
        where=say("sweep.with", where=settings_text(pair.fixed, say)) if pair.fixed else "",
        high=setting_text(pair.high["value"]),
        more=figure(pair.high, measure, say),
        low=setting_text(pair.low["value"]),
        less=figure(pair.low, measure, say),
    )


def _seeds(pairs: Sequence[Contrast], say: Words) -> str:
    counts = [len(point["values"]) for pair in pairs for point in (pair.high, pair.low)]
    return say.counted("sweep.seeds", max(counts), counts_text(counts))


def caution(found: Json, say: Words) -> str:
    """What an interval over so few seeds is worth."""
    counts = {len(group["values"]) for group in found["ranking"] if group["values"]}
    if not counts:
        return ""
    if max(counts) < 2:
        return say("sweep.caution.one", need=SEEDS)
    few = say("sweep.caution.few", n=min(counts), need=SEEDS) if min(counts) < SEEDS else say("sweep.caution.many")
    constant = any(group["interval"] == "constant" and len(group["values"]) > 1 for group in found["ranking"])
    return say.text([few, say("sweep.caution.constant") if constant else ""])


def untrained(found: Json) -> Iterator[tuple[str, str]]:
    """(training, the line that it ended with) of each that is not in the figures."""
    for row in found["trainings"]:
        if row.get("failed"):
            yield str(row["name"]), str(row["failed"])
