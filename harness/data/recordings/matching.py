"""To which question of a suite each recorded answer belongs: by its id, else by the question's wording."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote
from string import ascii_uppercase

from harness.data.recordings.columns import plain_cell
from harness.data.recordings.rows import RecordedRow
from harness.errors import HarnessError
from harness.on_disk import Keyed, Spool
from harness.records import Question

_EDGE = ("(?<![0-9A-Za-z])", "(?![0-9A-Za-z])")
_BEGINNING = 32  # characters that tell most questions apart
_SHORTEST = 8
"""Bytes of a question that is looked for inside a longer prompt: less stands in any text."""


@dataclass(frozen=True)
class _Worded:
    """The questions that a row's wordings may mean, by their place in the suite."""

    places: tuple[int, ...] = ()
    """Several where the suite asks one more than once, or where a prompt holds several."""
    whole: bool = False
    """Whether a wording is the question's, and does not only hold it."""
    several: bool = False
    """Whether a prompt holds several questions, of which nobody knows the one that was asked."""


_NONE, _STRANGE = -1, -2
"""In place of a question: a row that names none, and one that names one which the suite has not."""


def questions_of(path: Path, rows: Sequence[RecordedRow], known: Known) -> Sequence[int]:
    """The place of each row's question in the suite.

    Refuses what belongs to none, or to two, and a question that is answered twice.
    """
    column = _id_column(rows, known)
    named = array("q", (_named(row, column, known) for row in rows))
    worded = Spool(known.worded(row) for row in rows)
    if _are_of_something_else(rows, named, worded, column, known):
        named = array("q", [_NONE]) * len(rows)
    _refuse_strangers(path, rows, named, worded, known, column)
    found = _placed(named, worded)
    _refuse_repeated(path, rows, found, known)
    return found


def _named(row: RecordedRow, column: str | None, known: Known) -> int:
    if column is None or column not in row.ids:
        return _NONE
    found = known.place(_id(row, column))
    return _STRANGE if found is None else found


def _are_of_something_else(
    rows: Sequence[RecordedRow], named: Sequence[int], worded: Sequence[_Worded], column: str | None, known: Known
) -> bool:
    """Whether ids speak for questions beside the wordings of others, so that wordings decide.

    One row whose wording is another question's is enough; prompts that hold another question, as a shot may, only
    where most do. Refuses the file where not every row has a wording that the suite knows.
    """
    first: tuple[RecordedRow, int, _Worded] | None = None
    first_whole: tuple[RecordedRow, int, _Worded] | None = None
    crossed = 0
    for row, place, it in zip(rows, named, worded, strict=True):
        if place >= 0 and it.places and place not in it.places and not it.several:
            crossed += 1
            first = first or (row, place, it)
            first_whole = first_whole or ((row, place, it) if it.whole else None)
    if first is None or (first_whole is None and 2 * crossed <= len(rows)):
        return False
    if all(it.places and not it.several for it in worded):
        return True
    row, place, it = first_whole or first
    raise HarnessError(
        f"{row.place}: {column} is '{known.id(place)}', and its question is that of '{known.id(it.places[0])}' in the "
        "suite. Say by what it belongs: --id-column or --question-column."
    )


class _Texts:
    """Texts by their hash → where they stand; 16 bytes a text."""

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        pairs = [array("q"), array("q")]
        for place, text in texts:
            pairs[0].append(hash(text))
            pairs[1].append(place)
        import numpy as np

        hashes = np.frombuffer(pairs[0], np.int64)
        order = np.argsort(hashes, kind="stable")
        self._hashes = array("q", hashes[order].tobytes())
        self._places = array("q", np.frombuffer(pairs[1], np.int64)[order].tobytes())

    def find(self, text: str) -> Sequence[int]:
        """Places of the texts that have the text's hash, in their order."""
        sought = hash(text)
        start = end = bisect_left(self._hashes, sought)
        while end < len(self._hashes) and self._hashes[end] == sought:
            end += 1
        return self._places[start:end]


