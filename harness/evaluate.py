"""The main path: ask, score, compare.

harness evaluate --adapters dpo,orpo
"""

from __future__ import annotations

import platform
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.adapters import Adapter
from harness.alive import peft_reference, probes, prove_alive
from harness.base_model import Base, load_tokenizer, prompt_ids, resolve_dtype
from harness.benchmarks import Tasks, has_task, load_task, run_task
from harness.config import Generation, Serving
from harness.errors import HarnessError
from harness.generators import BASE, Completion, Generator, choose_backend, open_generator
from harness.overlap import overlap_with_training
from harness.progress import Progress
from harness.prompts import Template
from harness.provenance import git_commit, now, versions
from harness.records import Curve, Prompt, Question, Response, Summary, Variant
from harness.resources import text_digest
from harness.score import score_run
from harness.store import Json, RunFolder, read_jsonl
from harness.tasks import Suite

RUNS = Path("runs/eval")
_AGAIN = 1_000_003
"""How far the seeds of a second asking lie from those of the first: beyond any number of samples."""


@dataclass(frozen=True)
class Evaluation:
    """What is to be asked of whom, with every setting decided and nothing loaded yet."""

    base: Base
    adapters: tuple[Adapter, ...]
    suite: Suite
    questions: tuple[Question, ...]
    template: Template
    system: str
    tasks: Tasks
    backend: str
    generation: Generation
    serving: Serving
    limit: int | None
    seed: int
    command: str
    noise_floor: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
    asks_base: bool = True
    """Whether the base answers too, beside the adapters."""

    @property
    def variants(self) -> tuple[Variant, ...]:
        base = Variant(BASE, "base", None, self.base.digest, self.base.path)
        return (*([base] if self.asks_base else []), *(adapter.variant() for adapter in self.adapters))

    def identity(self) -> dict[str, Any]:
        """What must be the same for a run to be continued: everything that shapes an answer or a result."""
        return {
            "base": self.base.digest,
            **{f"adapter {adapter.name}": adapter.digest for adapter in self.adapters},
            "suite": self.suite.digest,
            "prompt": self.template.sha256,
            "system": self.system,
            **{f"task {name}": digest for name, digest in self.tasks.digests.items()},
            **self.generation.model_dump(),
            **self.serving.model_dump(exclude={"batch_size"}),
            "backend": self.backend,
            "limit": self.limit,
            "seed": self.seed,
        }

    def default_id(self) -> str:
        """The same for the same command, another for other settings: suite, adapters, and six digits of a digest."""
        names = "-".join(adapter.name for adapter in self.adapters) or BASE
        return f"{self.suite.name}-{names}-{text_digest(repr(self.identity()))[:6]}"


@dataclass(frozen=True)
class Round:
    """One asking of a suite: which variant, which of its samples, and whether for the second time."""

    variant: str
    sample: int = 0
    again: bool = False
    """To measure the noise floor: in batches of another order, and with other seeds where there is a temperature."""

    @property
    def title(self) -> str:
        sample = f", sample {self.sample + 1}" if self.sample else ""
        return f"asking {self.variant}{sample}{', again' if self.again else ''}"

    def seeded(self, generation: Generation) -> Generation:
        return generation.model_copy(update={"seed": generation.seed + self.sample + _AGAIN * self.again})


def evaluate(evaluation: Evaluation, run: RunFolder) -> Summary:
    """The summary of a run in which nothing is missing: what is there already is not asked again."""
    begin(evaluation, run)
    if anything_missing(evaluation, run):
        ask(evaluation, run)
    run.write_curves(training_curves(evaluation.adapters))
    return score_run(run)


def begin(evaluation: Evaluation, run: RunFolder) -> None:
    """Writes the manifest and the questions of a new run; refuses to continue one of other settings."""
    before, identity = run.manifest(), evaluation.identity()
    if before:
        refuse_other_settings(run, before.get("identity", {}), identity)
        if evaluation.noise_floor and not before.get("noise_floor"):
            run.write_manifest({**before, "noise_floor": True})
        return
    run.write_questions(evaluation.questions)
    run.write_manifest(manifest(evaluation, run))


def refuse_other_settings(run: RunFolder, before: Json, after: Json) -> None:
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if keys:
        differ = ", ".join(f"{key} {_short(before.get(key))} → {_short(after.get(key))}" for key in keys)
        raise HarnessError(
            f"{run.path} was begun with other settings: {differ}. Give another --run, or --fresh to start it anew."
        )


