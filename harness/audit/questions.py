"""What the questions say against the figures: seen in training, asked twice, too few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from harness.audit.evidence import Evidence
from harness.audit.words import warning
from harness.comparing.inference import needed_to_detect
from harness.on_disk import repeated as repeated_keys
from harness.records import Caveat, Question

_FEW = 100


def in_training_data(evidence: Evidence) -> Iterator[Caveat]:
    """Questions that share half or more of their n-grams with prompts that an adapter was trained on."""
    asked = [question.id for question in evidence.run.questions] if evidence.manifest.overlap else []
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, overlap in (evidence.manifest.overlap or {}).items():
        alike[tuple(question for question in asked if question in overlap)].append(name)
    for found, names in alike.items():
        if found:
            yield warning(
                "questions_in_training_data",
                names,
                seen=len(found),
                asked=len(asked),
                trained_on=names,
                ids=list(found),
            )


def made_pairs(evidence: Evidence) -> Iterator[Caveat]:
    """Questions whose sampled answers became the pairs that an adapter was trained on."""
    asked = [question.id for question in evidence.run.questions] if evidence.manifest.paired else []
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, paired in (evidence.manifest.paired or {}).items():
        alike[tuple(question for question in asked if question in set(paired))].append(name)
    for found, names in alike.items():
        if found:
            yield warning(
                "questions_in_training_data",
                names,
                "pairs",
                seen=len(found),
                asked=len(asked),
                trained_on=names,
                ids=list(found),
            )


def repeated(evidence: Evidence) -> Iterator[Caveat]:
    """Questions of one wording and those of one cluster: they depend on each other, and intervals must know it."""
    same = _groups(evidence.run.questions, _wording)
    # Repeated wordings without a cluster are made one; only clusters that say otherwise keep them apart.
    apart = [group for group in same if len({question.cluster for question in group if question.cluster}) > 1]
    unsaid = [group for group in same if not any(question.cluster for question in group)]
    clusters = _groups([question for question in evidence.run.questions if question.cluster], lambda one: one.cluster)
    if apart:
        yield warning("repeated_questions", case="apart", groups=_ids(apart))
    if unsaid:
        yield warning("repeated_questions", case="alike", groups=_ids(unsaid))
    if clusters:
        yield warning("repeated_questions", case="clusters", groups=_ids(clusters))


def stopped_early(evidence: Evidence) -> Iterator[Caveat]:
    """Asking ended because the answers said enough: intervals for a fixed number of questions are too narrow then."""
    stopping = evidence.manifest.stopping
    if stopping is not None and stopping.ended == "decided":
        yield warning("stopped_early", asked=stopping.asked, of=stopping.of)


def few(evidence: Evidence) -> Iterator[Caveat]:
    """Too few for the smallest claim, which is the margin of correctness; too few at all where nothing is compared."""
    n = len(evidence.run.questions)
    rows = [row for row in evidence.comparisons if (row.source, row.metric) == ("suite", "correct") and row.margin]
    blind = [row for row in rows if row.mde is None or row.mde > (row.margin or 0)]
    if blind:
        row = max(blind, key=lambda row: 1.0 if row.mde is None else row.mde)
        margin, discordant = row.margin or 0.0, (row.gained or 0) + (row.lost or 0)
        # None of n questions does not mean that none ever will: one more is on its way.
        churn = discordant / row.n if discordant else 1 / (row.n + 2)
        yield warning(
            "few_questions",
            tuple(dict.fromkeys(name for row in blind for name in (row.baseline, row.variant))),
            "some" if row.mde is not None else "none" if discordant else "alike",
            n=row.n,
            baseline=row.baseline,
            variant=row.variant,
            margin=100 * margin,
            needed=needed_to_detect(margin, churn),
            **({} if row.mde is None else {"mde": 100 * row.mde}),
        )
    elif evidence.run.has_suite and not rows and n < _FEW:
        yield warning("few_questions", case="rate", n=n, half=min(50, 98 / n**0.5 if n else 50))


def _groups(questions: Sequence[Question], key: Callable[[Question], str | None]) -> list[list[Question]]:
    """The questions that share a key, where several do."""
    several = set(repeated_keys(questions, key))
    groups: dict[str | None, list[Question]] = defaultdict(list)
    for question in questions if several else ():
        if (name := key(question)) in several:
            groups[name].append(question)
    return list(groups.values())


def _wording(question: Question) -> str:
    return " ".join(question.question.casefold().split())


def _ids(groups: Sequence[Sequence[Question]]) -> list[list[str]]:
    return [[question.id for question in group] for group in groups]
