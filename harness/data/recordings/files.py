"""The rows of a file of answers, whatever holds them: JSON, JSON lines, CSV, TSV, Parquet, a log of inspect's."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from harness.data.recordings.columns import named_alike
from harness.data.recordings.conversations import turns_in
from harness.data.recordings.inspect_logs import read_eval, samples_of
from harness.errors import HarnessError
from harness.foreign_errors import boundary, needed
from harness.json_yaml import json_lines
from harness.on_disk import Spool

Row = Mapping[str, Any]
EXPECTED = "Expected rows with id and generated_text, with instruction and output, or with id and response."
# What a file is that is none of these, by its first bytes, and what to do about it.
_OTHER = {
    b"\x1f\x8b": "is packed. Unpack it first, with: gunzip",
    b"BZh": "is packed. Unpack it first, with: bunzip2",
    b"\xfd7zXZ": "is packed. Unpack it first, with: unxz",
    b"\x28\xb5\x2f\xfd": "is packed. Unpack it first, with: unzstd",
    b"PK": "is an archive or a spreadsheet. Unpack it, or save the sheet as CSV:",
}
_LISTS = (
    "results", "samples", "data", "rows", "answers", "responses", "outputs", "instances", "predictions",
    "request_states",
)  # fmt: skip
"""Under what an object holds its rows, the first that does."""


def read_objects(path: Path) -> Sequence[Row]:
    """Every row of the file; refuses what cannot be read, an empty file, and a row that is no object."""
    rows = _streamed(path) or _rows(path)
    if not rows:
        raise HarnessError(f"{path} is an empty list. {EXPECTED}")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise HarnessError(f"{path} row {number} is a {type(row).__name__}, not an object. {EXPECTED}")
    return rows


def _streamed(path: Path) -> Sequence[Any] | None:
    """The rows of JSON lines, read one by one; None of a file that is none, or has a fault, which others name."""
    if path.suffix.lower() in (".eval", ".csv", ".tsv", ".txt") or not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            lines = (line for line in file if line.strip())
            first, second = next(lines, ""), next(lines, "")
            # One object on the first line and more behind it is nothing but JSON lines.
            if not second or not first.lstrip().startswith("{"):
                return None
            return Spool(_exchange(json.loads(line)) for line in chain((first, second), lines))
    except (OSError, ValueError, RecursionError):
        return None


def _rows(path: Path) -> list[Any]:
    if path.suffix == ".eval":
        return read_eval(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}).") from None
    if data.startswith(b"PAR1"):
        return _parquet(path)
    for beginning, advice in _OTHER.items():
        if data.startswith(beginning):
            raise HarnessError(f"{path} {advice} {path}")
    utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # Excel's "Unicode text"
    try:
        text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise HarnessError(
            f"{path} line {line} is not UTF-8 text (byte {error.start}). Save it as UTF-8; in Excel: CSV UTF-8."
        ) from None
    if not text.strip():
        raise HarnessError(f"{path} is empty. {EXPECTED}")
    is_sheet = path.suffix.lower() == ".txt" and "\t" in text.partition("\n")[0] and text[:1] not in "[{"
    if is_sheet or path.suffix.lower() in (".csv", ".tsv"):
        return _table(path, text, None if path.suffix.lower() == ".csv" else "\t")
    return [_exchange(row) for row in _json(path, text)]


def _json(path: Path, text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return [row for _, row in json_lines(path, text.split("\n"), advice=EXPECTED)]
    if isinstance(whole, Mapping):
        return samples_of(path, whole) or _listed(whole) or _by_key(whole) or _by_column(whole) or [whole]
    logged = _exchange(whole)
    is_exchange = isinstance(logged, Mapping) and len(whole) > 1 and "messages" in whole[0]
    is_exchange = is_exchange and ("error" in logged or "messages" not in whole[1])
    return whole if isinstance(whole, list) and not is_exchange else [whole]


def _listed(whole: Row) -> list[Any] | None:
    """The rows that an object holds in a list of objects; promptfoo holds them at results.results."""
    for name in _LISTS if "id" not in whole else ("results",):
        found = whole.get(name)
        if isinstance(found, Mapping) and name == "results":
            return _listed(found) or _by_key(found)
        if isinstance(found, list) and found and all(isinstance(row, Mapping) for row in found):
            return found
    return None


def _by_key(whole: Row) -> list[Any] | None:
    """{id: answer}, {question: answer} or {id: row}, a row each; None where a key is a column's name."""
    values = list(whole.values())
    are_texts = all(isinstance(value, str) for value in values)
    if (not are_texts and not all(isinstance(value, Mapping) for value in values)) or named_alike(whole):
        return None
    if not are_texts:
        rows = [{"id": key, **value} for key, value in whole.items()]
        return rows if any(named_alike(value) for value in values) else None
    # A key of several words is no id.
    return [{"question" if " " in key.strip() else "id": key, "response": value} for key, value in whole.items()]


