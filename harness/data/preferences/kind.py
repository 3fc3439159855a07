"""What kind of data a source holds, by its first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from harness.data.preferences.preference import Preference
from harness.data.preferences.reading import Tally
from harness.errors import HarnessError

_ROWS = 64


def first_rows(source: str, split: str, name: str | None, columns: Mapping[str, str]) -> list[Preference]:
    """The first that can be used; of what cannot be read there are none, and it is refused when it is read whole."""
    try:
        return list(islice(Tally(source).through(split, name, columns), _ROWS))
    except HarnessError:
        return []


def hold_conversations(rows: Sequence[Preference]) -> bool:
    """Whether most of the rows say who speaks."""
    return 2 * sum(row.has_roles for row in rows) > len(rows)


def sampled_with(rows: Sequence[Preference]) -> str | None:
    """The prompt template that all answers of the rows were sampled with; None where they do not name one."""
    named = {row.origin.prompt_template if row.origin else None for row in rows}
    return next(iter(named)) if len(named) == 1 else None
