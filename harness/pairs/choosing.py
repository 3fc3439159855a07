"""From the scored samples of a question to its pair: the best beside the worst, by the named order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.data.preferences import answer_fault, unpadded
from harness.pairs.criteria import Criterion
from harness.records import Response

NoPair = Literal["failed", "alike", "unjudged", "cut", "unmet", "no contrast"]
"""Why a question gives no pair: no sample was answered; fewer than two texts differ that can be trained on; the first
criterion cannot judge them; all were cut at the token limit; none passes the first criterion; best and worst are
equal by every criterion."""


@dataclass(frozen=True)
class Sample:
    """One answer to a question, with its scores."""

    response: Response
    scores: Mapping[str, float | None]
    """By metric; None where the metric could not judge."""


@dataclass(frozen=True)
class SampledPair:
    """A better and a worse answer."""

    chosen: Sample
    rejected: Sample
    margins: Mapping[str, float]
    """Criterion → by how much the chosen answer is better, in the metric's unit; those that judged every sample."""
    decided_by: str
    """The first criterion by which they differ."""


def choose_pair(samples: Sequence[Sample], criteria: Sequence[Criterion]) -> SampledPair | NoPair:
    """The best sample and the worst one, compared by the first criterion, then by the next; else why there is no pair.

    A training puts an end behind every answer, so that one which was cut is never chosen: it would teach to end there.
    The first criterion is what the pairs are about. Where it is a matter of yes or no, the chosen answer must be a yes:
    of two wrong answers the shorter one is no better. A criterion that cannot judge every sample of a question is
    passed over for that question, unless it is the first.
    """
    if all(sample.response.error is not None for sample in samples):
        return "failed"
    usable = _distinct([sample for sample in samples if _can_be_trained_on(sample.response)])
    if len(usable) < 2:
        return "alike"
    known = [it for it in criteria if all(sample.scores.get(it.metric) is not None for sample in usable)]
    first = criteria[0]
    if first not in known:
        return "unjudged"
    ended = [sample for sample in usable if not sample.response.truncated]
    if not ended:
        return "cut"
    best = max(ended, key=lambda sample: _rank(sample, known))
    worst = min(usable, key=lambda sample: _rank(sample, known))
    if first.passed is not None and _value(best, first) != first.passed:
        return "unmet"
    margins = {it.name: it.gain(_value(best, it), _value(worst, it)) for it in known}
    decided = next((name for name, margin in margins.items() if margin), None)
    return "no contrast" if decided is None else SampledPair(best, worst, margins, decided)


def _can_be_trained_on(response: Response) -> bool:
    return response.error is None and answer_fault(response.text) is None


def _distinct(samples: Sequence[Sample]) -> list[Sample]:
    """The first of each text, of those that end by themselves before those that were cut."""
    first: dict[str, Sample] = {}
    for sample in sorted(samples, key=lambda sample: sample.response.truncated):
        first.setdefault(unpadded(sample.response.text), sample)
    return list(first.values())


def _rank(sample: Sample, criteria: Sequence[Criterion]) -> tuple[float, ...]:
    return tuple(it.sign * _value(sample, it) for it in criteria)


def _value(sample: Sample, criterion: Criterion) -> float:
    return float(sample.scores[criterion.metric] or 0.0)
