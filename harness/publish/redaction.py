"""Texts without the places and secrets of the machine that they were written on, fit to be published."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from harness.store import Certificate, TrainedBase, from_row, to_row

# At least two names deep, so that "12 tokens /s" stays; after a letter or a colon it is no path (and/or, addresses).
_PLACE = re.compile(r"(?<![\w/.:>-])(?:~|/[^\s/=,;:'\"\])]+)(?:/[^\s/=,;:'\"\])]+)+/?")
_PLACE_IN_WORD = re.compile(r"(^|[=,\[])([~/][^=,\]]*)")
_SECRET_OPTION = re.compile(r"(?i)\b((?:hub_token|push_to_hub_token|api_?key|password|secret)\w*)=.*", re.DOTALL)
_SECRET = re.compile(r"(?i)\bhf_[a-z0-9]{8,}|(?<=bearer )[^\s'\"]+")
HIDDEN = "[hidden]"


def portable(text: str) -> str:
    """The text with each absolute path as the name of its file, and without keys of the hub."""
    return without_secrets(_PLACE.sub(lambda match: PurePosixPath(match[0]).name, text))


def without_secrets(text: str) -> str:
    """The text without what looks like a key of the hub."""
    return _SECRET.sub(HIDDEN, text)


def portable_command(command: str) -> str:
    """A command line with each absolute path as the name of its file, and without keys that were given on it."""
    try:
        words = shlex.split(command)
    except ValueError:
        return portable(command)
    # shlex would quote what only Python's shell module calls unsafe: a reader should be able to copy the line.
    return shlex.join(_SECRET_OPTION.sub(rf"\1={HIDDEN}", without_secrets(_shortened(word))) for word in words)


def portable_certificate(certificate: Certificate) -> Certificate:
    """A certificate without local paths: files and folders by name, beside the digests that tell what they held."""
    found: dict[str, Any] = _every(to_row(certificate))
    base = dict(found.get("base") or {})
    if not is_on_hub(certificate.base):
        base = {**base, "name": PurePosixPath(certificate.base.name).name, "path": None}
    wandb = {key: value for key, value in certificate.wandb.items() if key in ("mode", "url")}
    command = portable_command(certificate.command or "")
    return from_row(Certificate, {**found, "base": base, "wandb": wandb, "command": command}, certificate.name)


def is_on_hub(base: TrainedBase) -> bool:
    """Whether others can have the base of a certificate by its name."""
    return (base.digest or "").startswith("commit:")


def _every(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _every(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_every(item) for item in value]
    # Only what is a path as a whole: a system line may speak of one.
    if isinstance(value, str) and value.startswith(("/", "~/")) and "\n" not in value:
        return PurePosixPath(value).name
    return value


def _shortened(word: str) -> str:
    return _PLACE_IN_WORD.sub(lambda match: match[1] + PurePosixPath(match[2]).name, word)
