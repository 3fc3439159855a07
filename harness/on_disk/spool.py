"""A sequence of rows that is written once, and read from the front or by place."""

from __future__ import annotations

import os
import pickle
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar, overload

from harness.on_disk.unnamed import unnamed_file, write_at

Row = TypeVar("Row")
HELD = 20_000
"""Rows that are kept in memory; of more, all lie on disk."""
_BLOCK = 1 << 20
"""Bytes read or written together."""


class Spool(Sequence[Row], Generic[Row]):
    """Rows in the order in which they were appended, pickled to disk where they are many; 8 bytes a row in memory."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._held: list[Row] | None = []
        self._ends = array("Q", [0])
        self._pending = bytearray()
        for row in rows:
            self.append(row)

    def append(self, row: Row) -> None:
        """Adds a row behind the last."""
        if self._held is not None:
            self._held.append(row)
            if len(self._held) > HELD:
                self._spill()
        else:
            self._write(row)

    def few(self) -> tuple[Row, ...] | None:
        """The rows as they are in memory; None where they lie on disk."""
        return None if self._held is None else tuple(self._held)

    def __len__(self) -> int:
        return len(self._held) if self._held is not None else len(self._ends) - 1

    def __iter__(self) -> Iterator[Row]:
        if self._held is not None:
            yield from self._held
            return
        self._flush()
        place, many = 0, len(self)
        while place < many:
            start = self._ends[place]
            behind = place + 1
            while behind < many and self._ends[behind + 1] - start <= _BLOCK:
                behind += 1
            data = memoryview(os.pread(self._file, self._ends[behind] - start, start))
            for at in range(place, behind):
                yield pickle.loads(data[self._ends[at] - start : self._ends[at + 1] - start])
            place = behind

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if self._held is not None:
            return self._held[place]
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        at = place + len(self) if place < 0 else place
        if not 0 <= at < len(self):
            raise IndexError(f"no row {place} of {len(self)}")
        start, end = self._ends[at], self._ends[at + 1]
        if end > self._written:
            self._flush()
        found: Row = pickle.loads(os.pread(self._file, end - start, start))
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as a list

    def _spill(self) -> None:
        self._file = unnamed_file(self)
        self._written = 0
        rows, self._held = self._held or [], None
        for row in rows:
            self._write(row)

    def _write(self, row: Row) -> None:
        self._pending += pickle.dumps(row, pickle.HIGHEST_PROTOCOL)
        self._ends.append(self._written + len(self._pending))
        if len(self._pending) >= _BLOCK:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            write_at(self._file, self._pending, self._written)
            self._written += len(self._pending)
            self._pending = bytearray()
