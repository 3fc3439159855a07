"""What lies on disk reads as what it stands for: a list, a dictionary, an array."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.on_disk import Figures, Keyed, Spool, figures, keyed, repeated, spool

FEW, MANY = 1_000_000, 0


@pytest.fixture(params=[FEW, MANY], ids=["in memory", "on disk"])
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows stay in memory."""
    for module in (spool, keyed):
        monkeypatch.setattr(module, "HELD", request.param)
    return int(request.param)


def test_a_spool_reads_as_a_list(held: int) -> None:
    rows = [("row", number, "é\ud800" * (number % 50)) for number in range(5_000)]
    found = Spool(rows)
    assert len(found) == 5_000 and list(found) == rows and found == rows and found != rows[:-1]
    assert found[17] == rows[17] and found[-1] == rows[-1] and found[10:3:-3] == rows[10:3:-3]
    found.append(("one", 1, "more"))
    assert found[-1] == ("one", 1, "more") and list(found)[-1] == found[5_000]
    with pytest.raises(IndexError):
        found[5_001]


def test_a_spool_leaves_no_file_with_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spool, "HELD", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = Spool(range(10))
    assert list(found) == list(range(10)) and not list(tmp_path.iterdir())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=2), st.integers(0, 3))), st.booleans())
def test_rows_by_key_are_a_dictionary_of_them(rows: list[tuple[str, int]], on_disk: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (spool, keyed):
            patch.setattr(module, "HELD", MANY if on_disk else FEW)
        found, expected = Keyed(rows, lambda row: row[0]), {row[0]: row for row in rows}
        assert list(found) == list(expected) and list(found.items()) == list(expected.items())
        assert list(found.values()) == list(expected.values()) and len(found) == len(expected)
        assert all(found[key] == row and key in found for key, row in expected.items())
        assert "no such key" not in found and found.get("no such key") is None
        twice = [key for key, count in Counter(row[0] for row in rows).items() if count > 1]
        assert repeated(rows, lambda row: row[0]) == twice


class Clash(str):
    """Texts that all have one hash."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 7


def test_keys_of_one_hash_are_told_apart(held: int) -> None:
    rows = [(Clash(text), number) for number, text in enumerate("abcab")]
    found = Keyed(rows, lambda row: row[0])
    assert [(str(key), number) for key, (_, number) in found.items()] == [("a", 3), ("b", 4), ("c", 2)]
    assert found[Clash("b")][1] == 4
    assert Clash("d") not in found


@pytest.mark.parametrize("most", [1 << 22, 0], ids=["in memory", "on disk"])
def test_columns_are_empty_until_they_are_written(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "HELD", most)
    found = Figures(3, 5, np.nan)
    found.write(1, 2, np.array([1.5, 2.5]))
    assert np.isnan(found.column(0)).all()
    assert np.array_equal(found.column(1), [np.nan, np.nan, 1.5, 2.5, np.nan], equal_nan=True)
    marks = Figures(1, 3, False)
    marks.write(0, 0, np.array([True]))
    assert marks.column(0).tolist() == [True, False, False]