class Known:
    """A suite's questions by id and by wording, each table made when it is first asked."""

    def __init__(self, questions: Sequence[Question], render: Callable[[str], str]) -> None:
        """render: a question's text → the prompt that the suite makes of it."""
        self.questions = questions
        self._render = render
        self._ids = Keyed(((question.id, place) for place, question in enumerate(questions)), lambda pair: pair[0])

    def place(self, id_: str) -> int | None:
        """The place of the question of that id, as the suite writes it; a cell of a table may stand among blanks."""
        # pandas writes whole numbers beside a gap as 3.0.
        for name in (id_, id_.strip(), id_.strip().removesuffix(".0")):
            if (found := self._ids.get(name)) is not None:
                return found[1]
        return None

    def id(self, place: int) -> str:
        """The id of the question that stands there."""
        return self.questions[place].id

    def rendered(self, question: Question) -> str:
        """The prompt that the suite makes of it."""
        return self._render(question.question)

    def worded(self, row: RecordedRow) -> _Worded:
        """What the row's wordings are: a question, its prompt, or something that holds one."""
        if not row.wordings:
            return _Worded()
        tables: tuple[tuple[Callable[[], _Texts], Callable[[str], str], Callable[[Question], str | None]], ...] = (
            (lambda: self._exact, str, lambda question: question.question),
            (lambda: self._loose, flat, lambda question: flat(question.question)),
            (lambda: self._prompts, flat, lambda question: flat(self.rendered(question)) or None),
            (lambda: self._stems, flat, lambda question: _stem(question) if question.choices else None),
        )
        for table, shape, of in tables:
            for wording in row.wordings:
                text = shape(wording)
                if found := tuple(place for place in table().find(text) if of(self.questions[place]) == text):
                    return _Worded(found, whole=True)
        inside = list(dict.fromkeys(one for wording in row.wordings for one in self._inside(flat(wording))))
        places = [place for one in inside for place in self._of_loose(one)]
        return _Worded(tuple(places), several=len(inside) > 1)

    def _inside(self, text: str) -> list[str]:
        """The questions that a longer prompt holds, without those that are part of a longer one that it holds."""
        near: dict[int, str] = {}
        for length, (hashes, texts) in self._beginnings.items():
            for at in range(len(text) - length + 1):
                beginning = text[at : at + length]
                if hash(beginning) in hashes:
                    for place in texts.find(beginning):
                        near.setdefault(place, flat(self.questions[place].question))
        # Of one wording the first that asks it.
        ordered = dict.fromkeys(near[place] for place in sorted(near))
        found = [it for it in ordered if it in text and holds(text, it)]
        return [it for it in found if not any(it != other and it in other for other in found)]

    def _of_loose(self, text: str) -> list[int]:
        return [place for place in self._loose.find(text) if flat(self.questions[place].question) == text]

    @cached_property
    def _exact(self) -> _Texts:
        return _Texts((place, question.question) for place, question in enumerate(self.questions))

    @cached_property
    def _loose(self) -> _Texts:
        return _Texts((place, flat(question.question)) for place, question in enumerate(self.questions))

    @cached_property
    def _prompts(self) -> _Texts:
        prompts = ((place, flat(self.rendered(question))) for place, question in enumerate(self.questions))
        return _Texts((place, prompt) for place, prompt in prompts if prompt)

    @cached_property
    def _stems(self) -> _Texts:
        # Two that differ in their choices alone cannot be told apart by what stands above these.
        stems = Counter(hash(_stem(question)) for question in self.questions) if self._has_choices else Counter()
        return _Texts(
            (place, stem)
            for place, question in enumerate(self.questions)
            if question.choices and stems[hash(stem := _stem(question))] == 1
        )

    @cached_property
    def _has_choices(self) -> bool:
        return any(question.choices for question in self.questions)

    @cached_property
    def _beginnings(self) -> dict[int, tuple[set[int], _Texts]]:
        """Length → beginnings of that length: thousands of them are looked for in thousands of texts."""
        lengths = {min(_BEGINNING, len(flat(question.question))) for question in self.questions} - {0}

        def of(length: int) -> Iterator[tuple[int, str]]:
            for place, question in enumerate(self.questions):
                text = flat(question.question)
                if min(_BEGINNING, len(text)) == length:
                    yield place, text[:_BEGINNING]

        return {length: ({hash(text) for _, text in of(length)}, _Texts(of(length))) for length in sorted(lengths)}


def _stem(question: Question) -> str:
    """A question's words without the choices below it."""
    listed = "".join(f"\n{letter}. {choice}" for letter, choice in zip(ascii_uppercase, question.choices, strict=False))
    return flat(question.question.removesuffix(listed))


def holds(text: str, question: str) -> bool:
    """Whether a text holds a question, word by word, but for white space."""
    words = flat(question)
    before, behind = (
        _EDGE[edge] if end.isascii() and end.isalnum() else "" for edge, end in ((0, words[:1]), (1, words[-1:]))
    )
    return len(words.encode(errors="replace")) >= _SHORTEST and bool(
        re.search(before + re.escape(words) + behind, flat(text))
    )


