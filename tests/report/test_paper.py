"""The assignment on paper: answers take a third of it, pages are filled, no head stands at a foot, no row alone."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from pypdf import PdfReader
from weasyprint import HTML
from weasyprint.formatting_structure import boxes

from harness.report import render_report
from harness.store import read_run
from tests.conftest import run_harness
from tests.support.recorded_experiments import answers, files, log, main_arguments, seed_list
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


def hold(paper: Paper, least: float = 0.35) -> None:
    assert paper.answers <= 1 / 3
    # The last one ends where the text does.
    assert all(fill >= least for fill in paper.fills[:-1]), paper.fills
    # A head with nothing under it stands lower than nine tenths of its page.
    assert all(place % 1 < 0.9 for place in paper.places), paper.places


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every document that becomes a PDF, as it was laid out."""
    found: list[Any] = []
    render = HTML.render

    def kept(self: Any, *given: Any, **named: Any) -> Any:
        found.append(render(self, *given, **named))
        return found[-1]

    monkeypatch.setattr(HTML, "render", kept)
    yield found


def left_alone(document: Any) -> list[str]:
    """Heads under which their page has nothing, and tables of which it has one row where the rest is elsewhere."""
    found: list[str] = []
    rows: defaultdict[Any, dict[int, int]] = defaultdict(dict)
    for number, page in enumerate(document.pages, 1):
        # What stands in the margins are the other children.
        body = list(page._page_box.children[0].descendants())
        lowest = max((it.position_y for it in body if isinstance(it, boxes.LineBox | boxes.ReplacedBox)), default=0.0)
        for box in body:
            if box.element_tag in {"h2", "h3", "h4"} and box.position_y + box.height > lowest:
                found.append(f"page {number}: {box.element_tag} {''.join(box.element.itertext()).strip()}")
            if isinstance(box, boxes.TableBox):
                groups = [it for it in box.children if isinstance(it, boxes.TableRowGroupBox) and not it.is_header]
                rows[box.element][number] = sum(len(group.children) for group in groups)
    for table, shares in rows.items():
        if len(shares) > 1 and min(shares.values()) < 2:
            found.append(f"table {table.get('id') or table.get('class')}: rows by page {shares}")
    return found


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


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh-TW"])
def test_with_experiments_and_a_reference_pages_are_filled_and_nothing_is_left_alone(
    lang: str, tmp_path: Path, laid_out: list[Any]
) -> None:
    run = read_run(with_experiments_and_a_reference(tmp_path))
    (pdf,) = render_report(run, "assignment", lang, ["pdf"])
    hold(looked_at(pdf, tmp_path / "pages"), 0.55)
    (document,) = laid_out
    assert left_alone(document) == []


def with_experiments_and_a_reference(folder: Path) -> Path:
    """Four experiments of ORPO's and one of DPO's, each with its curves, and a reference that answered half."""
    given = folder / "given"
    found = files(given)
    answers(given / "beta.json", 7, 3)
    log(given / "beta.state.json", shift=0.1)
    for name in ("dropout-0.01", "dropout-0.1", "llama"):
        log(given / f"{name}.state.json", orpo=True, shift=0.3)
    listed = [dict(it) for it in seed_list(found)]
    for it, state in zip(listed[1:], ("dropout-0.01", "dropout-0.1", "llama"), strict=True):
        it["curves"] = f"{state}.state.json"
    listed.append(
        {"name": "beta-0.5", "answers": "beta.json", "curves": "beta.state.json", "method": "dpo",
         "settings": {"beta": 0.5}, "why": "What does a tighter leash do?"}
    )  # fmt: skip
    (given / "e.yaml").write_text(yaml.safe_dump(listed), encoding="utf-8")
    rows = json.loads(answers(given / "teacher.json", 12).read_text(encoding="utf-8"))
    (given / "teacher.json").write_text(json.dumps(rows[:6]), encoding="utf-8")
    done = run_harness(
        *main_arguments(found, folder), "--experiments", "given/e.yaml", "--reference", "teacher=given/teacher.json",
        folder=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "runs" / "eval" / "r"


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
def test_so_it_is_of_the_real_answers(lang: str, tmp_path: Path, laid_out: list[Any]) -> None:
    if not REAL.is_dir():
        pytest.skip("the real assignment's files are not here")
    names = {"base": "mistral", "dpo": "DPO_mistral", "orpo": "ORPO_mistral"}
    given = [f"{name}={REAL}/submission/{file}-7b-v0.3-bnb-4bit.json" for name, file in names.items()]
    logs = ("dpo=wandb/DPO_mistral-7b-v0.3-bnb-4bit.wandb", "orpo=trainer_state/ORPO_mistral-7b-v0.3-bnb-4bit.json")
    for line in logs:
        name, _, place = line.partition("=")
        given += ["--curves", f"{name}={REAL}/{place}"]
    done = run_harness("import", "--suite", "assignment", *given, "--run", "real", "--no-report", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    run = read_run(tmp_path / "runs" / "eval" / "real")
    (pdf,) = render_report(run, "assignment", lang, ["pdf"])
    hold(looked_at(pdf, tmp_path / "pages"))
    assert left_alone(laid_out[0]) == []
