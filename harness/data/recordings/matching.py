"""To which question of a suite each recorded answer belongs: by its id, else by the question's wording."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from string import ascii_uppercase

from harness.data.recordings.columns import plain_cell
from harness.data.recordings.rows import RecordedRow
from harness.errors import HarnessError
from harness.records import Question

_EDGE = ("(?<![0-9A-Za-z])", "(?![0-9A-Za-z])")
_BEGINNING = 32  # characters that tell most questions apart
_SHORTEST = 8
"""Bytes of a question that is looked for inside a longer prompt: less stands in any text."""


@dataclass(frozen=True)
class _Worded:
    """The questions that a row's wordings may mean."""

    ids: tuple[str, ...] = ()
    """Several where the suite asks one more than once, or where a prompt holds several."""
    whole: bool = False
    """Whether a wording is the question's, and does not only hold it."""
    several: bool = False
    """Whether a prompt holds several questions, of which nobody knows the one that was asked."""


def questions_of(
    path: Path, rows: Sequence[RecordedRow], questions: Sequence[Question], rendered: Mapping[str, str]
) -> list[Question]:
    """The question of each row; refuses what belongs to none, or to two, and a question that is answered twice.

    rendered is each question's prompt as the suite asks it, by id.
    """
    known = _Known(questions, rendered)
    column = _id_column(rows, known)
    ids = [None if column is None or column not in row.ids else known.named(_id(row, column)) for row in rows]
    worded = [known.worded(row) for row in rows]
    if _are_of_something_else(rows, [id_ if id_ in known.by_id else None for id_ in ids], worded, column):
        ids = [None] * len(rows)
    _refuse_strangers(path, rows, ids, worded, known, column)
    found = _placed(ids, worded, known)
    _refuse_repeated(path, rows, found)
    return [known.by_id[key] for key in found]


def _are_of_something_else(
    rows: Sequence[RecordedRow], ids: Sequence[str | None], worded: Sequence[_Worded], column: str | None
) -> bool:
    """Whether ids speak for questions beside the wordings of others, so that wordings decide.

    One row whose wording is another question's is enough; prompts that hold another question, as a shot may, only
    where most do. Refuses the file where not every row has a wording that the suite knows.
    """
    crossed = [
        (row, id_, it)
        for row, id_, it in zip(rows, ids, worded, strict=True)
        if id_ is not None and it.ids and id_ not in it.ids and not it.several
    ]
    if not any(it.whole for *_, it in crossed) and 2 * len(crossed) <= len(rows):
        return False
    if all(it.ids and not it.several for it in worded):
        return True
    row, id_, it = next((one for one in crossed if one[2].whole), crossed[0])
    raise HarnessError(
        f"{row.place}: {column} is '{id_}', and its question is that of '{it.ids[0]}' in the suite. "
        "Say by what it belongs: --id-column or --question-column."
    )


class _Known:
    """A suite's questions by id and by wording."""

    def __init__(self, questions: Sequence[Question], rendered: Mapping[str, str]) -> None:
        self.by_id = {question.id: question for question in questions}
        self._exact: dict[str, list[str]] = {}
        self._loose: dict[str, list[str]] = {}
        self._prompts: dict[str, list[str]] = {}
        for question in questions:
            self._exact.setdefault(question.question, []).append(question.id)
            self._loose.setdefault(flat(question.question), []).append(question.id)
            self._prompts.setdefault(flat(rendered[question.id]), []).append(question.id)
        self._prompts.pop("", None)
        # Length → beginning → questions: thousands of them are looked for in thousands of texts.
        self._beginnings: dict[int, dict[str, list[str]]] = {}
        for one in filter(None, self._loose):
            beginning = one[:_BEGINNING]
            self._beginnings.setdefault(len(beginning), {}).setdefault(beginning, []).append(one)
        stems = Counter(_stem(question) for question in questions)
        # Two that differ in their choices alone cannot be told apart by what stands above these.
        self._stems = {_stem(one): [one.id] for one in questions if one.choices and stems[_stem(one)] == 1}

    def named(self, id_: str) -> str:
        """The id as the suite writes it; a cell of a table may stand among blanks."""
        if id_ in self.by_id:
            return id_
        # pandas writes whole numbers beside a gap as 3.0.
        return next((it for it in (id_.strip(), id_.strip().removesuffix(".0")) if it in self.by_id), id_)

    def worded(self, row: RecordedRow) -> _Worded:
        """What the row's wordings are: a question, its prompt, or something that holds one."""
        tables: tuple[tuple[Mapping[str, list[str]], Callable[[str], str]], ...] = (
            (self._exact, str), (self._loose, flat), (self._prompts, flat), (self._stems, flat),
        )  # fmt: skip
        for table, shape in tables:
            for wording in row.wordings:
                if found := table.get(shape(wording)):
                    return _Worded(tuple(found), whole=True)
        inside = list(dict.fromkeys(one for wording in row.wordings for one in self._inside(flat(wording))))
        ids = [key for one in inside for key in self._loose[one]]
        return _Worded(tuple(ids), several=len(inside) > 1)

    def _inside(self, text: str) -> list[str]:
        """The questions that a longer prompt holds, without those that are part of a longer one that it holds."""
        near = {
            one
            for length, beginnings in self._beginnings.items()
            for at in range(len(text) - length + 1)
            for one in beginnings.get(text[at : at + length], ())
        }
        found = [it for it in self._loose if it in near and it in text and holds(text, it)]
        return [it for it in found if not any(it != other and it in other for other in found)]


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


