"""The rows of a file of answers, whatever holds them: JSON, JSON lines, CSV, TSV, Parquet, a log of inspect's."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.data.recordings.conversations import turns_in
from harness.data.recordings.inspect_logs import read_eval, samples_of
from harness.errors import HarnessError
from harness.foreign_errors import boundary, needed
from harness.json_yaml import json_lines

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
_LISTS = ("results", "samples", "data", "rows", "answers", "responses", "outputs", "instances")
"""Under what an object holds its rows, the first that does."""


def read_objects(path: Path) -> list[Row]:
    """Every row of the file; refuses what cannot be read, an empty file, and a row that is no object."""
    rows = _rows(path)
    if not rows:
        raise HarnessError(f"{path} is an empty list. {EXPECTED}")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise HarnessError(f"{path} row {number} is a {type(row).__name__}, not an object. {EXPECTED}")
    return rows


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
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path} is not UTF-8 text (byte {error.start}). {EXPECTED}") from None
    if not text.strip():
        raise HarnessError(f"{path} is empty. {EXPECTED}")
    if path.suffix.lower() in (".csv", ".tsv"):
        return _table(path, text, "\t" if path.suffix.lower() == ".tsv" else None)
    return [_exchange(row) for row in _json(path, text)]


def _json(path: Path, text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return [row for _, row in json_lines(path, text.split("\n"), advice=EXPECTED)]
    if isinstance(whole, Mapping):
        return samples_of(path, whole) or _listed(whole) or [whole]
    is_exchange = isinstance(_exchange(whole), Mapping) and "messages" in whole[0] and "messages" not in whole[1]
    return whole if isinstance(whole, list) and not is_exchange else [whole]


def _listed(whole: Row) -> list[Any] | None:
    """The rows that an object holds in a list of objects; promptfoo holds them at results.results."""
    for name in _LISTS if "id" not in whole else ("results",):
        found = whole.get(name)
        if isinstance(found, Mapping) and name == "results":
            return _listed(found)
        if isinstance(found, list) and found and all(isinstance(row, Mapping) for row in found):
            return found
    return None


def _exchange(row: Any) -> Any:
    """[request, response, metadata], as scripts log the calls of an API, as an object of these."""
    is_logged = isinstance(row, list) and 2 <= len(row) <= 3 and all(isinstance(part, Mapping) for part in row)
    return dict(zip(("request", "response", "metadata"), row, strict=False)) if is_logged else row


def _table(path: Path, text: str, mark: str | None) -> list[Row]:
    """The rows of comma-separated text, by the header's names; a cell that is empty says nothing but as an answer."""
    head = text.partition("\n")[0]
    mark = mark or max(",;\t", key=head.count)
    csv.field_size_limit(sys.maxsize)
    with boundary(f"{path} cannot be read as a table", csv.Error, advice="Quote a cell that holds quotes or lines."):
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True) if row]
    names = [name.strip() for name in lines[0]]
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