def described(run: RunFolder, command: str, suite: Suite, template: Template, system: str) -> Json:
    """The part of a manifest that every run has: when, by which command and versions, and what was asked how."""
    return {
        "format_version": 1,
        "run": run.id,
        "created": now(),
        "command": command,
        "versions": versions(),
        "git_commit": git_commit(),
        "platform": platform.platform(),
        "prompt": {
            "name": template.name,
            "sha256": template.sha256,
            "system": system,
            "headers": list(template.headers),
        },
        "suite": {"name": suite.name, "title": suite.title, "digest": suite.digest, "questions": len(suite.questions)},
        "margins": suite.margins,
    }


def manifest(evaluation: Evaluation, run: RunFolder) -> Json:
    return {
        **described(run, evaluation.command, evaluation.suite, evaluation.template, evaluation.system),
        "base": {"name": evaluation.base.name, "path": evaluation.base.path, "digest": evaluation.base.digest},
        "variants": [vars(variant) for variant in evaluation.variants],
        "tasks": dict(evaluation.tasks.digests),
        "generation": evaluation.generation.model_dump(),
        "serving": {"backend": evaluation.backend, **evaluation.serving.model_dump()},
        "limit": evaluation.limit,
        "seed": evaluation.seed,
        "noise_floor": evaluation.noise_floor,
        "trainings": {
            adapter.name: dict(adapter.certificate) for adapter in evaluation.adapters if adapter.certificate
        },
        "configured_dropout": {
            adapter.name: adapter.dropout for adapter in evaluation.adapters if not adapter.certificate
        },
        "base_names": evaluation.notes.get("base_names", {}),
        "overlap": overlap_with_training(evaluation.questions, evaluation.adapters),
        "identity": evaluation.identity(),
    }


def anything_missing(evaluation: Evaluation, run: RunFolder) -> bool:
    return bool(missing_answers(evaluation, run) or missing_tasks(evaluation, run))


def rounds(evaluation: Evaluation) -> list[Round]:
    """Every asking that the evaluation takes, in its order."""
    names = [variant.name for variant in evaluation.variants]
    first = [Round(name, sample) for name in names for sample in range(evaluation.generation.samples)]
    return first + [Round(name, again=True) for name in names if evaluation.noise_floor]


def missing_answers(evaluation: Evaluation, run: RunFolder) -> dict[Round, list[Question]]:
    """Rounds with questions that have no answer yet; a failed generation counts as none."""
    answers = {again: run.answers(again) for again in (False, True)}
    missing: dict[Round, list[Question]] = {}
    for turn in rounds(evaluation):
        for question in evaluation.questions:
            found = answers[turn.again].get((turn.variant, question.id, turn.sample))
            if found is None or found.error is not None:
                missing.setdefault(turn, []).append(question)
    return missing


def missing_tasks(evaluation: Evaluation, run: RunFolder) -> list[tuple[str, str]]:
    return [
        (variant.name, task)
        for task in evaluation.tasks.names
        for variant in evaluation.variants
        if not has_task(run, variant.name, task)
    ]


def ask(evaluation: Evaluation, run: RunFolder) -> None:
    """Fills the run folder's gaps: loads the base once, proves the adapters alive, asks, runs the lm-eval tasks."""
    tokenizer = load_tokenizer(evaluation.base, evaluation.serving.trust_remote_code)
    for _, task in missing_tasks(evaluation, run):
        # What cannot be had is said before hours of asking, not after.
        load_task(evaluation.tasks, task)
    prompts = [render(evaluation, tokenizer, question) for question in evaluation.questions]
    with opened(evaluation, run, prompts) as generator:
        fill(evaluation, run, generator, tokenizer, prompts)


def fill(
    evaluation: Evaluation, run: RunFolder, generator: Generator, tokenizer: Any, prompts: Sequence[Prompt]
) -> None:
    """Asks an open generator for what the run folder lacks, answers first, then lm-eval tasks."""
    longest = context_length(evaluation.base, evaluation.serving)
    by_id = {prompt.question_id: prompt for prompt in prompts}
    for turn, questions in missing_answers(evaluation, run).items():
        ask_round(evaluation, run, generator, turn, [by_id[question.id] for question in questions], longest)
    benchmark(evaluation, run, generator, tokenizer, longest)


