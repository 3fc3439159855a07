"""All metrics of one response."""

from __future__ import annotations

from collections.abc import Sequence

from harness.records import Question, Response, Score
from harness.scorers.answers import first_answer, leak_start
from harness.scorers.length import count_words, words_of
from harness.scorers.loops import find_loop
from harness.scorers.matching import grade
from harness.scorers.metrics import METRICS
from harness.scorers.points import covered
from harness.scorers.refusals import refuses
from harness.scorers.repetition import PREFIX_WORDS, compression_ratio, repeated_in_prefix, repeated_ngrams
from harness.scorers.rouge import rouge_l

Graded = tuple[float | None, str | None]


def score_response(question: Question, response: Response, headers: Sequence[str], rouge: bool = True) -> list[Score]:
    """Each metric of a response, in the order of METRICS; a failed generation is judged by none of them.

    headers are the fixed lines of the prompt template; rouge=False leaves rouge_l out, by far the slowest.
    """
    if response.error is not None:
        judged: dict[str, Graded] = dict.fromkeys(METRICS, (None, response.error))
    else:
        answer = first_answer(response.text, headers)
        judged = _of_answer(question, answer, rouge) | _of_text(response, headers)
    return [
        Score(response.variant, response.suite, response.question_id, metric, *judged[metric], response.sample)
        for metric in METRICS
        if metric in judged
    ]


def _of_answer(question: Question, answer: str, rouge: bool) -> dict[str, Graded]:
    verdict = grade(question, answer)
    judged: dict[str, Graded] = {
        "correct": (verdict.value, verdict.note),
        "points": covered(question, answer),
        "answer_words": (float(count_words(answer)), None),
        "refusal": (float(refuses(answer)), None),
        "no_answer": (None, verdict.note) if verdict.value is None else (float(not verdict.answered), None),
    }
    if rouge and question.reference is None:
        judged["rouge_l"] = (None, "no reference")
    elif rouge and question.reference is not None:
        judged["rouge_l"] = (rouge_l(question.reference, answer), None)
    return judged


def _of_text(response: Response, headers: Sequence[str]) -> dict[str, Graded]:
    text = response.text
    words = words_of(text)
    leak = leak_start(text, headers)
    judged: dict[str, Graded] = {f"rep_{n}": _repetition(words, n) for n in range(1, 5)}
    prefix = repeated_in_prefix(words, 4)
    return judged | {
        "words": (float(len(words)), None),
        "characters": (float(len(text)), None),
        "tokens": _tokens(response),
        "rep_4_prefix": (prefix, f"shorter than {PREFIX_WORDS} words" if prefix is None else None),
        "loop": _loop(text),
        "leak": (float(leak is not None), None if leak is None else f"header at character {leak}"),
        "compression": (compression_ratio(text), None if text else "empty text"),
        "truncated": _truncated(response),
        "empty": (float(not text.strip()), None),
    }


def _repetition(words: list[str], n: int) -> Graded:
    share = repeated_ngrams(words, n)
    return share, f"shorter than {n} words" if share is None else None


def _tokens(response: Response) -> Graded:
    count = response.completion_tokens
    return (None, "tokens were not counted") if count is None else (float(count), None)


def _loop(text: str) -> Graded:
    loop = find_loop(text)
    if loop is None:
        return 0.0, None
    return 1.0, f"period {loop.period} {loop.unit}, {loop.copies:.1f} copies, from character {loop.start}"


def _truncated(response: Response) -> Graded:
    if response.finish_reason is None:
        return None, "the recording does not say how the text ended"
    return float(response.finish_reason == "length"), None
