"""What docs/data.md shows is what is read."""

import json
import re
from pathlib import Path

import pytest

from harness.data.preferences import read_preferences
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"[Rr]ead as\s+`([^`]+)`:\n\n```json\n(.*?)\n```", TEXT, re.S)


@pytest.mark.parametrize(("shape", "row"), EXAMPLES)
def test_each_example_says_the_same_and_is_read_as_it_says(tmp_path: Path, shape: str, row: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(json.loads(row)), encoding="utf-8")
    found = read_preferences(str(path))
    assert found.shapes == {shape: 1}
    (said,) = found.usable
    assert (said.question, said.chosen) == ("Which river flows through Ambrel?", "The Quenn.")
    assert said.rejected == (None if "label" in row else "No idea.")
    assert said.system == ("Be brief." if "Be brief." in row else None)


def test_no_example_is_passed_over() -> None:
    assert len(EXAMPLES) == TEXT.count("```json") > 15


def test_every_reason_is_told() -> None:
    told = TEXT.partition("## What is dropped")[2].partition("## A look")[0]
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "harness" / "data").rglob("*.py")]
    raised = {reason for source in sources for reason in re.findall(r'(?:Unusable\(|dropped\[)"([^"]+)"', source)}
    assert len(raised) > 10
    assert not [reason for reason in raised if f"`{reason}`" not in told]
