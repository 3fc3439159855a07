"""suite.yaml: how a suite is asked, what it is about, and where its questions come from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from harness.errors import HarnessError, unknown
from harness.json_yaml import read_mapping
from harness.records import Match, Question, Reasoning
from harness.scorers import checked_margins

QUESTION_KEYS = tuple(sorted(field.name for field in dataclasses.fields(Question)))
"""What a row may say of a question."""
SUITE_KEYS = (
    "title", "prompt", "system", "generation", "margins", "primary", "tasks", "match", "columns", "dataset", "name",
    "split", "part_of", "reasoning",
)  # fmt: skip
Columns = dict[str, tuple[str, ...]]
"""Key of a question → the columns that hold it; several for choices and aliases; none to leave it out."""


@dataclass(frozen=True)
class Settings:
    """What suite.yaml says; None and empty where it does not."""

    where: str = "suite.yaml"
    title: str | None = None
    prompt: str | None = None
    system: str | None = None
    generation: dict[str, Any] = field(default_factory=dict)
    margins: dict[str, float] = field(default_factory=dict)
    primary: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    match: Match | None = None
    """Of questions that do not say one themselves."""
    columns: Columns | None = None
    dataset: str | None = None
    """On the hub, or a file or folder beside suite.yaml."""
    dataset_name: str | None = None
    """Its configuration, of those that the dataset has."""
    split: str | None = None
    part_of: str | None = None
    """The digest of the suite that its questions were taken from, under the ids that they have there."""
    reasoning: Reasoning | None = None
    """The one pair of tags around thoughts, or none; None where the suite does not say."""


def read_settings(path: Path | None) -> Settings:
    """What the file says, checked; the defaults where there is none."""
    if path is None:
        return Settings()
    found = read_mapping(path, f"It takes: {', '.join(sorted(SUITE_KEYS))}.")
    if strange := sorted(set(map(str, found)) - set(SUITE_KEYS)):
        raise HarnessError(f"{path} has unknown keys: {', '.join(strange)}. Known: {', '.join(sorted(SUITE_KEYS))}.")
    if lonely := [key for key in ("name", "split") if key in found and "dataset" not in found]:
        raise HarnessError(f"{path}: {lonely[0]} is of a dataset, and there is none. Write dataset: OWNER/NAME")
    return Settings(
        where=str(path),
        title=_text(found, "title"),
        prompt=_text(found, "prompt"),
        system=None if "system" not in found else str(found["system"] or ""),
        generation=dict(found.get("generation") or {}),
        margins=_margins(found.get("margins") or {}, path),
        primary=tuple(str(metric) for metric in found.get("primary") or ()),
        tasks=tuple(found.get("tasks") or ()),
        match=_match(found.get("match"), path),
        columns=None if "columns" not in found else _columns(found["columns"] or {}, path),
        dataset=_text(found, "dataset"),
        dataset_name=_text(found, "name"),
        split=_text(found, "split"),
        part_of=_text(found, "part_of"),
        reasoning=None if "reasoning" not in found else _reasoning(found["reasoning"], path),
    )


def _text(found: dict[str, Any], key: str) -> str | None:
    return None if found.get(key) is None else str(found[key])


def _margins(given: object, path: Path) -> dict[str, float]:
    if not isinstance(given, dict):
        raise HarnessError(f"{path}: margins is no mapping. Write metric: margin, for example correct: 0.02")
    return checked_margins(given, f"{path}, margins")


def _match(given: Any, path: Path) -> Match | None:
    if given is not None and given not in get_args(Match):
        unknown("match", str(given), get_args(Match), f"It stands in {path}.")
    match: Match | None = given
    return match


def _reasoning(given: object, path: Path) -> Reasoning:
    if given == "none":
        return Reasoning(tags=())
    if isinstance(given, list) and len(given) == 2 and all(isinstance(tag, str) and tag.strip() for tag in given):
        opening, closing = map(str.strip, given)
        if opening != closing:
            return Reasoning(tags=((opening, closing),))
    raise HarnessError(
        f"{path}: reasoning is {given!r}. Write the tags that open and close a thought, "
        'for example reasoning: ["<think>", "</think>"], or reasoning: none where nothing is taken for a thought.'
    )


def _columns(given: object, path: Path) -> Columns:
    if not isinstance(given, dict):
        raise HarnessError(f"{path}: columns is no mapping. Write key: column, for example question: prompt")
    for key in given:
        if key not in QUESTION_KEYS:
            unknown(
                "key of a question", str(key), QUESTION_KEYS, f"It stands under columns in {path}, left of a colon."
            )
    return {str(key): _names(str(key), names, path) for key, names in given.items()}


def _names(key: str, names: object, path: Path) -> tuple[str, ...]:
    if isinstance(names, list) and names and key in ("choices", "aliases"):
        return tuple(map(str, names))
    if isinstance(names, list | dict):
        raise HarnessError(f"{path}: columns, {key}: give the name of one column.")
    return () if names is None else (str(names),)
