"""All metrics of one response."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.records import Question, Reasoning, Response, Score
from harness.scorers.answered import Answered, Value
from harness.scorers.matching import Explanation, explained
from harness.scorers.metrics import METRICS


def score_response(
    question: Question,
    response: Response,
    headers: Sequence[str],
    rouge: bool = True,
    reasoning: Reasoning | None = None,
    thinking: bool = False,
) -> list[Score]:
    """Each metric of a response, in the order of METRICS; a failed generation is judged by none of them.

    headers are the fixed lines of the prompt template; rouge=False leaves rouge_l out, by far the slowest. reasoning
    is what tells thoughts from answers, None for all tags that are known. The metrics of thoughts are left out of an
    answer that holds none, unless thinking says that it is compared with others that do.
    """
    answered = Answered(question, response, headers, reasoning)
    of_thoughts = thinking or (response.error is None and answered.thinks)
    return [
        Score(
            response.variant,
            response.suite,
            response.question_id,
            metric,
            *value,
            response.sample,
            *_read(metric, answered),
        )
        for metric, value in _judged(answered, rouge, of_thoughts)
    ]


def _read(metric: str, answered: Answered) -> tuple[str, str] | tuple[()]:
    """What was read of the answer, and by which rule; nothing for metrics that do not read it for being right."""
    if metric != "correct" or answered.response.error is not None or answered.grade.rule == "nothing":
        return ()
    return answered.grade.shown, answered.grade.rule


def explain(
    question: Question, response: Response, headers: Sequence[str], reasoning: Reasoning | None = None
) -> Explanation:
    """The verdict on an answer, with all that it was read from."""
    answered = Answered(question, response, headers, reasoning)
    return explained(question, answered.answer, answered.grade)


def _judged(answered: Answered, rouge: bool, of_thoughts: bool) -> Iterator[tuple[str, Value]]:
    for name, metric in METRICS.items():
        if metric.of_thoughts and not of_thoughts:
            continue
        if answered.response.error is not None:
            yield name, (None, answered.response.error)
        elif rouge or name != "rouge_l":
            yield name, metric.judge(answered)
