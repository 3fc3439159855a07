"""JSON and lines of it on disk: replaced in one step, appended whole, read with their faults told."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from harness.errors import HarnessError
from harness.json_yaml import json_lines, not_json
from harness.store.drafts import draft_file

_TOGETHER = 1 << 20
"""Characters in one write, at least, of a file of more."""
Json = dict[str, Any]
FORMAT_VERSION = 1
"""Of every file that names one: the newest that this harness reads, and the one that it writes."""


def read_json(path: Path) -> Json:
    """The object in a file; refuses what is no JSON, with the place of the fault, no object, or of a newer format."""
    return known_format(_object(path), path)


def refuse_newer(path: Path) -> None:
    """Refuses to replace a file of a newer format; one that is not there, or holds no JSON object, may be."""
    row: Json = {}
    if path.is_file():
        with suppress(HarnessError):
            row = _object(path)
    known_format(row, path)


def known_format(row: Json, where: object) -> Json:
    """The row, if this version of the harness knows its format: whatever names none, or an older one, it does."""
    version = row.get("format_version")
    if version is None or (isinstance(version, int) and version <= FORMAT_VERSION):
        return row
    raise HarnessError(
        f"{where} has format version {version}, and this harness reads up to {FORMAT_VERSION}. "
        "Upgrade with: python -m pip install --upgrade preference-harness"
    )


def _object(path: Path) -> Json:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise not_json(path, error) from None
    if not isinstance(row, dict):
        raise HarnessError(f"{path} holds no JSON object.")
    return row


def write_json(path: Path, row: Mapping[str, object]) -> None:
    """Replaces a file in one step: a reader sees the old text or the new, never a half."""
    write_text(path, json.dumps(finite(row), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def read_jsonl(path: Path) -> Iterator[Json]:
    """The rows of a file, none where there is no file; a torn last line (a killed writer) is passed over."""
    if not path.exists():
        return
    torn = b""

    def whole(file: BinaryIO) -> Iterator[bytes]:
        nonlocal torn
        for line in file:
            if line.endswith(b"\n"):
                yield line[:-1]
            else:
                torn = line

    with path.open("rb") as file:
        number = 0
        for number, row in json_lines(path, whole(file), _row):
            yield _known_row(row, path, number)
    if torn.strip():
        with suppress(ValueError):
            row = _row(torn)
            if isinstance(row, dict):
                yield _known_row(row, path, number + 1)


def _known_row(row: Any, path: Path, number: int) -> Json:
    where = f"{path} line {number}"
    if not isinstance(row, dict):
        raise HarnessError(f"{where} holds no JSON object.")
    return known_format(row, where) if "format_version" in row else row


def _row(line: bytes) -> Any:
    return json.loads(line.decode("utf-8", "surrogatepass"))


def write_jsonl(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Replaces a file of lines in one step, one row each."""
    write_lines(path, map(json_line, rows))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Replaces a file in one step by lines that end with a line's end, of which a few are in memory at a time."""
    with draft_file(path, sync=True) as draft, draft.open("wb") as file:
        for block in _blocks(lines):
            file.write(block)


def append_jsonl(path: Path, rows: Iterable[Mapping[str, object]], sync: bool = True) -> None:
    """Adds whole lines and sees them onto the disk, about a megabyte in one write; a torn line is cut off first.

    Without `sync` they outlive the process, and the machine once somebody calls `drafts.sync_file`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        _cut_torn_line(file.fileno())
        for block in _blocks(map(json_line, rows)):
            file.write(block)
            file.flush()
        if sync:
            os.fsync(file.fileno())


def _blocks(lines: Iterable[str]) -> Iterator[bytes]:
    """The lines as UTF-8, as many together as one write takes."""
    block, size = list[str](), 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= _TOGETHER:
            yield _encoded(block)
            block, size = [], 0
    if block:
        yield _encoded(block)


def _encoded(lines: Iterable[str]) -> bytes:
    # A lone surrogate cannot be written as UTF-8; JSON's own escape for it can.
    return "".join(lines).encode("utf-8", "backslashreplace")


def finite(value: Any) -> Any:
    """The same value with NaN and infinities as None: JSON has no word for them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def json_line(row: Mapping[str, object]) -> str:
    """The row as a line of a file; what is not finite is null there."""
    return json.dumps(finite(row), ensure_ascii=False, allow_nan=False) + "\n"


def write_text(path: Path, text: str) -> None:
    """Replaces a file in one step: a reader sees the old text or the new, never a half."""
    with draft_file(path, sync=True) as draft, draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def _cut_torn_line(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    end = size
    while end > 0:
        start = max(0, end - 4096)
        block = os.pread(descriptor, end - start, start)
        newline = block.rfind(b"\n")
        if newline >= 0:
            keep = start + newline + 1
            break
        end = start
    else:
        keep = 0
    if keep < size:
        os.ftruncate(descriptor, keep)
