"""One shape for all: what is written says what was read."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.data import refuse_place, write_canonical
from harness.data.preferences import read_preferences
from harness.errors import HarnessError
from tests.data.preferences.test_shapes import LABELLED, SHAPES


@pytest.mark.parametrize("name", [*SHAPES, *range(len(LABELLED))])
def test_what_is_written_reads_back_as_the_same(tmp_path: Path, name: Any) -> None:
    texts = ("Who?", "A.", "B."), ("Where? ", " 46 of ten", '"$46",\n\tof ten \u2028')
    rows = [LABELLED[name][0]] if isinstance(name, int) else [SHAPES[name][0](*it) for it in texts]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = read_preferences(str(path))
    write_canonical(found, tmp_path / "b.jsonl")
    again = read_preferences(str(tmp_path / "b.jsonl"))
    assert (again.usable, again.digest, again.dropped) == (found.usable, found.digest, {})
    for key in ("has_roles", "margin"):
        assert [getattr(it, key) for it in again.usable] == [getattr(it, key) for it in found.usable]
    write_canonical(again, tmp_path / "c.jsonl")
    assert (tmp_path / "c.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    refuse_place(path, force=False)
    path.write_text("mine")
    refuse_place(path, force=True)
    for place, force, says in (
        (path, False, "is there already. Give another name, or --force"),
        (tmp_path / "a.parquet", False, "Give it a name that ends in .jsonl"),
        (tmp_path / "a.json", True, "Give it a name that ends in .jsonl"),
    ):
        with pytest.raises(HarnessError, match=says):
            refuse_place(place, force)
