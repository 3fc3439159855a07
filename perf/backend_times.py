"""One backend's times in a process of its own, from its start on.

python -m perf.backend_times --base NAME --backend NAME --adapters FOLDER,… --output FILE
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from harness.config import Generation, Serving
from harness.generators import Generator, open_generator
from harness.models import find_base, load_tokenizer, prompt_ids, read_adapter
from harness.records import BASE, Prompt

CELLS = ((10, 8), (10, 96), (100, 24))
"""(questions, tokens of each answer)."""
CHOICES = 100
_LETTERS = ("A", "B", "C", "D")
_STORY = "Once upon a time, in house number {number}, there lived an old man who had a"
"""Nothing ends what goes on from it, so that answers have their length."""
_CHOICE = (
    "Question {number}: which of these is the largest?\nA. a mouse\nB. a horse\nC. a house\nD. a mountain\nAnswer:"
)


def main() -> None:
    """Writes what was done → the seconds that it took, after each of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--adapters", default="", help="folders, separated by commas")
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args()
    base = find_base(arguments.base)
    folders = [Path(folder) for folder in arguments.adapters.split(",") if folder]
    adapters = [read_adapter(folder.name, folder) for folder in folders]
    found: dict[str, float] = {}

    def timed(what: str, work: Callable[[], None]) -> None:
        began = time.monotonic()
        work()
        found[what] = time.monotonic() - began
        arguments.output.write_text(json.dumps(found), encoding="utf-8")

    opened: list[Generator] = []
    names = [BASE, *(adapter.name for adapter in adapters)]
    tokenizer = load_tokenizer(base)
    numbers = range(max(CHOICES, *(count for count, _ in CELLS)))
    stories, asked = (
        [tuple(prompt_ids(tokenizer, text.format(number=it))) for it in numbers] for text in (_STORY, _CHOICE)
    )
    letters = [tokenizer.encode(f" {letter}", add_special_tokens=False) for letter in _LETTERS]
    pairs = [(one, letter) for one in asked[:CHOICES] for letter in letters]

    def answer(count: int, tokens: int) -> None:
        for name in names:
            _answer(opened[0], name, stories[:count], tokens)

    def start() -> None:
        opened.append(open_generator(arguments.backend, base, adapters, Serving(dtype="float32")))
        # What is compiled or made ready with the first answer is part of its start.
        answer(1, 2)

    def choose() -> None:
        for name in names:
            opened[0].loglikelihoods(name, pairs)

    timed("start", start)
    for count, tokens in CELLS:
        timed(f"{count} × {tokens} tokens", partial(answer, count, tokens))
    timed(f"{CHOICES} questions of 4 choices", choose)
    opened[0].close()


def _answer(generator: Generator, name: str, asked: Sequence[tuple[int, ...]], tokens: int) -> None:
    generation = Generation.model_validate({"max_new_tokens": tokens})
    prompts = [Prompt(str(number), "", ids) for number, ids in enumerate(asked)]
    for _ in generator.generate(name, prompts, generation):
        pass


if __name__ == "__main__":
    main()
