"""How a difference is judged: which way is better, what margin matters, what an interval says against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.comparing.inference import Paired
from harness.records import Direction, Verdict
from harness.scorers import METRICS, MeasureKind

_AMOUNTS = {
    "word_perplexity", "byte_perplexity", "bits_per_byte", "perplexity", "bleu", "chrf", "chrf++", "ter",
}  # fmt: skip
_COEFFICIENTS = {"mcc"}
"""Between −1 and 1, and never told in percent."""


@dataclass(frozen=True)
class Rule:
    """How one metric's difference is judged."""

    source: str
    metric: str
    better: Direction
    rate: bool
    """Its values are 0 and 1 only, and are compared as paired proportions."""
    margin: float | None
    """The smallest difference that matters, in the metric's own unit; None: every difference may."""


def verdict(paired: Paired, rule: Rule) -> Verdict:
    """What the interval, and the p-value that is its dual, say against the margin.

    Inside ±margin, ends included: unchanged, however sure the sign is; a test of equivalence (Schuirmann 1987) at 2.5 %
    a side. Beyond zero: improved, regressed, or, for a metric without a good direction, shifted. All else is undecided,
    which is no evidence that nothing changed. What a family of tests or missing answers leave of it, see families and
    missing.
    """
    low, high = paired.low, paired.high
    if low is None or high is None:
        return "undecided"
    if rule.margin is not None and -rule.margin <= low and high <= rule.margin:
        return "unchanged"
    if low <= 0 <= high:
        return "undecided"
    if rule.better == "neither":
        return "shifted"
    return "improved" if (paired.delta > 0) == (rule.better == "higher") else "regressed"


def suite_rule(metric: str, margins: Mapping[str, float], level: float) -> Rule:
    """How a suite's metric is judged: by the suite's margin, or by the metric's own, maybe a share of a level."""
    known = METRICS[metric]
    margin = margins.get(metric, known.margin)
    if margin is not None and known.margin_kind == "relative" and metric not in margins:
        margin *= level
    return Rule("suite", metric, known.better, known.rate, margin)


def task_kind(metric: str, values: Iterable[float]) -> MeasureKind:
    """A metric of an lm-eval task is a share where all of its values could be one, whichever way is better."""
    amount = metric.partition(",")[0] in _AMOUNTS | _COEFFICIENTS
    return "amount" if amount or not all(0 <= value <= 1 for value in values) else "share"


def task_margin(metric: str, better: Direction, values: Iterable[float], level: float) -> float | None:
    """The smallest difference that matters on an lm-eval task: 0.03 of a share or a coefficient, 2 % of a level else.

    values are what the metric came to on either side, which say whether it is a share.
    """
    if better == "neither":
        return None
    whole = metric.partition(",")[0] in _COEFFICIENTS or task_kind(metric, values) == "share"
    return 0.03 if whole else 0.02 * abs(level)
