"""The metrics of an answer: which way is better, what difference matters, how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.records import Direction

MarginKind = Literal["absolute", "relative"]


@dataclass(frozen=True)
class Metric:
    """What the rest of the harness has to know about one metric."""

    name: str
    title: str
    better: Direction
    rate: bool = False
    """Its values are 0 and 1 only, its mean is a share."""
    margin: float | None = None
    """The smallest difference of means that matters; None where no difference is good or bad in itself."""
    margin_kind: MarginKind = "absolute"
    """relative: the margin is a share of the baseline's mean."""
    unit: str = ""
    """What stands behind a value; % means that values are shares, shown times 100."""
    digits: int = 1
    """Decimals that a mean is shown with, after the factor 100 of a share."""


def _rate(name: str, title: str, better: Direction) -> Metric:
    # A checkpoint that got three points worse is worse: the margin of the regression gate for any rate.
    return Metric(name, title, better, rate=True, margin=0.03, unit="%")


def _length(name: str, title: str, unit: str) -> Metric:
    # Nobody misses one word in ten, whatever the usual length.
    return Metric(name, title, "neither", margin=0.1, margin_kind="relative", unit=unit)


def _share(name: str, title: str, better: Direction) -> Metric:
    return Metric(name, title, better, margin=0.03, unit="%")


_ALL = (
    _rate("correct", "Correct", "higher"),
    _share("rouge_l", "ROUGE-L", "higher"),
    _share("points", "Required points", "higher"),
    _length("words", "Words", "words"),
    _length("answer_words", "Words of the answer", "words"),
    _length("characters", "Characters", "characters"),
    _length("tokens", "Tokens", "tokens"),
    _share("rep_1", "Repeated words", "lower"),
    _share("rep_2", "Repeated 2-grams", "lower"),
    _share("rep_3", "Repeated 3-grams", "lower"),
    _share("rep_4", "Repeated 4-grams", "lower"),
    _share("rep_4_prefix", "Repeated 4-grams, first 100 words", "lower"),
    _rate("loop", "Ends in a loop", "lower"),
    _rate("leak", "Template leak", "lower"),
    Metric("compression", "Compression ratio", "lower", margin=0.1, margin_kind="relative", unit="×", digits=2),
    _rate("truncated", "Cut at the token limit", "lower"),
    _rate("empty", "Empty", "lower"),
    _rate("refusal", "Refusal", "lower"),
    _rate("no_answer", "Nothing of the kind asked", "lower"),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
