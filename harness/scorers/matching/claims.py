"""Where a text gives its answer: the one place that says which of several numbers or ratios counts.

docs/grading.md has the rule in full, with worked lines. In short, of the model's own turn without what it repeats of
the question: what stands behind a correction, before what it takes back; there the last explicit marker ("the answer
is", "####", a box); without one an opening statement, which a later conclusion ("therefore …"), a simplification or a
later sentence on the quantity that is asked for overrules; otherwise the last sentence that speaks of that quantity, or
the last that holds a value at all. Notes, checks and asides behind it do not count.

A denied value ("not 6 but 7") never counts, and reasons ("because …") state nothing where a value stands before them.
Which statement is read, `statements` says; which of its values counts, `values`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic

from harness.scorers.matching.grades import Grade, Rule
from harness.scorers.matching.reading import (
    asked_for,
    corrections,
    denials,
    is_note,
    own_turn,
    speaks_of_before,
    without_echo,
    without_opening_marker,
)
from harness.scorers.matching.statements import BECAUSE, marked, unmarked
from harness.scorers.matching.values import Find, S, settled


@dataclass(frozen=True)
class Claims(Generic[S]):
    """What a text gives as its answer: several values where it leaves open which ("six or seven"), or none."""

    values: tuple[S, ...] = ()
    read: str = ""
    """The statement that was read; the values stand in it."""
    rule: Rule = "nothing"
    """Why that one was read, and no other."""

    @property
    def taken(self) -> tuple[str, ...]:
        """The values as they are written."""
        return tuple(dict.fromkeys(self.read[value.start : value.end].strip() for value in self.values))

    def graded(self, fault: str | None) -> Grade:
        """Right, or wrong for that reason."""
        return Grade(float(fault is None), fault, read=self.read, rule=self.rule, taken=self.taken)


def final_claims(text: str, question: str, find: Find[S], given: Callable[[S], bool]) -> Claims[S]:
    """The values that a plain text gives as its answer.

    find says which values a text holds, given whether the question itself gave one.
    """
    text = without_opening_marker(without_echo(own_turn(text), question))
    asked = asked_for(question)

    @cache
    def undenied(sentence: str) -> Sequence[S]:
        values = find(sentence)
        if not values:
            return []
        is_denied = denials(sentence)
        return [value for value in values if not is_denied(value.start, value.end)]

    corrected = corrections(text, lambda before, said: _takes_back(before, said, undenied))
    text = text if corrected is None else corrected
    stated = marked(text, undenied) or unmarked(text, asked, undenied, given)
    if stated is None:
        return Claims()
    rule = "correction" if corrected is not None and stated.rule in ("only", "opening", "last") else stated.rule
    return Claims(tuple(settled(stated.text, stated.first, asked, undenied, given)), stated.text, rule)


def _takes_back(before: str, said: str, find: Find[S]) -> bool:
    """Whether a sentence behind a "no, …" states a value that is not the one in question."""
    if BECAUSE.match(said) or is_note(said) or speaks_of_before(said):
        return False
    stated = {said[value.start : value.end].strip() for value in find(said)}
    return bool(stated - {before[value.start : value.end].strip() for value in find(before)})