def flat(text: str) -> str:
    """A text with its white space flattened."""
    return " ".join(text.split())


def listed(names: Sequence[str]) -> str:
    """The first eight names."""
    return ", ".join(flat(name) for name in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _id_column(rows: Sequence[RecordedRow], known: Known) -> str | None:
    """The column that names most questions of the suite, the first of several; of those that name none the first."""
    counts: dict[str, int] = {}
    for row in rows:
        for column, value in row.ids.items():
            is_known = known.place(plain_cell(value) or "") is not None
            counts[column] = counts.get(column, 0) + is_known
    return max(counts, key=lambda it: counts[it], default=None)


def _id(row: RecordedRow, column: str) -> str:
    value = plain_cell(row.ids[column])
    if value is None:
        value = row.ids[column]
        kind = "empty" if isinstance(value, str) else f"a {type(value).__name__}"
        raise HarnessError(f"{row.place}: {column} is {kind}, expected a string or a number.")
    return value


def _refuse_strangers(
    path: Path,
    rows: Sequence[RecordedRow],
    named: Sequence[int],
    worded: Sequence[_Worded],
    known: Known,
    column: str | None,
) -> None:
    strange = [at for at, (place, it) in enumerate(zip(named, worded, strict=True)) if place < 0 and not it.places]
    names = list(dict.fromkeys(_id(rows[at], column) for at in strange if column and named[at] == _STRANGE))
    if names:
        raise HarnessError(
            f"{path} answers {listed(names)}, which no question of the suite has as id. "
            f"The suite's ids: {listed([question.id for question in known.questions])}."
        )
    if strange:
        row = rows[strange[0]]
        if row.wordings:
            raise HarnessError(f"{path} answers {short(row.wordings[0])}, which no question of the suite asks.")
        missing = column or "id, and no question or prompt"
        found = ", ".join(row.said) or "nothing else"
        raise HarnessError(f"{row.place} has no {missing}; found {found}. Say what has: --id-column.")
    for at, (place, it) in enumerate(zip(named, worded, strict=True)):
        if place < 0 and it.several:
            raise HarnessError(
                f"{rows[at].place}: its prompt holds several questions of the suite "
                f"({listed([known.id(one) for one in it.places])}). "
                "Say by what it belongs: --id-column or --question-column."
            )


def _placed(named: Sequence[int], worded: Sequence[_Worded]) -> Sequence[int]:
    """Places of questions; of those that share a wording in the order of the suite: one asked twice is answered twice.

    What is taken is one byte a question.
    """
    most = max((max((place, *it.places)) for place, it in zip(named, worded, strict=True)), default=-1)
    taken = bytearray(most + 1)
    for place in named:
        if place >= 0:
            taken[place] = 1
    found = array("q")
    for place, it in zip(named, worded, strict=True):
        if place < 0:
            place = next((one for one in it.places if not taken[one]), it.places[0])
            taken[place] = 1
        found.append(place)
    return found


def _is_apart(values: Sequence[str | None]) -> bool:
    return None not in values and len(set(values)) == len(values) > 1


def _refuse_repeated(path: Path, rows: Sequence[RecordedRow], found: Sequence[int], known: Known) -> None:
    counts = bytearray(max(found, default=-1) + 1)
    for place in found:
        counts[place] = min(2, counts[place] + 1)
    groups: dict[int, list[RecordedRow]] = {}
    for row, place in zip(rows, found, strict=True) if 2 in counts else ():
        if counts[place] == 2:
            groups.setdefault(place, []).append(row)
    if not groups:
        return
    first = next(iter(groups.values()))
    telling = [
        name
        for name in first[0].said
        if all(_is_apart([row.said.get(name) for row in group]) for group in groups.values())
        and len({row.said.get(name) for group in groups.values() for row in group}) <= max(map(len, groups.values()))
    ]
    names = listed([known.id(place) for place in groups])
    said = f"{path} answers {names} more than once; expected one row a question."
    if telling:
        values = listed([row.said[telling[0]] for row in first])
        said += (
            f" Take one of them by {telling[0]} ({values}): --only {quote(f'{telling[0]}={first[0].said[telling[0]]}')}"
        )
    raise HarnessError(said)


def short(text: str) -> str:
    """The beginning of a text, in quotes."""
    words = flat(text)
    return repr(words if len(words) <= 60 else words[:57] + "…")
