"""CSV and TSV as spreadsheets write them: every cell the text that stands there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.data.suites.settings import QUESTION_KEYS
from harness.errors import HarnessError

_DELIMITERS = {".csv": ",;\t|", ".tsv": "\t,;|"}
"""By suffix, the usual one first."""
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_LONGEST = 1 << 30
Cells = Mapping[str, str | None]


def read_cells(path: Path, text: str) -> tuple[list[tuple[int, Cells | str]], tuple[str, ...]]:
    """((number, row or what is wrong with it), notes); numbers are those that a spreadsheet shows.

    An empty cell is None: nothing stands there.
    """
    if text.lower().startswith("sep=") and len(text) > 4:  # Excel's own hint
        given, text = text[4], "\n" + text.partition("\n")[2]
    else:
        given = _delimiter(path, text)
    rows = list(_rows(path, text, given))
    begin = next((at for at, row in enumerate(rows) if any(map(str.strip, row))), None)
    if begin is None:
        raise HarnessError(f"{path} is empty. Its first row names the columns: id,question,answer")
    header = [name.strip() for name in rows[begin]]
    if twice := sorted({name for name in header if header.count(name) > 1 and name}):
        raise HarnessError(f"{path}: column '{twice[0]}' is there twice.")
    filled = [
        (number, row) for number, row in enumerate(rows, start=1) if number > begin + 1 and any(map(str.strip, row))
    ]
    usual = _DELIMITERS[path.suffix][0]
    notes = () if given == usual else (f"read as separated by {_NAMES.get(given, given)}",)
    return [(number, _row(header, row)) for number, row in filled], notes


def _row(header: Sequence[str], row: Sequence[str]) -> Cells | str:
    if len(row) != len(header):
        cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
        return f"{cells}, where the header has {len(header)} (a text with the separator in it needs quotes)"
    return {name: cell if cell.strip() else None for name, cell in zip(header, row, strict=True) if name}


def _delimiter(path: Path, text: str) -> str:
    """The one by which the header falls into the most known columns, then the most columns."""
    usual = _DELIMITERS[path.suffix]
    head = text.lstrip("\r\n")

    def worth(delimiter: str) -> tuple[int, int, int]:
        names = next(_rows(path, head, delimiter, strict=False), [])
        known = sum(name.strip().casefold() in QUESTION_KEYS for name in names)
        return known, len(names), -usual.index(delimiter)

    return max(usual, key=worth)


def _rows(path: Path, text: str, delimiter: str, strict: bool = True) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST)
    # Line ends as they stand: a cell in quotes may hold some.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    while True:
        begin = reader.line_num + 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = "a quote opens and never closes" if "unexpected end" in str(error) else str(error)
            raise HarnessError(
                f"{path} line {begin}: {fault}. A cell that holds a quote stands in quotes, each of its own twice."
            ) from None
