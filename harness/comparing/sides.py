"""What is compared: each variant's judged values, and which questions depend on each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harness.comparing.inference import Clusters, Numbers
from harness.comparing.items import NONE, Item, Items, ItemSet, ItemValues, Picked, PromptCodes, QuestionGroups
from harness.records import Question, Response, Score
from harness.scorers import METRICS
from harness.store import AnswerKey

Saw = tuple[str | None, str | None]
"""What was seen of a question: (sha256 of the prompt, "" where nobody knows it; the prompt as a recording holds it)."""

Groups = Mapping[str, str]
"""question id → cluster, for questions that share one."""


@dataclass(frozen=True)
class Column:
    """One metric of one variant: its judged values, and how many items could not be judged."""

    values: Mapping[Item, float]
    unjudged: int


@dataclass(frozen=True)
class Side:
    """One variant's part in a comparison."""

    name: str
    columns: Mapping[str, Column]
    prompts: Mapping[str, str] = field(default_factory=dict)
    """question id → sha256 of the prompt, "" where nobody knows it; of two that differ, the sides are not compared."""
    answered: Collection[Item] | None = None
    """What it has an answer to, whatever may be judged of it; None where all is answered that is judged."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """question id → the prompt that a recording holds and the suite has not."""


ScoreTable = Mapping[str, Mapping[str, Column]]


def columns(scores: Iterable[Score]) -> dict[str, dict[str, Column]]:
    """Variant → metric → column, metrics in the table's order."""
    values: dict[tuple[str, str], dict[Item, float]] = {}
    unjudged: dict[tuple[str, str], int] = {}
    variants: dict[str, None] = {}
    for score in scores:
        key = (score.variant, score.metric)
        values.setdefault(key, {})
        variants.setdefault(score.variant)
        if score.value is None:
            unjudged[key] = unjudged.get(key, 0) + 1
        else:
            values[key][score.question_id, score.sample] = score.value
    return {
        variant: {
            metric: Column(values[variant, metric], unjudged.get((variant, metric), 0))
            for metric in METRICS
            if (variant, metric) in values
        }
        for variant in variants
    }


def labels(items: Sequence[Item], groups: Groups) -> Clusters:
    """Each item's cluster: its question's, or the question itself; None where every item stands alone."""
    if isinstance(items, Picked):
        if isinstance(groups, QuestionGroups) and groups.items_ is items.items:
            codes = groups.of(items)
            return codes if len(np.unique(codes)) < len(codes) else None
        if not groups and items.items.samples == 1:
            return None
    found = [f"cluster {groups[question]}" if question in groups else f"question {question}" for question, _ in items]
    return found if len(set(found)) < len(found) else None


def judged_items(column: Column) -> tuple[Sequence[Item], Numbers]:
    """What was judged, sorted, since a sum should not depend on the order in which answers arrived; and its values."""
    if isinstance(column.values, ItemValues):
        return column.values.judged()
    items = sorted(column.values)
    return items, [column.values[item] for item in items]


def paired_items(first: Side, second: Side, metric: str) -> Sequence[Item]:
    """The items that both sides were asked alike and have judged, sorted."""
    if metric not in first.columns or metric not in second.columns:
        return []
    a, b = first.columns[metric].values, second.columns[metric].values
    if (together := _together(a, b)) is not None:
        unlike = _codes_unlike(first, second, together)
        if unlike is not None:
            both = ~np.isnan(_array(a)) & ~np.isnan(_array(b))
            return Picked(together, np.flatnonzero(both & ~unlike))
    return sorted(item for item in a if item in b and not asked_unlike(first, second, item[0]))


def judged_by_either(first: Side, second: Side, metric: str) -> int:
    """How many items at least one side has judged."""
    a, b = first.columns[metric].values, second.columns[metric].values
    if _together(a, b) is None:
        return len({*a, *b})
    return int(np.count_nonzero(~np.isnan(_array(a)) | ~np.isnan(_array(b))))


def _together(a: Mapping[Item, float], b: Mapping[Item, float]) -> Items | None:
    """The items of both, where these are the same."""
    same = isinstance(a, ItemValues) and isinstance(b, ItemValues) and a.items_ is b.items_
    return a.items_ if same and isinstance(a, ItemValues) else None


def _array(values: Mapping[Item, float]) -> NDArray[np.float64]:
    assert isinstance(values, ItemValues)
    return values.array


def _codes_unlike(first: Side, second: Side, items: Items) -> NDArray[np.bool_] | None:
    """(items,) as asked_unlike; None where the prompts are not told by codes of these items."""
    a, b, said, also_said = (_codes(told, items) for told in (first.prompts, second.prompts, first.asked, second.asked))
    if a is None or b is None or said is None or also_said is None:
        return None
    both_said, both_known = (said != NONE) & (also_said != NONE), (a != 0) & (b != 0)
    one_known = ((a != 0) & (said > 0)) | ((b != 0) & (also_said > 0))
    unlike = np.where(both_said, said != also_said, np.where(both_known, a != b, one_known))
    return np.repeat(unlike, items.samples)


