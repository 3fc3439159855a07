"""What a check says, in words and figures and without any markup."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.records import Check, Finding
from harness.scorers import METRICS
from harness.words import numerals

HEAD = ("variant", "metric", "before", "after", "change (95 % interval)", "margin", "tested", "n", "verdict")
_ORDER = ("regressed", "undecided", "passed")
_MOST_DIGITS = 9


@dataclass(frozen=True)
class FindingLine:
    """A finding as the cells of a table, in the order of HEAD; model text in it is not yet made safe."""

    variant: str
    metric: str
    before: str
    after: str
    change: str
    margin: str
    tested: str
    n: str
    verdict: str


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Regressed first, then undecided, then passed."""
    return sorted(findings, key=lambda finding: _ORDER.index(finding.verdict))


def line(finding: Finding) -> FindingLine:
    same = finding.baseline == finding.variant
    return FindingLine(
        variant=finding.variant if same else f"{finding.variant} (was {finding.baseline})",
        metric=place(finding),
        before=_level(finding, finding.before),
        after=_level(finding, finding.after),
        change=_change(finding),
        margin=("±" if finding.better == "neither" else "") + _size(finding, finding.margin),
        tested=_tested(finding),
        n=numerals.number(finding.n),
        verdict=_verdict(finding),
    )


def place(finding: Finding) -> str:
    """correct, or task/metric."""
    return finding.metric if finding.source == "suite" else f"{finding.source}/{finding.metric}"


def sentence(finding: Finding) -> str:
    """One finding in one line, for those who see no table."""
    cells = line(finding)
    return (
        f"{cells.variant} {cells.metric}: {cells.before} before, {cells.after} after, change {cells.change}, "
        f"margin {cells.margin}, {cells.tested}, n {cells.n}: {cells.verdict}"
    )


def family(check: Check) -> str:
    return f"Family: {check.family}, at {check.alpha:g}; intervals are 95 %."


def decision(check: Check) -> str:
    """The verdict and what to do next, in one sentence."""
    regressed = [finding for finding in check.findings if finding.verdict == "regressed"]
    undecided = [finding for finding in check.findings if finding.verdict == "undecided"]
    of = f"{len(undecided)} of {_count(len(check.findings), 'finding')}"
    if check.status == "incomplete":
        there = "one thing is" if len(check.missing) == 1 else f"{len(check.missing)} things are"
        seen = f"; what is there is worse already: {_worst(regressed)}" if regressed else ""
        return f"INCOMPLETE: {there} missing, so nothing passes{seen}. Fill what is missing, then check again."
    if check.status == "regressed":
        return (
            f"REGRESSED: {check.run} is worse than {check.against}: {_worst(regressed)}. "
            "Do not ship it, and read the lost items in check.md."
        )
    if check.exit_code:
        return (
            f"NOT PROVEN: {of} could hide more than the margin, and the policy asks for proof; "
            "ask more questions: harness plan says how many."
        )
    if check.status == "undecided":
        return (
            f"NO REGRESSION FOUND: {of} could still hide more than the margin; "
            "ask more questions to be sure: harness plan says how many."
        )
    return (
        f"PASSED: nothing in {check.run} is worse than in {check.against} by its margin, in "
        f"{_count(len(check.findings), 'finding')}; make it the next baseline with: harness baseline set {check.run}"
    )


def _worst(findings: Sequence[Finding]) -> str:
    named = [f"{finding.variant} {place(finding)}, {_change(finding)}" for finding in findings[:2]]
    return "; ".join(named) + (f"; and {len(findings) - 2} more" if len(findings) > 2 else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _share(finding: Finding) -> bool:
    """Shown in percent, and its differences in points."""
    if finding.source == "suite":
        return METRICS[finding.metric].unit == "%"
    return finding.better == "higher" and all(0 <= value <= 1 for value in (finding.before, finding.after))


def _level(finding: Finding, value: float) -> str:
    if _share(finding):
        return numerals.percent(value)
    return numerals.number(value, METRICS[finding.metric].digits) if finding.source == "suite" else _amount(value)


def _amount(value: float) -> str:
    return numerals.number(value, 2) if 1 <= abs(value) < 1e6 else numerals.compact(value)


def _change(finding: Finding) -> str:
    """−11.0 pt (−14.9 to −7.2)."""
    by, unit = (100.0, " pt") if _share(finding) else (1.0, "")
    low, high = finding.low, finding.high
    if low is None or high is None:
        return f"{_signed(finding.delta * by, 1)}{unit} (no interval)"
    digits = max(1, numerals.digits_for(low * by, high * by, most=1 if unit else 3))
    delta, below, above = (_signed(value * by, digits) for value in (finding.delta, low, high))
    return f"{delta}{unit} ({below} to {above})"


def _signed(value: float, digits: int) -> str:
    """With as many digits as it takes not to round it to 0 or 100."""
    for more in range(digits, _MOST_DIGITS):
        text = numerals.signed(value, more)
        if not _claims(text, value):
            return text
    return numerals.compact(value)


def _claims(text: str, value: float) -> bool:
    """Whether the text says exactly 0, or exactly 100, of a value that is not."""
    shown = abs(float(text.replace(",", "").replace(numerals.MINUS, "-")))
    return shown in (0, 100) and not math.isclose(abs(value), shown, abs_tol=1e-9)


def _verdict(finding: Finding) -> str:
    """undecided; smallest detectable 4.2 pt."""
    if finding.verdict != "undecided":
        return finding.verdict
    return f"undecided; smallest detectable {'unknown' if finding.mde is None else _size(finding, finding.mde)}"


def _size(finding: Finding, value: float) -> str:
    """3 pt, or 12.6."""
    if not _share(finding):
        return numerals.compact(value)
    text = numerals.compact(value * 100)
    return f"{_signed(value * 100, 2).lstrip('+') if _claims(text, value * 100) else text} pt"


def _tested(finding: Finding) -> str:
    p = finding.p if finding.p_adjusted is None else finding.p_adjusted
    if p is None:
        return finding.test
    return f"{finding.test}, p {'<0.0001' if p < 1e-4 else numerals.compact(p)}"
