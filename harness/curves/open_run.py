"""A W&B run of our own, opened: online where there is a key and a server that answers, else offline."""

from __future__ import annotations

import netrc
import os
from pathlib import Path
from typing import Any

from harness.errors import HarnessError


def open_wandb(folder: Path, name: str, project: str | None = None, **options: Any) -> tuple[Any, str]:
    """(an open W&B run, its mode): offline where WANDB_MODE says so, there is no key, or the server does not answer."""
    import wandb

    mode: Any = os.environ.get("WANDB_MODE") or ("online" if has_wandb_key() else "offline")
    # W&B stores the command line with the metadata, and a command line may hold a key.
    settings = wandb.Settings(x_disable_meta=True, save_code=False, silent=True, console="off")
    project = project or os.environ.get("WANDB_PROJECT", "preference-harness")
    # Absolute: the service that writes may be one of an outer process, started in another folder (WANDB_SERVICE).
    options |= {"project": project, "name": name, "dir": str(folder.absolute()), "settings": settings}
    resume: Any = "allow" if "id" in options and mode == "online" else None
    try:
        try:
            return wandb.init(mode=mode, resume=resume, **options), str(mode)
        except wandb.errors.Error:
            # A training of hours must not hang on a server that does not answer; wandb sync sends it later.
            return wandb.init(mode="offline", **options), "offline"
    except (wandb.errors.Error, ValueError) as error:
        fault = " ".join(str(error).partition(" [type=")[0].split())
        raise HarnessError(
            f"W&B begins no run: {fault}. Give another, or train without W&B: WANDB_MODE=disabled"
        ) from None


def near(folder: Path) -> Path:
    """As seen from the working folder, where it lies below it."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def has_wandb_key() -> bool:
    """Whether the environment or netrc holds a W&B key; its value is not looked at."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai").partition("//")[2].partition("/")[0]
    try:
        return netrc.netrc().authenticators(host) is not None
    except (OSError, netrc.NetrcParseError):
        return False
