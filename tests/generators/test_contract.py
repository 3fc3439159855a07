"""What every generator keeps: one suite, each backend on the embedded model, the recordings on recorded answers."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.asking.adapter_proof import probes, prove_shared
from harness.config import Generation, Serving
from harness.data import load_template
from harness.data.suites import load_suite
from harness.errors import HarnessError
from harness.generators import (
    Completion,
    Generator,
    PromptsOf,
    SharesBatches,
    generate_all,
    known_backend,
    open_generator,
)
from harness.generators.opening import BACKENDS
from harness.generators.recorded_engine import RecordedEngine
from harness.models import Adapter, Weights, find_base, load_tokenizer, prompt_ids, read_adapter
from harness.records import Prompt, Response
from harness.store import RunFolder

SERVING = Serving(dtype="float32", batch_size=16)
SHORT = Generation(max_new_tokens=24)


@pytest.fixture(scope="session")
def prompts() -> list[Prompt]:
    tokenizer = load_tokenizer(find_base("pocket"))
    suite, template = load_suite("pocket"), load_template("alpaca")
    texts = [(q.id, template.render(q.question, suite.system)) for q in suite.questions[:40]]
    return [Prompt(name, text, tuple(prompt_ids(tokenizer, text))) for name, text in texts]


@pytest.fixture(scope="session")
def adapters(trained: Path) -> list[Adapter]:
    return [read_adapter(name, trained / "runs" / "train" / name) for name in ("dpo", "orpo")]


@pytest.fixture(scope="session")
def engine(adapters: list[Adapter], recording: Weights) -> Iterator[Callable[[str], Generator]]:
    """Each backend, opened when it is first asked for, with base and both adapters."""
    opened: dict[str, Generator] = {}

    def get(backend: str) -> Generator:
        if backend == "vllm":
            pytest.importorskip("vllm")
        if backend not in opened:
            base = recording if backend == "recorded" else find_base("pocket")
            opened[backend] = open_generator(backend, base, adapters, SERVING)
        return opened[backend]

    yield get
    for generator in opened.values():
        generator.close()


@pytest.fixture
def few(prompts: list[Prompt]) -> list[Prompt]:
    return prompts[:10]


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.slow if name == "vllm" else ()) for name in BACKENDS])
def generator(request: Any, engine: Callable[[str], Generator]) -> Generator:
    return engine(request.param)


@pytest.fixture(scope="session")
def recording(prompts: list[Prompt], tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """A run's folder in which base and both adapters have answered."""
    folder = tmp_path_factory.mktemp("recorded")
    RunFolder(folder).append_responses(
        Response(name, "pocket", prompt.question_id, f"{prompt.question_id}.\nMore.", "0", finish_reason="stop")
        for name in ("base", "dpo", "orpo")
        for prompt in prompts
    )
    return Weights("recorded", str(folder), "")


def answers(asked: Generator, variant: str, prompts: list[Prompt], **more: Any) -> dict[str, Completion]:
    found = [row for batch in asked.generate(variant, prompts, more.pop("generation", SHORT), **more) for row in batch]
    assert len(found) == len(prompts)
    return {row.question_id: row for row in found}


@pytest.mark.parametrize("variant", ["base", "dpo", "orpo"])
def test_every_prompt_is_answered_once(generator: Generator, few: list[Prompt], variant: str) -> None:
    found = answers(generator, variant, few)
    assert set(found) == {prompt.question_id for prompt in few}
    assert all(row.text and row.error is None and row.finish_reason in ("stop", "length") for row in found.values())


def test_the_same_question_gets_the_same_answer_again(generator: Generator, few: list[Prompt]) -> None:
    first = answers(generator, "base", few)
    again = answers(generator, "base", few[::-1])
    assert {key: row.text for key, row in first.items()} == {key: row.text for key, row in again.items()}


def test_a_text_ends_before_the_first_stop_string(generator: Generator, few: list[Prompt]) -> None:
    whole = answers(generator, "base", few)
    cut = answers(generator, "base", few, stop=["\n"])
    assert {key: row.text for key, row in cut.items()} == {key: row.text.split("\n")[0] for key, row in whole.items()}


