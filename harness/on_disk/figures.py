"""Columns of numbers that are filled from the front, block by block, and read one at a time."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.on_disk.unnamed import unnamed_file, write_at

HELD = 1 << 22
"""Bytes of all columns that are kept in memory; more lie on disk."""


class Figures:
    """(columns, rows) of one type of number, every one of them `empty` until it is written."""

    def __init__(self, columns: int, rows: int, empty: Any) -> None:
        self._shape, self._empty = (columns, rows), np.asarray(empty)
        self._held = np.full(self._shape, empty) if columns * rows * self._empty.itemsize <= HELD else None
        if self._held is None:
            self._file = unnamed_file(self)
            for column in range(columns):
                self._put(column, 0, np.full(rows, empty))

    def write(self, column: int, start: int, values: NDArray[Any]) -> None:
        """Puts values, (n,), into a column from that row on."""
        if self._held is not None:
            self._held[column, start : start + len(values)] = values
        else:
            self._put(column, start, values.astype(self._empty.dtype, copy=False))

    def column(self, number: int) -> NDArray[Any]:
        """(rows,) of a column, a copy."""
        rows = self._shape[1]
        if self._held is not None:
            return np.array(self._held[number])
        size = rows * self._empty.itemsize
        found: NDArray[Any] = np.frombuffer(os.pread(self._file, size, number * size), dtype=self._empty.dtype).copy()
        return found

    def _put(self, column: int, start: int, values: NDArray[Any]) -> None:
        place = (column * self._shape[1] + start) * self._empty.itemsize
        write_at(self._file, np.ascontiguousarray(values).tobytes(), place)
