"""What kind of data a source holds, by its first rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from harness.data.preferences.files import read_rows
from harness.errors import HarnessError

_ROWS = 64


def holds_conversations(source: str, split: str, name: str | None, columns: Mapping[str, str]) -> bool:
    """Whether most rows say who speaks; what cannot be read is none, and is refused when it is read whole."""
    try:
        rows = list(islice(read_rows(source, split), _ROWS))
    except HarnessError:
        return False
    told = [any(isinstance(value, list | dict) for value in row.values()) for row in rows if isinstance(row, dict)]
    return 2 * sum(told) > len(told)