def _codes(told: Mapping[str, str], items: Items) -> NDArray[np.int64] | None:
    if isinstance(told, PromptCodes):
        return told.codes if told.items_ is items else None
    return None if told else np.full(len(items.order), NONE)


def asked_unlike(first: Side, second: Side, question: str) -> bool:
    """Whether the two sides are known to have seen other prompts of a question."""
    return saw_unlike(
        (first.prompts.get(question), first.asked.get(question)),
        (second.prompts.get(question), second.asked.get(question)),
    )


def saw_unlike(one: Saw, other: Saw) -> bool:
    """Whether two prompts are known to differ: an unknown one is neither alike nor another, but other words are.

    Of two recordings that hold their prompts these decide. A digest beside words of the file's own is of these words.
    """
    (a, said), (b, also_said) = one, other
    if said is not None and also_said is not None:
        return said.split() != also_said.split()
    if "" not in (a, b):
        return a != b
    return bool((a and said) or (b and also_said))


def items_without_partner(first: Side, second: Side, metric: str) -> tuple[Sequence[Item], Sequence[Item]]:
    """(what the first side alone has judged because the second has no answer to it, the same of the second), sorted."""

    def alone(mine: Side, other: Side) -> Sequence[Item]:
        answered, values = other.answered, mine.columns[metric].values
        if answered is None:
            return []
        if isinstance(answered, ItemSet) and isinstance(values, ItemValues) and answered.items is values.items_:
            return Picked(answered.items, np.flatnonzero(~np.isnan(values.array) & ~answered.marks))
        return sorted(item for item in values if item not in answered)

    if metric not in first.columns or metric not in second.columns:
        return [], []
    return alone(first, second), alone(second, first)


def values_of(side: Side, metric: str, items: Sequence[Item]) -> Numbers:
    """A side's judged values of those items, in their order."""
    column = side.columns[metric].values
    if isinstance(column, ItemValues) and isinstance(items, Picked) and column.items_ is items.items:
        return column.array[items.places]
    return [column[item] for item in items]


def mean_level(side: Side, metric: str) -> float:
    """How large a side's values are on average."""
    return abs(float(np.mean(judged_items(side.columns[metric])[1])))


def variant_sides(table: ScoreTable, answers: Mapping[AnswerKey, Response]) -> dict[str, Side]:
    """What is compared: each variant's judged values, the prompts that it saw, and what it answered."""
    prompts: dict[str, dict[str, str]] = {}
    answered: dict[str, set[Item]] = {}
    asked: dict[str, dict[str, str]] = {}
    for (variant, question, sample), response in answers.items():
        prompts.setdefault(variant, {})[question] = response.prompt_sha256
        if response.asked is not None:
            asked.setdefault(variant, {})[question] = response.asked
        if response.error is None:
            answered.setdefault(variant, set()).add((question, sample))
    return {
        name: Side(name, metrics, prompts.get(name, {}), answered.get(name, set()), asked.get(name, {}))
        for name, metrics in table.items()
    }


def question_groups(questions: Sequence[Question]) -> dict[str, str]:
    """Question id → cluster: the suite's own, and one for each wording that is asked more than once."""
    wordings: dict[str, list[Question]] = {}
    for question in questions:
        wordings.setdefault(_wording(question), []).append(question)
    groups = {question.id: question.cluster for question in questions if question.cluster}
    for same in wordings.values():
        if len(same) > 1:
            name = next((question.cluster for question in same if question.cluster), f"as {same[0].id}")
            groups |= {question.id: question.cluster or name for question in same}
    return groups


def item_groups(questions: Sequence[Question], items: Items) -> QuestionGroups:
    """The same of many questions, by their place among the items."""
    many = len(questions)
    wordings = np.fromiter((hash(_wording(question)) for question in questions), np.int64, many)
    _, first, inverse, counts = np.unique(wordings, return_index=True, return_inverse=True, return_counts=True)
    repeated = counts[inverse] > 1  # (questions,) in the order in which they are asked
    # Wording → its first question's id and the first cluster that any of its questions has.
    ids: dict[int, str] = {}
    clusters: dict[int, str] = {}
    for place, question in enumerate(questions):
        if repeated[place]:
            wording = int(inverse[place])
            if first[wording] == place:
                ids[wording] = question.id
            if question.cluster:
                clusters.setdefault(wording, question.cluster)
    names = [
        question.cluster or (clusters.get(int(inverse[place])) or f"as {ids[int(inverse[place])]}")
        if question.cluster or repeated[place]
        else ""
        for place, question in enumerate(questions)
    ]
    ranks = {name: rank for rank, name in enumerate(sorted({*names} - {""}))}
    asked = np.fromiter((ranks.get(name, -1) for name in names), np.int32, many)
    codes = asked[items.order]
    alone = np.arange(len(ranks), len(ranks) + many, dtype=np.int32)
    return QuestionGroups(items, np.where(codes < 0, alone, codes).astype(np.int32), len(ranks))


def _wording(question: Question) -> str:
    return " ".join(question.question.casefold().split())
