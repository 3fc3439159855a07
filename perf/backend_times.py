"""One backend's times in a process of its own, from its start on.

python -m perf.backend_times --base NAME --backend NAME --adapters FOLDER,… --output FILE
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
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
    """Writes {"start": seconds, "answers": {"10 × 8": seconds, …}, "choices": seconds}."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--adapters", default="", help="folders, separated by commas")
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args()
    base = find_base(arguments.base)
    folders = [Path(folder) for folder in arguments.adapters.split(",") if folder]
    adapters = [read_adapter(folder.name, folder) for folder in folders]
    began = time.monotonic()
    generator = open_generator(arguments.backend, base, adapters, Serving(dtype="float32"))
    tokenizer = load_tokenizer(base)
    numbers = range(max(CHOICES, *(count for count, _ in CELLS)))
    ids, asked = (
        [tuple(prompt_ids(tokenizer, text.format(number=it))) for it in numbers] for text in (_STORY, _CHOICE)
    )
    # What is compiled or made ready with the first answer is part of its start.
    names = [BASE, *(adapter.name for adapter in adapters)]
    for name in names:
        _answer(generator, name, ids[:1], 2)
    start, answers = time.monotonic() - began, {}
    for count, tokens in CELLS:
        began = time.monotonic()
        for name in names:
            _answer(generator, name, ids[:count], tokens)
        answers[f"{count} × {tokens}"] = time.monotonic() - began
    letters = [tokenizer.encode(f" {letter}", add_special_tokens=False) for letter in _LETTERS]
    began = time.monotonic()
    for name in names:
        generator.loglikelihoods(name, [(one, letter) for one in asked[:CHOICES] for letter in letters])
    choices = time.monotonic() - began
    generator.close()
    arguments.output.write_text(json.dumps({"start": start, "answers": answers, "choices": choices}), encoding="utf-8")


def _answer(generator: Generator, name: str, asked: Sequence[tuple[int, ...]], tokens: int) -> None:
    generation = Generation.model_validate({"max_new_tokens": tokens})
    prompts = [Prompt(str(number), "", ids) for number, ids in enumerate(asked)]
    for _ in generator.generate(name, prompts, generation):
        pass


if __name__ == "__main__":
    main()
