"""Where a suite lies: by its name below the folders of tasks, or by its path, be it a folder or a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError, unknown
from harness.resources import search_path

SETTINGS = "suite.yaml"
SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
"""Files that questions are read from; of several that are called questions, the first is taken."""
_FORMS = (
    f"A suite is a folder with {SETTINGS} and questions.jsonl (or .csv, .tsv, .json, .parquet), or such a file; "
    "write one with: harness tasks new NAME"
)


@dataclass(frozen=True)
class Place:
    """Where a suite was found."""

    name: str
    path: Path
    """Its folder, or the file that it is."""
    settings: Path | None
    """Its suite.yaml; None where there is none, and defaults hold."""
    given: str | None = None
    """The path that it was found by, as find_place takes it again; None where it was found by its name."""

    @property
    def folder(self) -> Path:
        """What relative paths in its settings are relative to."""
        return self.path.parent if self.path.is_file() else self.path

    def questions_file(self) -> Path:
        """The file of its questions; refuses a folder without one."""
        if self.path.is_file():
            return self.path
        found = _questions_files(self.path)
        if not found:
            raise HarnessError(
                f"{self.path / 'questions.jsonl'} is missing: a suite needs its questions, one JSON object a line, "
                "or as questions.csv, .tsv, .json or .parquet, or a dataset in suite.yaml."
            )
        return found[0]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of how it was found."""
        beside = [] if self.path.is_file() else [path.name for path in _questions_files(self.path)]
        unread = [f"{beside[0]} is read, {', '.join(beside[1:])} beside it is not"] if len(beside) > 1 else []
        return (*([f"no {SETTINGS}, so the defaults hold"] if self.settings is None else []), *unread)


def find_place(name: str, folders: Sequence[Path] = ()) -> Place:
    """Where the suite of that name, or at that path, lies; refuses what is none, with the nearest known name."""
    path = Path(name).expanduser()
    if path.name == SETTINGS and path.is_file():
        path = path.parent
    if (path / SETTINGS).is_file():
        return _at(path)
    if path.is_file() and path.suffix:
        return _of_file(path)
    for folder in search_path("tasks", folders):
        if _is_suite(folder / name):
            return Place(name, folder / name, _settings_of(folder / name))
    if path.is_dir() and _is_suite(path):
        return _at(path)
    if path.suffix in SUFFIXES or (len(path.parts) > 1 and not path.is_dir()):
        raise HarnessError(f"There is no suite at {name}. {_FORMS}")
    unknown("suite", name, list_suites(folders), _FORMS)


def list_suites(folders: Sequence[Path] = ()) -> list[str]:
    """The names that --suite takes: shipped ones, those of tasks/ here, and those of the user's folders."""
    found = (path for folder in search_path("tasks", folders) if folder.is_dir() for path in folder.iterdir())
    return sorted({path.name for path in found if path.is_dir() and _is_suite(path)})


def task_folders(folders: Sequence[Path] = ()) -> list[Path]:
    """Where lm-eval looks for YAML tasks: the user's own folders, then tasks/ here, then the shipped one."""
    return [folder for folder in search_path("tasks", folders) if folder.is_dir()]


def suite_name(name: str) -> str:
    """What the suite of that name or at that path is called: a file of questions as its folder, any other as itself."""
    path = Path(name)
    if path.name == SETTINGS or (path.stem == "questions" and path.suffix in SUFFIXES):
        path = path.resolve().parent
    stem = path.stem if path.suffix in SUFFIXES else path.name or path.resolve().name
    # A run is called after its suite.
    return re.sub(r"[^\w.+ -]+", "-", stem).lstrip(". ") or "suite"


def _at(folder: Path) -> Place:
    resolved = folder.resolve()
    return Place(suite_name(str(resolved)), resolved, _settings_of(resolved), _as_given(resolved))


def _of_file(path: Path) -> Place:
    if path.suffix not in SUFFIXES:
        raise HarnessError(f"{path} is no file of questions: it may be {', '.join(SUFFIXES)}. {_FORMS}")
    resolved = path.resolve()
    beside = _questions_files(resolved.parent)
    if (resolved.parent / SETTINGS).is_file() and beside and beside[0] == resolved:
        return _at(resolved.parent)
    return Place(suite_name(str(resolved)), resolved, None, _as_given(resolved))


def _as_given(path: Path) -> str:
    """Relative to the working folder where it lies in it, so that both may be moved together; else absolute."""
    here = Path.cwd().resolve()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _is_suite(folder: Path) -> bool:
    return (folder / SETTINGS).is_file() or bool(_questions_files(folder))


def _settings_of(folder: Path) -> Path | None:
    path = folder / SETTINGS
    return path if path.is_file() else None


def _questions_files(folder: Path) -> list[Path]:
    return [path for suffix in SUFFIXES if (path := folder / f"questions{suffix}").is_file()]