def test_no_prompts_are_no_work(generator: Generator) -> None:
    assert list(generator.generate("base", [], SHORT)) == []


def test_an_answer_ends_with_the_room_and_a_prompt_without_room_is_an_error_of_its_own(
    generator: Generator, few: list[Prompt]
) -> None:
    if isinstance(generator, RecordedEngine):
        assert all(row.error is None for row in answers(generator, "base", few).values())
        return
    room = generator.context_length
    ids = few[0].token_ids

    def filling(name: str, tokens: int) -> Prompt:
        return Prompt(name, "", (ids[0], *(ids[1:] * room)[: tokens - 1]))

    lengths = {"nearly": room - 3, "one": room - 1, "full": room, "beyond": room + 9}
    found = answers(generator, "dpo", [*few[:2], *(filling(name, tokens) for name, tokens in lengths.items())])
    for name in ("nearly", "one"):
        assert found[name].error is None
        assert (found[name].completion_tokens, found[name].finish_reason) == (room - lengths[name], "length")
    for name in ("full", "beyond"):
        assert found[name].error == f"the prompt has {lengths[name]} tokens, and the model holds {room}"
    assert {key: found[key].text for key in (few[0].question_id, few[1].question_id)} == {
        key: row.text for key, row in answers(generator, "dpo", few[:2]).items()
    }
    # What lm-eval asks at most: all tokens but the last fill the room.
    whole = filling("whole", room + 1).token_ids
    ((start, rest), (middle, end), (_, other)) = [(whole[:n], whole[n:]) for n in (1, room - 2, room)]
    scores = generator.loglikelihoods("dpo", [(start, rest), (middle, end), (whole[:room], other)])
    assert all(math.isfinite(row.total) and row.total < 0 for row in scores)
    assert scores[0].total < scores[1].total < scores[2].total


def test_loglikelihoods_are_sums_of_logarithms_or_refused(generator: Generator, few: list[Prompt]) -> None:
    pairs = [(prompt.token_ids[:-3], prompt.token_ids[-3:]) for prompt in few]
    if isinstance(generator, RecordedEngine):
        with pytest.raises(HarnessError, match="no probabilities"):
            generator.loglikelihoods("base", pairs)
        return
    found = generator.loglikelihoods("base", pairs)
    assert all(row.total < 0 and math.isfinite(row.total) for row in found)
    # Continuation by continuation or at once: the chain rule.
    context, end = pairs[0]
    steps = [((*context, *end[:n]), end[n : n + 1]) for n in range(3)]
    parts = generator.loglikelihoods("base", steps)
    assert sum(row.total for row in parts) == pytest.approx(found[0].total, abs=1e-3)
    assert found[0].greedy == all(row.greedy for row in parts)


def test_what_may_come_next_is_judged_by_one_distribution_whatever_was_read_before(
    generator: Generator, prompts: list[Prompt]
) -> None:
    if isinstance(generator, RecordedEngine):
        return
    # Long enough that vLLM's cache holds their common beginning, in blocks of 128 tokens without a GPU.
    shots = tuple(token for prompt in prompts[:5] for token in prompt.token_ids)
    contexts = [(*shots, *prompt.token_ids) for prompt in prompts[5:8]]
    for _ in range(2):
        every = generator.loglikelihoods("orpo", [(contexts[0], (token,)) for token in range(768)])
        assert sum(math.exp(row.total) for row in every) == pytest.approx(1, abs=1e-4)
        assert [row.greedy for row in every] == [row.total == max(one.total for one in every) for row in every]
        few = generator.loglikelihoods("orpo", [(context, (token,)) for token in (35, 392) for context in contexts])
        assert (few[0].total, few[3].total) == pytest.approx((every[35].total, every[392].total), abs=1e-4)


@pytest.fixture
def sharing(engine: Callable[[str], Generator]) -> Iterator[SharesBatches]:
    """vLLM with variants in one batch, as on a GPU: it is opened with a place more than there are adapters.

    Before others add a third: what once was in the last place is the base's in such batches of a CPU.
    """
    generator = engine("vllm")
    assert isinstance(generator, SharesBatches) and not generator.shares
    generator.shares = True
    yield generator
    generator.shares = False


