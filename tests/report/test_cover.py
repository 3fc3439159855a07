"""The cover names who hands the work in, as it is written in notes/cover.yaml, and so do HTML and PDF."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from pypdf import PdfReader

from harness.errors import HarnessError
from harness.report import read_cover, render_report
from harness.report.assignment import build_assignment
from harness.report.assignment.layout import FILE, read_layout
from harness.store import RunFolder, read_run
from tests.support.report_fixture import make_run

LAYOUT = "title: {en: Homework}\nsections:\n  - {id: references, title: {en: Sources}}\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.chdir(tmp_path)
    return make_run(tmp_path / "runs" / "eval" / "r", ("base",), 1, curves=False, benchmarks=False)


def cover(folder: Path, text: str) -> Path:
    path = folder / "notes" / "cover.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


READ: list[tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]]] = [
    ("author: A. Student", ("A. Student",), {}),
    ("author: 王小明", ("王小明",), {}),
    ("author: [王小明, 陳大文]", ("王小明", "陳大文"), {}),
    ("author:\n  - Zoë\n  - Ngô Bảo Châu\n", ("Zoë", "Ngô Bảo Châu"), {}),
    ("author: 山田太郎\nnumber: 0412", ("山田太郎",), {"number": ("0412",)}),
    ("number: 0x1F\n", (), {"number": ("0x1F",)}),
    ("number: [B09901001, 0017]", (), {"number": ("B09901001", "0017")}),
    ("number: 1e5", (), {"number": ("1e5",)}),
    ("date: 2026-11-29", (), {"date": ("2026-11-29",)}),
    ("date: 民國 115 年 11 月 29 日", (), {"date": ("民國 115 年 11 月 29 日",)}),
    ("course: no", (), {"course": ("no",)}),
    ("course: >\n  Deep\n  Learning\n", (), {"course": ("Deep Learning",)}),
    ("school: ''\nteacher: 林教授", (), {"teacher": ("林教授",)}),
    ("teacher: '  Prof.   X '", (), {"teacher": ("Prof. X",)}),
    ("", (), {}),
    ("# nothing yet\n", (), {}),
    ("\ufeffauthor: Bom", ("Bom",), {}),
]


@pytest.mark.parametrize(("text", "authors", "rows"), READ, ids=range(len(READ)))
def test_every_value_is_as_it_is_written(
    text: str, authors: tuple[str, ...], rows: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    cover(tmp_path, text)
    found = read_cover([tmp_path])
    assert found.authors == authors and dict(found.rows) == rows


REFUSED = [
    ("autor: X", "No key of a cover named 'autor'. Did you mean 'author'?"),
    ("title: X", "Known: author, course, date, number, school, teacher"),
    ("學號: 1", "Known: author, course"),
    ("author: {first: A}", "author holds more than text"),
    ("number: [[1]]", "number holds more than text"),
    ("- author", "holds no keys"),
    ("just words", "holds no keys"),
    ("author: 'open", "is not valid YAML"),
    ("author: X\n\tcourse: Y", "is not valid YAML"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_no_cover_holds_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    cover(tmp_path, text)
    with pytest.raises(HarnessError) as refused:
        read_cover([tmp_path])
    told = str(refused.value)
    assert said in told and len(told.splitlines()) == 1 and "cover.yaml" in told


def test_the_runs_cover_goes_before_the_working_folders_and_both_before_the_layouts(
    run: RunFolder, tmp_path: Path
) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    (own / FILE).write_text(f"author: Of the layout\nnumber: 0071\n{LAYOUT}", encoding="utf-8")
    assert read_layout([own]).number == ("0071",)
    shown = build_assignment(read_run(run), "en", [own]).cover
    assert shown.authors == ("Of the layout",) and dict(shown.rows) == {"number": ("0071",)}
    cover(tmp_path, "author: Of the folder\n")
    shown = build_assignment(read_run(run), "en", [own]).cover
    assert shown.authors == ("Of the folder",) and dict(shown.rows) == {"number": ("0071",)}
    cover(run.path, "author: Of the run\n")
    assert build_assignment(read_run(run), "en", [own]).cover.authors == ("Of the run",)


@pytest.mark.parametrize(
    ("lang", "shown"),
    [("en", ("Student number: 0412", "Course: 深度學習")), ("zh-TW", ("學號：0412", "課程：深度學習"))],
)
def test_the_cover_stands_in_the_page_and_in_the_pdfs_metadata(
    lang: str, shown: tuple[str, str], run: RunFolder, tmp_path: Path
) -> None:
    hostile = '<b>"A"</b> & {{ 7 * 7 }}\u202e'
    cover(run.path, f"author: [王小明, '{hostile}']\nnumber: 0412\ncourse: 深度學習\n")
    html, pdf = render_report(read_run(run), "assignment", lang)
    source = html.read_text(encoding="utf-8")
    assert '<meta name="author" content="王小明">' in source
    assert "<b>" not in source and escape("<b>") in source and "\u202e" not in source and "{{ 7 * 7 }}" in source
    assert all(text in source for text in shown)
    told = PdfReader(pdf).metadata
    assert told is not None and told.author and told.author.startswith("王小明, <b>") and told.title
    page = PdfReader(pdf).pages[0].extract_text().replace(" ", "").replace("\n", "")
    assert all(text.replace(" ", "") in page for text in shown)


def test_without_a_cover_nothing_is_said_of_an_author(run: RunFolder) -> None:
    (html,) = render_report(read_run(run), "assignment", "en", ["html"])
    source = html.read_text(encoding="utf-8")
    assert 'name="author"' not in source and 'class="by"' not in source
