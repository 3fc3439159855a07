"""Verdicts beside labels of the same pairs: what `harness judge check` is told, in one file or in two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.data.recordings import read_objects
from harness.errors import HarnessError
from harness.judges.pairing import Key, paired
from harness.judges.verdict_files import Verdicts, Word, read_verdicts
from harness.judging import Ballot, Choice, Corrected, JudgeCheck, check_judge, corrected_rate, labels_needed, repeated

_CALLS: dict[object, Choice | None] = {
    "A>B": "first", "A>>B": "first", "B>A": "second", "B>>A": "second", "A=B": "tie", "B=A": "tie", "": None, None: None
}  # fmt: skip
_CLAIM = 0.05
_KEYS = ("label", "first_order", "swapped_order")


@dataclass(frozen=True)
class Mended:
    """A win rate by few labels and many verdicts, and how many labels a claim would take."""

    baseline: str
    variant: str
    rate: Corrected
    needed: int | None
    """Labels that tell a true rate of 55 % from one half in 80 of 100 samples, with this judge on as many pairs."""


@dataclass(frozen=True)
class Labelled:
    """A judge's ballots, and what people said of the same pairs."""

    check: JudgeCheck
    form: str
    unlabelled: int
    """Pairs that the judge saw and nobody labelled."""
    corrected: tuple[Mended, ...] = ()
    """What labels and judge say together, one row for each two models."""


def check_files(verdicts: Path, labels: Path | None = None) -> Labelled:
    """Reads one file whose rows hold both, or two files in any form of verdicts, matched by question and names.

    In one file: label (A>B, B>A, A=B), first_order, swapped_order as the judge gave them (A is what stood first), and
    length_A, length_B where known.
    """
    if labels is None:
        return _one_file(verdicts)
    judged, people = read_verdicts(verdicts), read_verdicts(labels)
    first, again = paired(_told(judged))
    ballots = _keyed(first)
    said = {key: value for key, it in _keyed(paired(_told(people))[0]).items() if (value := it.preference) is not None}
    keys = [key for key in ballots if key in said]
    if not keys:
        raise HarnessError(f"No pair of {verdicts} has a label in {labels}: questions and names have to be the same.")
    check = check_judge(
        [ballots[key] for key in keys],
        [said[key] for key in keys],
        again=repeated(first, again),
        clusters=[key[0] for key in keys],
    )
    return Labelled(check, judged.form, len(ballots) - len(keys), tuple(_mended(ballots, said)))


def _mended(ballots: Mapping[Key, Ballot], said: Mapping[Key, float]) -> Iterator[Mended]:
    judged = {key: value for key, ballot in sorted(ballots.items()) if (value := ballot.preference) is not None}
    for one, other in sorted({key[1:3] for key in judged}):
        mine = [key for key in judged if key[1:3] == (one, other)]
        both, alone = [key for key in mine if key in said], [key for key in mine if key not in said]
        if not both or not alone:
            continue
        labels, theirs = np.array([said[key] for key in both]), np.array([judged[key] for key in both])
        found = corrected_rate(
            labels,
            theirs,
            np.array([judged[key] for key in alone]),
            [key[0] for key in both],
            [key[0] for key in alone],
        )
        varied = len(both) > 2 and np.ptp(labels) > 0 and np.ptp(theirs) > 0
        needed = (
            labels_needed(_CLAIM, float(labels.std(ddof=1)), float(np.corrcoef(labels, theirs)[0, 1]), len(alone))
            if varied
            else None
        )
        yield Mended(one, other, found, needed)


def _one_file(path: Path) -> Labelled:
    if not path.exists():
        raise HarnessError(f"There is no file {path}.")
    rows = read_objects(path)
    if missing := [key for key in _KEYS if key not in rows[0]]:
        raise HarnessError(
            f"{path} row 1 has no {', '.join(missing)}: a file that is checked alone holds label, first_order and "
            "swapped_order. Labels in a file of their own: --labels FILE"
        )
    ballots, labels, lengths = [], [], []
    for number, row in enumerate(rows, start=1):
        place = f"{path} row {number}"
        label = _call(row, "label", place)
        if label is None:
            continue
        forward, swapped = _call(row, "first_order", place), _call(row, "swapped_order", place)
        ballots.append(Ballot(str(number), "A", "B", forward, swapped))
        labels.append({"first": 0.0, "second": 1.0, "tie": 0.5}[label])
        lengths.append(_length(row))
    known = all(length is not None for length in lengths)
    check = check_judge(ballots, labels, [length or 0.0 for length in lengths] if known else None)
    return Labelled(check, "pairs with labels", len(rows) - len(ballots))


def _told(found: Verdicts) -> Iterator[tuple[Key, str, Word]]:
    """Names in the order of the alphabet, so that both files call the same one the baseline."""
    for word in found.words:
        first, second = word.first or "", word.second or ""
        one, other = sorted((first, second))
        yield (word.question, one, other, word.sample), first, word


def _keyed(ballots: Iterable[Ballot]) -> dict[Key, Ballot]:
    return {(it.question_id, it.baseline, it.variant, it.sample): it for it in ballots}


def _call(row: Mapping[str, Any], key: str, place: str) -> Choice | None:
    value = row.get(key)
    value = value.strip() if isinstance(value, str) else value
    if value not in _CALLS:
        raise HarnessError(f"{place}: {key} is '{value}', and none of A>B, B>A, A=B.")
    return _CALLS[value]


def _length(row: Mapping[str, Any]) -> float | None:
    a, b = row.get("length_A"), row.get("length_B")
    return float(b) - float(a) if isinstance(a, int | float) and isinstance(b, int | float) else None
