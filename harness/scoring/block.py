"""One block of questions with a variant's answers: what another process is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.comparing import prompt_code
from harness.records import Question, Reasoning, Response, Score
from harness.scorers import METRICS, score_response
from harness.store import score_lines


@dataclass(frozen=True)
class AnswerBlock:
    """Questions that follow each other in the suite, with the answers of one variant."""

    variant: int
    """Its place in the run's order."""
    start: int
    """The place of the first question."""
    headers: Sequence[str]
    reasoning: Reasoning | None
    """By what tags the variant's thoughts are told."""
    thinking: bool
    """Whether metrics of thoughts are judged."""
    samples: int
    """How many answers a question may have."""
    questions: Sequence[tuple[Question, Sequence[Response]]]


@dataclass(frozen=True)
class ScoredBlock:
    """What the answers of a block are worth."""

    block: tuple[int, int]
    """(variant, place of the first question)."""
    lines: str
    """Of scores.jsonl."""
    values: NDArray[np.float64]
    """(metrics, questions × samples) in the order of METRICS, NaN where nothing was judged."""
    answers: int
    """How many answers there are."""
    answered: NDArray[np.bool_]
    """(questions × samples,) which of them did not fail."""


def score_block(block: AnswerBlock) -> ScoredBlock:
    """Every metric of every answer of a block."""
    many = len(block.questions) * block.samples
    rows = {metric: row for row, metric in enumerate(METRICS)}
    values = np.full((len(METRICS), many), np.nan)
    answered = np.zeros(many, bool)
    scores: list[Score] = []
    answers = 0
    for number, (question, responses) in enumerate(block.questions):
        for response in responses:
            found = score_response(question, response, block.headers, True, block.reasoning, block.thinking)
            place = number * block.samples + response.sample
            for score in found:
                values[rows[score.metric], place] = np.nan if score.value is None else score.value
            answered[place] = response.error is None
            scores += found
        answers += len(responses)
    return ScoredBlock((block.variant, block.start), "".join(score_lines(scores)), values, answers, answered)


def prompt_codes(block: AnswerBlock) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(questions,) each: what tells the prompts from others, and what tells those that a recording holds."""
    last = [responses[-1] if responses else None for _, responses in block.questions]
    said = [None if it is None else it.asked for it in last]
    return (
        np.array([prompt_code(None if it is None else it.prompt_sha256) for it in last], np.int64),
        np.array([prompt_code(None if it is None else " ".join(it.split())) for it in said], np.int64),
    )
