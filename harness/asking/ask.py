"""Asking: each model loaded once, its adapters proven alive, every answer kept as it comes."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from harness.asking.adapter_proof import peft_reference, probes, prove_alive, prove_shared
from harness.asking.evaluation import Evaluation, Gaps, Round
from harness.asking.shortage import asks_in_less, loads_in_less
from harness.asking.tasks import TaskResults, first_broken, keep_results, load_tasks, task_results
from harness.errors import BrokenTask
from harness.generators import Completion, Generator, PromptsOf, generate_all, open_generator
from harness.machine import Progress
from harness.models import check_fit, load_tokenizer
from harness.out_of_memory import memory_needed
from harness.records import Prompt, Question, Response
from harness.resources import text_digest
from harness.store import RunFolder


def ask(evaluation: Evaluation, run: RunFolder, gaps: Gaps) -> None:
    """Fills the run folder's gaps, one load after the other; a model that lacks nothing is not loaded."""
    load_missing_tasks(evaluation, gaps)
    broken: list[BrokenTask] = []
    for load in evaluation.loads:
        if lacking := gaps.of(load):
            tokenizer = load_tokenizer(load.base, load.serving.trust_remote_code)
            prompts = [render_prompt(load, tokenizer, question) for question in load.questions]
            with opened(load, run, prompts) as generator:
                try:
                    fill(load, run, lacking, generator, tokenizer, prompts)
                except BrokenTask as error:
                    broken.append(error)
    if broken:
        raise broken[0]


@contextmanager
def session(evaluation: Evaluation, run: RunFolder) -> Iterator[Callable[[Gaps], None]]:
    """What fills the run folder's gaps again and again in one load, which begins where anything is missing."""
    held: list[tuple[Generator, Any, list[Prompt]]] = []
    with ExitStack() as stack:

        def fill_again(gaps: Gaps) -> None:
            if gaps and not held:
                tokenizer = load_tokenizer(evaluation.base, evaluation.serving.trust_remote_code)
                prompts = [render_prompt(evaluation, tokenizer, question) for question in evaluation.questions]
                held.append((stack.enter_context(opened(evaluation, run, prompts)), tokenizer, prompts))
            if gaps:
                fill(evaluation, run, gaps, *held[0])

        yield fill_again


def load_missing_tasks(evaluation: Evaluation, gaps: Gaps) -> None:
    """Says what cannot be had before hours of asking, not after."""
    load_tasks(evaluation.tasks, [task for _, task in gaps.tasks])


def fill(
    evaluation: Evaluation,
    run: RunFolder,
    gaps: Gaps,
    generator: Generator,
    tokenizer: Any,
    prompts: Sequence[Prompt],
) -> None:
    """Asks an open generator for what the run folder lacks, answers first, then lm-eval tasks.

    A task that breaks keeps nothing of itself and nobody else from being asked; the first is raised at the end.
    """
    if gaps.answers:
        names = ", ".join(dict.fromkeys(turn.variant for turn in gaps.answers))
        with Progress(f"asking {names}", gaps.questions, "question") as progress:
            for turn, rows in answers(evaluation, generator, gaps, prompts):
                run.append_responses(rows, turn.again)
                progress.advance(len(rows))
    if gaps.tasks:
        broken: list[BrokenTask] = []
        with Progress("lm-eval", len(gaps.tasks), "task") as progress:
            for variant, task in gaps.tasks:
                try:
                    keep_results(run, variant, results(evaluation, generator, variant, task, tokenizer))
                except BrokenTask as error:
                    broken.append(error)
                progress.advance()
        if broken:
            raise first_broken(broken, run)


