"""Batches that find their size: every row once, the same answers, whatever memory holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from harness.config import Generation, Serving
from harness.data import load_template
from harness.data.suites import load_suite
from harness.errors import OutOfMemory
from harness.generators import Completion
from harness.generators.batch_size import BatchSize
from harness.generators.transformers_engine import TransformersEngine
from harness.models import find_base, load_tokenizer
from harness.records import Prompt

CPU = torch.device("cpu")
SHORT = Generation(max_new_tokens=5)


@pytest.fixture(scope="module")
def prompts() -> list[Prompt]:
    suite = load_suite("pocket")
    template, tokenizer = load_template("alpaca"), load_tokenizer(find_base("pocket"))
    texts = {question.id: template.render(question.question, suite.system) for question in suite.questions[:20]}
    return [Prompt(name, text, tuple(tokenizer.encode(text))) for name, text in texts.items()]


@pytest.fixture(scope="module")
def engine() -> Iterator[TransformersEngine]:
    found = TransformersEngine(find_base("pocket"), [], Serving(dtype="float32"))
    yield found
    found.close()


@contextmanager
def memory_for(engine: TransformersEngine, tokens: int) -> Iterator[list[int]]:
    """As long as it is open, the device holds so many tokens at once; what each pass held is in the list."""
    held: list[int] = []

    def look(_module: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        rows, width = (arguments[0] if arguments else named["input_ids"]).shape
        cache = named.get("past_key_values")
        held.append(rows * (width + (cache.get_seq_length() if cache is not None else 0)))
        if held[-1] > tokens:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB.")

    handle = engine._model.register_forward_pre_hook(look, with_kwargs=True)
    try:
        yield held
    finally:
        handle.remove()


def asked(engine: TransformersEngine, prompts: Sequence[Prompt]) -> dict[str, str]:
    rows: list[Completion] = [row for batch in engine.generate("base", prompts, SHORT) for row in batch]
    assert sorted(row.question_id for row in rows) == sorted(prompt.question_id for prompt in prompts)
    return {row.question_id: row.text for row in rows}


@pytest.mark.parametrize("wished", ["auto", 16], ids=["auto", "a number"])
def test_what_does_not_fit_is_asked_again_in_smaller_parts_and_nothing_changes(
    engine: TransformersEngine, prompts: list[Prompt], capsys: pytest.CaptureFixture[str], wished: Any
) -> None:
    engine._answers = engine._judged = BatchSize(2, CPU)
    texts = asked(engine, prompts)
    pairs = [(prompt.token_ids[:-3], prompt.token_ids[-3:]) for prompt in prompts]
    judged = engine.loglikelihoods("base", pairs)
    longest = max(len(prompt.token_ids) for prompt in prompts) + SHORT.max_new_tokens
    engine._answers, engine._judged = BatchSize(wished, CPU), BatchSize(wished, CPU)
    with memory_for(engine, tokens=5 * longest) as held:
        assert asked(engine, prompts) == texts
        found = engine.loglikelihoods("base", pairs)
    assert [row.greedy for row in found] == [row.greedy for row in judged]
    assert [row.total for row in found] == pytest.approx([row.total for row in judged], abs=1e-4)
    refused = [tokens for tokens in held if tokens > 5 * longest]
    assert 1 <= len(refused) <= 8, "each batch that does not fit makes the next ones smaller"
    told = capsys.readouterr().err
    assert told.count("do not fit the memory") == len(refused)


def test_a_single_text_that_does_not_fit_is_one_line(engine: TransformersEngine, prompts: list[Prompt]) -> None:
    engine._answers = BatchSize("auto", CPU)
    longest = max(prompts, key=lambda prompt: len(prompt.token_ids))
    long = Prompt("long", "", longest.token_ids * 2)
    room = len(longest.token_ids) + SHORT.max_new_tokens
    before: list[str] = []
    with memory_for(engine, tokens=room), pytest.raises(OutOfMemory) as refusal:
        for batch in engine.generate("base", [long, *prompts], SHORT):
            before += [row.question_id for row in batch]
    assert refusal.value.asked == 2**30 and "One text of up to" in str(refusal.value)
    assert sorted(before) == sorted(prompt.question_id for prompt in prompts), "what fits is answered first"


def test_a_fixed_number_cuts_the_same_batches_as_ever() -> None:
    sizes = BatchSize(4, CPU)
    assert list(sizes.batches(range(10), lambda _: 7, list)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [len(batch) for batch in BatchSize("auto", CPU).batches(range(70), lambda _: 7, list)] == [32, 32, 6]


def test_what_fits_is_counted_in_tokens_so_that_longer_rows_make_smaller_batches() -> None:
    def ask(rows: Sequence[int]) -> list[int]:
        if len(rows) * max(rows) > 100:
            raise MemoryError
        return list(rows)

    rows = [5] * 16 + [20] * 8 + [90]
    batches = list(BatchSize(8, CPU).batches(rows, lambda row: row, ask))
    # 8 × 5 = 40 fits, 8 × 20 = 160 does not: 80 from there on, and a single row is always tried.
    assert [len(batch) for batch in batches] == [8, 8, 4, 4, 1]
    assert [row for batch in batches for row in batch] == rows
    with pytest.raises(OutOfMemory, match="One text of up to 101 tokens at a time: out of memory"):
        list(BatchSize(8, CPU).batches([101], lambda row: row, ask))
    with pytest.raises(ZeroDivisionError):
        list(BatchSize(8, CPU).batches([1], lambda row: row, lambda rows: 1 // 0))
