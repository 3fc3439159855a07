"""Who hands a report in: notes/cover.yaml, every value as it is written there (0412 is no number)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, Malformed, unknown
from harness.foreign_errors import said
from harness.report.pictures import NOTES
from harness.words import visible

FILE = "cover.yaml"
ROWS = ("number", "course", "school", "teacher", "date")
"""What stands on the cover beneath the authors, in this order."""
KEYS = ("author", *ROWS)


@dataclass(frozen=True)
class Cover:
    """The authors, and what else is known of the work: (key, what is written there)."""

    authors: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_cover(folders: Sequence[Path], otherwise: Mapping[str, tuple[str, ...]] | None = None) -> Cover:
    """Of the first of those folders that has notes/cover.yaml; otherwise: values of keys that it leaves out."""
    path = next((path for folder in folders if (path := folder / NOTES / FILE).is_file()), None)
    found = {**(otherwise or {}), **(cover_values(path) if path is not None else {})}
    return Cover(found.get("author", ()), tuple((key, found[key]) for key in ROWS if found.get(key)))


def cover_values(path: Path, others: Sequence[str] | None = None) -> dict[str, tuple[str, ...]]:
    """The keys of a cover that the file gives, each a text or several; refuses any key but these and the others.

    others: keys that are somebody else's; None where the file holds a cover alone.
    """
    out: dict[str, tuple[str, ...]] = {}
    for key, value in _read(path).items():
        if key in KEYS:
            out[key] = _texts(path, key, value)
        elif others is None:
            unknown("key of a cover", visible(str(key)), KEYS, f"It stands in {path}.")
    return out


def _read(path: Path) -> Mapping[Any, Any]:
    import yaml

    try:
        # Nothing but texts: a student's number keeps its zeros, and a date stays as its author writes it.
        found = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.BaseLoader)
    except OSError as error:
        raise HarnessError(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Malformed(str(path), "YAML", said(error), mark.line + 1 if mark else None) from None
    if not found:
        return {}
    if not isinstance(found, dict):
        raise HarnessError(f"{path} holds no keys. Expected lines such as author: …; known: {', '.join(KEYS)}.")
    return found


def _texts(path: Path, key: str, value: object) -> tuple[str, ...]:
    every = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in every):
        raise HarnessError(f"{path}: {key} holds more than text. Expected one text, or a list of texts.")
    return tuple(shown for each in every if (shown := " ".join(str(each).split())))