@contextmanager
def opened(evaluation: Evaluation, run: RunFolder, prompts: Sequence[Prompt]) -> Iterator[Generator]:
    """A generator whose adapters are proven alive."""
    asked = probes([prompt.token_ids for prompt in prompts], evaluation.serving.max_model_len)
    reference: dict[str, list[float]] = {}
    backend, serving = evaluation.backend, evaluation.serving
    if evaluation.alone is None and (why := evaluation.notes.get("backend")):
        logging.getLogger("harness").warning(why)
    with memory_needed(f"{evaluation.base.name} does not load", lambda: loads_in_less(evaluation)):
        check_fit(evaluation.adapters, evaluation.base, backend, serving.trust_remote_code)
        if evaluation.adapters and backend != "transformers":
            cache = run.path / "probes.json"
            reference = peft_reference(evaluation.base, evaluation.adapters, serving, asked, cache)
        generator = open_generator(backend, evaluation.base, evaluation.adapters, serving)
    try:
        with memory_needed("Asking stopped", lambda: asks_in_less(evaluation)):
            prove_alive(generator, evaluation.adapters, asked, reference, serving.dtype)
            prove_shared(generator, evaluation.adapters, asked, serving.dtype)
            yield generator
    finally:
        generator.close()


def answers(
    evaluation: Evaluation, generator: Generator, gaps: Gaps, prompts: Sequence[Prompt]
) -> Iterator[tuple[Round, list[Response]]]:
    """Rows of each round as they are finished; a prompt that leaves no room is an error in its row, not in the run."""
    by_id = {prompt.question_id: prompt for prompt in prompts}
    suite = evaluation.suite.name
    for batch in _batches({turn: [by_id[one.id] for one in gaps.answers[turn]] for turn in gaps.answers}, evaluation):
        turns = list(batch)
        asked = [
            PromptsOf(evaluation.called(turn.variant), batch[turn], turn.seeded(evaluation.generation))
            for turn in turns
        ]
        for place, found in generate_all(generator, asked, evaluation.generation.stop):
            turn = turns[place]
            yield turn, [response(suite, turn, by_id[one.question_id], one) for one in found]


def _batches(
    lacking: Mapping[Round, Sequence[Prompt]], evaluation: Evaluation
) -> Iterator[Mapping[Round, Sequence[Prompt]]]:
    """All rounds at once, ordered by the engine; asked again, shuffled and cut, so that each is batched with others."""
    yield {turn: prompts for turn, prompts in lacking.items() if not turn.again}
    again = {
        turn: random.Random(evaluation.seed + 1).sample(prompts, len(prompts))
        for turn, prompts in lacking.items()
        if turn.again
    }
    size = evaluation.serving.usual_batch
    for start in range(0, max(map(len, again.values()), default=0), size):
        yield {turn: prompts[start : start + size] for turn, prompts in again.items() if prompts[start:]}


def response(suite: str, turn: Round, prompt: Prompt, completion: Completion) -> Response:
    """The row of responses.jsonl that a completion becomes; prompt_tokens is None where the engine counted none."""
    return Response(
        variant=turn.variant,
        suite=suite,
        question_id=prompt.question_id,
        text=completion.text,
        prompt_sha256=text_digest(prompt.text),
        prompt_tokens=len(prompt.token_ids) or None,
        completion_tokens=completion.completion_tokens,
        finish_reason=completion.finish_reason,
        seconds=completion.seconds,
        error=completion.error,
        sample=turn.sample,
        special=completion.special,
    )


def results(evaluation: Evaluation, generator: Generator, variant: str, task: str, tokenizer: Any) -> TaskResults:
    """One lm-eval task of one variant, on the engine that is loaded already."""
    from harness.generators.language_model import VariantLM

    template = evaluation.tasks.settings.apply_chat_template
    model = VariantLM(generator, evaluation.called(variant), tokenizer, evaluation.day, template)
    return task_results(evaluation.tasks, task, model, evaluation.task_limit)


def render_prompt(evaluation: Evaluation, tokenizer: Any, question: Question) -> Prompt:
    """A question as the template of the evaluation asks it, with the token ids that every backend gets."""
    text = evaluation.template.render(question.question, evaluation.system)
    return Prompt(question.id, text, tuple(evaluation.template.prompt_ids(tokenizer, text)))
