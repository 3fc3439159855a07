"""The certificate of a finished training: what it was trained from, and every setting as it took effect."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.data import DEFAULT_SYSTEM, Preferences, Template
from harness.machine import git_commit, now, versions
from harness.models import check_weights
from harness.resources import files_digest
from harness.store import WEIGHTS, write_json
from harness.training.plan import Plan
from harness.training.processes import Processes


def make_certificate(
    plan: Plan, trainer: Any, preferences: Preferences, template: Template, counts: Mapping[str, Any]
) -> dict[str, Any]:
    """All that the finished trainer and its data say; what it took is for its log to add."""
    from harness.training.facts import effective_settings

    return {
        "format_version": 1,
        "name": plan.name,
        "method": plan.method,
        "created": now(),
        "base": {"name": plan.base.name, "path": plan.base.path, "digest": plan.base.digest},
        "quantization": plan.settings.quantization,
        "data": {"source": plan.data, "split": plan.settings.split, "digest": preferences.digest, **counts},
        "prompt": {
            "name": template.name,
            "sha256": template.sha256,
            "system": plan.settings.system,
            "system_used": _system_used(plan, preferences, template),
        },
        **effective_settings(trainer, float(plan.arguments.get("lora_dropout", 0.0))),
        "versions": versions(),
        "git_commit": git_commit(),
        "platform": platform.platform(),
    }


def _system_used(plan: Plan, preferences: Preferences, template: Template) -> str | None:
    """The system line of every training prompt; None where rows bring several, or the template has no place for one."""
    fixed = plan.settings.system
    lines = {fixed} if fixed is not None else {row.system or DEFAULT_SYSTEM for row in preferences.usable}
    has_place = template.render("q", "a") != template.render("q", "b")
    return lines.pop() if has_place and len(lines) == 1 else None


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
    from harness.training.facts import machine

    found = machine()
    return {**found, "peak_memory_bytes": max(processes.gather(found["peak_memory_bytes"]))}


def adapter_state(trainer: Any) -> Any:
    """The weights that FSDP has split, put together again by all processes; None where each holds them whole."""
    split = hasattr(trainer.model, "unshard")
    return trainer.accelerator.get_state_dict(trainer.model) if split else None


def save_finished(plan: Plan, trainer: Any, state: Any, folder: Path, certificate: dict[str, Any]) -> dict[str, Any]:
    """Writes adapter and certificate, and gives the certificate as it was written."""
    draft = folder / ".adapter.draft"
    shutil.rmtree(draft, ignore_errors=True)
    configuration = trainer.model.peft_config["default"]
    configuration.base_model_name_or_path = plan.base.path
    if isinstance(configuration.target_modules, set):
        # A set has another order in each process, and the adapter's digest would have it as well.
        configuration.target_modules = sorted(configuration.target_modules)
    trainer.model.save_pretrained(draft, safe_serialization=True, state_dict=state)
    check_weights(plan.name, draft / WEIGHTS)
    for name in (WEIGHTS, "adapter_config.json"):
        (draft / name).replace(folder / name)
    shutil.rmtree(draft)
    certificate = {**certificate, "adapter_digest": files_digest([folder / WEIGHTS, folder / "adapter_config.json"])}
    # Written last: a folder without a certificate is a training that has not finished.
    write_json(folder / "certificate.json", certificate)
    return certificate
