"""Rows of questions as a file or the hub holds them, each with the number that its reader knows it by."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.data.suites.cells import read_cells
from harness.errors import HarnessError
from harness.foreign_errors import boundary, needed
from harness.json_yaml import json_lines, not_json
from harness.on_disk import Spool

Row = Mapping[str, Any]
Kind = Literal["ours", "texts", "values"]
"""JSON lines of a suite of ours, whose keys are known; cells that are texts; other people's values."""
_PACKED = {b"PK": "an Excel or zip file: save it as CSV (UTF-8)", b"\x1f\x8b": "packed: unpack it with gunzip"}


@dataclass(frozen=True)
class QuestionTable:
    """The rows of one file or dataset."""

    where: str
    """How refusals call it."""
    path: Path | None
    """None for a dataset of the hub."""
    kind: Kind
    unit: str
    """What its numbers count: line, or row (the header being row 1)."""
    rows: Sequence[tuple[int, Row | str]]
    """(number, row); in place of a row that is none, what is wrong with it."""
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Every column of any row, in their order."""
        return list(dict.fromkeys(key for _, row in self.rows if not isinstance(row, str) for key in row))


def read_file(path: Path, own: bool = False) -> QuestionTable:
    """The rows of a file, by its suffix; `own` says that JSON lines must hold the keys of a question and no others."""
    if path.suffix == ".parquet":
        return _parquet(path)
    if path.suffix not in (".csv", ".tsv", ".json") and (streamed := _streamed(path)) is not None:
        return QuestionTable(str(path), path, "ours" if own else "values", "line", streamed)
    text = _text(path)
    if path.suffix in (".csv", ".tsv"):
        rows, notes = read_cells(path, text)
        return QuestionTable(str(path), path, "texts", "row", rows, notes)
    if path.suffix == ".json":
        return _json(path, text)
    return _jsonl(path, text, "ours" if own else "values")


def read_dataset(source: str, name: str | None, split: str | None, folder: Path) -> QuestionTable:
    """The rows of a file or folder beside suite.yaml, else of a dataset of the hub."""
    path = folder / source
    if path.is_file():
        return read_file(path)
    with needed("datasets", f"The dataset {source}"):
        import datasets
    what = f"The dataset '{source}'{f' ({name})' if name else ''}, split {split or 'test'}, cannot be had"
    with boundary(what, Exception, advice="Is the name right (OWNER/NAME), and the hub within reach?"):
        if (path / "dataset_info.json").is_file() or (path / "dataset_dict.json").is_file():
            found = datasets.load_from_disk(str(path))
            found = found[split or "test"] if isinstance(found, dict) else found
        else:
            found = datasets.load_dataset(str(path) if path.is_dir() else source, name, split=split or "test")
    names = {key: feature.names for key, feature in found.features.items() if hasattr(feature, "int2str")}
    rows = ({key: _labelled(value, names.get(key)) for key, value in row.items()} for row in found)
    return QuestionTable(f"dataset {source}", None, "values", "row", _numbered(rows))


def _labelled(value: Any, names: Sequence[str] | None) -> Any:
    """A class by its name; one below 0 is how datasets say that they do not tell."""
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None


def _text(path: Path) -> str:
    data = path.read_bytes()
    for beginning, what in _PACKED.items():
        if data.startswith(beginning):
            raise HarnessError(f"{path} is {what}.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        fault = "UTF-16" if utf_16 else f"not UTF-8 ({error.reason})"
        raise HarnessError(f"{path} line {line} is {fault}. Save it as UTF-8; in Excel: CSV UTF-8.") from None
    return text


def _jsonl(path: Path, text: str, kind: Kind) -> QuestionTable:
    # JSON strings may hold U+2028 and its like, which str.splitlines takes for the end of a line.
    lines = list(json_lines(path, re.split("\r\n?|\n", text), _row_or_fault))
    return QuestionTable(str(path), path, kind, "line", lines)


def _streamed(path: Path) -> Spool[tuple[int, Row | str]] | None:
    """The rows of JSON lines, read one by one; None of a file that has a fault of its own, which others name."""
    try:
        with path.open("rb") as file:
            if file.read(2) in _PACKED:
                return None
        # Any of the three ends of a line, as a file read whole is split.
        with path.open(encoding="utf-8-sig", newline=None) as lines:
            return Spool(json_lines(path, (line.rstrip("\n") for line in lines), _row_or_fault))
    except (OSError, ValueError):
        return None


def _row_or_fault(line: str) -> Row | str:
    try:
        return _row(json.loads(line))
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return str(error)


def _row(value: Any) -> Row:
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return {key: None if is_nan(item) else item for key, item in value.items()}


def _json(path: Path, text: str) -> QuestionTable:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        if getattr(error, "msg", None) == "Extra data":
            return _jsonl(path, text, "values")
        raise not_json(path, error) from None
    lists = [value for value in found.values() if _is_rows(value)] if isinstance(found, dict) else [found]
    if len(lists) != 1 or not isinstance(lists[0], list):
        raise HarnessError(f"{path} holds no list of questions. As JSON it must be a list of objects, one a question.")
    return QuestionTable(str(path), path, "values", "row", _numbered(lists[0]))


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and (not value or any(isinstance(row, dict) for row in value))


def _parquet(path: Path) -> QuestionTable:
    with needed("pyarrow", f"{path}", otherwise="or save it as CSV"):
        import pyarrow.parquet
    # Not by pandas, to which a column of whole numbers with a gap is one of 3.0.
    with boundary(f"{path} cannot be read as Parquet", Exception, advice="Save it again, or as CSV (UTF-8)."):
        rows = pyarrow.parquet.read_table(path).to_pylist()
    return QuestionTable(str(path), path, "values", "row", _numbered(rows))


def _numbered(rows: Iterable[Any]) -> list[tuple[int, Row | str]]:
    return [
        (number, _row(row) if isinstance(row, dict) else "no JSON object") for number, row in enumerate(rows, start=1)
    ]


def is_nan(value: object) -> bool:
    """Whether a value is the number by which other people's tools say that there is none."""
    return isinstance(value, float) and math.isnan(value)
