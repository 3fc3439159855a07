"""The nouns of the harness: frozen, flat, and made of the standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

VariantKind = Literal["base", "adapter", "model", "recorded", "reference"]
Match = Literal["exact", "contains", "number", "ratio", "math", "choice", "choices", "regex", "open"]
FinishReason = Literal["stop", "length"]
"""Why an answer ends: by itself or at a stop string, or cut where its room or its tokens were used up."""
Direction = Literal["higher", "lower", "neither"]
Verdict = Literal["improved", "regressed", "shifted", "unchanged", "undecided"]
Reason = Literal["", "few", "constant", "missing", "exploratory", "family"]
"""Why a comparison says less than its figures seem to: fewer than six pairs or clusters; every difference the same; the
worst case of what is missing would turn it; a metric that was not named primary; too many tests for this p-value."""
GateVerdict = Literal["passed", "regressed", "undecided"]
GateStatus = Literal["passed", "regressed", "undecided", "incomplete"]


@dataclass(frozen=True)
class Variant:
    """What answers: the base model, the base with one adapter, a full model, or answers recorded elsewhere.

    A reference is recorded elsewhere too, and stands beside the others: it has levels, and no comparison is about it.
    """

    name: str
    kind: VariantKind
    method: str | None = None
    """How it was tuned: dpo, orpo, …; None where nobody said."""
    digest: str | None = None
    """sha256 of the weights (or of the recorded file)."""
    path: str | None = None
    """Where the weights or answers lie; None for a model of the hub."""


Method = Literal["dpo", "orpo", "kto", "simpo"]
METHODS: Mapping[str, str] = {"dpo": "DPO", "orpo": "ORPO", "kto": "KTO", "simpo": "SimPO"}
"""How an adapter is trained on preferences, and how it is written."""


@dataclass(frozen=True)
class Question:
    """What is asked, and what a right answer is: one line of a run's questions.jsonl."""

    id: str
    question: str
    match: Match = "open"
    answer: str | None = None
    """The right answer; None means that the question is open. Of choices, the letter."""
    tolerance: float | None = None
    """For numbers: the largest absolute difference that still counts as right."""
    aliases: tuple[str, ...] = ()
    reference: str | None = None
    cluster: str | None = None
    """Questions that are not independent of each other share a cluster."""
    points: tuple[tuple[str, ...], ...] = ()
    """What an open answer should mention: each point in one or several wordings, of which any will do."""
    choices: tuple[str, ...] = ()
    """What may be chosen, A first; the question's text lists them, and an answer may name one by letter or text."""


@dataclass(frozen=True)
class Prompt:
    """A question as the model sees it."""

    question_id: str
    text: str
    token_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reasoning:
    """How a model's thoughts are told from its answers."""

    tags: tuple[tuple[str, ...], ...]
    """(what opens a thought, what closes it), pair by pair; none where nothing is taken for a thought."""
    opened: str | None = None
    """The tag that the prompt itself ends with, so that an answer begins inside a thought; None where it does not."""


@dataclass(frozen=True)
class Response:
    """What a variant wrote to one question; one line of responses.jsonl."""

    variant: str
    suite: str
    question_id: str
    text: str
    prompt_sha256: str
    """"" where nobody knows the prompt: a recording of a chat, or of the question inside a prompt of its own."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: FinishReason | None = None
    """None where a recording does not say."""
    seconds: float | None = None
    error: str | None = None
    """Why there is no answer; the text is then empty and nothing is judged."""
    sample: int = 0
    """Which of several answers to the same question, from 0."""
    special: Sequence[tuple[int, str]] = ()
    """(place in the text, token) of the special tokens that were written there, which the text does not show."""
    asked: str | None = None
    """The prompt as a recording holds it; None where it holds none, or the suite's own."""

    @property
    def truncated(self) -> bool:
        """Whether the text is known to have been cut."""
        return self.finish_reason == "length"


