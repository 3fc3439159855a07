"""The manifest of a run: what was asked of whom, with every setting; a run goes on only with its own."""

from __future__ import annotations

import platform
import re

from harness.asking.evaluation import Evaluation
from harness.data import Suite, Template, overlap_with_training
from harness.errors import HarnessError
from harness.machine import git_commit, now, versions
from harness.models import Model, precision
from harness.store import Json, RunFolder


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
        "base": {**vars(evaluation.base), "precision": precision(evaluation.base, evaluation.serving)},
        "models": {model.name: _described_model(evaluation, model) for model in evaluation.models},
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


def _described_model(evaluation: Evaluation, model: Model) -> Json:
    template = evaluation.own_templates.get(model.name)
    return {
        **vars(model.weights),
        "precision": precision(model.weights, evaluation.serving),
        "merged_from": dict(model.merged_from),
        "own_prompt": None if template is None else {"headers": list(template.headers)},
    }


def _short(value: object) -> str:
    text = str(value)
    return text[:12] if re.fullmatch(r"[0-9a-f]{64}", text) else text
