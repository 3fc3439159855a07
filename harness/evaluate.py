"""The main path: ask, score, compare.

harness evaluate --adapters dpo,orpo
"""

from __future__ import annotations

import platform
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
from harness.progress import Progress
from harness.prompts import Template
from harness.provenance import git_commit, now, versions
from harness.records import Curve, Prompt, Question, Response, Summary, Variant
from harness.resources import text_digest
from harness.score import score_run
from harness.store import Json, RunFolder, read_jsonl
from harness.tasks import Suite

RUNS = Path("runs/eval")


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
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def variants(self) -> tuple[Variant, ...]:
        base = Variant(BASE, "base", None, self.base.digest, self.base.path)
        return (base, *(adapter.variant() for adapter in self.adapters))

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
        "trainings": {
            adapter.name: dict(adapter.certificate) for adapter in evaluation.adapters if adapter.certificate
        },
        "base_names": evaluation.notes.get("base_names", {}),
        "identity": evaluation.identity(),
    }


def anything_missing(evaluation: Evaluation, run: RunFolder) -> bool:
    return bool(missing_answers(evaluation, run) or missing_tasks(evaluation, run))


def missing_answers(evaluation: Evaluation, run: RunFolder) -> dict[str, list[Question]]:
    """variant → questions without an answer; a failed generation counts as none."""
    responses = run.responses()
    missing: dict[str, list[Question]] = {}
    for variant in evaluation.variants:
        for question in evaluation.questions:
            found = responses.get((variant.name, question.id))
            if found is None or found.error is not None:
                missing.setdefault(variant.name, []).append(question)
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
    prompts = {question.id: render(evaluation, tokenizer, question) for question in evaluation.questions}
    with opened(evaluation, run, list(prompts.values())) as generator:
        longest = context_length(evaluation.base, evaluation.serving)
        for variant, questions in missing_answers(evaluation, run).items():
            ask_variant(evaluation, run, generator, variant, [prompts[q.id] for q in questions], longest)
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


def ask_variant(
    evaluation: Evaluation, run: RunFolder, generator: Generator, variant: str, prompts: Sequence[Prompt], longest: int
) -> None:
    """Appends each answer as it arrives; a prompt that leaves no room is an error in its row, not in the run."""
    fit = [prompt for prompt in prompts if len(prompt.token_ids) < longest]
    by_id = {prompt.question_id: prompt for prompt in prompts}
    suite = evaluation.suite.name
    for prompt in prompts:
        if len(prompt.token_ids) >= longest:
            error = f"the prompt has {len(prompt.token_ids)} tokens, and the model holds {longest}"
            run.append_responses(
                [response(suite, variant, prompt, Completion(prompt.question_id, "", None, None, None, error))]
            )
    with Progress(f"asking {variant}", len(prompts), "question", done=len(prompts) - len(fit)) as progress:
        for batch in generator.generate(variant, fit, evaluation.generation):
            run.append_responses([response(suite, variant, by_id[found.question_id], found) for found in batch])
            progress.advance(len(batch))


def response(suite: str, variant: str, prompt: Prompt, completion: Completion) -> Response:
    return Response(
        variant=variant,
        suite=suite,
        question_id=prompt.question_id,
        text=completion.text,
        prompt_sha256=text_digest(prompt.text),
        prompt_tokens=len(prompt.token_ids) or None,
        completion_tokens=completion.completion_tokens,
        finish_reason=completion.finish_reason,
        seconds=completion.seconds,
        error=completion.error,
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
