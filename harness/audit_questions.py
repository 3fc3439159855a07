"""What the questions say against the figures: seen in training, asked twice, too few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from harness.audit_evidence import Evidence, listed
from harness.power import needed_to_detect
from harness.records import Question, Warning

_FEW = 100


def in_training_data(evidence: Evidence) -> Iterator[Warning]:
    asked = [question.id for question in evidence.questions]
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, overlap in evidence.manifest.get("overlap", {}).items():
        alike[tuple(question for question in asked if question in overlap)].append(name)
    for found, names in alike.items():
        if found:
            yield Warning(
                "questions_in_training_data",
                f"{len(found)} of {len(asked)} questions stand in the training data of {' and '.join(names)} "
                f"(at least half of their 8-grams): {listed(found)}.",
                tuple(names),
            )


def repeated(evidence: Evidence) -> Iterator[Warning]:
    same = _groups(evidence.questions, _wording)
    # Repeated wordings without a cluster are made one; only clusters that say otherwise keep them apart.
    apart = [group for group in same if len({question.cluster for question in group if question.cluster}) > 1]
    unsaid = [group for group in same if not any(question.cluster for question in group)]
    clusters = _groups([question for question in evidence.questions if question.cluster], lambda one: one.cluster)
    if apart:
        yield Warning(
            "repeated_questions",
            f"Questions are asked more than once in different clusters ({_ids(apart)}): intervals are too narrow; give "
            'them the same "cluster" in questions.jsonl.',
        )
    if unsaid:
        yield Warning(
            "repeated_questions",
            f"Questions are asked more than once ({_ids(unsaid)}): each is counted as one in every interval and test.",
        )
    if clusters:
        yield Warning(
            "repeated_questions",
            f"Questions that are not independent of each other ({_ids(clusters)}) are counted as one in "
            "every interval and test.",
        )


def few(evidence: Evidence) -> Iterator[Warning]:
    """Too few for the smallest claim, which is the margin of correctness; too few at all where nothing is compared."""
    n = len(evidence.questions)
    rows = [row for row in evidence.comparisons if (row.source, row.metric) == ("suite", "correct") and row.margin]
    blind = [row for row in rows if row.mde is None or row.mde > (row.margin or 0)]
    if blind:
        row = max(blind, key=lambda row: 1.0 if row.mde is None else row.mde)
        margin, discordant = row.margin or 0.0, (row.gained or 0) + (row.lost or 0)
        shows = "show no difference" if row.mde is None else f"show differences of {100 * row.mde:.1f} points or more"
        yield Warning(
            "few_questions",
            f"{row.n} judged answers {shows} between {row.baseline} and {row.variant} (correct, 80 % power); a claim "
            f"about {100 * margin:.3g} points needs about {needed_to_detect(margin, discordant / row.n):,}.",
            tuple(dict.fromkeys(name for row in blind for name in (row.baseline, row.variant))),
        )
    elif not rows and n < _FEW:
        yield Warning(
            "few_questions",
            f"{n} question{'s' * (n != 1)}: a rate of 50 % is known to ±{min(50, 98 / n**0.5 if n else 50):.0f} "
            "points only (95 % interval), and no claim about less than that holds.",
        )


def _groups(questions: Sequence[Question], key: Callable[[Question], object]) -> list[list[Question]]:
    """The questions that share a key, where several do."""
    groups: dict[object, list[Question]] = defaultdict(list)
    for question in questions:
        groups[key(question)].append(question)
    return [group for group in groups.values() if len(group) > 1]


def _wording(question: Question) -> str:
    return " ".join(question.question.casefold().split())


def _ids(groups: Sequence[Sequence[Question]]) -> str:
    return listed([listed([question.id for question in group], 5) for group in groups], 5, "; ")
