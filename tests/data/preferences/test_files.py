"""Where rows come from: kinds of files, folders as the hub and datasets lay them out, packed files."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest

from harness.data.preferences import Preference, first_rows, hold_conversations, read_preferences
from harness.data.preferences.files import read_rows
from harness.errors import HarnessError

TEXTS = [{"prompt": f"q{n},\n'x'", "chosen": f'a "{n}"', "rejected": "[b]"} for n in range(3)]
TALKS = [
    {
        side: [{"role": "user", "content": it["prompt"]}, {"role": "assistant", "content": it[side]}]
        for side in ("chosen", "rejected")
    }
    for it in TEXTS
]
RATED = [
    {"instruction": it["prompt"], "generations": [it["rejected"], it["chosen"]], "ratings": [1, 5]} for it in TEXTS
]
EXPECTED = tuple(Preference((("user", it["prompt"]),), it["chosen"], it["rejected"]) for it in TEXTS)


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def dataset(rows: list[dict[str, Any]]) -> Any:
    from datasets import Dataset

    return Dataset.from_list(rows)


def as_cells(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v if isinstance(v, str) else json.dumps(v) for k, v in row.items()} for row in rows]


KINDS: dict[str, Callable[[Path, list[dict[str, Any]]], object]] = {
    "a.jsonl": lambda path, rows: path.write_text(lines(rows)),
    "a.ndjson": lambda path, rows: path.write_text(lines(rows)),
    "a.json": lambda path, rows: path.write_text(json.dumps(rows)),
    "data.json": lambda path, rows: path.write_text(json.dumps({"version": 1, "data": rows})),
    "lines.json": lambda path, rows: path.write_text(lines(rows)),
    "a.txt": lambda path, rows: path.write_text(lines(rows)),
    "a.csv": lambda path, rows: pandas.DataFrame(rows).to_csv(path, index=False),
    "index.csv": lambda path, rows: pandas.DataFrame(rows).to_csv(path),
    "cells.csv": lambda path, rows: pandas.DataFrame(as_cells(rows)).to_csv(path, index=False),
    "semicolons.csv": lambda path, rows: pandas.DataFrame(rows).to_csv(path, index=False, sep=";"),
    "bom.csv": lambda path, rows: pandas.DataFrame(rows).to_csv(path, index=False, encoding="utf-8-sig"),
    "a.tsv": lambda path, rows: pandas.DataFrame(rows).to_csv(path, index=False, sep="\t"),
    "of_numpy.csv": lambda path, rows: with_arrays(rows).to_csv(path, index=False),
    "columns.json": lambda path, rows: pandas.DataFrame(rows).to_json(path),
    "a.parquet": lambda path, rows: pandas.DataFrame(rows).to_parquet(path),
    "a.jsonl.gz": lambda path, rows: path.write_bytes(gzip.compress(lines(rows).encode())),
    "a.json.bz2": lambda path, rows: path.write_bytes(bz2.compress(json.dumps(rows).encode())),
    "a.jsonl.xz": lambda path, rows: path.write_bytes(lzma.compress(lines(rows).encode())),
    "unnamed.jsonl": lambda path, rows: path.write_bytes(gzip.compress(lines(rows).encode())),
    "saved": lambda path, rows: dataset(rows).save_to_disk(str(path)),
    "a.arrow": lambda path, rows: next(saved(path.parent / "s", rows).glob("*.arrow")).rename(path),
}


def with_arrays(rows: list[dict[str, Any]]) -> pandas.DataFrame:
    """As pandas has lists that it read from Parquet."""
    return pandas.DataFrame([{k: numpy.array(v) if isinstance(v, list) else v for k, v in it.items()} for it in rows])


def saved(folder: Path, rows: list[dict[str, Any]]) -> Path:
    dataset(rows).save_to_disk(str(folder))
    return folder


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("rows", [TEXTS, TALKS, RATED], ids=["texts", "messages", "ratings"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, name: str, rows: list[dict[str, Any]]) -> None:
    KINDS[name](tmp_path / name, rows)
    found = read_preferences(str(tmp_path / name))
    assert found.usable == EXPECTED and not found.dropped
    assert all(it.has_roles is (rows is TALKS) for it in found.usable)
    assert hold_conversations(first_rows(str(tmp_path / name), "train", None, {})) is (rows is TALKS)


def put(folder: Path, names: dict[str, list[dict[str, Any]]]) -> None:
    for name, rows in names.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            pandas.DataFrame(rows).to_parquet(path)
        else:
            path.write_text(lines(rows))


OTHER = [{"prompt": "other", "chosen": "a", "rejected": "b"}]
FOLDERS: list[tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]] = [
    ({"a.jsonl": TEXTS[:1], "b.jsonl": TEXTS[1:]}, {}),
    ({"data/train-00000-of-00002.parquet": TEXTS[:1], "data/train-00001-of-00002.parquet": TEXTS[1:],
      "data/test-00000-of-00001.parquet": OTHER, "dataset_infos.json": OTHER}, {}),
    ({"data/train_prefs-00000-of-00001-abc.parquet": TEXTS, "data/train_sft-00000-of-00001.parquet": OTHER},
     {"split": "train_prefs"}),
    ({"train.jsonl": TEXTS, "test.jsonl": OTHER}, {}),
    ({"train.jsonl": OTHER, "validation.jsonl": TEXTS}, {"split": "validation"}),
    ({"train/0.jsonl": TEXTS, "test/0.jsonl": OTHER}, {}),
    ({"one/train.jsonl": OTHER, "two/train.jsonl": TEXTS}, {"name": "two"}),
    ({"part-00000-of-00002.jsonl": TEXTS[:2], "part-00001-of-00002.jsonl": TEXTS[2:]}, {}),
    ({"train.jsonl": TEXTS, ".cache/train.jsonl": OTHER}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("names", "asked"), FOLDERS)
def test_a_folder_of_shards_is_one_dataset(
    tmp_path: Path, names: dict[str, list[dict[str, Any]]], asked: dict[str, Any]
) -> None:
    put(tmp_path, names)
    (tmp_path / "README.md").write_text("a card")
    assert read_preferences(str(tmp_path), **asked).usable == EXPECTED


def test_the_splits_of_save_to_disk_are_chosen_by_name(tmp_path: Path) -> None:
    from datasets import DatasetDict

    DatasetDict({"train": dataset(OTHER), "test": dataset(TEXTS)}).save_to_disk(str(tmp_path / "d"))
    assert read_preferences(str(tmp_path / "d"), split="test").usable == EXPECTED
    with pytest.raises(HarnessError, match="No split of .* named 'tset'. Did you mean 'test'.*--split"):
        read_preferences(str(tmp_path / "d"), split="tset")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({"data/train_prefs-00000-of-00001.parquet": TEXTS}, "No split of .* named 'train'. .*train_prefs"),
        ({"a.jsonl": TEXTS, "a.parquet": TEXTS}, r"several kinds \(.jsonl, .parquet\)"),
        ({}, "No preference data in"),
    ],
)
def test_a_folder_that_leaves_a_doubt_is_refused(
    tmp_path: Path, names: dict[str, list[dict[str, Any]]], says: str
) -> None:
    put(tmp_path, names)
    with pytest.raises(HarnessError, match=says):
        read_preferences(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("torn.jsonl.gz", gzip.compress(lines(TEXTS).encode() * 99, mtime=0)[:80], "torn.jsonl.gz cannot be unpacked"),
        ("latin.csv", "prompt,chosen,rejected\né,a,b\n".encode("latin-1"), "latin.csv line 2 is not UTF-8"),
        ("a.zip", b"PK\x03\x04", "is packed. Unpack it first, with: unzip"),
        ("a.csv", b"question,answer\nq,a\n", "has the columns answer, question"),
        ("splits.json", json.dumps({"train": TEXTS, "test": TEXTS}).encode(), "several splits .train, test."),
        ("empty.csv", b"", "has no rows"),
        ("head.csv", b"prompt,chosen,rejected\n", "has no rows"),
        ("a.arrow", b"ARROW1", "cannot be read as Arrow"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(HarnessError, match=says) as refusal:
        read_preferences(str(tmp_path / name))
    assert "\n" not in str(refusal.value)


def test_a_row_of_a_table_whose_cells_do_not_fit_its_columns_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("prompt,chosen,rejected\nq,a, and more,b\nr,a,b\n")
    found = read_preferences(str(path))
    assert found.dropped == {"wrong type": 1} and [it.question for it in found.usable] == ["r"]


def test_messages_in_a_cell_that_was_cut_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [{"prompt": "r", "chosen": "[1, 2", "rejected": "{'value': 1"}]
    cut = {"prompt": "q", "chosen": "[{'content': 'q', 'role': 'user'}, {'content': 'a lo", "rejected": "b"}
    pandas.DataFrame([cut, *rows]).to_csv(path, index=False)
    found = read_preferences(str(path))
    assert found.dropped == {"wrong type": 1}
    assert found.usable == (Preference((("user", "r"),), "[1, 2", "{'value': 1"),)


def test_rows_come_one_after_another(tmp_path: Path) -> None:
    # The second line is broken, and whoever takes the first has not looked at it.
    path = tmp_path / "a.jsonl"
    path.write_text(lines(TEXTS[:1]) + "{broken\n")
    assert next(read_rows(str(path))) == TEXTS[0]
