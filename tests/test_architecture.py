"""The map of the house shows what stands: every room and root file, and no path that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_the_tree_names_every_room_and_every_root_file() -> None:
    tree = MAP.partition("    harness/\n")[2].partition("\n\n")[0]
    shown = set(re.findall(r"([\w.]+(?:\.py|/))", tree))
    package = ROOT / "harness"
    rooms = {f"{path.parent.name}/" for path in package.rglob("__init__.py") if path.parent != package}
    roots = {path.name for path in package.glob("*.py")} - {"__init__.py"}
    assert shown == rooms | roots | {"configurations/"}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:harness|tests|reports)/[\w./*]+)`", MAP))))
def test_every_path_of_the_map_is_there(path: str) -> None:
    assert list(ROOT.glob(path.replace("NAME", "*").rstrip("/")))


def test_contributing_leads_to_the_map_and_to_the_decisions() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((docs/\w+\.md)\)", text):
        assert (ROOT / target).is_file()
    assert "(docs/architecture.md)" in text and "(docs/decisions.md)" in text
