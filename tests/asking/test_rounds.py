"""Which rounds of asking an engine gets at once, that it may share its batches among them, and what a kill leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from harness.asking import Evaluation, Wishes, begin, fill, missing, plan_evaluation, render_prompt
from harness.config import Config, Serving
from harness.generators import Completion, Generator, PromptsOf, TokenIds, Written, open_generator
from harness.generators.transformers_engine import TransformersEngine
from harness.models import load_tokenizer
from harness.records import Prompt
from harness.store import RunFolder, read_run

CONFIG = Config(
    serving=Serving(dtype="float32", batch_size=4), generation={"max_new_tokens": 8, "temperature": 0.9, "samples": 2}
)


class Sharing(TransformersEngine):
    """Says that it shares batches, keeps what it is asked at once, and stops after so many answers."""

    shares = True
    calls: list[list[tuple[str, int, tuple[str, ...]]]]
    patience = 10_000

    def generate_together(
        self, asked: Sequence[PromptsOf], stop: Sequence[str] = ()
    ) -> Iterator[tuple[int, list[Completion]]]:
        self.calls.append(
            [(one.variant, one.generation.seed, tuple(prompt.question_id for prompt in one.prompts)) for one in asked]
        )
        for place, one in enumerate(asked):
            for batch in self.generate(one.variant, one.prompts, one.generation, stop):
                self.patience -= len(batch)
                if self.patience < 0:
                    raise KeyboardInterrupt
                yield place, batch

    def write_together(self, asked: Sequence[tuple[str, TokenIds]], tokens: int) -> list[Written]:
        raise AssertionError("nobody proves here")


@pytest.fixture
def plan(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluation:
    monkeypatch.chdir(trained)
    wishes = Wishes(("dpo", "orpo"), tasks=(), limit=10, noise_floor=True, backend="transformers")
    return plan_evaluation(CONFIG, wishes, "harness evaluate")


def ask_with(generator: Generator, plan: Evaluation, run: RunFolder) -> None:
    tokenizer = load_tokenizer(plan.base)
    prompts: list[Prompt] = [render_prompt(plan, tokenizer, question) for question in plan.questions]
    fill(plan, run, missing(plan, read_run(run)), generator, tokenizer, prompts)


def texts(run: RunFolder) -> dict[tuple[bool, tuple[str, str, int]], str]:
    found = read_run(run)
    return {
        (again, key): row.text
        for again in (False, True)
        for key, row in (found.again if again else found.answers).items()
    }


def test_all_first_rounds_are_asked_at_once_and_those_asked_again_in_other_company(
    plan: Evaluation, tmp_path: Path
) -> None:
    apart, together = RunFolder(tmp_path / "apart"), RunFolder(tmp_path / "together")
    for run in (apart, together):
        begin(plan, run)
    generator = Sharing(plan.base, plan.adapters, plan.serving)
    generator.calls = []
    ask_with(generator, plan, together)
    ids = tuple(question.id for question in plan.questions)
    first, *again = generator.calls
    # Base and adapters with two samples each, every sample with dice of its own.
    assert [(name, seed) for name, seed, _ in first] == [
        (name, seed) for name in ("base", "dpo", "orpo") for seed in (0, 1)
    ]
    assert all(asked == ids for *_, asked in first)
    assert [len(call) for call in again] == [3, 3, 3]
    assert [len(asked) for call in again for *_, asked in call] == [4] * 6 + [2] * 3
    shuffled = [question for call in again for question in call[0][2]]
    assert sorted(shuffled) == sorted(ids) and shuffled != list(ids)
    # One after the other, the same seeds give the same answers.
    alone = open_generator("transformers", plan.base, plan.adapters, plan.serving)
    ask_with(alone, plan, apart)
    assert texts(apart) == texts(together)
    assert len(texts(together)) == 10 * 3 * 3


def test_what_was_answered_before_a_kill_is_kept_and_the_rest_asked_of_all_at_once(
    plan: Evaluation, tmp_path: Path
) -> None:
    whole, killed = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "killed")
    for run in (whole, killed):
        begin(plan, run)
    generator = Sharing(plan.base, plan.adapters, plan.serving)
    generator.calls, generator.patience = [], 26
    with pytest.raises(KeyboardInterrupt):
        ask_with(generator, plan, killed)
    kept = texts(killed)
    assert 20 <= len(kept) <= 26
    generator.calls, generator.patience = [], 10_000
    ask_with(generator, plan, killed)
    assert sum(len(asked) for call in generator.calls for *_, asked in call) == 90 - len(kept)
    ask_with(generator, plan, whole)
    assert texts(killed) == texts(whole) and kept.items() <= texts(whole).items()
    assert not missing(plan, read_run(killed))
