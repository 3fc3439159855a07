"""Rows as a file holds them, read one after another, and what a file is that holds none."""

from __future__ import annotations

import ast
import bz2
import csv
import gzip
import io
import json
import lzma
import re
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from harness.data.preferences.turns import is_talk
from harness.errors import HarnessError
from harness.foreign_errors import boundary
from harness.json_yaml import json_lines, not_json

NEEDED = (
    "Give a JSON, JSONL, CSV, TSV or Parquet file in UTF-8, a folder of one kind of them or one that save_to_disk "
    "wrote, or a dataset of the hub as owner/name."
)
# How a file begins that is packed: what opens it, or where Python cannot, the command that unpacks it.
_PACKED: Mapping[bytes, Callable[[Path], Any] | str] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open, b"\x28\xb5\x2f\xfd": "unzstd", b"PK": "unzip",
}  # fmt: skip
_PACKINGS = (".gz", ".bz2", ".xz", ".zst")
_LISTS = {"generations", "responses", "completions", "answers", "candidates", "ratings", "rating", "scores", "output"}
"""Columns whose cells are lists where they look like one."""
# What no text of a person begins with.
_MESSAGES = re.compile(r"""\[\s*\{\s*['"](role|from|content)['"]\s*:""")
# Elements with no comma between them, as NumPy prints its arrays.
_PARTED = re.compile(r"""['"}\d.]\s+[-'"{\d]""")
# Control characters, and numbers beyond Python's limit, are faults of their row and not of the file.
_JSON = json.JSONDecoder(strict=False, parse_int=float)


def kind_of(path: Path) -> str:
    """What kind of file it is, by its name, packed or not: ".jsonl" of a.jsonl.gz."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in _PACKINGS else suffix


def rows_of(path: Path) -> Iterator[Any]:
    """The rows of a file by its kind; one of another name is taken for JSON lines."""
    return KINDS.get(kind_of(path), _json_lines)(path)


def _json_lines(path: Path) -> Iterator[Any]:
    with _opened(path) as file:
        yield from (row for _, row in json_lines(path, _lines(path, file), _parsed, NEEDED))


def _lines(path: Path, file: Iterable[bytes]) -> Iterator[str]:
    """Lines as any system ends them; JSON strings may hold U+2028 and its like, which end none."""
    number = 0
    with boundary(f"{path} cannot be unpacked", OSError, EOFError, lzma.LZMAError):
        for block in file:
            for line in block.splitlines(keepends=True) if b"\r" in block[:-2] else (block,):
                number += 1
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                try:
                    text = line.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise HarnessError(f"{path} line {number} is not UTF-8 ({error.reason}). {NEEDED}") from None
                yield text


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        beginning = file.read(6)
    for mark, opening in _PACKED.items():
        if beginning.startswith(mark):
            if isinstance(opening, str):
                raise HarnessError(f"{path} is packed. Unpack it first, with: {opening} {path}")
            opened: IO[bytes] = opening(path)
            return opened
    return path.open("rb")


def _json_value(path: Path) -> Iterator[Any]:
    """The rows of a file that is one JSON value; where more follows the first one, those of its lines."""
    with _opened(path) as file:
        text = "".join(_lines(path, file))
    if not text.strip():
        return
    try:
        found = _parsed(text)
    except (ValueError, RecursionError) as error:
        if getattr(error, "msg", None) == "Extra data":
            yield from _json_lines(path)
            return
        raise not_json(path, error, getattr(error, "lineno", 1), NEEDED) from None
    yield from _rows_in(found, path)


def _rows_in(found: Any, path: Path) -> list[Any]:
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        if columns := _of_pandas(found):
            return columns
        lists = [value for value in found.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        if any("chosen" in name or name in ("prompt", "instruction", "question", "messages") for name in found):
            return [found]
        if len(lists) == 1:
            return list(lists[0])
        if set(found) & {"train", "test", "validation"} and len(lists) == len(found):
            raise HarnessError(f"{path} holds several splits ({', '.join(found)}). Give a file for each.")
    what = f"an object of {', '.join(map(str, list(found)[:8]))}" if isinstance(found, dict) else "no list"
    raise HarnessError(f"{path} holds {what}. As JSON it must be a list of rows, as JSONL a row a line.")


def _parsed(text: str) -> Any:
    return _JSON.decode(text)


def _parquet(path: Path) -> Iterator[Any]:
    with boundary(f"{path} cannot be read as Parquet", Exception, advice=NEEDED):
        import pyarrow.parquet

        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=1000):
            yield from batch.to_pylist()


def _arrow(path: Path) -> Iterator[Any]:
    with boundary(f"{path} cannot be read as Arrow", Exception, advice=NEEDED):
        from datasets import Dataset

        rows = Dataset.from_file(str(path))
    yield from rows


def _of_pandas(found: Mapping[str, Any]) -> list[Any]:
    """The rows of what to_json of pandas writes where nobody asks for rows: an object of columns; else none."""
    columns = list(found.values())
    if not columns or not all(isinstance(it, dict) and it.keys() == columns[0].keys() for it in columns):
        return []
    if not all(key.isdecimal() for key in columns[0]):
        return []
    return [{name: column[key] for name, column in found.items()} for key in columns[0]]


def _table(path: Path) -> Iterator[Any]:
    """The rows of a CSV or TSV file; a row whose cells do not fit its columns is no object, and is told as that."""
    csv.field_size_limit(sys.maxsize)
    with _opened(path) as file:
        lines = _lines(path, file)
        head = next(lines, "")
        separator = max(",;\t", key=head.count)

        def whole() -> Iterator[str]:
            yield head
            yield from lines

        reader = csv.reader(whole(), delimiter=separator)
        with boundary(f"{path} cannot be read as a table", csv.Error, advice=NEEDED):
            names = next(reader, [])
            for cells in reader:
                if cells:
                    fits = len(cells) == len(names)
                    yield {name: _cell(name, cell) for name, cell in zip(names, cells, strict=True)} if fits else cells


def _cell(name: str, text: str) -> Any:
    """What a cell says: messages, and answers with their ratings, where it looks like a list of them, else its text.

    Messages that cannot be read, as of a cell that a spreadsheet has cut, are no text but nothing.
    """
    if text[:1] not in ("[", "{"):
        return text
    for parse in (_parsed, _of_numpy if _PARTED.search(text) else ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, tokenize.TokenError):
            continue
        if is_talk(found) or (name in _LISTS and isinstance(found, list)):
            return found
    return None if _MESSAGES.match(text) else text


def _of_numpy(text: str) -> Any:
    """A value as Python prints it, with the commas that NumPy leaves out between the elements of an array."""
    written, ended = [], False
    for token in tokenize.generate_tokens(io.StringIO(text.replace("\n", " ")).readline):
        value = token.type in (tokenize.STRING, tokenize.NUMBER) or token.string in ("None", "True", "False")
        written.append(", " if ended and (value or token.string in ("[", "{", "-")) else " ")
        written.append(token.string)
        ended = value or token.string in ("]", "}")
    return ast.literal_eval("".join(written).strip())


KINDS: Mapping[str, Callable[[Path], Iterator[Any]]] = {
    ".jsonl": _json_lines, ".ndjson": _json_lines, ".json": _json_value, ".csv": _table, ".tsv": _table,
    ".parquet": _parquet, ".arrow": _arrow,
}  # fmt: skip
"""What reads a file, by the end of its name."""
