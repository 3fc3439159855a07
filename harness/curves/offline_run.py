"""A W&B run file (run-ID.wandb) read without W&B's service: its history rows as they were logged.

The file is a header and then LevelDB's log: blocks of 32 KiB that hold records of a checksum, a length and a kind, a
long payload being cut into several. Each payload is one protobuf Record of wandb's.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import needed

MAGIC = b":W&B"
_HEADER = 7
_BLOCK = 32 * 1024
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


def history_rows(file: Path, data: bytes) -> Iterator[dict[str, Any]]:
    """What was logged, a row a call of wandb.log, under the names that W&B has for it."""
    for record in wandb_records(file, data):
        if record.WhichOneof("record_type") == "history":
            yield _row(record.history.item)


def run_name(file: Path, data: bytes) -> str:
    """What W&B calls the run: its shown name, else its id; of a file that does not say, the file's own."""
    for record in wandb_records(file, data):
        if record.WhichOneof("record_type") == "run":
            return str(record.run.display_name or record.run.run_id or _of_file(file))
    return _of_file(file)


def _of_file(file: Path) -> str:
    return file.stem.removeprefix("run-")


def log_history_names(row: Mapping[str, Any]) -> dict[str, Any]:
    """A logged row as Transformers' trainer held it before its W&B callback put train/ and eval/ in front."""
    named = {_unprefixed(key): value for key, value in row.items() if not key.startswith("_")}
    # What was logged by hand has no global_step; W&B's own counter is then the only order there is.
    return {"step": named.pop("global_step", row.get("_step")), **named}


def wandb_records(file: Path, data: bytes) -> Iterator[Any]:
    """The file's protobuf records, in order."""
    with needed("wandb", f"Reading {file}"):
        # protobuf comes with wandb, and ships no types.
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
        from wandb.proto.wandb_internal_pb2 import Record
    for payload in _payloads(file, data):
        record = Record()
        try:
            record.ParseFromString(payload)
        except DecodeError:
            raise HarnessError(f"{file} holds a record that wandb cannot decode.") from None
        yield record


def _row(items: Any) -> dict[str, Any]:
    return {str(item.key) or "/".join(item.nested_key): _value(item.value_json) for item in items}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _unprefixed(key: str) -> str:
    if key.startswith("eval/"):
        return "eval_" + key.removeprefix("eval/")
    return key.removeprefix("train/")


def _payloads(file: Path, data: bytes) -> Iterator[bytes]:
    """The payloads of the log; a tail that was cut off (a killed training) is passed over, damage before it is not."""
    place, parts = _HEADER, bytearray()
    while place < len(data):
        left = _BLOCK - place % _BLOCK
        if left < 7:  # too short for a record's head: padding
            place += left
            continue
        check = int.from_bytes(data[place : place + 4], "little")
        length = int.from_bytes(data[place + 4 : place + 6], "little")
        kind, chunk = data[place + 6 : place + 7], data[place + 7 : place + 7 + length]
        if len(chunk) < length or not kind:
            return
        if zlib.crc32(chunk, zlib.crc32(kind)) != check:
            if not any(data[place + 7 + length :]):  # a file system fills the tail of a crash with zeros
                return
            raise HarnessError(f"{file} is damaged at byte {place}: the checksum of a record does not match.")
        place += 7 + length
        parts = parts if kind[0] in (_MIDDLE, _LAST) else bytearray()
        parts += chunk
        if kind[0] in (_FULL, _LAST):
            yield bytes(parts)
