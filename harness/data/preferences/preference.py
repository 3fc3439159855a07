"""What a row of preference data says, whatever its shape: turns of a conversation and answers to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Turn = tuple[str, str]
"""(role, text); the role is system, user or assistant."""


@dataclass(frozen=True)
class Origin:
    """What the answers of a pair were sampled for, where `harness pairs` has written it down."""

    suite_digest: str
    question_id: str
    prompt_template: str
    """What the question was put into."""


@dataclass(frozen=True)
class Preference:
    """A better and a worse answer to the same turns of a conversation."""

    turns: tuple[Turn, ...]
    """What was said before, the system's line first where the row brings one; the last is the user's."""
    chosen: str | None
    rejected: str | None
    """One of both is None in data that judge each answer by itself."""
    row: int = field(default=0, compare=False)
    """Its place in the dataset, counted from 1."""
    has_roles: bool = field(default=False, compare=False)
    """Whether the row says who speaks, as messages and dialogues do; columns of texts do not."""
    margin: float | None = field(default=None, compare=False)
    """By how much the chosen answer scored higher; None where no scores stand beside the answers."""
    origin: Origin | None = field(default=None, compare=False)
    """None for a pair that does not name it."""

    @property
    def question(self) -> str:
        """What the answers answer."""
        return self.turns[-1][1]

    @property
    def system(self) -> str | None:
        """The row's own system line; None where it brings none."""
        return self.turns[0][1] if self.turns[0][0] == "system" else None

    @property
    def said_before(self) -> tuple[Turn, ...]:
        """The turns between system line and question: none in a conversation of one turn."""
        return tuple(turn for turn in self.turns[:-1] if turn[0] != "system")


def numbered(said: Preference, row: int) -> Preference:
    """The same with its place in the dataset."""
    return replace(said, row=row)


@dataclass(frozen=True)
class Preferences:
    """The usable rows of a dataset, and why the others are not."""

    source: str
    rows: int
    usable: tuple[Preference, ...]
    digest: str
    """sha256 over the usable rows."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """reason → rows."""
    shapes: Mapping[str, int] = field(default_factory=dict)
    """How rows were read, in words → how many."""


class Unusable(Exception):
    """Why a row cannot be trained on; counted, not raised to the user."""