VARIANTS = ("base", "dpo", "orpo")


@pytest.mark.slow
def test_variants_in_one_batch_write_what_each_writes_alone_and_what_transformers_writes(
    sharing: SharesBatches, engine: Callable[[str], Generator], prompts: list[Prompt]
) -> None:
    greedy, dice = Generation(max_new_tokens=40), Generation(max_new_tokens=24, temperature=0.9, seed=3)
    shots = tuple(token for prompt in prompts[:4] for token in prompt.token_ids)
    long = [replace(prompt, token_ids=(*shots, *prompt.token_ids)) for prompt in prompts[4:10]]
    asked = [PromptsOf(name, part, how) for part, how in ((prompts, greedy), (long, greedy)) for name in VARIANTS]
    asked += [PromptsOf(name, prompts[:12], dice) for name in VARIANTS]
    found: dict[int, dict[str, Completion]] = defaultdict(dict)
    began = time.monotonic()
    for place, batch in generate_all(engine("vllm"), asked):
        found[place] |= {row.question_id: row for row in batch}
    took = time.monotonic() - began
    # The shares of all are the time that it took, as far as it was the engine's.
    assert 0.7 * took < sum(row.seconds or 0 for rows in found.values() for row in rows.values()) <= took + 0.1
    for place, one in enumerate(asked):
        texts = {name: row.text for name, row in found[place].items()}
        assert len(texts) == len(one.prompts)
        for backend in ("vllm", "transformers") if one.generation is greedy else ("vllm",):
            alone = answers(engine(backend), one.variant, list(one.prompts), generation=one.generation)
            assert texts == {name: row.text for name, row in alone.items()}, (backend, one.variant, place)


@pytest.mark.slow
def test_asking_that_is_broken_off_leaves_nothing_in_the_engine(
    sharing: SharesBatches, engine: Callable[[str], Generator], few: list[Prompt]
) -> None:
    going = sharing.generate_together([PromptsOf(name, few, SHORT) for name in VARIANTS])
    next(going)
    going.close()  # type: ignore[attr-defined]
    assert set(answers(engine("vllm"), "dpo", few[:2])) == {prompt.question_id for prompt in few[:2]}


