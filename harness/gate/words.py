"""What a check says, in words and figures and without any markup; in English unless words of a language are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.comparing import Measure, called, measure_of, plain_difference, plain_level, plain_size
from harness.gate.check import is_beyond
from harness.records import Check, Finding
from harness.words import Words, numerals, retold, words

_COLUMNS = ("variant", "metric", "before", "after", "change", "margin", "tested", "n", "verdict")
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


def english() -> Words:
    """The words of tables on a terminal, of JUnit's files, and of all that no language is asked for."""
    return words("en")


def head(say: Words | None = None) -> list[str]:
    """The heads of a FindingLine's columns."""
    say = say or english()
    return [say(f"check.head.{name}") for name in _COLUMNS]


def line(finding: Finding, say: Words | None = None) -> FindingLine:
    """A finding in the words of a table; a variant that was called otherwise in the baseline says so."""
    say = say or english()
    same, measure = finding.baseline == finding.variant, measure_of(finding)
    return FindingLine(
        variant=finding.variant if same else say("check.was", name=finding.variant, before=finding.baseline),
        metric=place(finding, say),
        before=plain_level(finding.before, measure, say=say),
        after=plain_level(finding.after, measure, say=say),
        change=change(finding, say),
        margin=("±" if finding.better == "neither" else "") + plain_size(finding.margin, measure, say=say),
        tested=_tested(finding, say),
        n=numerals.number(finding.n),
        verdict=_verdict(finding, measure, say),
    )


def place(finding: Finding, say: Words | None = None) -> str:
    """correct, or task/metric, as the policy calls it; its title where the language is another than English.

    Of what was lost in all: correct since anchor v1.
    """
    say = say or english()
    name = finding.metric if finding.source == "suite" else f"{finding.source}/{finding.metric}"
    if say.lang != "en":
        name = called(measure_of(finding), say)
    return say("check.since", name=name, anchor=_anchor(finding.against, say)) if finding.against else name


def change(finding: Finding, say: Words | None = None) -> str:
    """−11.0 pt (−14.9 to −7.2)."""
    return plain_difference(finding, measure_of(finding), say or english())


def sentence(finding: Finding) -> str:
    """One finding in one line of English, for those who see no table."""
    cells = line(finding)
    return (
        f"{cells.variant} {cells.metric}: {cells.before} before, {cells.after} after, change {cells.change}, "
        f"margin {cells.margin}, {cells.tested}, n {cells.n}: {cells.verdict}"
    )


def family(check: Check, say: Words | None = None) -> str:
    """Over how many tests p-values are adjusted, how, and at which level."""
    say = say or english()
    return say("check.family", family=retold(check.family, "check.tests", say), alpha=f"{check.alpha:g}")


def decision(check: Check, say: Words | None = None) -> str:
    """The verdict and what to do next, in one sentence."""
    say = say or english()
    regressed = [finding for finding in check.findings if finding.verdict == "regressed"]
    undecided = [finding for finding in check.findings if finding.verdict == "undecided"]
    of = {"n": str(len(undecided)), "findings": say.counted("check.findings", len(check.findings))}
    if check.status == "incomplete":
        already = say("check.incomplete.seen", worst=_worst(regressed, say)) if regressed else ""
        return say.counted("check.incomplete", len(check.missing), already=already)
    if check.status == "regressed":
        than = say.both(dict.fromkeys(_than(finding, check, say) for finding in regressed))
        return say("check.regressed", run=check.run, than=than, worst=_worst(regressed, say))
    if check.exit_code:
        return say("check.not_proven", **of)
    if check.status == "undecided":
        return say("check.undecided", **of, anchored=_lost(check, say))
    against = _baseline(check, say)
    return say("check.passed", run=check.run, against=against, findings=of["findings"], anchored=_lost(check, say))


def compared(check: Check, say: Words | None = None) -> str:
    """Which run was checked against which."""
    say = say or english()
    return say("check.compared", run=check.run, against=_baseline(check, say))


