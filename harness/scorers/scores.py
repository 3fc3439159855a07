"""All metrics of one response."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.records import Question, Response, Score
from harness.scorers.answered import Answered, Value
from harness.scorers.metrics import METRICS


def score_response(question: Question, response: Response, headers: Sequence[str], rouge: bool = True) -> list[Score]:
    """Each metric of a response, in the order of METRICS; a failed generation is judged by none of them.

    headers are the fixed lines of the prompt template; rouge=False leaves rouge_l out, by far the slowest.
    """
    judged = _judged(Answered(question, response, headers), rouge)
    return [
        Score(response.variant, response.suite, response.question_id, metric, *value, response.sample)
        for metric, value in judged
    ]


def _judged(answered: Answered, rouge: bool) -> Iterator[tuple[str, Value]]:
    for name, metric in METRICS.items():
        if answered.response.error is not None:
            yield name, (None, answered.response.error)
        elif rouge or name != "rouge_l":
            yield name, metric.judge(answered)