@pytest.mark.slow
def test_batches_are_shared_where_they_answer_as_each_alone_and_given_up_in_one_line_where_not(
    sharing: SharesBatches,
    engine: Callable[[str], Generator],
    prompts: list[Prompt],
    adapters: list[Adapter],
    trained: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    generator, asked = engine("vllm"), probes([prompt.token_ids for prompt in prompts])
    prove_shared(generator, adapters, asked, "float32")
    shared = [sharing.shares]
    # With as many adapters as places, vLLM's CPU kernels give the last adapter's answers for the base.
    third = read_adapter("third", trained / "runs" / "train" / "orpo" / "checkpoints" / "checkpoint-8")
    generator.add(third)
    try:
        prove_shared(generator, [*adapters, third], asked, "float32")
    finally:
        generator.remove("third")
    assert [*shared, sharing.shares] == [True, False]
    (line,) = [record.getMessage() for record in caplog.records]
    assert "asked one after the other: in one batch with the others, base answers otherwise than alone" in line


def test_a_recording_without_an_answer_says_so(tmp_path: Path) -> None:
    engine = open_generator("recorded", Weights("recorded", str(tmp_path), ""), [], SERVING)
    (row,) = next(engine.generate("base", [Prompt("1", "")], SHORT))
    assert row.error == "no answer was recorded" and row.text == ""


def test_an_adapter_that_is_added_later_answers_as_one_that_was_there_from_the_start(
    generator: Generator, few: list[Prompt], adapters: list[Adapter], trained: Path
) -> None:
    earlier = trained / "runs" / "train" / "orpo" / "checkpoints" / "checkpoint-4"
    added = read_adapter("added", earlier)
    if isinstance(generator, RecordedEngine):
        with pytest.raises(HarnessError, match="'added' cannot answer here"):
            generator.add(added)
        return
    pairs = [(prompt.token_ids[:1], prompt.token_ids[1:]) for prompt in few]

    def seen(variant: str) -> list[float]:
        return [row.total for row in generator.loglikelihoods(variant, pairs)]

    alone = open_generator("transformers", find_base("pocket"), [added], SERVING)
    expected = [row.total for row in alone.loglikelihoods("added", pairs)]
    before = {name: seen(name) for name in ("base", "dpo", "orpo")}
    generator.add(added)
    try:
        with pytest.raises(HarnessError, match="'added' is loaded already"):
            generator.add(added)
        assert seen("added") == pytest.approx(expected, abs=0.05)
        assert seen("added") != pytest.approx(before["orpo"], abs=0.05)
        assert answers(generator, "added", few)
    finally:
        generator.remove("added")
    with pytest.raises(KeyError):
        seen("added")
    # Under the same name other weights: nothing of the first is left.
    generator.add(replace(adapters[1], name="added"))
    assert seen("added") == pytest.approx(before["orpo"], abs=0.01)
    generator.remove("added")
    assert {name: seen(name) for name in before} == {name: pytest.approx(row, abs=1e-3) for name, row in before.items()}


def test_an_engine_that_was_opened_bare_takes_adapters_and_gives_them_back(
    few: list[Prompt], adapters: list[Adapter]
) -> None:
    bare = open_generator("transformers", find_base("pocket"), [], SERVING)
    pairs = [(prompt.token_ids[:1], prompt.token_ids[1:]) for prompt in few]
    alone = bare.loglikelihoods("base", pairs)
    for adapter in adapters:
        bare.add(adapter)
        assert bare.loglikelihoods("base", pairs) == alone
        assert bare.loglikelihoods(adapter.name, pairs) != alone
        bare.remove(adapter.name)
    assert bare.loglikelihoods("base", pairs) == alone
    bare.close()


@pytest.mark.slow
def test_an_adapter_of_another_shape_than_the_engine_was_opened_for_is_refused(
    engine: Callable[[str], Generator], adapters: list[Adapter]
) -> None:
    for other in (replace(adapters[0], name="wide", rank=64), replace(adapters[0], name="head", target_modules=("x",))):
        with pytest.raises(HarnessError, match=f"'{other.name}' .* does not fit the engine, which was opened for rank"):
            engine("vllm").add(other)


@pytest.mark.slow
def test_both_engines_write_the_same_and_base_is_the_same_with_and_without_adapters(
    engine: Callable[[str], Generator], prompts: list[Prompt]
) -> None:
    longer = Generation(max_new_tokens=64)
    texts: dict[tuple[str, str], dict[str, str]] = {}
    for backend in ("transformers", "vllm"):
        for variant in ("base", "dpo", "orpo"):
            found = answers(engine(backend), variant, prompts, generation=longer)
            texts[backend, variant] = {key: row.text for key, row in found.items()}
    bare = open_generator("transformers", find_base("pocket"), [], SERVING)
    alone = {key: row.text for key, row in answers(bare, "base", prompts, generation=longer).items()}
    assert alone == texts["transformers", "base"]
    same = [
        texts["vllm", variant][key] == text
        for variant in ("base", "dpo", "orpo")
        for key, text in texts["transformers", variant].items()
    ]
    assert sum(same) >= 0.99 * len(same), f"{sum(same)} of {len(same)} answers are the same"
    assert texts["vllm", "base"] != texts["vllm", "orpo"]


def test_a_sampled_answer_does_not_depend_on_what_it_is_batched_with(generator: Generator, few: list[Prompt]) -> None:
    dice = Generation(max_new_tokens=24, temperature=0.9, top_p=0.95, seed=3)
    together = answers(generator, "orpo", few, generation=dice)
    alone = answers(generator, "orpo", few[4:5], generation=dice) | answers(generator, "orpo", few[7:], generation=dice)
    assert {name: row.text for name, row in alone.items()} == {name: together[name].text for name in alone}


def test_recordings_are_no_backend_to_ask_with() -> None:
    with pytest.raises(HarnessError, match="Known: auto, transformers, vllm. .* come in with: harness import"):
        known_backend("recorded")
