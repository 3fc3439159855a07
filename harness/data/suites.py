"""What is asked: question suites, and where the lm-eval tasks of the project lie."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from harness.errors import HarnessError, unknown
from harness.json_yaml import json_lines, read_mapping
from harness.records import Match, Question
from harness.resources import files_digest, search_path
from harness.scorers import checked_margins

_SUITE_KEYS = {"title", "prompt", "system", "generation", "margins", "primary", "tasks"}
_QUESTION_KEYS = {field.name for field in dataclasses.fields(Question)}


@dataclass(frozen=True)
class Suite:
    """A folder of questions: suite.yaml and questions.jsonl."""

    name: str
    path: Path
    title: str
    questions: tuple[Question, ...]
    digest: str
    """sha256 over both files."""
    prompt: str = "alpaca"
    system: str = ""
    generation: dict[str, Any] = dataclasses.field(default_factory=dict)
    margins: dict[str, float] = dataclasses.field(default_factory=dict)
    """metric → the smallest difference that matters, where it is not the metric's own."""
    primary: tuple[str, ...] = ()
    """The metrics that the suite is about: of these alone a variant is called better or worse; none: correct."""
    tasks: tuple[str, ...] = ()
    """lm-eval tasks that are run with the suite unless others are named."""


def load_suite(name: str, folders: Sequence[Path] = ()) -> Suite:
    """The suite of that name or at that path; every fault of its files in one refusal."""
    path = _find(name, folders)
    settings = _settings(path / "suite.yaml")
    questions = _questions(path / "questions.jsonl")
    digest = files_digest([path / "suite.yaml", path / "questions.jsonl"])
    return Suite(
        name=path.name,
        path=path,
        title=str(settings.get("title", path.name)),
        questions=questions,
        digest=digest,
        prompt=str(settings.get("prompt", "alpaca")),
        system=str(settings.get("system") or ""),
        generation=dict(settings.get("generation") or {}),
        margins=_margins(settings.get("margins") or {}, path / "suite.yaml"),
        primary=tuple(str(metric) for metric in settings.get("primary") or ()),
        tasks=tuple(settings.get("tasks") or ()),
    )


def list_suites(folders: Sequence[Path] = ()) -> list[str]:
    """The names that --suite takes, shipped ones and those of the user's folders."""
    found = {path.parent.name for folder in search_path("tasks", folders) for path in folder.glob("*/suite.yaml")}
    return sorted(found)


def task_folders(folders: Sequence[Path] = ()) -> list[Path]:
    """Where lm-eval looks for YAML tasks: the user's own folders, then the shipped one."""
    return [folder for folder in search_path("tasks", folders) if folder.is_dir()]


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """At most `limit` questions, drawn by the seed (the first N would be one kind only), in the suite's order."""
    return tuple(questions[index] for index in sample_indices(len(questions), limit, seed))


def sample_indices(count: int, limit: int | None, seed: int) -> list[int]:
    """At most `limit` of range(count), drawn by the seed, ascending."""
    if limit is None or limit >= count:
        return list(range(count))
    return sorted(random.Random(seed).sample(range(count), limit))


def _find(name: str, folders: Sequence[Path]) -> Path:
    if (Path(name) / "suite.yaml").is_file():
        return Path(name).resolve()
    for folder in search_path("tasks", folders):
        if (folder / name / "suite.yaml").is_file():
            return folder / name
    unknown("suite", name, list_suites(folders), "A suite is a folder with suite.yaml and questions.jsonl.")


def _settings(path: Path) -> dict[str, Any]:
    settings = read_mapping(path, f"It takes: {', '.join(sorted(_SUITE_KEYS))}.")
    if strange := sorted(set(settings) - _SUITE_KEYS):
        raise HarnessError(f"{path} has unknown keys: {', '.join(strange)}. Known: {', '.join(sorted(_SUITE_KEYS))}.")
    return settings


def _margins(given: object, path: Path) -> dict[str, float]:
    if not isinstance(given, dict):
        raise HarnessError(f"{path}: margins is no mapping. Write metric: margin, for example correct: 0.02")
    return checked_margins(given, f"{path}, margins")


def _questions(path: Path) -> tuple[Question, ...]:
    if not path.is_file():
        raise HarnessError(f"{path} is missing: a suite needs its questions, one JSON object a line.")
    faults: list[str] = []
    questions: dict[str, Question] = {}
    for number, found in json_lines(path, path.read_text(encoding="utf-8").split("\n"), _question_or_fault):
        if isinstance(found, str):
            faults.append(f"line {number}: {found}")
        elif found.id in questions:
            faults.append(f"line {number}: id '{found.id}' stands there already")
        else:
            questions[found.id] = found
    if faults:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise HarnessError(f"{path}: {'; '.join(faults[:5])}{more}")
    if not questions:
        raise HarnessError(f'{path} has no questions. A line looks like {{"id": "1", "question": "…"}}')
    return tuple(questions.values())


def _question_or_fault(line: str) -> Question | str:
    try:
        return _question(json.loads(line))
    except ValueError as error:
        return str(error)


def _question(row: object) -> Question:
    if not isinstance(row, dict):
        raise ValueError("no JSON object")
    if strange := sorted(set(row) - _QUESTION_KEYS):
        raise ValueError(f"unknown keys {', '.join(strange)} (known: {', '.join(sorted(_QUESTION_KEYS))})")
    if not isinstance(row.get("question"), str) or row.get("id") is None:
        raise ValueError("id and question are needed")
    answer = row.get("answer")
    match: Any = row.get("match") or ("open" if answer is None else "contains")
    if match not in get_args(Match):
        raise ValueError(f"match '{match}' is none of {', '.join(get_args(Match))}")
    if answer is None and match != "open":
        raise ValueError(f"match '{match}' needs an answer")
    return Question(
        id=str(row["id"]),
        question=row["question"],
        match=match,
        answer=None if answer is None else str(answer),
        tolerance=None if row.get("tolerance") is None else float(row["tolerance"]),
        aliases=tuple(str(alias) for alias in row.get("aliases") or ()),
        reference=row.get("reference"),
        cluster=row.get("cluster"),
        points=_points(row.get("points")),
    )


def _points(given: object) -> tuple[tuple[str, ...], ...]:
    """The required points of a question, a wording alone standing for a list of one."""
    if given is None:
        return ()
    if not isinstance(given, list):
        raise ValueError("points is a list, of strings or of lists of strings (several wordings of one point)")
    return tuple(_wordings(point) for point in given)


def _wordings(point: object) -> tuple[str, ...]:
    wordings = [point] if isinstance(point, str) else point
    if not isinstance(wordings, list) or not wordings:
        raise ValueError(f"point {json.dumps(point, ensure_ascii=False)} is neither a string nor a list of strings")
    for wording in wordings:
        if not isinstance(wording, str) or not any(character.isalnum() for character in wording):
            raise ValueError(f"wording {json.dumps(wording, ensure_ascii=False)} of a point is no text")
    return tuple(wordings)
