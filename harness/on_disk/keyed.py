"""Rows by a key that each of them tells, of which memory holds 12 bytes a row."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Hashable, ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from typing import Generic, TypeVar

from harness.on_disk.spool import HELD, Spool

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")


class Keyed(Mapping[Key, Row], Generic[Key, Row]):
    """As {key(row): row for row in rows}: of a repeated key the last row counts, at the place of the first.

    A key is found by its hash, and is looked for in the row itself.
    """

    def __init__(self, rows: Iterable[Row], key: Callable[[Row], Key]) -> None:
        self._key = key
        self._rows: Sequence[Row] = rows if isinstance(rows, Spool | tuple | list) else Spool(rows)
        self._few = {key(row): row for row in self._rows} if len(self._rows) <= HELD else None
        if self._few is None:
            self._index()

    def __len__(self) -> int:
        return len(self._few) if self._few is not None else len(self._rows) - len(self._again)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._few) if self._few is not None else (self._key(row) for _, row in self._first_rows())

    def __getitem__(self, key: Key) -> Row:
        if self._few is not None:
            return self._few[key]
        place = self.place(key)
        if place is None:
            raise KeyError(key)
        return self._rows[place]

    def __contains__(self, key: object) -> bool:
        if self._few is not None:
            return key in self._few
        return self.place(key) is not None

    def items(self) -> ItemsView[Key, Row]:
        """Pairs in order, read from the front."""
        return self._few.items() if self._few is not None else _Items(self)

    def values(self) -> ValuesView[Row]:
        """Rows in order, read from the front."""
        return self._few.values() if self._few is not None else _Values(self)

    def place(self, key: object) -> int | None:
        """Where the row that counts stands among the rows; None where no row has the key."""
        sought = hash(key)
        at = bisect_left(self._hashes, sought)
        found = None
        while at < len(self._hashes) and self._hashes[at] == sought:
            place = self._places[at]
            if self._key(self._rows[place]) == key:
                found = place
            at += 1
        return found

    def pairs(self) -> Iterator[tuple[Key, Row]]:
        """Key and row, each row as it counts."""
        for place, row in self._first_rows():
            last = self._last.get(place)
            yield self._key(row), row if last is None else self._rows[last]

    def _first_rows(self) -> Iterator[tuple[int, Row]]:
        return ((place, row) for place, row in enumerate(self._rows) if place not in self._again)

    def _index(self) -> None:
        import numpy as np

        hashes = np.fromiter((hash(self._key(row)) for row in self._rows), np.int64, len(self._rows))
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        self._hashes, self._places = array("q", ordered.tobytes()), array("I", order.astype(np.uint32).tobytes())
        self._again: set[int] = set()
        self._last: dict[int, int] = {}
        first: dict[Key, int] = {}
        same = np.flatnonzero(ordered[1:] == ordered[:-1])
        for place in sorted({int(order[at]) for end in same for at in (end, end + 1)}):
            begun = first.setdefault(self._key(self._rows[place]), place)
            if begun != place:
                self._again.add(place)
                self._last[begun] = place


class _Items(ItemsView[Key, Row]):
    _mapping: Keyed[Key, Row]

    def __iter__(self) -> Iterator[tuple[Key, Row]]:
        return self._mapping.pairs()


class _Values(ValuesView[Row]):
    _mapping: Keyed[Hashable, Row]

    def __iter__(self) -> Iterator[Row]:
        return (row for _, row in self._mapping.pairs())


def repeated(rows: Sequence[Row], key: Callable[[Row], Key]) -> list[Key]:
    """The keys that come more than once, in the order in which they first came; memory holds 8 bytes a row.

    The rows are gone through twice where a key may be there twice.
    """
    import numpy as np

    hashes = np.sort(np.fromiter((hash(key(row)) for row in rows), np.int64))
    several = {int(it) for it in np.unique(hashes[1:][hashes[1:] == hashes[:-1]])}
    counts: dict[Key, int] = {}
    for row in rows if several else ():
        name = key(row)
        if hash(name) in several:
            counts[name] = counts.get(name, 0) + 1
    return [name for name, count in counts.items() if count > 1]
