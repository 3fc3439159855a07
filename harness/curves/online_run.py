"""An online W&B run, read through the public API: its whole history, not W&B's sample of it.

wandb finds the server and the key by itself (WANDB_BASE_URL, WANDB_API_KEY, netrc); the harness looks at neither.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from harness.errors import HarnessError, Refused
from harness.foreign_errors import needed, said

# A server that does not answer is given up after so many seconds; wandb itself would go on for minutes.
_PATIENCE = 30
_NAME = re.compile(r"[\w.-]+")
_ELSEWHERE = "Is the network there? Else give its offline folder, its .wandb file or a trainer_state.json instead."


@dataclass(frozen=True)
class OnlineRun:
    """A run's address and name on W&B and every row of its history."""

    url: str
    name: str
    rows: tuple[Mapping[str, Any], ...]


def wandb_path(source: str) -> str | None:
    """ENTITY/PROJECT/RUN where the text names a W&B run, by that path or by the address of its page; else None."""
    # A pathlib.Path of an address has lost one of its two slashes.
    if re.match(r"https?:/", source):
        return _of_address(re.sub(r":/+", "://", source, count=1))
    parts = source.split("/")
    if len(parts) == 4 and parts[2] == "runs":
        parts.pop(2)
    named = len(parts) == 3 and all(_NAME.fullmatch(part) and part.strip(".") for part in parts)
    # A folder of that name, or a file's suffix, says that a file is meant that is not there.
    if not named or Path(parts[0]).exists() or Path(source).suffix in (".json", ".jsonl", ".wandb"):
        return None
    return "/".join(parts)


def read_run(path: str) -> OnlineRun:
    """The run at ENTITY/PROJECT/RUN; refuses in one line where there is no key, no network or no such run."""
    # In a process of its own: where a server did not answer, wandb can wait for its service for ever when it ends.
    command = [sys.executable, "-m", "harness.curves.online_reader", path]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    answers = done.stdout.splitlines()
    if done.returncode or not answers:
        raise HarnessError(f"W&B run {path} cannot be read: its reader ended with status {done.returncode}.")
    found = json.loads(answers[-1])
    if "refused" in found:
        raise HarnessError(found["refused"])
    return OnlineRun(found["url"], found["name"], tuple(found["rows"]))


def read_here(path: str) -> OnlineRun:
    """The same in this process, which must end by itself afterwards."""
    with needed("wandb", f"Reading W&B run {path}"):
        import wandb
    try:
        api = wandb.Api(timeout=_patience())
        run = api.run(path)
        return OnlineRun(str(run.url), str(run.name or run.id), tuple(run.scan_history(use_cache=False)))
    except Exception as error:  # what breaks off while pages are fetched is no wandb.Error
        raise Refused(f"W&B run {path} cannot be read", said(error, None), advice(error, path)) from None


def _of_address(address: str) -> str:
    parts = [unquote(part) for part in urlsplit(address).path.split("/") if part]
    place = parts.index("runs") if "runs" in parts else 0
    if place < 2 or len(parts) == place + 1:
        raise HarnessError(f"{address} is no address of a W&B run. Expected https://HOST/ENTITY/PROJECT/runs/RUN.")
    return "/".join((parts[place - 2], parts[place - 1], parts[place + 1]))


def _patience() -> int:
    given = os.environ.get("WANDB_HTTP_TIMEOUT", "")
    return int(given) if given.isdecimal() and int(given) else _PATIENCE


def advice(error: Exception, path: str) -> str:
    """What to do about what wandb raised, or whatever it let through."""
    return ADVICE.get(type(error).__name__, _not_there)(str(error), path)


def _no_key(text: str, path: str) -> str:
    """A missing key, a wrong key, and a server that nobody reaches all come as the same kind of error."""
    if "did not respond" in text or "connect" in text.lower():
        return _ELSEWHERE
    return "Next: wandb login"


def _not_there(text: str, path: str) -> str:
    if "not find" in text or "not found" in text:
        return f"Is '{path}' ENTITY/PROJECT/RUN as in the address of its page? RUN is the id, not the shown name."
    return _ELSEWHERE


ADVICE: dict[str, Callable[[str, str], str]] = {
    "AuthenticationError": _no_key,
    "CommError": _not_there,
    "Error": _not_there,
    "UnsupportedError": _no_key,
    "UsageError": _no_key,
    "WandbCoreNotAvailableError": _not_there,
}
"""Every exception of wandb.errors, by name: to import them is wandb's second."""
