"""Coverage, error and power where the truth is known: a quick form of what python -m perf validity measures whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from perf.validity.claim import Band, Cell, Claim
from perf.validity.claims import CLAIMS
from perf.validity.command import main
from perf.validity.measuring import cell_of, code, measure_cell, measured
from perf.validity.table import documented, markdown, write, written

WORLDS = 200
ERRORS = 3.0
"""So many standard errors of 200 worlds may a figure lie beside its band."""


@pytest.mark.parametrize("name", CLAIMS)
def test_no_quick_cell_leaves_its_band(name: str) -> None:
    claim = CLAIMS[name]()
    quick = [cell for cell in claim.cells if cell.quick]
    assert quick
    strays = []
    for cell in quick:
        figures, _ = measure_cell((name, cell.world, cell.size), WORLDS)
        strays += claim.strays(cell, figures, WORLDS, ERRORS)
    assert not strays


@pytest.mark.parametrize("name", CLAIMS)
def test_the_documented_cells_are_those_of_the_code(name: str) -> None:
    claim, found = CLAIMS[name](), documented()
    assert {key for key in found if key[0] == claim.title} == {
        (claim.title, cell.world, cell.size) for cell in claim.cells
    }
    for cell in claim.cells:
        text = found[claim.title, cell.world, cell.size]
        # In italics where nothing is promised, and with a figure in each place.
        assert text.startswith("*") is not cell.promised
        assert len(re.findall(r"[\d.]+|–", text)) == len(re.findall(r"\{\w+\}", claim.layout))


def test_no_claim_but_those_of_the_code_is_documented() -> None:
    assert {title for title, _, _ in documented()} == {CLAIMS[name]().title for name in CLAIMS}


def test_the_documented_figures_lie_in_their_bands() -> None:
    found = documented()
    for claim in (CLAIMS[name]() for name in CLAIMS):
        places = re.findall(r"\{(\w+)\}", claim.layout)
        for cell in claim.cells:
            texts = re.findall(r"[\d.]+|–", found[claim.title, cell.world, cell.size])
            figures = {name: float(text) / 100 for name, text in zip(places, texts, strict=True) if text != "–"}
            # Rounded to a tenth of a point.
            for name in claim.bands.keys() & figures.keys():
                assert not cell.promised or claim.bands[name].holds(figures[name], 0.00051), (claim.title, cell.world)


def test_each_cell_has_a_name_of_its_own() -> None:
    for claim in (CLAIMS[name]() for name in CLAIMS):
        names = [(cell.world, cell.size) for cell in claim.cells]
        assert len(names) == len(set(names)) and not any("|" in world for world, _ in names)


# The machinery.


def test_a_cells_figures_are_the_same_whatever_was_measured_before() -> None:
    key = ("means", "normal", "20")
    first, _ = measure_cell(key, 50)
    measure_cell(("means", "exponential", "20"), 50)
    assert measure_cell(key, 50)[0] == first


def test_a_run_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    whole = measured(["ratios"], 20, state, 1)
    lines = state.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(whole) == len(CLAIMS["ratios"]().cells)
    # A kill in the middle of a line, and two lines measured: these are kept as they are, told apart by a mark.
    marked = [{**json.loads(line), "figures": {"coverage": 0.5, "above": 0.5, "below": 0.0}} for line in lines[:2]]
    state.write_text("\n".join(map(json.dumps, marked)) + "\n" + lines[2][:30] + "\n", encoding="utf-8")
    again = measured(["ratios"], 20, state, 1)
    assert sum(figures["above"] == 0.5 for figures in again.values()) == 2
    assert {key: figures for key, figures in again.items() if figures["above"] != 0.5}.items() <= whole.items()


def test_figures_of_other_code_or_of_fewer_worlds_are_measured_again(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    key = ["ratios", "bits, lengths lognormal 0.4", "6 documents"]
    stale = {"coverage": 0.5, "above": 0.5, "below": 0.0}
    for other in ({"worlds": 19, "code": code()}, {"worlds": 20, "code": "other"}):
        state.write_text(json.dumps({"key": key, "figures": stale, **other}) + "\n", encoding="utf-8")
        assert all(figures["above"] < 0.5 for figures in measured(["ratios"], 20, state, 1).values())


def test_the_command_says_what_left_its_band_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = Cell("w", "6", lambda *_: {"coverage": 0.8})
    claim = Claim("A claim", "Of one.", {"coverage": Band(0.9)}, "{coverage}", (cell,))
    monkeypatch.setitem(CLAIMS, "bad", lambda: claim)
    state = tmp_path / "state.jsonl"
    known = {"key": ["bad", "w", "6"], "worlds": 9, "code": code(), "figures": {"coverage": 0.8}}
    state.write_text(json.dumps(known) + "\n", encoding="utf-8")
    assert main(["bad", "--worlds", "9", "--state", str(state)]) == 1
    assert "out of its band: A claim, w, 6: coverage 0.8000" in capsys.readouterr().out


def test_an_unknown_claim_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["means", "dreams"])
    assert "no claim named dreams. Known: rates, " in capsys.readouterr().err


def test_the_tables_are_written_between_the_markers_and_read_back(tmp_path: Path) -> None:
    document = tmp_path / "numbers.md"
    document.write_text(
        "# Before\n\n<!-- python -m perf validity --write: begin -->\nold\n"
        "<!-- python -m perf validity --write: end -->\n\nAfter\n",
        encoding="utf-8",
    )
    claim = CLAIMS["ratios"]()
    figures = {"coverage": 0.95, "above": 0.02, "below": 0.03}
    found = {("ratios", cell.world, cell.size): figures for cell in claim.cells}
    write(found, 20, document)
    text = document.read_text(encoding="utf-8")
    assert text.startswith("# Before\n\n<!--") and text.endswith("end -->\n\nAfter\n") and "old" not in text
    assert markdown(found, 20) in text and "20 worlds a cell" in text
    assert documented(document) == {(claim.title, cell.world, cell.size): "95.0 (2.0 + 3.0)" for cell in claim.cells}


def test_a_band_is_left_where_a_figure_lies_outside_or_is_none_at_all() -> None:
    cell = Cell("w", "6", lambda rng, worlds: {})
    claim = Claim("C", "", {"coverage": Band(0.93, 0.97)}, "{coverage}", (cell,))
    assert not claim.strays(cell, {"coverage": 0.93}, 200)
    assert claim.strays(cell, {"coverage": 0.92}, 200) and claim.strays(cell, {"coverage": float("nan")}, 200)
    # Three standard errors of 200 worlds at 93 %: 5.4 points.
    assert not claim.strays(cell, {"coverage": 0.88}, 200, 3) and claim.strays(cell, {"coverage": 0.87}, 200, 3)
    assert not claim.strays(Cell("w", "6", cell.measure, promised=False), {"coverage": 0.2}, 200)
    assert written(claim, {"coverage": 0.9349}) == "93.5" and written(claim, {"coverage": 0.5}, False) == "*50.0*"
    assert written(claim, {"coverage": float("nan")}) == "–"


def test_the_cell_of_a_key_is_found_by_world_and_size() -> None:
    claim = CLAIMS["means"]()
    assert cell_of(claim, ("means", "normal", "20")).world == "normal"
