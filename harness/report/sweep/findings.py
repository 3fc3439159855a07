"""What a sweep shows, in sentences that claim no more than its intervals over seeds do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median
from typing import Any

from harness.comparing import Measure, called, size_text, value_text
from harness.report import counts_text
from harness.report.sweep.terms import Facet, facets, lines_of, rest_of, setting_within, settings_text, values_text
from harness.report.sweep.terms import value_text as setting_text
from harness.store import Json
from harness.words import Words

_OVER_SEEDS, _CONSTANT = "t over seeds", "constant"
_MOST = 3
"""Differences that are named one by one."""


@dataclass(frozen=True)
class Contrast:
    """Two values of a setting with all else the same, the first of them the one with the higher mean."""

    fixed: dict[str, Any]
    high: Json
    low: Json

    @property
    def testable(self) -> bool:
        """Whether both were trained with several seeds, and chance has shown itself in one of them at least."""
        kinds = {self.high["interval"], self.low["interval"]}
        return self._several and _OVER_SEEDS in kinds and kinds <= {_OVER_SEEDS, _CONSTANT}

    @property
    def settled(self) -> bool:
        """Whether each seed came to the same figure, at either value, and the two differ."""
        kinds = {self.high["interval"], self.low["interval"]}
        return self._several and kinds == {_CONSTANT} and self.high["mean"] != self.low["mean"]

    @property
    def _several(self) -> bool:
        return min(len(self.high["values"]), len(self.low["values"])) > 1

    @property
    def apart(self) -> bool:
        """Whether the two intervals over seeds do not meet: more than a test at 5 % asks for."""
        return bool(self.testable and self.high["low"] > self.low["high"])


def findings(found: Json, measure: Measure, measures: Mapping[str, Measure], say: Words) -> tuple[str, ...]:
    """The first place, then a sentence a setting and method, then what moved besides; measures are by metric."""
    panels = [panel for panel in found["sensitivity"] if panel["metric"] == found["metric"]]
    first = _first(found, measure, say)
    along = [_along(panel, facet, measure, say) for panel in panels for facet in facets([panel])]
    return tuple(sentence for sentence in (first, *along, _beside(found, measures, say)) if sentence)


def contrasts(panel: Json, facet: Facet) -> list[Contrast]:
    """Every two values along each line."""
    pairs: list[Contrast] = []
    for line in lines_of(panel, facet):
        judged = [point for point in line["points"] if point["mean"] is not None]
        for pair in combinations(judged, 2):
            low, high = sorted(pair, key=lambda point: float(point["mean"]))
            pairs.append(Contrast(rest_of(line, facet), high, low))
    return pairs


def figure(point: Json, measure: Measure, say: Words) -> str:
    """61.2 % (54.0 to 68.4)."""
    value = value_text(point["mean"], measure, 1, say)
    if point["low"] is None or point["low"] == point["high"]:
        return value
    low, high = (value_text(end, measure, 1) for end in (point["low"], point["high"]))
    return say("sweep.figure", value=value, span=say("span", low=low, high=high))


def _first(found: Json, measure: Measure, say: Words) -> str:
    """Whether the first place is more than luck."""
    judged = [group for group in found["ranking"] if group["mean"] is not None]
    if len(judged) < 2:
        return ""
    best, rest = judged[0], judged[1:]
    named = {
        "settings": settings_text(best["settings"], say),
        "measure": called(measure, say),
        "figure": figure(best, measure, say),
        "n": len(rest),
    }
    if best["mean"] == rest[0]["mean"]:
        level = sum(group["mean"] == best["mean"] for group in judged)
        return say("sweep.first.shared", **{**named, "n": level})
    known = [group for group in rest if Contrast({}, best, group).testable]
    beaten = [group for group in known if group["low"] > best["high"] or group["high"] < best["low"]]
    if not known:
        return say("sweep.first.untold", **named)
    key = "all" if len(beaten) == len(rest) else "some" if beaten else "none"
    return say(f"sweep.first.{key}", apart=len(beaten), known=len(known), **named)


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
        half = size_text(median(_halves(testable)), measure, say)
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
        told = [pair for pair in pairs if pair.testable or pair.settled]
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


def _halves(pairs: Sequence[Contrast]) -> list[float]:
    return [
        (point["high"] - point["low"]) / 2
        for pair in pairs
        for point in (pair.high, pair.low)
        if point["interval"] == _OVER_SEEDS
    ]


def _seeds(pairs: Sequence[Contrast], say: Words) -> str:
    counts = [len(point["values"]) for pair in pairs for point in (pair.high, pair.low)]
    return say.counted("sweep.seeds", max(counts), counts_text(counts))


def caution(found: Json, say: Words) -> str:
    """What an interval over so few seeds is worth."""
    counts = {len(group["values"]) for group in found["ranking"] if group["values"]}
    if not counts or max(counts) < 2:
        return say("sweep.caution.one") if counts else ""
    from scipy.stats import t

    fewest = min(count for count in counts if count > 1)
    errors = f"{t.ppf(0.975, fewest - 1):.1f}"
    constant = any(group["interval"] == "constant" and len(group["values"]) > 1 for group in found["ranking"])
    text = [say("sweep.caution.few", n=fewest, errors=errors)] if fewest < 5 else [say("sweep.caution.many")]
    return say.text([*text, say("sweep.caution.constant") if constant else ""])


def untrained(found: Json) -> Iterator[tuple[str, str]]:
    """(training, the line that it ended with) of each that is not in the figures."""
    for row in found["trainings"]:
        if row.get("failed"):
            yield str(row["name"]), str(row["failed"])