def _by_column(whole: Row) -> list[Any] | None:
    """A table as pandas and datasets print it, a list or an object a column; None where the object is none."""
    if {"columns", "data"} <= whole.keys() and isinstance(whole["data"], list) and isinstance(whole["columns"], list):
        width = len(whole["columns"])
        if all(isinstance(row, list) and len(row) == width for row in whole["data"]):
            return [dict(zip(whole["columns"], row, strict=True)) for row in whole["data"]]
    columns = [list(value.values()) if isinstance(value, Mapping) else value for value in whole.values()]
    keys = {tuple(value) for value in whole.values() if isinstance(value, Mapping)}
    if len(columns) < 2 or not all(isinstance(it, list) for it in columns) or len({len(it) for it in columns}) > 1:
        return None
    if len(keys) > 1 or not named_alike(whole):
        return None
    return [dict(zip(whole, values, strict=True)) for values in zip(*columns, strict=True)]


def _exchange(row: Any) -> Any:
    """[request, response, metadata], as scripts log the calls of an API, as an object of these.

    Where the call failed, the response is a list of what went wrong at each try. A list of one object, which a pipeline
    of Transformers gives to each prompt, is the object.
    """
    if not isinstance(row, list) or not 1 <= len(row) <= 3 or not isinstance(row[0], Mapping):
        return row
    if len(row) == 1:
        return row[0]
    failed = isinstance(row[1], list) and row[1] and all(isinstance(it, str | Mapping) for it in row[1])
    if not (failed or isinstance(row[1], Mapping)) or not all(isinstance(part, Mapping) for part in row[2:]):
        return row
    return dict(zip(("request", "error" if failed else "response", "metadata"), row, strict=False))


def _table(path: Path, text: str, mark: str | None) -> list[Row]:
    """The rows of comma-separated text, by the header's names; a cell that is empty says nothing but as an answer."""
    if text[:4].lower() == "sep=" and text[5:6] in ("\r", "\n"):  # Excel's own hint
        mark, text = text[4], text[5:].lstrip("\r\n")
    head = text.partition("\n")[0]
    mark = mark or max(",;\t", key=head.count)
    csv.field_size_limit(sys.maxsize)
    with boundary(f"{path} cannot be read as a table", csv.Error, advice="Quote a cell that holds quotes or lines."):
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)]
    lines = [row for row in lines if any(cell.strip() for cell in row)]
    names = [name.strip() for name in lines[0]]
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise HarnessError(f"{path} has two columns {twice[0]}. Rename one.")
    for number, line in enumerate(lines[1:], start=1):
        if len(line) != len(names):
            raise HarnessError(
                f"{path} row {number} has {len(line)} cells, and the header names {len(names)} columns "
                f"({', '.join(names)}). Quote a cell that holds '{mark}' or lines."
            )
    columns = [_messages(column) for column in zip(*lines[1:], strict=True)]
    return [dict(zip(names, line, strict=True)) for line in zip(*columns, strict=True)]


def _messages(column: Sequence[str]) -> Sequence[Any]:
    """The messages of a column whose cells all hold some, as JSON; the cells where it is another."""
    found = [turns_in(cell) if cell else () for cell in column]
    are_messages = any(found) and all(turns or not cell for turns, cell in zip(found, column, strict=True))
    return [json.loads(cell) if cell else None for cell in column] if are_messages else column


def _parquet(path: Path) -> list[Row]:
    with needed("pyarrow", f"Reading {path}"):
        from pyarrow import parquet
    with boundary(f"{path} cannot be read as Parquet", Exception):
        found: Sequence[Row] = parquet.read_table(path).to_pylist()
    return list(found)
