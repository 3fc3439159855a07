"""assignment.yaml: which sections are handed in, in which order, under which titles and for how many points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from harness.config import Strict
from harness.errors import HarnessError
from harness.json_yaml import read_yaml
from harness.report import KEYS, cover_values
from harness.resources import search_path
from harness.words import Words, english

SECTIONS = ("methods", "comparison", "lora", "curves", "answers", "experiments", "appendix", "references")
"""What the harness knows how to fill."""
FILE = "assignment.yaml"


class SectionPlan(Strict):
    """One section as the teacher wants it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: Mapping[str, str]
    points: float = Field(0, ge=0, le=100)
    """Percent of the grade."""
    show: bool = True
    notes: bool = False
    """A section of the teacher's own, filled from notes/ID.md only."""


class Layout(Strict):
    """The whole file."""

    title: Mapping[str, str]
    author: str | tuple[str, ...] = ""
    number: str | tuple[str, ...] = ""
    course: str | tuple[str, ...] = ""
    school: str | tuple[str, ...] = ""
    teacher: str | tuple[str, ...] = ""
    date: str | tuple[str, ...] = ""
    """Of the cover, where notes/cover.yaml says no other."""
    sections: tuple[SectionPlan, ...] = Field(min_length=1)


def read_layout(folders: Sequence[Path] = ()) -> Layout:
    """The first assignment.yaml of the template folders; every fault of it is named at once, with its key."""
    path = next(path for folder in search_path("reports/templates", folders) if (path := folder / FILE).is_file())
    try:
        content = read_yaml(path)
    except OSError as error:
        raise HarnessError(f"{path} cannot be read: {error.strerror}.") from None
    if isinstance(content, dict):
        content |= cover_values(path, tuple(Layout.model_fields))
    try:
        layout = Layout.model_validate(content)
    except ValidationError as error:
        raise HarnessError(f"{path}: {'; '.join(_fault(one, content) for one in error.errors())}.") from None
    _refuse_strange(path, layout)
    return layout


def cover_of(layout: Layout) -> dict[str, tuple[str, ...]]:
    """What the layout says of who hands the work in."""
    found = {key: getattr(layout, key) for key in KEYS}
    return {key: (value,) if isinstance(value, str) else value for key, value in found.items() if value}


def in_language(titles: Mapping[str, str], say: Words, key: str) -> str:
    """The title in that language; without one the catalogue's, if that is of the same English, else the first.

    key: under which the catalogue has the title that is shipped.
    """
    known = english().get(key, ("",))[0]
    own = say(key) if known and titles.get("en") == known else ""
    return titles.get(say.lang) or own or next(iter(titles.values()), "")


def _fault(error: Any, content: object) -> str:
    """As sections.3 (curves).points: Input should be a valid list."""
    where = []
    for key in error["loc"]:
        content = _inside(content, key)
        name = content.get("id") if isinstance(content, Mapping) and isinstance(key, int) else None
        where.append(f"{int(key) + 1} ({name})" if name else str(key))
    return f"{'.'.join(where) or 'the file'}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _inside(content: object, key: object) -> object:
    try:
        return content[key]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return None


def _refuse_strange(path: Path, layout: Layout) -> None:
    ids = [section.id for section in layout.sections]
    for section in layout.sections:
        if ids.count(section.id) > 1:
            raise HarnessError(f"{path}: the section '{section.id}' stands there twice.")
        if section.id not in SECTIONS and not section.notes:
            raise HarnessError(
                f"{path}: no section '{section.id}' is known. Known: {', '.join(SECTIONS)}. "
                f"For a section of your own, filled from notes/{section.id}.md, write notes: true beside it."
            )
        if section.id in SECTIONS and section.notes:
            raise HarnessError(f"{path}: '{section.id}' is filled by the harness; notes: true is for other ids.")
        if not any(title.strip() for title in section.title.values()):
            raise HarnessError(f"{path}: the section '{section.id}' has no title. Next: title: {{en: …, zh-TW: …}}")
