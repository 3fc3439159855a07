"""Training curves, read from where trainers leave them.

A trainer_state.json of Transformers, a curves.jsonl of ours, a .wandb file, or a folder that holds one of them; keys
are those of Transformers' log_history. A value that is not finite is left out: the curve has a gap there.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from harness.errors import HarnessError
from harness.records import Curve

_EXPECTED = "Expected a trainer_state.json, a curves.jsonl, a .wandb file, or a folder that holds one."

# The log of a .wandb file: a header, then blocks of 32 KiB with LevelDB's record framing.
_HEADER = 7
_BLOCK = 32 * 1024
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


def read_curves(path: Path, variant: str) -> list[Curve]:
    """Every logged value of a training under the variant's name, in the order of the file."""
    file = _inside(path) if path.is_dir() else path
    data = _bytes(file)
    if data.startswith(b":W&B"):
        curves = _of_rows(_wandb_rows(file, data), variant)
    elif file.suffix == ".wandb":
        raise HarnessError(f"{file} does not begin like a W&B run file (':W&B'). {_EXPECTED}")
    else:
        curves = _of_json(file, data, variant)
    if not curves:
        raise HarnessError(f"{file} holds no logged value. {_EXPECTED}")
    return curves


def _inside(folder: Path) -> Path:
    """The file of a training's or run's folder; W&B's latest-run link and offline-run folders included."""
    for name in ("trainer_state.json", "curves.jsonl"):
        if (folder / name).is_file():
            return folder / name
    runs = sorted(folder.glob("*.wandb"))
    if len(runs) == 1:
        return runs[0]
    found = f"{len(runs)} .wandb files" if runs else "none of them"
    raise HarnessError(f"{folder} holds {found}. {_EXPECTED}")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise HarnessError(f"{file} cannot be read ({error.strerror}). {_EXPECTED}") from None


def _of_json(file: Path, data: bytes, variant: str) -> list[Curve]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HarnessError(f"{file} is neither UTF-8 text nor a W&B run file. {_EXPECTED}") from None
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        return _of_lines(file, text, variant)
    if isinstance(state, dict) and {"key", "step", "value"} <= state.keys():
        return _of_lines(file, text, variant)
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list) or not all(isinstance(row, dict) for row in history):
        found = ", ".join(map(str, list(state)[:8])) if isinstance(state, dict) else f"a {type(state).__name__}"
        raise HarnessError(f"{file} has no log_history; found {found or 'an empty object'}. {_EXPECTED}")
    return _of_rows(history, variant)


def _of_lines(file: Path, text: str, variant: str) -> list[Curve]:
    curves = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            step, key, value, epoch = int(row["step"]), str(row["key"]), row["value"], row.get("epoch")
        except (ValueError, RecursionError) as error:
            raise HarnessError(f"{file} line {number} is not valid JSON ({error}). {_EXPECTED}") from None
        except (KeyError, TypeError, AttributeError):
            raise HarnessError(f"{file} line {number} lacks step, key or value. {_EXPECTED}") from None
        # null is how the harness writes what is not finite.
        if _is_number(value):
            curves.append(Curve(variant, step, float(epoch) if _is_number(epoch) else None, key, float(value)))
    return curves


def _of_rows(rows: Iterable[Mapping[str, Any]], variant: str) -> list[Curve]:
    """Every number of a history but its step and epoch."""
    curves = []
    for row in rows:
        step, epoch = row.get("step"), row.get("epoch")
        if not _is_number(step):
            continue
        at = float(epoch) if _is_number(epoch) else None
        curves += [
            Curve(variant, int(step), at, key, float(value))
            for key, value in row.items()
            if key not in ("step", "epoch") and _is_number(value)
        ]
    return curves


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wandb_rows(file: Path, data: bytes) -> Iterator[dict[str, Any]]:
    """The history rows of a W&B run file, under log_history's names."""
    try:
        # protobuf comes with wandb, and ships no types.
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
        from wandb.proto.wandb_internal_pb2 import Record
    except ImportError:
        raise HarnessError(f"{file} needs wandb to be read. Install it with: pip install wandb") from None

    for payload in _wandb_records(file, data):
        record = Record()
        try:
            record.ParseFromString(payload)
        except DecodeError:
            raise HarnessError(f"{file} holds a record that wandb cannot decode.") from None
        if record.WhichOneof("record_type") == "history":
            yield _renamed({_key(item): _value(item.value_json) for item in record.history.item})


def _key(item: Any) -> str:
    return str(item.key) or "/".join(item.nested_key)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A logged row as Transformers' trainer held it before its W&B callback put train/ and eval/ in front."""
    named = {_log_history_name(key): value for key, value in row.items() if not key.startswith("_")}
    # What was logged by hand has no global_step; W&B's own counter is then the only order there is.
    return {"step": named.pop("global_step", row.get("_step")), **named}


def _log_history_name(key: str) -> str:
    if key.startswith("eval/"):
        return "eval_" + key.removeprefix("eval/")
    return key.removeprefix("train/")


def _wandb_records(file: Path, data: bytes) -> Iterator[bytes]:
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
        if len(chunk) < length or not kind or not any(data[place : place + 7]):
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
