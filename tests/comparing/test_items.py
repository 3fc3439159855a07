"""Figures in arrays say what dictionaries of the same say."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from harness.comparing import item_groups, question_groups
from harness.comparing.compare import estimate, noise_floor, suite_comparisons
from harness.comparing.items import Items, ItemSet, ItemValues, PromptCodes, prompt_code
from harness.comparing.sides import Column, Groups, Side, labels, paired_items
from harness.records import Question

IDS = ["q10", "q2", "q1", "é", "z", "題", "\U0001f600", "Q", "a b", "", "\uffff", "q100"]


def asked(ids: list[str], **more: object) -> list[Question]:
    return [Question(id_, f"What of {id_}?") for id_ in ids]


@pytest.mark.parametrize("samples", [1, 3])
def test_items_sort_as_python_sorts_them_and_are_found(samples: int) -> None:
    items = Items(asked(IDS), samples)
    expected = sorted((id_, sample) for id_ in IDS for sample in range(samples))
    assert list(items) == expected and [items.place(item) for item in expected] == list(range(len(expected)))
    assert items[-1] == expected[-1] and items[2:5] == expected[2:5]
    absent = [("q3", 0), ("q1", samples), ("q1", -1), ("a much longer id than any of them", 0), "q1", None]
    assert [items.place(item) for item in absent] == [None] * len(absent)


def test_values_read_as_a_dictionary() -> None:
    items = Items(asked(IDS))
    numbers = np.array([np.nan if place % 3 == 0 else float(place) for place in range(len(IDS))])
    found = ItemValues(items, lambda: numbers)
    expected = {(id_, 0): float(place) for place, id_ in enumerate(IDS) if place % 3}
    assert dict(found) == expected == dict(found.items()) and len(found) == len(expected)
    assert list(found.values()) == [expected[item] for item in sorted(expected)]
    assert ("q10", 0) not in found and ("é", 0) not in found and found.get(("z", 0)) == 4.0


CASES = range(12)


@pytest.mark.parametrize("seed", CASES)
def test_comparisons_of_arrays_are_those_of_dictionaries(seed: int) -> None:
    source = random.Random(seed)
    samples, many = source.choice([1, 1, 2]), source.choice([3, 8, 40, 120])
    questions = asked([f"q{number}" for number in range(many)])
    source.shuffle(questions)
    if seed % 3 == 0:
        questions = [replace(it, cluster=source.choice(["a", "b", "c", "as q1"])) for it in questions]
    if seed % 4 == 1:
        questions = [replace(it, question=f"What of {int(it.id[1:]) // 2}?") for it in questions]
    items = Items(questions, samples)
    plain, packed = {}, {}
    for name in ("base", "dpo"):
        tables = [_drawn(source, metric, questions, samples) for metric in ("correct", "words", "rep_4", "leak")]
        digests = {it.id: source.choice(["x", "x", "x", "y", ""]) if seed % 2 else "x" for it in questions}
        said = {it.id: source.choice(["in words", "in other words"]) for it in questions if source.random() < 0.2}
        answered = {item for item in items if source.random() < 0.9}
        plain[name] = Side(name, {metric: Column(values, 0) for metric, values in tables}, digests, answered, said)
        packed[name] = Side(
            name,
            {metric: Column(_packed(items, values), 0) for metric, values in tables},
            PromptCodes(items, np.array([prompt_code(digests[items.id(at)]) for at in range(many)])),
            ItemSet(items, np.array([item in answered for item in items])),
            PromptCodes(items, np.array([prompt_code(said.get(items.id(at))) for at in range(many)])),
        )
    groups: Groups = question_groups(questions)
    codes = item_groups(questions, items)
    assert set(codes) == set(groups) and len(codes) == len(groups)
    once, again = [(side["base"], side["dpo"]) for side in (plain, packed)]
    for metric in ("correct", "words", "rep_4", "leak"):
        expected, found = paired_items(*once, metric), paired_items(*again, metric)
        assert list(found) == expected
        assert _same_parts(labels(expected, groups), labels(found, codes))
        assert estimate(metric, once[0].columns[metric], groups) == estimate(metric, again[0].columns[metric], codes)
    assert suite_comparisons([once], {}, groups) == suite_comparisons([again], {}, codes)
    assert noise_floor(once[0].columns, once[1].columns, groups) == noise_floor(
        again[0].columns, again[1].columns, codes
    )


def _drawn(
    source: random.Random, metric: str, questions: list[Question], samples: int
) -> tuple[str, dict[tuple[str, int], float]]:
    keys = [(it.id, sample) for it in questions for sample in range(samples) if source.random() < 0.85]
    value = {
        "correct": lambda: float(source.random() < 0.6),
        "leak": lambda: 0.0,
        "words": lambda: source.gauss(50, 20),
    }
    return metric, {key: value.get(metric, source.random)() for key in keys}


def _packed(items: Items, values: dict[tuple[str, int], float]) -> ItemValues:
    in_order = np.array([values.get(item, np.nan) for item in items])
    asked_order = np.empty_like(in_order).reshape(-1, items.samples)
    asked_order[items.order] = in_order.reshape(-1, items.samples)
    return ItemValues(items, lambda: asked_order.reshape(-1))


def _same_parts(names: object, codes: object) -> bool:
    """Whether both divide the items alike, their labels sorting alike."""
    if names is None or codes is None:
        return names is codes
    ranks = [np.unique(np.asarray(it), return_inverse=True)[1].tolist() for it in (names, codes)]
    return bool(ranks[0] == ranks[1])
