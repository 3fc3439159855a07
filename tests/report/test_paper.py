"""The assignment on paper: answers take a third of it at most, no page is nearly empty, no head stands at a foot."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from harness.report import render_report
from harness.store import read_run
from tests.conftest import run_harness
from tests.support.report_fixture import make_run

REAL = Path(__file__).parents[3] / "shared" / "real" / "assignment"
_HEAD, _FOOT, _HEIGHT = 19, 280, 297
"""Of an A4 page in mm: what stands above and below is the running head and the page's number."""


@dataclass(frozen=True)
class Paper:
    """A document as it lies on paper."""

    pages: int
    places: tuple[float, ...]
    """Where each section begins, in pages."""
    fills: tuple[float, ...]
    """How far down each page is written on, 0 to 1."""

    @property
    def answers(self) -> float:
        """Share of the pages that the fifth section takes."""
        return (self.places[5] - self.places[4]) / self.pages


def looked_at(path: Path, folder: Path) -> Paper:
    pdf = PdfReader(path)
    outline: Any = pdf.outline
    heads = [it for it in outline[1] if not isinstance(it, list)]
    height = float(pdf.pages[0].mediabox.height)
    places = tuple((pdf.get_destination_page_number(it) or 0) + 1 - float(it["/Top"]) / height for it in heads)
    folder.mkdir()
    subprocess.run(["pdftoppm", "-r", "20", "-gray", path, folder / "page"], check=True)
    return Paper(len(pdf.pages), places, tuple(_filled(page) for page in sorted(folder.glob("page*"))))


def _filled(path: Path) -> float:
    with Image.open(path) as image:
        top, bottom = (round(image.height * edge / _HEIGHT) for edge in (_HEAD, _FOOT))
        body = image.convert("L").crop((0, top, image.width, bottom)).point(lambda value: 255 if value < 235 else 0)
        ink = body.getbbox()
        return ink[3] / (bottom - top) if ink else 0.0


def hold(paper: Paper) -> None:
    assert paper.answers <= 1 / 3
    # The last one ends where the text does.
    assert all(fill >= 0.35 for fill in paper.fills[:-1]), paper.fills
    # A head with nothing under it stands lower than nine tenths of its page.
    assert all(place % 1 < 0.9 for place in paper.places), paper.places


SHAPES: dict[str, tuple[tuple[str, ...], int, bool]] = {
    "three, ten questions": (("base", "dpo", "orpo"), 10, True),
    "three, many questions": (("base", "dpo", "orpo"), 240, True),
    "three, no curves": (("base", "dpo", "orpo"), 10, False),
    "one": (("base",), 6, True),
    "two": (("base", "dpo"), 30, True),
    "five": (("base", "dpo", "orpo", "dpo-2", "orpo-2"), 60, True),
    "seven": (("base", *(f"run-{n}" for n in range(6))), 60, True),
}


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_answers_take_a_third_of_the_pages_and_no_page_is_nearly_empty(
    shape: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names, questions, curves = SHAPES[shape]
    run = make_run(tmp_path / "runs" / "eval" / "r", names, questions, curves=curves)
    (pdf,) = render_report(read_run(run), "assignment", lang, ["pdf"])
    hold(looked_at(pdf, tmp_path / "pages"))


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
def test_so_it_is_of_the_real_answers(lang: str, tmp_path: Path) -> None:
    if not REAL.is_dir():
        pytest.skip("the real assignment's files are not here")
    names = {"base": "mistral", "dpo": "DPO_mistral", "orpo": "ORPO_mistral"}
    given = [f"{name}={REAL}/submission/{file}-7b-v0.3-bnb-4bit.json" for name, file in names.items()]
    logs = ("dpo=wandb/DPO_mistral-7b-v0.3-bnb-4bit.wandb", "orpo=trainer_state/ORPO_mistral-7b-v0.3-bnb-4bit.json")
    for log in logs:
        name, _, place = log.partition("=")
        given += ["--curves", f"{name}={REAL}/{place}"]
    done = run_harness("import", "--suite", "assignment", *given, "--run", "real", "--no-report", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    run = read_run(tmp_path / "runs" / "eval" / "real")
    (pdf,) = render_report(run, "assignment", lang, ["pdf"])
    hold(looked_at(pdf, tmp_path / "pages"))
