"""A visit's file: whole JSON after every row, and nothing that was there is lost."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

from perf.visit.results import append, read, results_name


def test_rows_are_added_and_the_file_is_a_json_list_after_each(tmp_path: Path) -> None:
    path = tmp_path / "new" / "visit.json"
    for number in range(3):
        append(path, {"row": number, "said": "zwölf\n¾ ]"})
        assert json.loads(path.read_text(encoding="utf-8")) == read(path)
        assert [row["row"] for row in read(path)] == list(range(number + 1))


def test_what_a_torn_row_left_is_mended_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "visit.json"
    append(path, {"row": 1})
    append(path, {"row": 2})
    for cut in range(1, 12):
        torn = tmp_path / f"{cut}.json"
        torn.write_bytes(path.read_bytes()[:-cut])
        append(torn, {"row": 3})
        rows = [row["row"] for row in json.loads(torn.read_text())]
        # The end is the bracket and two line breaks: a cut beyond them takes the second row, and no other.
        assert rows in ([1, 2, 3], [1, 3]) and (2 in rows) == (cut <= 3)


def test_several_processes_add_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "visit.json"
    writers = [multiprocessing.get_context("fork").Process(target=_append, args=(path, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    rows = json.loads(path.read_text())
    for name in "ab":
        assert [row["row"] for row in rows if row["name"] == name] == list(range(50))


def test_a_file_is_named_by_date_card_and_commit() -> None:
    name = results_name("2026-11-28", "NVIDIA H100 80GB HBM3", "92f985f303a94411746300e772b619fb4b7693a8")
    assert name == "2026-11-28-nvidia-h100-80gb-hbm3-92f985f.json"
    assert results_name("2026-11-28", None, "tree-0123456789ab") == "2026-11-28-cpu-0123456.json"


def _append(path: Path, name: str) -> None:
    for number in range(50):
        append(path, {"name": name, "row": number})