@contextmanager
def opened(evaluation: Evaluation, run: RunFolder, prompts: Sequence[Prompt]) -> Iterator[Generator]:
    """A generator whose adapters are proven alive."""
    asked = probes([prompt.token_ids for prompt in prompts])
    reference: dict[str, list[float]] = {}
    backend, serving = evaluation.backend, evaluation.serving
    if evaluation.adapters and backend != "transformers":
        cache = run.path / "probes.json"
        reference = peft_reference(evaluation.base, evaluation.adapters, serving, asked, cache)
    generator = open_generator(backend, evaluation.base, evaluation.adapters, serving)
    try:
        prove_alive(generator, evaluation.adapters, asked, reference, serving.dtype)
        yield generator
    finally:
        generator.close()


def ask_round(
    evaluation: Evaluation, run: RunFolder, generator: Generator, turn: Round, prompts: Sequence[Prompt], longest: int
) -> None:
    """Appends each answer as it arrives; a prompt that leaves no room is an error in its row, not in the run."""
    fit = [prompt for prompt in prompts if len(prompt.token_ids) < longest]
    by_id = {prompt.question_id: prompt for prompt in prompts}
    suite = evaluation.suite.name
    for prompt in prompts:
        if len(prompt.token_ids) >= longest:
            error = f"the prompt has {len(prompt.token_ids)} tokens, and the model holds {longest}"
            unasked = Completion(prompt.question_id, "", None, None, None, error)
            run.append_responses([response(suite, turn, prompt, unasked)], turn.again)
    settings = turn.seeded(evaluation.generation)
    with Progress(turn.title, len(prompts), "question", done=len(prompts) - len(fit)) as progress:
        for asked in _batches(fit, turn, evaluation):
            for batch in generator.generate(turn.variant, asked, settings):
                rows = [response(suite, turn, by_id[found.question_id], found) for found in batch]
                run.append_responses(rows, turn.again)
                progress.advance(len(batch))


def _batches(prompts: list[Prompt], turn: Round, evaluation: Evaluation) -> Iterator[list[Prompt]]:
    """All at once, ordered by the engine; asked again, shuffled and cut, so that each is batched with others."""
    if not turn.again:
        yield prompts
        return
    shuffled = random.Random(evaluation.seed + 1).sample(prompts, len(prompts))
    size = evaluation.serving.batch_size
    for start in range(0, len(shuffled), size):
        yield shuffled[start : start + size]


def response(suite: str, turn: Round, prompt: Prompt, completion: Completion) -> Response:
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
    )


def benchmark(evaluation: Evaluation, run: RunFolder, generator: Generator, tokenizer: Any, longest: int) -> None:
    """Runs every lm-eval task that a variant lacks, on the engine that is loaded already."""
    missing = missing_tasks(evaluation, run)
    if not missing:
        return
    from harness.language_model import VariantLM

    with Progress("lm-eval", len(missing), "task") as progress:
        for variant, task in missing:
            model = VariantLM(generator, variant, tokenizer, longest)
            run_task(evaluation.tasks, task, model, run, variant, evaluation.limit, evaluation.seed)
            progress.advance()


def render(evaluation: Evaluation, tokenizer: Any, question: Question) -> Prompt:
    text = evaluation.template.render(question.question, evaluation.system)
    return Prompt(question.id, text, tuple(prompt_ids(tokenizer, text)))


def context_length(base: Base, serving: Serving) -> int:
    """How many tokens the model holds, prompt and answer together."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(base.path, trust_remote_code=serving.trust_remote_code)
    return int(getattr(config, "max_position_embeddings", 2048))


def training_curves(adapters: Sequence[Adapter]) -> list[Curve]:
    """The curves that the adapters' trainings left beside them, under the names that the adapters have here."""
    found: list[Curve] = []
    for adapter in adapters:
        rows = read_jsonl(adapter.path / "curves.jsonl")
        found += [replace(Curve(**row), variant=adapter.name) for row in rows]
    return found


def decided(backend: str, serving: Serving) -> tuple[str, Serving]:
    """Backend and precision, with "auto" decided for this machine: what the manifest records."""
    import torch

    dtype = resolve_dtype(serving.dtype, torch.cuda.is_available())
    return choose_backend(backend), serving.model_copy(update={"dtype": dtype})


def _short(value: object) -> str:
    text = str(value)
    return text[:12] if re.fullmatch(r"[0-9a-f]{64}", text) else text
