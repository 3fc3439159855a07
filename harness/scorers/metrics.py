"""The metrics of an answer: how each is judged, which way is better, what difference matters, where it is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from harness.records import Direction
from harness.scorers import judges
from harness.scorers.answered import Judge

MarginKind = Literal["absolute", "relative"]
MeasureKind = Literal["share", "amount"]
"""A share between 0 and 1 is shown in percent, and its differences in points; an amount in its own unit."""
Group = Literal["answers", "form", "length", "repetition", "other"]


@dataclass(frozen=True)
class Metric:
    """All that the harness has to know of a metric: an entry of METRICS is scored, compared, shown and checked."""

    name: str
    title: str
    better: Direction
    judge: Judge
    """What an answer is worth."""
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
    optional: bool = False
    """Left out of tables where no answer was judged by it: most suites do not ask for it."""
    of_thoughts: bool = False
    """Tells thoughts from answers, and is judged only where some answer of a run holds a thought."""
    group: Group = "other"
    """Under which heading a report has it."""
    place: int = 100
    """Where people read it: before metrics of higher places, in its group of a report and in the gate's findings."""
    headline: bool = False
    """Whether it is among what a reader asks first."""
    table: bool = False
    """Whether the table that commands print has a row of it."""
    gate: bool = False
    """Whether it is checked where no policy says otherwise: a good direction, and each matter once."""
    sweep: Literal["drawn", "listed"] | None = None
    """Whether a sweep shows it beside the metric that ranks: with pictures, or in its tables only."""

    @property
    def kind(self) -> MeasureKind:
        """Whether its values are shares between 0 and 1, or amounts in a unit."""
        return "share" if self.unit == "%" else "amount"


def in_reading_order() -> list[Metric]:
    """All metrics as people read them."""
    return sorted(METRICS.values(), key=lambda metric: metric.place)


def _rate(name: str, title: str, better: Direction, judge: Judge, **shown: Any) -> Metric:
    # A checkpoint that got three points worse is worse: the margin of the regression gate for any rate.
    return Metric(name, title, better, judge, rate=True, margin=0.03, unit="%", **shown)


def _length(name: str, title: str, unit: str, judge: Judge, **shown: Any) -> Metric:
    # Nobody misses one word in ten, whatever the usual length.
    return Metric(name, title, "neither", judge, margin=0.1, margin_kind="relative", unit=unit, group="length", **shown)


def _share(name: str, title: str, better: Direction, judge: Judge, **shown: Any) -> Metric:
    return Metric(name, title, better, judge, margin=0.03, unit="%", **shown)


def _repeated(name: str, title: str, judge: Judge, **shown: Any) -> Metric:
    return _share(name, title, "lower", judge, group="repetition", **shown)


def _of_thoughts(metric: Metric) -> Metric:
    return replace(metric, optional=True, of_thoughts=True)


_ALL = (
    _rate("correct", "Correct", "higher", judges.correct, group="answers", place=1, headline=True, table=True,
          gate=True, sweep="drawn"),
    _share("rouge_l", "ROUGE-L", "higher", judges.overlap, group="answers", place=3, gate=True),
    _share("points", "Required points", "higher", judges.points, group="answers", place=2, optional=True, table=True,
           gate=True),
    _length("words", "Words", "words", judges.words, place=6, headline=True, table=True, sweep="drawn"),
    _length("answer_words", "Words of the answer", "words", judges.answer_words, place=7, table=True),
    _of_thoughts(_length("thought_words", "Words of the thought", "words", judges.thought_words, place=7)),
    _length("characters", "Characters", "characters", judges.characters, place=9),
    _length("tokens", "Tokens", "tokens", judges.tokens, place=8),
    _repeated("rep_1", "Repeated words", judges.repetition(1), place=12),
    _repeated("rep_2", "Repeated 2-grams", judges.repetition(2), place=13),
    _repeated("rep_3", "Repeated 3-grams", judges.repetition(3), place=14),
    _repeated("rep_4", "Repeated 4-grams", judges.repetition(4), place=15, headline=True, table=True, gate=True,
              sweep="drawn"),
    _repeated("rep_4_prefix", "Repeated 4-grams, first 100 words", judges.repetition_in_prefix, place=16),
    _repeated("near_repetition", "Near-repetition", judges.near_repeated, place=16),
    _of_thoughts(_repeated("rep_4_thought", "Repeated 4-grams of the thought", judges.repetition_in_thought,
                           place=15)),
    _of_thoughts(_repeated("rep_4_answer", "Repeated 4-grams of the answer", judges.repetition_in_answer, place=15)),
    _rate("loop", "Ends in a loop", "lower", judges.loop, group="form", place=11, table=True, gate=True,
          sweep="drawn"),
    _of_thoughts(_rate("loop_thought", "The thought ends in a loop", "lower", judges.loop_in_thought, group="form",
                       place=11)),
    _of_thoughts(_rate("loop_answer", "The answer ends in a loop", "lower", judges.loop_in_answer, group="form",
                       place=11)),
    _rate("leak", "Template leak", "lower", judges.leak, group="form", place=10, headline=True, table=True, gate=True,
          sweep="drawn"),
    _rate("roles", "Other role headings", "lower", judges.roles, group="form", place=10, table=True, gate=True,
          sweep="listed"),
    Metric("compression", "Compression ratio", "lower", judges.compression, margin=0.1, margin_kind="relative",
           unit="×", digits=2, group="repetition", place=17),
    _rate("truncated", "Cut off at the token limit", "lower", judges.truncated, group="form", place=18, table=True,
          gate=True, sweep="listed"),
    _of_thoughts(_rate("truncated_thought", "Ends within the thought", "lower", judges.cut_in_thought, group="form",
                       place=18)),
    _rate("empty", "Empty", "lower", judges.empty, group="form", place=19, table=True, gate=True),
    _rate("unbegun", "Nothing before another turn", "lower", judges.unbegun, group="form", place=19, table=True),
    _rate("refusal", "Refusal", "lower", judges.refusal, group="answers", place=5, gate=True),
    _rate("no_answer", "Nothing of the kind asked for", "lower", judges.no_answer, group="answers", place=4, gate=True),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
"""In the order of scores.jsonl and summary.json. The one place to add a metric of one's own."""