def _id_column(rows: Sequence[RecordedRow], known: _Known) -> str | None:
    """The column that names most questions of the suite, the first of several; of those that name none the first."""
    columns = list(dict.fromkeys(column for row in rows for column in row.ids))
    counts = {it: sum(known.named(plain_cell(row.ids.get(it)) or "") in known.by_id for row in rows) for it in columns}
    return max(columns, key=lambda it: counts[it], default=None)


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
    ids: Sequence[str | None],
    worded: Sequence[_Worded],
    known: _Known,
    column: str | None,
) -> None:
    unnamed = [at for at in range(len(rows)) if ids[at] not in known.by_id]
    strange = [at for at in unnamed if not worded[at].ids]
    named = list(dict.fromkeys(id_ for at in strange if (id_ := ids[at]) is not None))
    if named:
        raise HarnessError(
            f"{path} answers {listed(named)}, which no question of the suite has as id. "
            f"The suite's ids: {listed(list(known.by_id))}."
        )
    if strange:
        row = rows[strange[0]]
        if row.wordings:
            raise HarnessError(f"{path} answers {short(row.wordings[0])}, which no question of the suite asks.")
        missing = column or "id, and no question or prompt"
        found = ", ".join(row.said) or "nothing else"
        raise HarnessError(f"{row.place} has no {missing}; found {found}. Say what has: --id-column.")
    for at in unnamed:
        if worded[at].several:
            raise HarnessError(
                f"{rows[at].place}: its prompt holds several questions of the suite ({listed(worded[at].ids)}). "
                "Say by what it belongs: --id-column or --question-column."
            )


def _placed(ids: Sequence[str | None], worded: Sequence[_Worded], known: _Known) -> list[str]:
    """Question ids; of those that share a wording in the order of the suite: one asked twice is answered twice."""
    named = {id_ for id_ in ids if id_ in known.by_id}
    taken: set[str] = set()
    found = []
    for id_, it in zip(ids, worded, strict=True):
        if id_ is not None and id_ in known.by_id:
            found.append(id_)
            continue
        free = [one for one in it.ids if one not in taken and one not in named]
        found.append(free[0] if free else it.ids[0])
        taken.add(found[-1])
    return found


def _is_apart(values: Sequence[str | None]) -> bool:
    return None not in values and len(set(values)) == len(values) > 1


def _refuse_repeated(path: Path, rows: Sequence[RecordedRow], found: Sequence[str]) -> None:
    groups: dict[str, list[RecordedRow]] = {}
    for row, key in zip(rows, found, strict=True):
        groups.setdefault(key, []).append(row)
    repeated = {key: group for key, group in groups.items() if len(group) > 1}
    if not repeated:
        return
    first = next(iter(repeated.values()))
    telling = [
        name
        for name in first[0].said
        if all(_is_apart([row.said.get(name) for row in group]) for group in repeated.values())
        and len({row.said.get(name) for group in repeated.values() for row in group})
        <= max(map(len, repeated.values()))
    ]
    said = f"{path} answers {listed(list(repeated))} more than once; expected one row a question."
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
