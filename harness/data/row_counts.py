"""What all rows of a dataset amount to, counted while they pass."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from harness.data.preferences import Preference


@dataclass
class RowCounts:
    """Counts over the rows that can be used; of one that repeats an earlier row, both are among them."""

    rows: int = 0
    pairs: int = 0
    """Rows with two answers; the others have one, and a label."""
    several_turns: int = 0
    with_system: int = 0
    scored: int = 0
    """Rows with scores beside their answers."""
    contradicted: int = 0
    """Rows whose rejected answer scored higher than the chosen one."""
    margins: tuple[float, float] = (float("inf"), float("-inf"))
    """(smallest, largest) between the scores."""
    total_margin: float = 0.0
    # Eight bytes a row are all that grows with the data.
    _marks: array[int] = field(default_factory=lambda: array("q"))

    def add(self, row: Preference) -> None:
        """Counts a row."""
        self._marks.append(hash(row))
        self.rows += 1
        self.pairs += row.chosen is not None and row.rejected is not None
        self.several_turns += bool(row.said_before)
        self.with_system += row.system is not None
        if row.margin is not None:
            self.scored += 1
            self.contradicted += row.margin < 0
            self.margins = min(self.margins[0], row.margin), max(self.margins[1], row.margin)
            self.total_margin += row.margin

    def duplicates(self) -> int:
        """Rows that say the same as an earlier one."""
        import numpy

        return len(self._marks) - len(numpy.unique(numpy.frombuffer(self._marks, dtype=numpy.int64)))
