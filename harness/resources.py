"""Where the shipped folders lie, in a checkout and in an installed wheel alike, and what files are worth (digests)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

_BLOCK = 1 << 20
_WHOLE_BELOW = 1 << 30


def shipped(name: str) -> Path:
    """The folder or file that ships with the harness: "tasks", "prompts", "reports/templates", "pins.txt"."""
    package = Path(__file__).resolve().parent
    installed = package / "_shipped" / name
    return installed if installed.exists() else package.parent / name


def search_path(name: str, own: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The configured folders first, then the one of the working folder, where it is there, then the shipped one.

    In a checkout the last two are the same, and stand there once.
    """
    here = Path.cwd() / name
    found: dict[Path, Path] = {}
    for folder in (*own, *([here] if here.is_dir() else []), shipped(name)):
        found.setdefault(folder.resolve(), folder)
    return tuple(found.values())


def named(reference: str) -> Any:
    """What "module:name" refers to; a table of such texts lets a room be opened only when it is asked for."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def text_digest(text: str) -> str:
    """sha256 of a text's UTF-8 bytes, in hex; a lone surrogate counts as its own three bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_digest(paths: Iterable[Path]) -> str:
    """sha256 over names and contents of files; of a file of 1 GiB and more, its size, first and last MiB."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        size = path.stat().st_size
        digest.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as file:
            if size < _WHOLE_BELOW:
                digest.update(hashlib.file_digest(file, "sha256").digest())
                continue
            # A 7B base is 14 GB: reading all of it would cost a minute before every command.
            digest.update(file.read(_BLOCK))
            file.seek(-_BLOCK, 2)
            digest.update(file.read(_BLOCK))
    return digest.hexdigest()


def policy_source(text: str) -> str:
    """The name under which a content-security policy allows this script or stylesheet and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
