"""What both backends keep on model folders as people publish them: the same ids, texts and log-probabilities."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.config import DAY, Generation, Serving
from harness.data import chat_template_of, load_template
from harness.data.suites import load_suite
from harness.generators import Completion, Generator, open_generator
from harness.models import Weights, find_base, load_tokenizer, prompt_ids
from harness.records import Prompt
from tests.support import odd_folders as odd
from tests.support.odd_folders import Change, odd_folder

SERVING = Serving(dtype="float32", batch_size=5)
GREEDY = Generation(max_new_tokens=40)

UNCHANGED: list[Change] = [
    odd.settings,
    odd.settings_of_old,
    odd.no_generation_configuration,
    odd.pad_outside,
    odd.added_tokens,
    odd.rows_to_spare,
    odd.in_type("bfloat16"),
    odd.shards,
    odd.type_of_old,
    odd.type_of_none,
    odd.beginning_twice,
]
"""What is said of the embedded model in another way, and changes no answer of its."""

TOGETHER: dict[str, tuple[Change, ...]] = {
    "settings, two ends, shards, bfloat16, padding outside": (
        odd.in_type("bfloat16"), odd.shards, odd.settings, odd.two_ends, odd.type_of_old, odd.pad_outside,
    ),
    "sliding window, the tokenizer's own end, no BOS, float16": (
        odd.in_type("float16"), odd.sliding_window, odd.end_of_the_tokenizer, odd.no_beginning, odd.type_of_none,
    ),
    "untied, added tokens, rope of old, settings of old": (
        odd.untied, odd.added_tokens, odd.rope_of_old, odd.settings_of_old,
    ),
    "biases, no end of text, rows to spare": (odd.qwen_with_biases, odd.no_end, odd.rows_to_spare),
    "learned positions": (odd.learned_positions,),
}  # fmt: skip


def asked(base: Weights, template: str = "alpaca") -> list[Prompt]:
    tokenizer, suite = load_tokenizer(base), load_suite("pocket")
    render = load_template(template, (), chat_template_of(tokenizer, DAY)).render
    texts = [(it.id, render(it.question, suite.system)) for it in suite.questions[:12]]
    return [Prompt(name, text, tuple(prompt_ids(tokenizer, text))) for name, text in texts]


def written(generator: Generator, prompts: list[Prompt], generation: Generation = GREEDY) -> dict[str, Completion]:
    batches = generator.generate("base", prompts, generation, generation.stop)
    return {row.question_id: row for batch in batches for row in batch}


def told(rows: dict[str, Completion]) -> dict[str, tuple[object, ...]]:
    return {name: (it.text, it.special, it.completion_tokens, it.finish_reason, it.error) for name, it in rows.items()}


@pytest.mark.parametrize("change", UNCHANGED, ids=lambda change: change.__name__)
def test_what_a_folder_says_in_another_way_changes_no_answer(tmp_path: Path, change: Change) -> None:
    base = find_base(str(odd_folder(tmp_path / "model", change)))
    prompts, pairs = asked(base), [(it.token_ids[:9], it.token_ids[9:]) for it in asked(base)]
    plain, other = (open_generator("transformers", one, [], SERVING) for one in (find_base("pocket"), base))
    assert told(written(other, prompts)) == told(written(plain, prompts))
    expected = [row.total for row in plain.loglikelihoods("base", pairs)]
    # Rows that no token has take a little of each probability.
    assert [row.total for row in other.loglikelihoods("base", pairs)] == pytest.approx(expected, abs=0.01)


def test_each_end_ends_an_answer(tmp_path: Path) -> None:
    base = find_base(str(odd_folder(tmp_path / "model", odd.two_ends)))
    plain, other = (open_generator("transformers", one, [], SERVING) for one in (find_base("pocket"), base))
    prompts = asked(base)
    whole = written(plain, prompts)
    for name, row in written(other, prompts).items():
        assert row.text == whole[name].text.partition(".")[0] and (row.finish_reason == "stop") == (
            "." in whole[name].text
        )


def test_without_any_end_answers_fill_their_tokens(tmp_path: Path) -> None:
    base = find_base(str(odd_folder(tmp_path / "model", odd.no_end)))
    rows = written(open_generator("transformers", base, [], SERVING), asked(base))
    assert {(row.completion_tokens, row.finish_reason) for row in rows.values()} == {(40, "length")}


def test_a_prompt_in_a_chat_template_that_writes_the_beginning_has_one(tmp_path: Path) -> None:
    base = find_base(str(odd_folder(tmp_path / "model", odd.beginning_twice)))
    assert {ids.token_ids.count(1) for ids in asked(base, "chat")} == {1}


@pytest.mark.slow
@pytest.mark.parametrize("changes", TOGETHER.values(), ids=TOGETHER)
def test_both_backends_give_the_same_ids_texts_and_log_probabilities(
    tmp_path: Path, changes: tuple[Change, ...]
) -> None:
    pytest.importorskip("vllm")
    base = find_base(str(odd_folder(tmp_path / "model", *changes)))
    prompts = asked(base)
    first, second = (open_generator(name, base, [], SERVING) for name in ("transformers", "vllm"))
    assert first.context_length == second.context_length
    for generation in (GREEDY, Generation(max_new_tokens=40, repetition_penalty=1.3, stop=("the",))):
        assert told(written(second, prompts, generation)) == told(written(first, prompts, generation))
    pairs = [(it.token_ids[:9], it.token_ids[9:]) for it in prompts]
    a, b = (it.loglikelihoods("base", pairs) for it in (first, second))
    assert [row.total for row in b] == pytest.approx([row.total for row in a], abs=0.02)
    assert [row.greedy for row in b] == [row.greedy for row in a]
    for generator in (first, second):
        generator.close()
