"""What a check says, in words and figures and without any markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.comparing import Measure, measure_of, plain_difference, plain_level, plain_size
from harness.gate.check import is_beyond
from harness.records import Check, Finding
from harness.words import numerals

HEAD = ("variant", "metric", "before", "after", "change (95 % CI)", "margin", "tested", "n", "verdict")
_MAYBE = "worse, but perhaps by less than you tolerate"
_LEVEL = 0.05
"""Of the intervals, whatever alpha is."""
_SIX = 6
"""Pairs from which on an interval is known."""
_ORDER = ("regressed", "undecided", "passed")


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
    """A finding in the words of a table; a variant that was called otherwise in the baseline says so."""
    same, measure = finding.baseline == finding.variant, measure_of(finding)
    return FindingLine(
        variant=finding.variant if same else f"{finding.variant} (was {finding.baseline})",
        metric=place(finding),
        before=plain_level(finding.before, measure),
        after=plain_level(finding.after, measure),
        change=change(finding),
        margin=("±" if finding.better == "neither" else "") + plain_size(finding.margin, measure),
        tested=_tested(finding),
        n=numerals.number(finding.n),
        verdict=_verdict(finding, measure),
    )


def place(finding: Finding) -> str:
    """correct, or task/metric; of what was lost in all, correct since anchor v1."""
    name = finding.metric if finding.source == "suite" else f"{finding.source}/{finding.metric}"
    return f"{name} since {finding.against}" if finding.against else name


def change(finding: Finding) -> str:
    """−11.0 pt (−14.9 to −7.2)."""
    return plain_difference(finding, measure_of(finding))


def sentence(finding: Finding) -> str:
    """One finding in one line, for those who see no table."""
    cells = line(finding)
    return (
        f"{cells.variant} {cells.metric}: {cells.before} before, {cells.after} after, change {cells.change}, "
        f"margin {cells.margin}, {cells.tested}, n {cells.n}: {cells.verdict}"
    )


def family(check: Check) -> str:
    """Over how many tests p-values are adjusted, how, and at which level."""
    return f"Family: {check.family}, at {check.alpha:g}; intervals are 95 % confidence intervals (CI)."


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
            f"REGRESSED: {check.run} is worse than {_than(check, regressed)}: {_worst(regressed)}. "
            "Do not ship it, and read the lost items in check.md."
        )
    if check.exit_code:
        return (
            f"NOT PROVEN: {of} could hide more than the margin, and the policy asks for proof; "
            "ask more questions: harness plan says how many."
        )
    if check.status == "undecided":
        return (
            f"NO REGRESSION FOUND: {of} could still hide more than the margin{_lost(check)}; "
            "ask more questions to be sure: harness plan says how many."
        )
    return (
        f"PASSED: nothing in {check.run} is worse than in {check.against} by its margin, in "
        f"{_count(len(check.findings), 'finding')}{_lost(check)}; make it the next baseline with: "
        f"harness baseline set {check.run}"
    )


def _than(check: Check, regressed: Sequence[Finding]) -> str:
    return " and ".join(dict.fromkeys(finding.against or check.against for finding in regressed))


def _lost(check: Check) -> str:
    """What was surely lost since the anchor, where there is one: by much of what is tolerated first."""
    if not check.anchor:
        return ""
    since = [finding for finding in check.findings if finding.against]
    if not since:
        return f"; what was lost since anchor {check.anchor} is unknown"
    surely = [(finding, end) for finding in since if (end := _surely_lost(finding)) > 0]
    if not surely:
        return f"; nothing was surely lost since anchor {check.anchor}"
    worst = [finding for finding, end in sorted(surely, key=lambda it: -it[1] / it[0].margin)]
    return f"; lost in all: {_worst(worst)}"


def _surely_lost(finding: Finding) -> float:
    """The end of the interval of what got worse that is nearer to nothing; 0 where nothing surely did."""
    if finding.low is None or finding.high is None:
        return 0.0
    ends = {"higher": -finding.high, "lower": finding.low, "neither": max(-finding.high, finding.low)}
    return max(0.0, ends[finding.better])


def _worst(findings: Sequence[Finding]) -> str:
    named = [
        f"{finding.variant} {place(finding)}, {change(finding)}{'' if _is_sure(finding) else f': {_MAYBE}'}"
        for finding in findings[:2]
    ]
    return "; ".join(named) + (f"; and {len(findings) - 2} more" if len(findings) > 2 else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _verdict(finding: Finding, measure: Measure) -> str:
    """A verdict; of what is undecided, why: undecided; smallest detectable 4.2 pt."""
    if finding.verdict == "regressed":
        return finding.verdict if _is_sure(finding) else f"regressed; {_MAYBE}"
    if finding.verdict == "passed":
        return finding.verdict
    if finding.reason == "few":
        pairs = _count(finding.n, "pair") if finding.n < _SIX else "fewer than six clusters"
        return f"undecided; {pairs}, an interval needs six"
    if finding.reason == "constant":
        return "undecided; every answer differs by the same amount, which says nothing about others"
    if _is_worse(finding):
        return f"undecided; {_MAYBE}"
    return f"undecided; smallest detectable {_detectable(finding, measure)}"


def _detectable(finding: Finding, measure: Measure) -> str:
    """4.2 pt; where there is none to name, why."""
    if finding.mde is not None:
        return plain_size(finding.mde, measure)
    differs = finding.delta != 0 or finding.gained_ids or finding.lost_ids
    return "none: no difference could show" if differs else "unknown: no pair differed"


def _is_worse(finding: Finding) -> bool:
    """Whether an undecided change is surely for the worse: where the policy counts only what is beyond the margin."""
    if finding.low is None or finding.high is None or finding.p_adjusted is None or finding.p_adjusted >= _LEVEL:
        return False
    below, above = finding.high < 0, finding.low > 0
    return {"higher": below, "lower": above, "neither": below or above}[finding.better]


def _is_sure(finding: Finding) -> bool:
    """Whether it is worse by more than the margin for sure: the whole interval lies beyond it."""
    return is_beyond(finding, finding.margin)


def _tested(finding: Finding) -> str:
    p = finding.p if finding.p_adjusted is None else finding.p_adjusted
    if p is None:
        return finding.test
    return f"{finding.test}, p {'<0.0001' if p < 1e-4 else numerals.compact(p)}"
