"""The certificate of a finished training: what it was trained from, and every setting as it took effect."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.data import Template
from harness.data.preferences import Preferences
from harness.machine import git_commit, now, versions
from harness.models import check_weights
from harness.resources import files_digest
from harness.store import (
    ADAPTER_CONFIG,
    WEIGHTS,
    Certificate,
    StartedFrom,
    TrainedBase,
    TrainedData,
    TrainedPrompt,
    TrainingFolder,
    empty_folder,
    read_json,
    write_json,
)
from harness.training.ending import save_adapter
from harness.training.plan import Plan
from harness.training.processes import Processes


def make_certificate(
    plan: Plan,
    trainer: Any,
    preferences: Preferences,
    template: Template,
    counts: Mapping[str, Any],
    took: Mapping[str, Any],
) -> Certificate:
    """All that the finished trainer, its data and its log say; the adapter is not written yet, and has no digest."""
    from harness.training.effective_settings import effective_settings

    return Certificate(
        format_version=1,
        name=plan.name,
        method=plan.method,
        created=now(),
        base=TrainedBase(**plan.base.told()),
        quantization=plan.settings.quantization,
        data=TrainedData(
            source=plan.data,
            split=plan.settings.split,
            name=plan.settings.name,
            columns=plan.settings.columns or None,
            digest=preferences.digest,
            **counts,
        ),
        prompt=TrainedPrompt(
            name=template.name,
            sha256=template.sha256,
            system=plan.settings.system,
            system_used=_system_used(plan, preferences, template),
        ),
        **effective_settings(trainer, float(plan.arguments.get("lora_dropout", 0.0))),
        versions=versions(),
        git_commit=git_commit(),
        platform=platform.platform(),
        **took,
        adapter_digest=None,
        started_from=None if plan.start is None else StartedFrom(path=str(plan.start.path), digest=plan.start.digest),
    )


def _system_used(plan: Plan, preferences: Preferences, template: Template) -> str | None:
    """The system line of every training prompt; None where rows bring several, or the template has no place for one."""
    fixed = plan.settings.system
    lines = {fixed} if fixed is not None else {row.system or "" for row in preferences.usable}
    return lines.pop() if template.has_system and len(lines) == 1 else None


def distribution(trainer: Any, rows: int, processes: Processes) -> dict[str, Any]:
    """How the batches were spread: pairs (KTO: answers) that a step saw, and those that an epoch showed twice."""
    batch = trainer.args.per_device_train_batch_size * processes.count
    return {
        "count": processes.count,
        "kind": processes.kind,
        "global_batch": batch * trainer.args.gradient_accumulation_steps,
        # accelerate fills the last batches of an epoch from its beginning, until every process has a whole one.
        "rows_repeated_per_epoch": -rows % batch if processes.count > 1 else 0,
    }


def machines(processes: Processes) -> dict[str, Any]:
    """The main process's device, and the most memory that one of the processes held."""
    from harness.training.effective_settings import machine

    found = machine()
    return {**found, "peak_memory_bytes": max(processes.gather(found["peak_memory_bytes"]))}


def adapter_state(trainer: Any) -> Any:
    """The weights that FSDP has split, put together again by all processes; None where each holds them whole."""
    split = hasattr(trainer.model, "unshard")
    return trainer.accelerator.get_state_dict(trainer.model) if split else None


def save_finished(
    plan: Plan, trainer: Any, state: Any, beginning: dict[str, Any], folder: Path, certificate: Certificate
) -> Certificate:
    """Writes adapter and certificate, and gives the certificate as it was written."""
    configuration = trainer.model.peft_config["default"]
    configuration.base_model_name_or_path = plan.base.path
    if isinstance(configuration.target_modules, set):
        # A set has another order in each process, and the adapter's digest would have it as well.
        configuration.target_modules = sorted(configuration.target_modules)
    with empty_folder(folder / ".adapter.draft") as draft:
        save_adapter(trainer, state, beginning, draft)
        if plan.base.told_path != plan.base.path:
            # PEFT looks into the base's folder as it saves; whoever loads the adapter elsewhere has no such folder.
            settings = read_json(draft / ADAPTER_CONFIG)
            write_json(draft / ADAPTER_CONFIG, {**settings, "base_model_name_or_path": plan.base.told_path})
        check_weights(plan.name, draft / WEIGHTS)
        for name in (WEIGHTS, ADAPTER_CONFIG):
            (draft / name).replace(folder / name)
    certificate = replace(certificate, adapter_digest=files_digest([folder / WEIGHTS, folder / ADAPTER_CONFIG]))
    # Written last: a folder without a certificate is a training that has not finished.
    TrainingFolder(folder).write_certificate(certificate)
    return certificate
