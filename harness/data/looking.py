"""A look at preference data before anything is trained on them: what is there, how long it is, what it would teach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from harness.data.drawn_rows import DrawnRows
from harness.data.overlap import SeenQuestions, seen_questions
from harness.data.preferences import Preference, Tally
from harness.data.prompts import Template
from harness.data.row_counts import RowCounts
from harness.data.suites import Suite
from harness.data.tokens import PreferencePair, tokenize

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
PARTS = ("prompt", "chosen", "rejected")
SHOWN = 3
_ENDING = 4
"""Tokens of an end that are shown one by one."""
_WHOLE = 10**9
"""A length that cuts nothing."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class DataSource:
    """Where preference data are."""

    source: str
    split: str = "train"
    name: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainedAs:
    """How a training would take them."""

    tokenizer: Any
    template: Template
    system: str | None
    """The line of every row; None takes each row's own."""
    max_length: int


@dataclass(frozen=True)
class ShownRow:
    """A row as it is trained on."""

    row: int
    parts: Mapping[str, str]
    """prompt, chosen, rejected → its text, with the special tokens."""
    ends: Mapping[str, Sequence[str]]
    """The same → the last of its tokens; {} without a tokenizer."""


@dataclass(frozen=True)
class LengthBias:
    """How much longer the chosen answers are than the rejected ones."""

    longer: float
    """The share of pairs in which they are."""
    ratio: float
    """Of the mean lengths."""

    @property
    def strong(self) -> bool:
        """Whether a training would learn length from them, whatever else it learns."""
        return self.longer >= 2 / 3 and self.ratio >= 1.25


@dataclass(frozen=True)
class DrawnLook:
    """What rows that were drawn say of all: lengths, and what a training would make of them."""

    rows: int
    lengths: Mapping[str, Sequence[int]]
    """prompt, chosen, rejected → QUANTILES, in tokens, or without a tokenizer in words."""
    unfit: Mapping[str, int]
    """reason → rows that the template and max_length would drop."""
    answers_cut: int
    bias: LengthBias | None
    shown: Sequence[ShownRow]


@dataclass(frozen=True)
class DataLook:
    """What was found."""

    rows: int
    usable: int
    shapes: Mapping[str, int]
    dropped: Mapping[str, int]
    """reason → rows, of all."""
    counts: RowCounts
    drawn: DrawnLook
    seen: SeenQuestions | None
    """Which of a suite's questions stand there; None where no suite was asked about."""


def look_at(data: DataSource, trained: TrainedAs | None, suite: Suite | None = None) -> DataLook:
    """What a dataset holds, in memory that does not grow with its texts.

    Counts are of all rows; lengths, and what template and max_length would drop, are of rows that are drawn.
    """
    tally, counts, drawn = Tally(data.source), RowCounts(), DrawnRows()
    for row in tally.through(data.split, data.name, data.columns):
        counts.add(row)
        drawn.offer(row)
    duplicates = counts.duplicates()
    dropped = {**tally.dropped, **({"duplicate": duplicates} if duplicates else {})}
    return DataLook(
        rows=tally.rows,
        usable=tally.rows - sum(dropped.values()),
        shapes=dict(tally.shapes),
        dropped=dropped,
        counts=counts,
        drawn=_in_words(drawn.rows()) if trained is None else _in_tokens(drawn.rows(), trained),
        seen=None if suite is None else seen_questions(suite, suite.questions, _rows(data)),
    )


def _in_words(rows: Sequence[Preference]) -> DrawnLook:
    said = [[_told(row), row.chosen, row.rejected] for row in rows]
    lengths = [[None if text is None else len(text.split()) for text in texts] for texts in said]
    shown = [ShownRow(row.row, _by_part(texts), {}) for row, texts in zip(rows, said, strict=True)]
    return DrawnLook(len(rows), _quantiles(lengths), {}, 0, _bias(lengths), _first(shown))


def _in_tokens(rows: Sequence[Preference], trained: TrainedAs) -> DrawnLook:
    cut = tokenize(rows, trained.template, trained.system, trained.tokenizer, trained.max_length)
    fitting = {pair.row: pair for pair in cut.pairs if _fits(pair, trained.max_length)}
    others = [row for row in rows if row.row not in fitting]
    whole = tokenize(others, trained.template, trained.system, trained.tokenizer, _WHOLE).pairs
    lengths = [[len(ids) or None for ids in _ids(pair)] for pair in (*fitting.values(), *whole)]
    shown = [_rendered(pair, trained.tokenizer) for pair in cut.pairs[:SHOWN]]
    return DrawnLook(len(rows), _quantiles(lengths), cut.dropped, cut.answers_cut, _bias(lengths), _first(shown))


def _fits(pair: PreferencePair, max_length: int) -> bool:
    """Whether nothing of it can have been cut."""
    return len(pair.prompt_ids) + max(len(pair.chosen_ids), len(pair.rejected_ids)) < max_length


def _ids(pair: PreferencePair) -> tuple[list[int], list[int], list[int]]:
    return pair.prompt_ids, pair.chosen_ids, pair.rejected_ids


def _rendered(pair: PreferencePair, tokenizer: Any) -> ShownRow:
    texts = [tokenizer.decode(ids, skip_special_tokens=False) if ids else None for ids in _ids(pair)]
    ends = [tokenizer.convert_ids_to_tokens(ids[-_ENDING:]) if ids else None for ids in _ids(pair)]
    return ShownRow(pair.row, _by_part(texts), _by_part(ends))


def _first(shown: Sequence[ShownRow]) -> list[ShownRow]:
    return sorted(shown[:SHOWN], key=lambda it: it.row)


def _by_part(found: Sequence[Found | None]) -> dict[str, Found]:
    return {part: it for part, it in zip(PARTS, found, strict=True) if it is not None}


def _told(row: Preference) -> str:
    """The turns before the answers, without a template; one question is told as it is."""
    return row.question if len(row.turns) == 1 else "\n".join(f"{role}: {text}" for role, text in row.turns)


def _quantiles(lengths: Sequence[Sequence[int | None]]) -> dict[str, list[int]]:
    found = {}
    for part, column in zip(PARTS, zip(*lengths, strict=True), strict=bool(lengths)):
        known = sorted(length for length in column if length is not None)
        if known:
            found[part] = [known[round(share * (len(known) - 1))] for share in QUANTILES]
    return found


def _bias(lengths: Sequence[Sequence[int | None]]) -> LengthBias | None:
    pairs = [(chosen, rejected) for _, chosen, rejected in lengths if chosen is not None and rejected is not None]
    if not pairs:
        return None
    longer = sum(chosen > rejected for chosen, rejected in pairs) / len(pairs)
    return LengthBias(longer, sum(chosen for chosen, _ in pairs) / max(1, sum(rejected for _, rejected in pairs)))


def _rows(data: DataSource) -> Iterator[Preference]:
    """The rows that can be used, read once more."""
    return Tally(data.source).through(data.split, data.name, data.columns)
