"""Preference data read whole, or row by row where they are too many to hold."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.data.preferences.columns import nearest_shape, renamed
from harness.data.preferences.files import read_rows
from harness.data.preferences.judged import FROM_ZERO
from harness.data.preferences.preference import Preference, Preferences, Unusable, numbered
from harness.data.preferences.shapes import read_row
from harness.errors import HarnessError

# What no text holds but a broken one: controls other than tab and line ends, and halves of a surrogate pair.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Space, and the signs that take no room at all: a text of nothing else is empty to whoever reads it.
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"


def read_preferences(
    source: str, split: str = "train", name: str | None = None, columns: Mapping[str, str] | None = None
) -> Preferences:
    """The rows of a file, a folder or a dataset of the hub, in any of the shapes of docs/data.md.

    `columns` are the harness's names of columns → the data's own. A row is used as it is or not at all: what cannot be
    trained on is dropped and counted by its reason, and so is what repeats an earlier row. Refuses data without rows,
    without a known shape, and those of which no row can be used.
    """
    tally = Tally(source)
    usable: dict[Preference, None] = {}
    for preference in tally.through(split, name, columns):
        if preference in usable:
            tally.dropped["duplicate"] += 1
        usable.setdefault(preference)
    return Preferences(source, tally.rows, tuple(usable), _digest(usable), dict(tally.dropped), dict(tally.shapes))


def answer_fault(text: str) -> str | None:
    """Why an answer of that text cannot be trained on; None where it can."""
    if not unpadded(text):
        return "empty answer"
    return "control characters" if _CONTROL.search(text) else None


def unpadded(text: str) -> str:
    """The text without space and signs that take no room around it, by which two answers are told apart."""
    return text.strip(_BLANK)


@dataclass
class Tally:
    """What became of the rows of a dataset so far."""

    source: str
    rows: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """reason → rows."""
    shapes: Counter[str] = field(default_factory=Counter)
    """shape → rows."""
    numerals: set[str] = field(default_factory=set)
    """What names the better of two answers that are numbered from 1."""

    def through(
        self, split: str = "train", name: str | None = None, columns: Mapping[str, str] | None = None
    ) -> Iterator[Preference]:
        """Each row that can be used, also one that repeats another; counts all, and refuses data that have none."""
        beginning: Any = None
        for row in renamed(read_rows(self.source, split, name), columns or {}):
            self.rows += 1
            beginning = row if self.rows == 1 else beginning
            try:
                read = read_row(row)
                self.shapes[read.shape] += 1
                self.numerals.add(read.numeral)
                preference = _checked(numbered(read.preference, self.rows))
            except Unusable as reason:
                self.dropped[str(reason)] += 1
            else:
                yield preference
        self._refuse_useless(beginning)

    def _refuse_useless(self, beginning: Any) -> None:
        if not self.rows:
            raise HarnessError(f"{self.source} has no rows.")
        if FROM_ZERO in self.dropped and "1" in self.numerals and "2" not in self.numerals:
            raise HarnessError(
                f"{self.source}: its answers are numbered 1 and 2, and what judges them says 0 and 1, never 2: a 1 may "
                "be either. Write 1 and 2, or the names of the columns, where that stands."
            )
        mostly = max(self.dropped, key=self.dropped.__getitem__, default="")
        if not self.shapes and (mostly == "missing columns" or not isinstance(beginning, Mapping)):
            raise HarnessError(f"{self.source} {_columns(beginning)}")
        if sum(self.dropped.values()) == self.rows:
            why = _counts(self.dropped)
            raise HarnessError(f"{self.source}: none of its {self.rows} rows can be trained on ({why}).")


def _digest(usable: Mapping[Preference, None]) -> str:
    """sha256 of what the usable rows say, as JSON."""
    digest = hashlib.sha256(b"[")
    for number, preference in enumerate(usable):
        digest.update((", " if number else "").encode() + json.dumps(_digested(preference)).encode())
    digest.update(b"]")
    return digest.hexdigest()


def _digested(preference: Preference) -> list[Any]:
    said = (preference.system, preference.question, preference.chosen, preference.rejected)
    # Conversations of one turn keep the digest that certificates of before these were taken know.
    return [*said, preference.said_before] if preference.said_before else [*said]


def _columns(row: Any) -> str:
    """What was found in place of a known shape, and what is nearest to it."""
    if not isinstance(row, Mapping):
        return f"begins with a row that is no object but a {type(row).__name__}."
    found = sorted(map(str, row))
    return (
        f"has the columns {', '.join(found)}. It needs prompt, chosen, rejected (texts or messages), or another shape "
        f"of docs/data.md.{nearest_shape(found)} Columns of other names are named with columns: "
        "{chosen: …, rejected: …}."
    )


def _checked(preference: Preference) -> Preference:
    if not unpadded(preference.question):
        raise Unusable("empty prompt")
    answers = [text for text in (preference.chosen, preference.rejected) if text is not None]
    for answer in answers:
        if fault := answer_fault(answer):
            raise Unusable(fault)
    if len(answers) == 2 and unpadded(answers[0]) == unpadded(answers[1]):
        raise Unusable("chosen equals rejected")
    if _CONTROL.search("".join(text for _, text in preference.turns)):
        raise Unusable("control characters")
    return preference


def _counts(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{reason}: {count}" for reason, count in sorted(dropped.items()))
