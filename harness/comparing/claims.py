"""What may be said of a comparison beside its figures: its p-value, why it is undecided, what the sample lacks.

A sample that decides nothing about a variant gets one sentence, and its comparisons no verdict each.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.comparing.inference import DECIDABLE, MOST, needed_to_detect
from harness.comparing.measure import Measure, called, digits, scaled, size_text
from harness.records import Comparison
from harness.words import Words, numerals

Pair = tuple[str, str]
"""(baseline, variant)."""
NOT_ENOUGH = ("", "few", "constant", "family")
"""Reasons of an undecided verdict that more questions would take away."""


@dataclass(frozen=True)
class Shortfall:
    """Variants of which no primary metric could be judged for want of questions."""

    variants: tuple[str, ...]
    told: Comparison
    """The comparison that a reader asks for first, of the variant that needs most."""
    needed: int | None
    """Pairs that a claim about the margin takes; None where nobody can know."""


def blind_pairs(comparisons: Iterable[Comparison]) -> frozenset[Pair]:
    """Pairs of variants about which the sample decides nothing: each primary metric would need more questions."""
    seen: dict[Pair, bool] = {}
    for row in comparisons:
        if row.primary:
            pair = (row.baseline, row.variant)
            seen[pair] = seen.get(pair, True) and _wants_more(row)
    return frozenset(pair for pair, blind in seen.items() if blind)


def shortfall(comparisons: Sequence[Comparison], pairs: Collection[Pair]) -> Shortfall | None:
    """What those pairs lack, told by one of them; None where there are none."""
    told = [_first(comparisons, pair) for pair in pairs]
    if not told:
        return None
    needs = [(_needed(row), row) for row in told]
    needed, row = max(needs, key=lambda each: math.inf if each[0] is None else each[0])
    names = {variant for _, variant in pairs}
    return Shortfall(tuple(dict.fromkeys(row.variant for row in comparisons if row.variant in names)), row, needed)


def family_size(comparisons: Iterable[Comparison], row: Comparison) -> int:
    """How many tests the row's adjusted p-value is adjusted over."""
    return sum(other.family == row.family and other.p is not None for other in comparisons if other.primary)


def asked_of(row: Comparison) -> int:
    """How many pairs there would be, were nothing missing or unjudged."""
    return row.n + row.unpaired


def shortfall_text(found: Shortfall, measure: Measure, suite: str, say: Words) -> str:
    """What these questions would have shown, how many a claim needs, and the command that says more of a suite."""
    row = found.told
    decides = say.counted("claim.decides_nothing", row.n, numerals.number(row.n), names=say.both(found.variants))
    if row.reason == "few":
        shown = say("claim.shows_few")
    elif row.mde is not None:
        shown = say("claim.shows", title=called(measure, say), mde=size_text(row.mde, measure, say))
    else:
        key = "claim.shows_nothing" if row.gained or row.lost else "claim.shows_unknown"
        shown = say(key, title=called(measure, say))
    # Nobody plans the documents of a task: harness plan knows suites.
    needs = say("claim.needs_unknown", suite=suite) if suite else ""
    if found.needed is not None and row.margin:
        many = say("claim.most" if found.needed >= MOST else "claim.about", n=numerals.number(found.needed))
        key = "claim.needs" if suite else "claim.needs_documents"
        needs = say(key, margin=_margin(row.margin, measure, say), n=many, suite=suite)
    return say.text([say("claim.because", decides=decides, shown=shown), needs])


def reason_text(row: Comparison, measure: Measure, family: int, say: Words) -> str | None:
    """Why the verdict is not what the figures alone would say; None where they say it all.

    family: how many tests its p-value is adjusted over.
    """
    if row.verdict == "unchanged":
        return None
    if row.reason == "few" and row.n < DECIDABLE:
        return say.counted("claim.few", row.n, numerals.number(row.n))
    if row.reason == "missing":
        return say("claim.missing", bounds=_bounds(row, measure, say))
    said = {"few": "few_clusters", "family": "family", "constant": "constant" if row.delta else "constant_zero"}
    return say(f"claim.{said[row.reason]}", n=family) if row.reason in said else None


def p_text(row: Comparison, say: Words) -> str | None:
    """As p 0.012 (Holm); of a metric that was not named before, p 0.03, unadjusted; None where nothing was tested."""
    if row.primary and row.p_holm is not None:
        return say("claim.p_holm", p=p_value(row.p_holm))
    return None if row.p is None else say("claim.p", p=p_value(row.p))


def p_value(p: float) -> str:
    """0.012, or <0.0001."""
    return "<0.0001" if p < 1e-4 else f"{p:.2g}"


def counted_text(n: str, asked: int, complete: bool, say: Words) -> str:
    """240, or 160 of 200 where some are missing."""
    return n if complete else say("claim.counted", n=n, all=numerals.number(asked))


def _margin(margin: float, measure: Measure, say: Words) -> str:
    """3 points, as it was given."""
    unit = say("unit.points") if measure.kind == "share" else say.get(f"unit.{measure.unit}", measure.unit)
    size = numerals.compact(scaled(margin, measure))
    return say("size", size=size, unit=unit) if unit else size


def _bounds(row: Comparison, measure: Measure, say: Words) -> str:
    """−2.5 to +17.5 points."""
    low, high = (scaled(end, measure) for end in (row.bound_low, row.bound_high))
    places = max(1, digits(row.bound_low, row.bound_high, measure))
    told = say("span", low=numerals.signed(low, places), high=numerals.signed(high, places))
    return say("size", size=told, unit=say("unit.points")) if measure.kind == "share" else told


def _wants_more(row: Comparison) -> bool:
    if row.verdict != "undecided" or row.reason not in NOT_ENOUGH:
        return False
    return row.mde is None or row.margin is None or row.mde > row.margin


def _first(comparisons: Sequence[Comparison], pair: Pair) -> Comparison:
    """Correctness, else another rate, else what comes first."""
    rows = [row for row in comparisons if row.primary and (row.baseline, row.variant) == pair]
    correct = ("suite", "correct")
    return min(rows, key=lambda row: ((row.source, row.metric) != correct, row.gained is None, not row.margin))


def _needed(row: Comparison) -> int | None:
    if not row.margin or not row.n:
        return None
    if row.gained is not None and row.lost is not None:
        # None of n questions does not mean that none ever will: one more is on its way.
        return _needed_rate(row.margin, max(row.gained + row.lost, row.n / (row.n + 2)) / row.n)
    # The error of a mean shrinks with the root of the number of pairs.
    return None if row.mde is None else math.ceil(row.n * (row.mde / row.margin) ** 2)


@lru_cache(maxsize=256)
def _needed_rate(margin: float, churn: float) -> int:
    return needed_to_detect(margin, churn)
