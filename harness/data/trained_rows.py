"""Which rows a training sees, which it holds out, and what it says of the others before it begins."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.data.preferences import Preference, Preferences
from harness.data.prompts import Template
from harness.data.tokens import PreferencePair, tokenize
from harness.errors import HarnessError

_MANY, _MOST = 0.1, 0.5
"""Shares of dropped rows from which on a training warns, and does not begin unasked."""
_REMEDIES = {
    "several turns": "--set prompt=chat, where the base has a chat template",
    "prompt too long": "a higher --set max_length=N",
    "answers equal when cut": "a higher --set max_length=N",
    "no second answer": "harness train kto",
}
"""Reason → what takes such rows."""


@dataclass(frozen=True)
class TrainedRows:
    """The rows of a training as token ids, and what became of the others."""

    source: str
    rows: int
    train: list[PreferencePair]
    held_out: list[PreferencePair]
    dropped: Mapping[str, int]
    """reason → rows."""
    answers_cut: int
    """Answers that max_length cut."""
    shapes: Mapping[str, int]
    """How rows were read, in words → how many."""

    def counts(self) -> dict[str, Any]:
        """What a certificate says of them."""
        return {
            "rows": self.rows,
            "trained_on": len(self.train),
            "held_out": len(self.held_out),
            "dropped": dict(self.dropped),
            "answers_cut": self.answers_cut,
        }

    def told(self) -> str:
        """How many rows are trained on, as which shapes they were read, and why the others are dropped."""
        said = [f"{len(self.train):,} of {self.rows:,} {'pairs' if self._paired else 'rows'} of {self.source}"]
        if self.held_out:
            said.append(f"{len(self.held_out):,} held out")
        if self.shapes:
            said.append("read as " + ", ".join(self.shapes))
        if self.dropped:
            said.append(f"dropped: {_listed(self.dropped)}")
        return "; ".join(said)

    def warning(self) -> str | None:
        """A sentence where more than a tenth is dropped."""
        lost = sum(self.dropped.values())
        if lost <= _MANY * self.rows:
            return None
        return f"{lost:,} of {self.rows:,} rows of {self.source} are dropped, more than a tenth."

    def refuse_most_dropped(self) -> None:
        """Refuses data of which more than half would not be trained on."""
        lost = sum(self.dropped.values())
        if lost > _MOST * self.rows:
            raise HarnessError(
                f"{self.source}: {lost:,} of {self.rows:,} rows would be dropped ({_listed(self.dropped)}), more "
                "than half. To train on the others: --set allow_dropped=true"
            )

    @property
    def _paired(self) -> bool:
        return all(pair.chosen_ids and pair.rejected_ids for pair in self.train)


def choose_rows(
    preferences: Preferences,
    template: Template,
    tokenizer: Any,
    *,
    system: str | None,
    max_length: int,
    seed: int,
    held_out: int,
    single_answers: bool,
) -> TrainedRows:
    """The rows as token ids, in the seed's order, some of them held out; refuses data that leave nothing to train on.

    The seed decides which rows are held out: trainings of other seeds are evaluated on other rows, and their eval_loss
    differs by that too. `single_answers`: the method takes answers that are judged each by itself.
    """
    usable, dropped = _of_method(preferences.usable, single_answers)
    found = tokenize(usable, template, system, tokenizer, max_length)
    pairs = list(found.pairs)
    random.Random(seed).shuffle(pairs)
    rows = TrainedRows(
        source=preferences.source,
        rows=preferences.rows,
        train=pairs[held_out:],
        held_out=pairs[:held_out],
        dropped=dict(Counter(preferences.dropped) + Counter(dropped) + Counter(found.dropped)),
        answers_cut=found.answers_cut,
        shapes=preferences.shapes,
    )
    if rows.train:
        return rows
    if "no second answer" in dropped and not usable:
        raise HarnessError(
            f"{rows.source} judges each answer by itself, and has no pairs of them. Train on it with: harness train kto"
        )
    if not pairs:
        raise HarnessError(
            f"{rows.source}: none of its {rows.rows:,} rows can be trained on ({_listed(rows.dropped)})."
        )
    raise HarnessError(
        f"{rows.source}: {len(pairs)} rows fit into max_length={max_length}, and {held_out} are held out: "
        "nothing is left to train on. Raise --set max_length=N, or hold out fewer with --set eval_rows=N."
    )


def _of_method(usable: Sequence[Preference], single_answers: bool) -> tuple[list[Preference], dict[str, int]]:
    if single_answers:
        return list(usable), {}
    kept = [it for it in usable if it.chosen is not None and it.rejected is not None]
    lost = len(usable) - len(kept)
    return kept, {"no second answer": lost} if lost else {}


def _listed(dropped: Mapping[str, int]) -> str:
    """The reasons, the commonest first, each with what takes such rows."""
    ordered = sorted(dropped.items(), key=lambda it: -it[1])
    return "; ".join(f"{count:,} {reason}{_remedy(reason)}" for reason, count in ordered)


def _remedy(reason: str) -> str:
    return f" → {_REMEDIES[reason]}" if reason in _REMEDIES else ""
