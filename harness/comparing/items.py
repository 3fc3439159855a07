"""What a run's answers are worth, a number each, in arrays: of a million answers a dictionary would fill the memory."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    ItemsView,
    Iterator,
    Mapping,
    Sequence,
    ValuesView,
)  # fmt: skip
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from harness.comparing.inference import Floats
from harness.records import Question

Item = tuple[str, int]
"""An answer: (question id, which sample)."""
Places = NDArray[np.intp]
_END = b"\x01"
"""Behind every id, since arrays of bytes drop zeros at an end."""
_KEPT = 20_000
"""Items of which the values stay in memory once they were read."""


class Items(Sequence[Item]):
    """Every answer that questions may have, sorted by id and sample; memory holds the bytes of the ids."""

    def __init__(self, questions: Sequence[Question], samples: int = 1) -> None:
        longest = max((len(_bytes(question.id)) for question in questions), default=1)
        ids = np.fromiter((_bytes(question.id) for question in questions), f"S{longest}", len(questions))
        self.order: Places = np.argsort(ids, kind="stable")
        """(questions,) of each in sorted order, its place in the order in which they are asked."""
        self._ids = ids[self.order]
        self.samples = samples

    def __len__(self) -> int:
        return len(self._ids) * self.samples

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> list[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | list[Item]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        question, sample = divmod(place if place >= 0 else place + len(self), self.samples)
        return self.id(question), sample

    def id(self, question: int) -> str:
        """The id of a question, by its place in sorted order."""
        found: bytes = self._ids[question]
        return found[: -len(_END)].decode("utf-8", "surrogatepass")

    def question(self, id_: object) -> int | None:
        """The place of a question in sorted order; None of an id that none has."""
        if not isinstance(id_, str) or not len(self._ids):
            return None
        sought = _bytes(id_)
        if len(sought) > self._ids.dtype.itemsize:
            return None
        at = int(np.searchsorted(self._ids, np.array(sought, self._ids.dtype)))
        return at if at < len(self._ids) and self._ids[at] == sought else None

    def place(self, item: object) -> int | None:
        """The place of an item; None of one that these are not."""
        if not isinstance(item, tuple) or len(item) != 2:
            return None
        question, sample = self.question(item[0]), item[1]
        known = question is not None and isinstance(sample, int) and 0 <= sample < self.samples
        return question * self.samples + sample if known and question is not None else None

    def sorted(self, asked: NDArray[Any]) -> NDArray[Any]:
        """Of numbers in the order in which questions are asked, (questions × samples,), the same in sorted order."""
        return np.asarray(asked.reshape(-1, self.samples)[self.order].reshape(-1))


def _bytes(id_: str) -> bytes:
    # As UTF-8 texts sort as they do in Python, by code point.
    return id_.encode("utf-8", "surrogatepass") + _END


class Picked(Sequence[Item]):
    """Some of the items, in their order; two that pick the same are equal."""

    def __init__(self, items: Items, places: Places) -> None:
        self.items, self.places = items, places

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> list[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | list[Item]:
        if isinstance(place, slice):
            return [self.items[int(at)] for at in self.places[place]]
        return self.items[int(self.places[place])]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Picked) and other.items is self.items:
            return np.array_equal(self.places, other.places)
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash((len(self.places), int(self.places.sum())))


def joined(*parts: Sequence[Item]) -> Sequence[Item]:
    """One behind the other."""
    picked = [part for part in parts if isinstance(part, Picked)]
    if len(picked) == len(parts) and all(part.items is picked[0].items for part in picked):
        return Picked(picked[0].items, np.concatenate([part.places for part in picked]))
    return [item for part in parts for item in part]


class ItemValues(Mapping[Item, float]):
    """Item → value of those that were judged."""

    def __init__(self, items: Items, read: Callable[[], Floats]) -> None:
        self.items_, self._read = items, read
        self._kept: Floats | None = None

    @property
    def array(self) -> Floats:
        """(items,) in sorted order, NaN where nothing was judged."""
        if self._kept is not None:
            return self._kept
        found: Floats = self.items_.sorted(self._read())
        if len(found) <= _KEPT:
            self._kept = found
        return found

    def judged(self) -> tuple[Picked, Floats]:
        """The items that were judged, and their values."""
        array = self.array
        places = np.flatnonzero(~np.isnan(array))
        return Picked(self.items_, places), array[places]

    def __len__(self) -> int:
        return int(np.count_nonzero(~np.isnan(self.array)))

    def __iter__(self) -> Iterator[Item]:
        return iter(self.judged()[0])

    def __getitem__(self, item: Item) -> float:
        place = self.items_.place(item)
        value = np.nan if place is None else self.array[place]
        if np.isnan(value):
            raise KeyError(item)
        return float(value)

    def items(self) -> ItemsView[Item, float]:
        """Pairs in sorted order, read once."""
        return _Pairs(self)

    def values(self) -> ValuesView[float]:
        """Values in sorted order, read once."""
        return _Values(self)


class _Pairs(ItemsView[Item, float]):
    _mapping: ItemValues

    def __iter__(self) -> Iterator[tuple[Item, float]]:
        picked, values = self._mapping.judged()
        return zip(picked, values.tolist(), strict=True)


class _Values(ValuesView[float]):
    _mapping: ItemValues

    def __iter__(self) -> Iterator[float]:
        return iter(self._mapping.judged()[1].tolist())


@dataclass(frozen=True)
class ItemSet(Collection[Item]):
    """Those of the items that are marked."""

    items: Items
    marks: NDArray[np.bool_]
    """(items,) in sorted order."""

    def __len__(self) -> int:
        return int(np.count_nonzero(self.marks))

    def __iter__(self) -> Iterator[Item]:
        return iter(Picked(self.items, np.flatnonzero(self.marks)))

    def __contains__(self, item: object) -> bool:
        place = self.items.place(item)
        return place is not None and bool(self.marks[place])


class PromptCodes(Mapping[str, str]):
    """Question id → what tells its prompt from others, in 16 figures; "" of one that nobody knows."""

    def __init__(self, items: Items, codes: NDArray[np.int64]) -> None:
        self.items_, self.codes = items, codes
        """codes: (questions,) in sorted order; NONE where there is none, 0 where nobody knows it."""

    def __len__(self) -> int:
        return int(np.count_nonzero(self.codes != NONE))

    def __iter__(self) -> Iterator[str]:
        return (self.items_.id(int(at)) for at in np.flatnonzero(self.codes != NONE))

    def __getitem__(self, id_: str) -> str:
        at = self.items_.question(id_)
        code = NONE if at is None else int(self.codes[at])
        if code == NONE:
            raise KeyError(id_)
        return f"{code:016x}" if code else ""


NONE = -1


def prompt_code(text: str | None) -> int:
    """What tells a prompt, or its digest, from others: a hash of 63 bits, of this process; 0 of an empty text."""
    return NONE if text is None else hash(text) & (2**63 - 1) if text else 0


class QuestionGroups(Mapping[str, str]):
    """Question id → cluster, for questions that share one; 4 bytes a question."""

    def __init__(self, items: Items, codes: NDArray[np.int32], clusters: int) -> None:
        self.items_, self.codes, self.clusters = items, codes, clusters
        """codes: (questions,) in sorted order: the cluster's rank by its name; above these, of a question that stands
        alone, its own."""

    def __len__(self) -> int:
        return int(np.count_nonzero(self.codes < self.clusters))

    def __iter__(self) -> Iterator[str]:
        return (self.items_.id(int(at)) for at in np.flatnonzero(self.codes < self.clusters))

    def __getitem__(self, id_: str) -> str:
        at = self.items_.question(id_)
        if at is None or self.codes[at] >= self.clusters:
            raise KeyError(id_)
        return f"{int(self.codes[at]):09d}"

    def of(self, picked: Picked) -> NDArray[np.int32]:
        """The cluster of each item."""
        return np.asarray(self.codes[picked.places // self.items_.samples])
