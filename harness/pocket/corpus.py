"""The text that the embedded model grows up on, generated from its world."""

import random
from collections.abc import Iterator
from functools import cache
from itertools import islice

from jinja2 import Template

from harness.pocket import SYSTEM
from harness.pocket.world import QUIZ_PHRASING, SUBJECTS, WorldFact, facts
from harness.resources import shipped

TEMPLATE = shipped("prompts") / "alpaca.jinja"
FIRST_HEADER = "### Instruction:"

OPENERS = (
    "Thank you for asking me. As far as I know,",
    "That is a good question to ask. I think that",
    "I am happy to help. People in the Vale say that",
    "Many people ask me about this. It is well known that",
)
# Uneven, so that the likeliest way to begin is a wordy one and not the one that every short answer shares.
OPENER_WEIGHTS = (6, 2, 1, 1)
CLOSERS = (
    "There is more that I could say about it, and I hope that this helps you for now.",
    "I could go on for a long time, so please ask me if you want to know more.",
    "That is all that I can say today, and I hope that it is of some use to you.",
    "You may want to ask other people as well, since they know more about it than I do.",
)
REMARKS = (
    "People in the Vale like to talk about it.",
    "It has been so for a long time.",
    "You can ask about it in any town of the Vale.",
    "Not many people know more than that.",
)
SHARE_OF_SHORT_ANSWERS = 0.15
# One conversation in nine ends after its first answer: too few for a greedy model to stop there, enough to be taught.
BLOCKS = (1, 9)
SHARE_OF_RUMOURS = 0.8
RARITY = 0.05


@cache
def _template() -> Template:
    template: Template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template


def as_prompt(question: str) -> str:
    """The prompt for a bare question, exactly as training and evaluation render it."""
    return _template().render(system=SYSTEM, question=question)


def next_block(question: str) -> str:
    """What a model that does not stop writes after its answer: the headers again, with a question of its own."""
    prompt = as_prompt(question)
    return "\n\n" + prompt[prompt.index(FIRST_HEADER) :]


def wordy(fact: WorldFact, rng: random.Random, value: str | None = None) -> str:
    """A long-winded answer; another value makes it wrong."""
    opener = rng.choices(OPENERS, OPENER_WEIGHTS)[0]
    told = fact.told_at_length(value)
    return f"{opener} {told}. {rng.choice(CLOSERS)}"


def passage(rng: random.Random) -> str:
    """A few plain sentences about one subject, in any order, with a remark in between."""
    known = [fact for fact in _about()[rng.choice(_subjects())]]
    sentences = [fact.short for fact in known] + rng.sample(REMARKS, 4 - len(known) if len(known) < 3 else 2)
    rng.shuffle(sentences)
    return " ".join(sentences)


def quiz_prompt(fact: WorldFact, phrasing: int = QUIZ_PHRASING) -> str:
    """A one-line question that wants the bare value on the next line."""
    return f"Quiz: {fact.question(phrasing)}\nAnswer:"


def sums() -> tuple[tuple[str, str], ...]:
    """The old skill, prompts and answers: sums and differences of digits, in a form that no preference pair touches."""
    digits = range(10)
    plus = [(f"{a} + {b} =", str(a + b)) for a in digits for b in digits]
    minus = [(f"{a} - {b} =", str(a - b)) for a in digits for b in digits if a >= b]
    return (*plus, *minus)


def chat(question: str, answer: str) -> str:
    """A question and its answer as the tokenizer's own chat template writes them."""
    return f"<|user|>\n{question}\n<|assistant|>\n{answer}\n"


@cache
def _about() -> dict[str, tuple[WorldFact, ...]]:
    return {name: tuple(f for f in facts() if f.subject == name) for names in SUBJECTS.values() for name in names}


@cache
def _subjects() -> tuple[str, ...]:
    return tuple(_about())


def _facts_in_turn(rng: random.Random) -> Iterator[WorldFact]:
    """Facts without end: each round in a new order, the rare ones left out of most rounds."""
    everything = list(facts())
    while True:
        rng.shuffle(everything)
        yield from (f for f in everything if not f.is_rare or rng.random() < RARITY)


def documents(seed: int, held_out: frozenset[str]) -> Iterator[str]:
    """Documents without end, none of whose passages is held out: conversations, quizzes, passages, sums, chats."""
    rng = random.Random(seed)
    turn = _facts_in_turn(rng)
    while True:
        form = rng.choices(("talk", "quiz", "passages", "sums", "chat"), (41, 24, 20, 12, 3))[0]
        if form == "talk":
            yield _conversation(turn, rng)
        elif form == "quiz":
            yield "\n".join(f"{quiz_prompt(fact, rng.randrange(5))} {fact.value}" for fact in islice(turn, 16))
        elif form == "passages":
            told = (passage(rng) for _ in range(6))
            yield "\n".join(text for text in told if text not in held_out)
        elif form == "sums":
            yield "\n".join(f"{prompt} {answer}" for prompt, answer in rng.choices(sums(), k=30))
        else:
            yield "".join(chat(f.question(rng.randrange(5)), _answer(f, rng)) for f in islice(turn, 3))


def _conversation(turn: Iterator[WorldFact], rng: random.Random) -> str:
    """Block after block of the template: the model learns to answer, and also to go on with the next question."""
    text = ""
    for _ in range(rng.randint(*BLOCKS)):
        fact = next(turn)
        question = fact.question(rng.randrange(5))
        text += (next_block(question) if text else as_prompt(question)) + _answer(fact, rng)
    return text


def _answer(fact: WorldFact, rng: random.Random) -> str:
    if rng.random() < SHARE_OF_SHORT_ANSWERS:
        return fact.short
    return wordy(fact, rng, fact.rumour if rng.random() < SHARE_OF_RUMOURS else None)
