"""What is said of a sweep's first place: whether it is more than luck, and what it is worth without it."""

from __future__ import annotations

from harness.comparing import Measure, called, difference_text
from harness.comparing.seeds import SEEDS, Distance
from harness.report.sweep.contrasts import Contrast
from harness.report.sweep.points import figure
from harness.report.sweep.terms import settings_text
from harness.store import Json
from harness.words import Words, numerals


def first_place(found: Json, measure: Measure, say: Words) -> tuple[str, ...]:
    """Which it is, against the others; what it comes to where it was not picked, and on fresh questions."""
    return _first(found, measure, say), _corrected(found, measure, say), _confirmed(found, measure, say)


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
        "need": SEEDS,
    }
    if best["mean"] == rest[0]["mean"]:
        level = sum(group["mean"] == best["mean"] for group in judged)
        return say("sweep.first.shared", **{**named, "n": level})
    known = [group for group in rest if Contrast({}, best, group).enough and group["low"] is not None]
    known = known if best["low"] is not None else []
    beaten = [group for group in known if group["low"] > best["high"] or group["high"] < best["low"]]
    if not known:
        return say("sweep.first.untold", **named)
    key = "all" if len(beaten) == len(rest) else "some" if beaten else "none"
    return say(f"sweep.first.{key}", apart=len(beaten), known=len(known), **named)


def _corrected(found: Json, measure: Measure, say: Words) -> str:
    """What the first place is worth on questions that did not choose it."""
    first = found["first"]
    if first is None:
        several = sum(group["mean"] is not None for group in found["ranking"]) > 1
        return say("sweep.first.uncorrected") if several else ""
    return say(
        "sweep.first.corrected_seeds" if first["seeds_split"] else "sweep.first.corrected",
        n=first["candidates"],
        figure=figure(first, measure, say),
        against=_against_base(first, measure, say),
        votes=say.percent(first["votes"], 0),
    )


def _confirmed(found: Json, measure: Measure, say: Words) -> str:
    """What it came to on fresh questions, where these were asked."""
    confirmed = found.get("confirmed")
    if confirmed is None or confirmed["mean"] is None:
        return ""
    return say(
        "sweep.first.confirmed",
        n=numerals.number(confirmed["questions"]),
        suite=confirmed["suite"],
        figure=figure(confirmed, measure, say),
        against=_against_base(confirmed, measure, say),
    )


def _against_base(figures: Json, measure: Measure, say: Words) -> str:
    if figures["against_base"] is None:
        return ""
    difference = difference_text(Distance(**figures["against_base"]), measure, say)
    unit = say("unit.points") if measure.kind == "share" else ""
    return say("sweep.first.against", difference=difference, unit=unit).rstrip()
