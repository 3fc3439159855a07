"""Rows of preference data as a file or the hub holds them, and what a file is that holds none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import boundary
from harness.json_yaml import json_lines, not_json

PreferenceRow = Mapping[str, Any]
_NEEDED = "Give a JSON, JSONL or Parquet file in UTF-8, or a dataset of the hub as owner/name."
# How a file begins that is packed, and what unpacks it.
_PACKED = {b"\x1f\x8b": "gunzip", b"BZh": "bunzip2", b"\xfd7zXZ": "unxz", b"\x28\xb5\x2f\xfd": "unzstd", b"PK": "unzip"}


def read_rows(source: str, split: str) -> Sequence[Any]:
    """Every row, whatever it is; refuses what cannot be read as a whole, with the line where it goes wrong."""
    path = Path(source).expanduser()
    if path.is_file():
        return _read_parquet(path) if path.suffix == ".parquet" else _read_json(path)
    if path.suffix in {".json", ".jsonl", ".parquet"} or source.count("/") != 1 or source.startswith((".", "/")):
        found = " but a folder" if path.is_dir() else ""
        raise HarnessError(f"No preference data at {source}{found}. {_NEEDED}")
    from datasets import load_dataset

    with boundary(f"The dataset '{source}' (split {split}) cannot be had from the hub", Exception):
        return list(load_dataset(source, split=split))


def _read_parquet(path: Path) -> list[PreferenceRow]:
    import pandas

    with boundary(f"{path} cannot be read as Parquet", Exception, advice=_NEEDED):
        rows: list[dict[Any, Any]] = pandas.read_parquet(path).to_dict("records")
    return [{str(key): _as_json(value) for key, value in row.items()} for row in rows]


def _as_json(value: Any) -> Any:
    """Lists that came back as arrays, and gaps that came back as NaN, as JSON has them."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return None if isinstance(value, float) and value != value else value


def _read_json(path: Path) -> Sequence[Any]:
    data = path.read_bytes()
    for beginning, command in _PACKED.items():
        if data.startswith(beginning):
            raise HarnessError(f"{path} is packed. Unpack it first, with: {command} {path}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise HarnessError(f"{path} line {line} is not UTF-8 ({error.reason}). {_NEEDED}") from None
    return _value(path, text) if path.suffix == ".json" and text.strip() else _lines(path, text)


def _value(path: Path, text: str) -> Sequence[Any]:
    """The rows of a file that is one JSON value; where more follows the first one, those of its lines."""
    try:
        found = _parsed(text)
    except (ValueError, RecursionError) as error:
        if getattr(error, "msg", None) == "Extra data":
            return _lines(path, text)
        raise not_json(path, error, getattr(error, "lineno", 1), _NEEDED) from None
    return _rows_of(found, path)


def _rows_of(found: Any, path: Path) -> Sequence[Any]:
    if isinstance(found, list):
        return found
    if isinstance(found, dict) and "chosen" in found:
        return [found]
    what = f"an object of {', '.join(map(str, list(found)[:8]))}" if isinstance(found, dict) else "no list"
    raise HarnessError(f"{path} holds {what}. As JSON it must be a list of rows, as JSONL a row a line.")


def _lines(path: Path, text: str) -> list[Any]:
    return [row for _, row in json_lines(path, re.split("\r\n?|\n", text), _parsed, _NEEDED)]


def _parsed(text: str) -> Any:
    # Control characters, and numbers beyond Python's limit, are faults of their row and not of the file.
    return json.loads(text, strict=False, parse_int=float)
