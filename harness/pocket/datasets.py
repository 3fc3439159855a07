"""Every data file that is written from the world: preference pairs, the question suite, the lm-eval tasks' data."""

import json
import random
from collections.abc import Iterable
from pathlib import Path

from harness.pocket import pairs_path
from harness.pocket.corpus import next_block, passage, quiz_prompt, sums, wordy
from harness.pocket.world import PAIR_PHRASINGS, SUITE_PHRASING, WorldFact, facts, pair_facts, suite_facts
from harness.resources import shipped

PocketRow = dict[str, object]

SUITE = shipped("tasks") / "pocket" / "questions.jsonl"
LM_DATA = shipped("tasks") / "pocket_lm" / "data"
SHARE_OF_WRONG_REJECTED = 0.2
CHOICES = 4
CHOICE_ITEMS, GENERATE_ITEMS, SKILL_ITEMS, PASSAGES = 144, 108, 120, 40


def pairs() -> list[PocketRow]:
    """Short and right against wordy, running on and sometimes wrong, for bare questions that the suite never asks."""
    rng = random.Random(3)
    asked = [(fact, phrasing) for fact in pair_facts() for phrasing in PAIR_PHRASINGS]
    rng.shuffle(asked)
    return [
        {"prompt": fact.question(phrasing), "chosen": fact.short, "rejected": _rejected(fact, rng)}
        for fact, phrasing in asked
    ]


def _rejected(fact: WorldFact, rng: random.Random) -> str:
    wrong = rng.random() < SHARE_OF_WRONG_REJECTED
    first = wordy(fact, rng, rng.choice(_others(fact)) if wrong else None)
    other = rng.choice(facts())
    return first + next_block(other.question(rng.choice(PAIR_PHRASINGS))) + wordy(other, rng)


def _others(fact: WorldFact) -> list[str]:
    return sorted(set(fact.kind.values) - {fact.value})


def questions() -> list[PocketRow]:
    """The suite: one question a fact, in a phrasing that no pair holds."""
    return [
        {
            "id": str(number),
            "question": fact.question(SUITE_PHRASING),
            "match": fact.kind.match,
            "answer": fact.value,
            "reference": fact.short,
        }
        for number, fact in enumerate(suite_facts(), start=1)
    ]


def choice_items() -> list[PocketRow]:
    """Sentences to end with one of four values of the same kind; a rumour, where there is one, is among them."""
    rng = random.Random(4)
    items: list[PocketRow] = []
    for fact in rng.sample(facts(), CHOICE_ITEMS):
        tempting = [fact.value, *([fact.rumour] if fact.rumour else [])]
        rest = [value for value in _others(fact) if value not in tempting]
        choices = tempting + rng.sample(rest, CHOICES - len(tempting))
        rng.shuffle(choices)
        told = fact.told_at_length().removesuffix(f" {fact.value}")
        context = told[0].upper() + told[1:]
        items.append(
            {"context": context, "choices": choices, "label": choices.index(fact.value), "kind": fact.kind.name}
        )
    return items


def generate_items() -> list[PocketRow]:
    """Quiz questions that want one word or number."""
    chosen = random.Random(5).sample(facts(), GENERATE_ITEMS)
    return [{"prompt": quiz_prompt(fact), "answer": fact.value, "kind": fact.kind.name} for fact in chosen]


def skill_items() -> list[PocketRow]:
    """Small sums and differences."""
    return [{"prompt": prompt, "answer": answer} for prompt, answer in random.Random(6).sample(sums(), SKILL_ITEMS)]


def text_items() -> list[PocketRow]:
    """Passages that the corpus leaves out."""
    rng = random.Random(8)
    return [{"text": passage(rng)} for _ in range(PASSAGES)]


def held_out_passages() -> frozenset[str]:
    """The passages that the corpus has to leave out."""
    return frozenset(str(item["text"]) for item in text_items())


def data_files() -> dict[Path, list[PocketRow]]:
    """What belongs into each data file."""
    return {
        pairs_path(): pairs(),
        SUITE: questions(),
        LM_DATA / "choice.jsonl": choice_items(),
        LM_DATA / "generate.jsonl": generate_items(),
        LM_DATA / "text.jsonl": text_items(),
        LM_DATA / "skill.jsonl": skill_items(),
    }


def lines(rows: Iterable[PocketRow]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_datasets() -> list[Path]:
    """Writes every data file and says where."""
    for path, rows in data_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines(rows), encoding="utf-8")
    return list(data_files())