@dataclass(frozen=True)
class Score:
    """One metric of one response; value None means that the harness could not judge, and note says why."""

    variant: str
    suite: str
    question_id: str
    metric: str
    value: float | None
    note: str | None = None
    sample: int = 0
    read: str | None = None
    """Of correctness: the statement of the answer that was taken as its claim; None where there was none."""
    rule: str | None = None
    """Why that one: a rule of docs/grading.md by its name. Runs that were scored before it was kept have neither."""


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
    """The method: wilson, clopper-pearson, corrected t, constant, none; cluster score, cluster corrected t."""
    n: int
    """Answers judged: one a question, unless several were sampled."""
    unjudged: int
    clusters: int | None = None
    """Groups that are independent of each other, where they are fewer than the answers."""
    spread: float | None = None
    """Standard deviation between answers to one question, averaged over questions; None with one answer each."""


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
    """Answers wrong in baseline and right in variant; None for metrics that are not 0 or 1."""
    lost: int | None
    mde: float | None
    """The smallest true difference that this sample would show at alpha 0.05 with 80 % power."""
    verdict: Verdict
    margin: float | None = None
    """The smallest difference that matters, in the metric's own unit; None where there is none."""
    unpaired: int = 0
    """Items that only one side has judged, or that the two sides were not asked alike: not compared."""
    effect: float | None = None
    """Cohen's g for 0/1: gained / (gained + lost) − ½. Cohen's d_z otherwise: mean / SD of the differences."""
    p_bh: float | None = None
    """Benjamini and Hochberg's adjusted p-value, for exploration: it bounds false discoveries, not false alarms."""
    family: str = ""
    """What p_holm is adjusted over; empty for metrics that are not primary."""
    primary: bool = True
    """Whether it was named before the answers were seen; others are exploratory, and never improved or regressed."""
    reason: Reason = ""
    """Why the verdict is not what the figures alone would say."""
    bound_low: float | None = None
    """The difference where every answer that is missing speaks against the variant; None where none is missing."""
    bound_high: float | None = None
    """The same where it speaks for it."""
    noise: float | None = None
    """The noise floor: standard deviation of the net change that asking both sides again makes to the difference."""
    gained_ids: tuple[str, ...] = ()
    lost_ids: tuple[str, ...] = ()

    @property
    def inside_noise(self) -> bool:
        """Whether asking again moves the difference as far in more than 5 of 100 cases."""
        return self.noise is not None and abs(self.delta) <= 1.96 * self.noise


@dataclass(frozen=True)
class Noise:
    """How much a variant differs from itself on one metric, asked twice in batches of another order."""

    value: float
    """Standard deviation of the net change of the mean that asking twice makes: √(share of flips / n) for 0/1."""
    low: float | None
    high: float | None
    n: int
    """Answers judged both times."""
    flips: float | None = None
    """Share of answers whose value changed for 0/1 metrics; mean absolute change otherwise."""


@dataclass(frozen=True)
class AttemptDifference:
    """A paired difference, variant minus baseline, in pass@k or pass^k."""

    baseline: str
    variant: str
    metric: str
    """pass@5: at least one of five answers is right; pass^5: all five are."""
    delta: float
    low: float | None
    high: float | None
    n: int
    """Questions with all of their answers judged on both sides."""


@dataclass(frozen=True)
class Caveat:
    """Something that could make the numbers mean something else."""

    code: str
    message: str
    variants: tuple[str, ...] = ()
    values: dict[str, object] = field(default_factory=dict)
    """What the sentence is made of, so that it can be said in another language; empty in older summaries."""


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
    warnings: tuple[Caveat, ...] = ()
    noise: dict[str, dict[str, Noise]] = field(default_factory=dict)
    """variant → metric → noise floor, where it was asked for."""
    attempts: dict[str, dict[str, Estimate]] = field(default_factory=dict)
    """variant → pass@k or pass^k → mean over questions, where each was answered several times."""
    attempt_differences: tuple[AttemptDifference, ...] = ()
    references: tuple[Variant, ...] = ()
    """What stands beside the variants: with levels in `metrics` and `benchmarks`, and in no comparison."""
    format_version: int = field(default=1)


@dataclass(frozen=True)
class Finding:
    """What the gate says of one metric of one variant."""

    baseline: str
    """The variant's name in the run that it is checked against."""
    variant: str
    source: str
    """suite, or the lm-eval task."""
    metric: str
    better: Direction
    before: float
    """The baseline's mean over the pairs."""
    after: float
    delta: float
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    """Over the gate's family."""
    test: str
    n: int
    unpaired: int
    margin: float
    """The largest change for the worse that is tolerated, in the metric's own unit."""
    mde: float | None
    verdict: GateVerdict
    reason: Reason = ""
    """Why it is undecided whatever the answers say: fewer than six pairs or clusters, every difference the same."""
    gained_ids: tuple[str, ...] = ()
    lost_ids: tuple[str, ...] = ()
    against: str = ""
    """What it is compared with where that is not the baseline: "anchor v1". Margin and p are then of the whole loss."""


@dataclass(frozen=True)
class Check:
    """The gate's decision on one run against another; check.json."""

    run: str
    against: str
    """The baseline's run."""
    status: GateStatus
    exit_code: int
    pairs: tuple[tuple[str, str], ...]
    """(variant of the baseline, variant of the run)."""
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    """What is not there to be compared, a sentence each."""
    family: str
    """What the p-values are adjusted over, and how."""
    alpha: float
    require: str
    """no-regression: undecided passes; proof: it does not."""
    notes: tuple[str, ...] = ()
    """What a reader should know besides: items that do not pair, variants that were left out."""
    anchor: str = ""
    """The run that total losses are counted from; "" where that is the baseline itself, or where none is pinned."""
    format_version: int = field(default=1)


BASE = "base"
"""The variant that is the base model without an adapter."""
