"""The manifest of a run: what was asked of whom, with every setting; a run goes on only with its own."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.asking.evaluation import Evaluation
from harness.asking.tasks import has_task
from harness.config import Serving
from harness.data import Template, reasoning_of, seen_in_training
from harness.data.suites import Suite
from harness.errors import refuse_differing
from harness.generators import ENGINES
from harness.machine import git_commit, now, versions
from harness.models import Adapter, Model, Weights, generation_settings, load_tokenizer, precision, text_ends
from harness.store import (
    AskedBase,
    AskedModel,
    AskedPrompt,
    AskedSuite,
    Certificate,
    Generated,
    Importing,
    Manifest,
    OwnPrompt,
    Run,
    RunFolder,
    Served,
    from_row,
    read_run,
)


def begin(evaluation: Evaluation, folder: RunFolder) -> Run:
    """The run with its manifest and its questions; refuses to continue one of other settings."""
    if not folder.begun:
        folder.write_questions(evaluation.questions)
        folder.write_manifest(manifest(evaluation, folder))
        return read_run(folder)
    run = read_run(folder)
    before, now, unasked = run.manifest.identity, evaluation.identity(), _unasked_tasks(run)
    kept, asked = ({key: value for key, value in one.items() if key not in unasked} for one in (before, now))
    refuse_differing(folder.path, kept, asked, "--run")
    changed = run.manifest
    if any(before.get(key) != now.get(key) for key in unasked):
        changed = replace(changed, identity=now, tasks=dict(evaluation.tasks.digests))
    if evaluation.noise_floor and not changed.noise_floor:
        changed = replace(changed, noise_floor=True)
    if changed is run.manifest:
        return run
    folder.write_manifest(changed)
    return read_run(folder)


def _unasked_tasks(run: Run) -> set[str]:
    """Keys of the identity for lm-eval tasks that nobody has results of: they may be mended, or left out."""
    names = [name for name in run.manifest.tasks if not any(has_task(run, variant, name) for variant in run.results)]
    return {f"task {name}" for name in names}


def as_begun(evaluation: Evaluation, begun_by: Callable[[Evaluation], str | None]) -> Evaluation:
    """The same with the backend of what was begun before, where nobody names one: "auto" may choose another today.

    begun_by: the backend of what is there already of such settings; None where nothing is.
    """
    if not evaluation.backend_is_open:
        return evaluation
    for backend in (evaluation.backend, *(other for other in ENGINES if other != evaluation.backend)):
        notes = {**evaluation.notes, "backend": f"Goes on with {backend}, as it was begun."}
        same = evaluation if backend == evaluation.backend else replace(evaluation, backend=backend, notes=notes)
        if begun_by(same) == backend:
            return same
    return evaluation


def backend_of(folder: Path) -> str | None:
    """What a run was begun with; None where none lies there."""
    run = RunFolder(folder)
    return read_run(run).manifest.serving.backend if run.begun else None


def described(run: RunFolder, command: str, suite: Suite, template: Template, system: str, **rest: Any) -> Manifest:
    """A manifest of the rest, and of what every run has: when, by which command and versions, and what was asked."""
    return Manifest(
        **begun(run, command),
        prompt=AskedPrompt(
            name=template.name,
            sha256=template.sha256,
            system=system,
            headers=tuple(template.headers),
            reasoning=reasoning_of(suite, template),
            day=template.day.isoformat() if template.day else None,
        ),
        suite=AskedSuite(
            name=suite.name,
            title=suite.title,
            digest=suite.digest,
            questions=len(suite.questions),
            path=suite.given_path,
        ),
        margins=suite.margins,
        primary=suite.primary or None,
        **rest,
    )


def begun(run: RunFolder, command: str) -> dict[str, Any]:
    """What every manifest begins with: when and by which command and versions its run was begun."""
    return {
        "format_version": 1,
        "run": run.id,
        "created": now(),
        "command": command,
        "versions": versions(),
        "git_commit": git_commit(),
        "platform": platform.platform(),
    }


def as_imported(manifest: Manifest, limit: int | None = None) -> Manifest:
    """The same of answers made elsewhere: what runs here read them, and nothing of it made them.

    limit: the tokens that the suite asks for.
    """
    here = Importing(versions=manifest.versions, git_commit=manifest.git_commit, platform=manifest.platform)
    suite = replace(manifest.suite, max_new_tokens=limit)
    return replace(manifest, versions={}, git_commit=None, platform=None, importing=here, suite=suite)


def manifest(evaluation: Evaluation, run: RunFolder) -> Manifest:
    """An evaluation's manifest, made before anything is asked; its overlap with training data is counted on the way."""
    seen = seen_in_training(evaluation.suite, evaluation.questions, evaluation.adapters)
    trainings: dict[str, Certificate] = {it.name: it.certificate for it in evaluation.adapters if it.certificate}
    return described(
        run,
        evaluation.command,
        evaluation.suite,
        evaluation.template,
        evaluation.system,
        base=AskedBase(
            **evaluation.base.told(),
            precision=precision(evaluation.base, evaluation.serving),
            **_ends(evaluation.base, evaluation.serving, evaluation.adapters),
        ),
        models={model.name: _described_model(evaluation, model) for model in evaluation.models},
        variants=evaluation.variants,
        tasks=dict(evaluation.tasks.digests),
        generation=from_row(Generated, evaluation.generation.model_dump(), run.id),
        serving=from_row(Served, {"backend": evaluation.backend, **evaluation.serving.row()}, run.id),
        limit=evaluation.limit,
        task_limit=evaluation.task_limit if evaluation.tasks.names else None,
        task_settings=(evaluation.tasks.settings.told() or None) if evaluation.tasks.names else None,
        seed=evaluation.seed,
        stopping=evaluation.stopping,
        noise_floor=evaluation.noise_floor,
        trainings=trainings,
        configured_dropout={it.name: it.dropout for it in evaluation.adapters if it.name not in trainings},
        base_names=evaluation.notes.get("base_names", {}),
        unasked_templates=evaluation.notes.get("unasked_templates") or None,
        went_on_from=evaluation.notes.get("went_on_from") or None,
        overlap={name: it.alike for name, it in seen.items()},
        paired={name: it.paired for name, it in seen.items() if it.paired} or None,
        identity=evaluation.identity(),
    )


def _described_model(evaluation: Evaluation, model: Model) -> AskedModel:
    template = evaluation.own_templates.get(model.name)
    return AskedModel(
        **model.weights.told(),
        precision=precision(model.weights, evaluation.serving),
        **_ends(model.weights, evaluation.serving),
        merged_from=model.merged_from,
        own_prompt=None if template is None else _own_prompt(evaluation.suite, template),
    )


def _own_prompt(suite: Suite, template: Template) -> OwnPrompt:
    return OwnPrompt(headers=tuple(template.headers), reasoning=reasoning_of(suite, template))


def _ends(weights: Weights, serving: Serving, adapters: Sequence[Adapter] = ()) -> dict[str, Any]:
    """Where its answers end, and what its folder says of generating that nobody is asked with."""
    tokenizer = load_tokenizer(weights, serving.trust_remote_code)
    ends = {token: number for number, token in text_ends(weights, tokenizer, adapters).items()}
    return {"ends": ends, "switched_off": generation_settings(weights) or None}