def _baseline(check: Check, say: Words) -> str:
    return retold(check.against, "check.against", say)


def _than(finding: Finding, check: Check, say: Words) -> str:
    return _anchor(finding.against, say) if finding.against else _baseline(check, say)


def _anchor(name: str, say: Words) -> str:
    """The anchor as a finding names it: anchor v1."""
    return retold(name, "check.against", say)


def _lost(check: Check, say: Words) -> str:
    """What was surely lost since the anchor, where there is one: by much of what is tolerated first."""
    if not check.anchor:
        return ""
    since = [finding for finding in check.findings if finding.against]
    if not since:
        return say("check.lost.unknown", anchor=check.anchor)
    surely = [(finding, end) for finding in since if (end := _surely_lost(finding)) > 0]
    if not surely:
        return say("check.lost.nothing", anchor=check.anchor)
    worst = [finding for finding, end in sorted(surely, key=lambda it: -it[1] / it[0].margin)]
    return say("check.lost.some", worst=_worst(worst, say))


def _surely_lost(finding: Finding) -> float:
    """The end of the interval of what got worse that is nearer to nothing; 0 where nothing surely did."""
    if finding.low is None or finding.high is None:
        return 0.0
    ends = {"higher": -finding.high, "lower": finding.low, "neither": max(-finding.high, finding.low)}
    return max(0.0, ends[finding.better])


def _worst(findings: Sequence[Finding], say: Words) -> str:
    named = []
    for finding in findings[:2]:
        what = {"name": finding.variant, "metric": place(finding, say), "change": change(finding, say)}
        named.append(say("check.worst" if _is_sure(finding) else "check.worst.maybe", **what))
    told = say("list.clause").join(named)
    return say("check.worst.more", worst=told, n=len(findings) - 2) if len(findings) > 2 else told


def _verdict(finding: Finding, measure: Measure, say: Words) -> str:
    """A verdict; of what is undecided, why: undecided; smallest detectable 4.2 pt."""
    word = say(f"check.verdict.{finding.verdict}")
    why = _why(finding, measure, say)
    return say("check.because", verdict=word, reason=why) if why else word


def _why(finding: Finding, measure: Measure, say: Words) -> str:
    if finding.verdict == "regressed":
        return "" if _is_sure(finding) else say("check.maybe")
    if finding.verdict == "passed":
        return ""
    if finding.reason == "few":
        return say.counted("check.few", finding.n) if finding.n < _SIX else say("check.few_clusters")
    if finding.reason == "constant":
        return say("check.constant")
    if _is_worse(finding):
        return say("check.maybe")
    return say("check.detectable", mde=_detectable(finding, measure, say))


def _detectable(finding: Finding, measure: Measure, say: Words) -> str:
    """4.2 pt; where there is none to name, why."""
    if finding.mde is not None:
        return plain_size(finding.mde, measure, say=say)
    differs = finding.delta != 0 or finding.gained_ids or finding.lost_ids
    return say("check.detectable.none" if differs else "check.detectable.unknown")


def _is_worse(finding: Finding) -> bool:
    """Whether an undecided change is surely for the worse: where the policy counts only what is beyond the margin."""
    if finding.low is None or finding.high is None or finding.p_adjusted is None or finding.p_adjusted >= _LEVEL:
        return False
    below, above = finding.high < 0, finding.low > 0
    return {"higher": below, "lower": above, "neither": below or above}[finding.better]


def _is_sure(finding: Finding) -> bool:
    """Whether it is worse by more than the margin for sure: the whole interval lies beyond it."""
    return is_beyond(finding, finding.margin)


def _tested(finding: Finding, say: Words) -> str:
    p = finding.p if finding.p_adjusted is None else finding.p_adjusted
    slug = "".join(letter if letter.isalnum() else "_" for letter in finding.test)
    test = finding.test if say.lang == "en" else say.get(f"check.test.{slug}", finding.test)
    return test if p is None else say("check.tested", test=test, p="<0.0001" if p < 1e-4 else numerals.compact(p))
