"""The nouns of the harness: frozen, flat, and made of the standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["base", "adapter", "recorded"]
Match = Literal["exact", "contains", "number", "ratio", "choice", "regex", "open"]
Direction = Literal["higher", "lower", "neither"]
Verdict = Literal["improved", "regressed", "shifted", "unchanged", "undecided"]


@dataclass(frozen=True)
class Variant:
    """What answers: the base model, the base with one adapter, or answers recorded elsewhere."""

    name: str
    kind: Kind
    method: str | None = None
    """How it was tuned: dpo, orpo, …; None where nobody said."""
    digest: str | None = None
    """sha256 of the weights (or of the recorded file)."""
    path: str | None = None
    """Where the weights or answers lie; None for a model of the hub."""


@dataclass(frozen=True)
class Question:
    """One line of a suite's questions.jsonl."""

    id: str
    question: str
    match: Match = "open"
    answer: str | None = None
    """The right answer; None means that the question is open."""
    tolerance: float | None = None
    """For numbers: the largest absolute difference that still counts as right."""
    aliases: tuple[str, ...] = ()
    reference: str | None = None
    cluster: str | None = None
    """Questions that are not independent of each other share a cluster."""


@dataclass(frozen=True)
class Prompt:
    """A question as the model sees it."""

    question_id: str
    text: str
    token_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Response:
    """What a variant wrote to one question; one line of responses.jsonl."""

    variant: str
    suite: str
    question_id: str
    text: str
    prompt_sha256: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    """stop, or length where the token limit cut the text; None where a recording does not say."""
    seconds: float | None = None
    error: str | None = None
    """Why there is no answer; the text is then empty and nothing is judged."""


@dataclass(frozen=True)
class Score:
    """One metric of one response; value None means that the harness could not judge, and note says why."""

    variant: str
    suite: str
    question_id: str
    metric: str
    value: float | None
    note: str | None = None


@dataclass(frozen=True)
class Curve:
    """One logged value of a training, under the key that Transformers' log_history uses."""

    variant: str
    step: int
    epoch: float | None
    key: str
    value: float


@dataclass(frozen=True)
class Estimate:
    """A mean over questions with its 95 % interval."""

    mean: float | None
    low: float | None
    high: float | None
    interval: str
    """The interval's method: wilson, clopper-pearson, bca, none."""
    n: int
    """Questions judged."""
    unjudged: int


@dataclass(frozen=True)
class Benchmark:
    """One metric of one lm-eval task."""

    value: float
    stderr: float | None
    n: int


@dataclass(frozen=True)
class Comparison:
    """A paired difference, variant minus baseline, on one metric."""

    baseline: str
    variant: str
    source: str
    """suite, or the lm-eval task."""
    metric: str
    delta: float
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    test: str
    n: int
    gained: int | None
    """Questions wrong in baseline and right in variant; None for metrics that are not 0 or 1."""
    lost: int | None
    mde: float | None
    """The smallest difference that this sample would have shown with 80 % power at alpha 0.05."""
    verdict: Verdict


@dataclass(frozen=True)
class Warning:
    """Something that could make the numbers mean something else."""

    code: str
    message: str
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """Everything a report says in numbers; summary.json."""

    run: str
    suite: str
    questions: int
    variants: tuple[Variant, ...]
    metrics: dict[str, dict[str, Estimate]]
    """variant → metric → estimate."""
    benchmarks: dict[str, dict[str, dict[str, Benchmark]]]
    """variant → lm-eval task → metric → value."""
    comparisons: tuple[Comparison, ...] = ()
    warnings: tuple[Warning, ...] = ()
    format_version: int = field(default=1)
