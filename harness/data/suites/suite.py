"""A question suite: read from wherever it lies, whatever file its questions are in."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data.suites.columns import choose_columns
from harness.data.suites.places import Place, find_place
from harness.data.suites.questions import read_questions
from harness.data.suites.settings import Settings, read_settings
from harness.data.suites.tables import QuestionTable, read_dataset, read_file
from harness.records import Question, Reasoning
from harness.resources import files_digest, text_digest


@dataclass(frozen=True)
class Suite:
    """Questions with how they are asked and what they are about."""

    name: str
    path: Path
    """Its folder, or the file that it is."""
    title: str
    questions: Sequence[Question]
    digest: str
    """sha256 over its files; of a dataset, over suite.yaml and the questions."""
    prompt: str = "alpaca"
    system: str = ""
    generation: dict[str, Any] = dataclasses.field(default_factory=dict)
    margins: dict[str, float] = dataclasses.field(default_factory=dict)
    """metric → the smallest difference that matters, where it is not the metric's own."""
    primary: tuple[str, ...] = ()
    """The metrics that the suite is about: of these alone a variant is called better or worse; none: correct."""
    tasks: tuple[str, ...] = ()
    """lm-eval tasks that are run with the suite unless others are named."""
    given_path: str | None = None
    """Where it was found by its path; None where its name is enough to find it again."""
    part_of: str | None = None
    """The digest of the suite that its questions were taken from, under the ids that they have there."""
    reasoning: Reasoning | None = None
    """What tells thoughts from answers; None for all tags that are known, and those of the model's own template."""
    notes: tuple[str, ...] = ()
    """What was taken for granted when it was read, a sentence each."""

    @property
    def digests(self) -> frozenset[str]:
        """Of what its questions' ids are known in: itself, and the suite that it is a part of."""
        return frozenset(it for it in (self.digest, self.part_of) if it)


def load_suite(name: str, folders: Sequence[Path] = ()) -> Suite:
    """The suite of that name or at that path; every fault of its files in one refusal."""
    place = find_place(name, folders)
    settings = read_settings(place.settings)
    table = _table(place, settings)
    columns = choose_columns(table, settings.columns)
    questions, notes = read_questions(table, columns, settings)
    return Suite(
        name=place.name,
        path=place.path,
        title=place.name if settings.title is None else settings.title,
        questions=questions,
        digest=_digest(place, table, questions),
        prompt="alpaca" if settings.prompt is None else settings.prompt,
        system=settings.system or "",
        generation=settings.generation,
        margins=settings.margins,
        primary=settings.primary,
        tasks=settings.tasks,
        given_path=place.given,
        part_of=settings.part_of,
        reasoning=settings.reasoning,
        notes=tuple(
            _one_line(f"{place.name}: {note}") for note in (*place.notes, *table.notes, *columns.notes, *notes)
        ),
    )


def _table(place: Place, settings: Settings) -> QuestionTable:
    if settings.dataset is not None:
        return read_dataset(settings.dataset, settings.dataset_name, settings.split, place.folder)
    return read_file(place.questions_file(), own=place.settings is not None and settings.columns is None)


def _one_line(note: str) -> str:
    """What a terminal shows as it stands, whatever columns are called."""
    return "".join(sign if sign.isprintable() else " " for sign in note)


def _digest(place: Place, table: QuestionTable, questions: Sequence[Question]) -> str:
    found = [path for path in (place.settings, table.path) if path is not None]
    digest = files_digest(found)
    # What the hub holds changes without a file of ours.
    return digest if table.path is not None else text_digest(digest + repr(tuple(questions)))
