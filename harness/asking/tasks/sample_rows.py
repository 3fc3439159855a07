"""Rows of lm-eval's samples as this harness keeps them, whatever version of lm-eval wrote them.

lm-eval 0.4.13 names the filter of a row and hashes document, prompt and target; older ones did less, and its command
writes arguments as a table. What is lacking is computed here as lm-eval computes it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.json_yaml import json_lines, not_json
from harness.resources import text_digest
from harness.store import Json

# What Python prints of an object that JSON cannot hold, a picture say, has its place in memory.
_PLACE = re.compile(r" at 0x[0-9a-f]+")


def foreign_rows(path: Path, filters: Sequence[str]) -> Iterator[Json]:
    """The rows of a file of samples, JSON lines or one list, in today's form; filters: the task's, in their order."""
    seen: Counter[str] = Counter()
    for number, row in enumerate(_read(path), start=1):
        if not isinstance(row, dict):
            raise HarnessError(f"{path}: row {number} is no sample of lm-eval, which is an object.")
        row = {"doc_id": number - 1, **row}
        rule = row.get("filter") or _nth(filters, seen[str(row["doc_id"])], path)
        seen[str(row["doc_id"])] += 1
        yield with_hashes({**row, "filter": rule, "arguments": _arguments(row.get("arguments"))})


def with_hashes(row: Json) -> Json:
    """The row with the hashes that tell whether two runs were asked the same, those that it has as they are."""
    arguments = row.get("arguments") or []
    told: dict[str, Any] = {
        "doc_hash": row.get("doc"),
        "prompt_hash": arguments[0][0] if arguments and isinstance(arguments[0], list) and arguments[0] else None,
        "target_hash": row.get("target"),
        "arguments_hash": _texts(arguments) or None,
    }
    return {**row, **{key: _HASHES[key](it) for key, it in told.items() if row.get(key) is None and it is not None}}


def _read(path: Path) -> Iterable[Any]:
    """One list, as the first versions wrote and the hub's leaderboards have it, or an object a line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}).") from None
    if not data.lstrip().startswith(b"["):
        yield from (row for _, row in json_lines(path, data.split(b"\n")))
        return
    try:
        yield from json.loads(data)
    except (ValueError, RecursionError) as error:
        raise not_json(path, error) from None


def _nth(filters: Sequence[str], place: int, path: Path) -> str:
    """Rows without a filter's name stand a filter after the other, each with all of the documents."""
    if place >= max(1, len(filters)):
        raise HarnessError(f"{path} has more rows a document than the task has filters ({', '.join(filters)}).")
    return filters[place] if filters else "none"


def _arguments(value: Any) -> list[Any]:
    """[[context, continuation], …], of which lm-eval's command makes {gen_args_0: {arg_0: …}}."""
    rows = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [list(row.values()) if isinstance(row, dict) else row for row in rows]


def _texts(arguments: Sequence[Any]) -> list[Any]:
    """The texts of each request; settings of generation stand in the task's configuration."""
    return [[part for part in row if isinstance(part, str)] if isinstance(row, list) else str(row) for row in arguments]


def _hash(text: object) -> str:
    return text_digest(_PLACE.sub("", str(text)))


_HASHES: Mapping[str, Callable[[Any], str]] = {
    "doc_hash": lambda doc: _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
    "prompt_hash": _hash,
    "target_hash": _hash,
    "arguments_hash": lambda texts: _hash(json.dumps(texts, ensure_ascii=False)),
}
