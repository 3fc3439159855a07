"""What kind of data a source holds, by its first rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from harness.data.preferences.reading import Tally
from harness.errors import HarnessError

_ROWS = 64


def holds_conversations(source: str, split: str, name: str | None, columns: Mapping[str, str]) -> bool:
    """Whether most rows say who speaks; what cannot be read is none, and is refused when it is read whole."""
    try:
        found = [it.has_roles for it in islice(Tally(source).through(split, name, columns), _ROWS)]
    except HarnessError:
        return False
    return 2 * sum(found) > len(found)
