"""Pictures in notes and of W&B pages: brought along as data, from the notes' folder alone, refused in one line."""

from __future__ import annotations

import base64
import re
import struct
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from harness.errors import HarnessError
from harness.report import is_address, keep_panel, panel_files, render_report
from harness.report.assignment.notes import markdown, read_notes
from harness.report.pictures import MOST_BYTES, read_picture
from harness.store import RunFolder, read_run
from tests.conftest import run_harness
from tests.support.report_fixture import make_run

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def image(kind: str = "PNG", size: tuple[int, int] = (24, 16)) -> bytes:
    held = BytesIO()
    Image.new("RGB", size, "#0072b2").save(held, kind)
    return held.getvalue()


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


SHOWN = [
    ("panel.png", "panel.png", image(), "image/png"),
    ("panel.jpg", "panel.jpg", image("JPEG"), "image/jpeg"),
    ("panel.gif", "panel.gif", image("GIF"), "image/gif"),
    ("panel.webp", "panel.webp", image("WEBP"), "image/webp"),
    ("chart.svg", "chart.svg", SVG, "image/svg+xml"),
    ("chart.svg", "chart.svg", b'<?xml version="1.0"?>\n' + SVG, "image/svg+xml"),
    ("chart.svg", "chart.svg", b"\xef\xbb\xbf" + SVG, "image/svg+xml"),
    ("PANEL.PNG", "PANEL.PNG", image(), "image/png"),
    ("a panel.png", "a%20panel.png", image(), "image/png"),
    ("a panel.png", "<a panel.png>", image(), "image/png"),
    ("訓練曲線.png", "訓練曲線.png", image(), "image/png"),
    ("学習.png", "学習.png", image(), "image/png"),
    ("courbe-été.png", "courbe-été.png", image(), "image/png"),
    ("wandb/loss.png", "wandb/loss.png", image(), "image/png"),
    ("loss.png", "./loss.png", image(), "image/png"),
    ("loss.png", "wandb/../loss.png", image(), "image/png"),
    ("named as another.txt", "named%20as%20another.txt", image(), "image/png"),
    ("no-suffix", "no-suffix", image("JPEG"), "image/jpeg"),
    ("100%.png", "100%25.png", image(), "image/png"),
]


@pytest.mark.parametrize(("file", "written", "data", "kind"), SHOWN, ids=range(len(SHOWN)))
def test_a_picture_beside_the_note_is_brought_along_with_its_size(
    file: str, written: str, data: bytes, kind: str, tmp_path: Path
) -> None:
    put(tmp_path / "notes", file, data)
    note = put(tmp_path / "notes", "curves.md", f"# Ours\n\n![Loss of *dpo*]({written})\n\nBehind.".encode())
    found = read_notes("curves", [tmp_path])
    assert found is not None
    (uri,) = re.findall(r'<img src="([^"]*)"', found.html)
    assert uri == f"data:{kind};base64,{base64.b64encode(data).decode()}"
    assert 'alt="Loss of dpo"' in found.html and "<p>Behind.</p>" in found.html
    assert f"notes/{Path(file).name}, 1 kB</span>" in found.html
    assert str(note.parent) not in found.html


OUTSIDE = [
    "../secret.png", "../../secret.png", "wandb/../../secret.png", "%2e%2e/secret.png", "..%2fsecret.png", "linked.png",
    "linked/secret.png", "{absolute}", "./../secret.png",
]  # fmt: skip


@pytest.mark.parametrize("written", OUTSIDE)
def test_a_picture_outside_the_notes_folder_is_refused_in_one_line(written: str, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.png", image())
    put(tmp_path / "run" / "notes", "kept.png", image())
    put(tmp_path / "run", "secret.png", image())
    (tmp_path / "run" / "notes" / "linked.png").symlink_to(secret)
    (tmp_path / "run" / "notes" / "linked").symlink_to(tmp_path)
    text = f"![x]({written.format(absolute=secret)})"
    put(tmp_path / "run" / "notes", "curves.md", text.encode())
    with pytest.raises(HarnessError, match="outside") as refused:
        read_notes("curves", [tmp_path / "run"])
    assert len(str(refused.value).splitlines()) == 1 and "notes/curves.md shows" in str(refused.value)


def many_pixels() -> bytes:
    """A PNG whose head promises 50,000 × 50,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


REFUSED = [
    ("text.png", b"no image at all\n", "no image that a page can show"),
    ("empty.png", b"", "no image that a page can show"),
    ("page.png", b"<html><body>W&B</body></html>", "no image that a page can show"),
    ("panel.pdf", b"%PDF-1.7\n", "no image that a page can show"),
    ("panel.tiff", b"II*\x00" + bytes(40), "no image that a page can show"),
    ("panel.bmp", image("BMP"), "no image that a page can show"),
    ("zeros.png", bytes(3000), "no image that a page can show"),
    ("half.png", image(size=(200, 200))[:-40], "damaged"),
    ("half.jpg", image("JPEG", (300, 300))[:900], "damaged"),
    ("large.png", image() + bytes(MOST_BYTES), "is 4.0 MB; a picture in a report may be 4.0 MB"),
    ("pixels.png", many_pixels(), "has more than 40,000,000 pixels"),
    ("script.svg", SVG.replace(b"<rect", b"<script>alert(1)</script><rect"), "SVG with a script or entities"),
    ("laughs.svg", b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b">]>' + SVG, "SVG with a script or entities"),
    ("missing.png", None, "cannot be read: No such file"),
    ("folder.png", "folder", "cannot be read: Is a directory"),
    ("sub/missing.png", None, "cannot be read: No such file"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "data", "said"), REFUSED, ids=[file for file, *_ in REFUSED])
def test_what_is_no_picture_is_refused_in_one_line(
    file: str, data: bytes | str | None, said: str, tmp_path: Path
) -> None:
    if isinstance(data, bytes):
        put(tmp_path / "notes", file, data)
    elif data:
        (tmp_path / "notes" / file).mkdir(parents=True)
    put(tmp_path / "notes", "curves.md", f"Look:\n\n![x]({file})".encode())
    with pytest.raises(HarnessError, match=re.escape(said)) as refused:
        read_notes("curves", [tmp_path])
    assert len(str(refused.value).splitlines()) == 1 and file in str(refused.value)


ELSEWHERE = [
    "https://wandb.ai/team/panel.png", "http://127.0.0.1:9/x.png", "//host/x.png", "ftp://host/x.png",
    "file:///etc/passwd", "data:image/png;base64,AAAA", "HTTPS://HOST/x.png", "c:/x.png",
]  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_picture_from_elsewhere_stays_its_words(address: str, tmp_path: Path) -> None:
    assert is_address(address)
    note = put(tmp_path / "notes", "curves.md", b"")
    for shown in (markdown(f"![our *panel*]({address})", note), markdown(f"![our *panel*]({address})")):
        assert "<img" not in shown and "panel" in shown


def test_words_and_names_in_a_picture_stay_text(tmp_path: Path) -> None:
    put(tmp_path / "notes", "a<b>&.png", image())
    note = put(tmp_path / "notes", "x.md", b"")
    shown = markdown('![<script>alert(1)</script> "x" & y](<a\\<b\\>&.png>)', note)
    assert (
        "<script" not in shown and "&lt;script&gt;" in shown and "<b>" not in shown and "a&lt;b&gt;&amp;.png" in shown
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.chdir(tmp_path)
    return make_run(tmp_path / "runs" / "eval" / "panels", questions=2, benchmarks=False)


@pytest.mark.parametrize("template", ["summary", "assignment"])
@pytest.mark.parametrize("lang", ["en", "zh-TW"])
def test_a_panel_stands_under_the_curves(template: str, lang: str, run: RunFolder) -> None:
    kept = keep_panel(
        run.path, f"dpo={put(Path.cwd(), 'shot of it.PNG', image(size=(640, 360)))}", ["base", "dpo", "orpo"]
    )
    assert kept == run.path / "notes" / "wandb-dpo.png"
    (html,) = render_report(read_run(run), template, lang, ["html"])
    page = html.read_text(encoding="utf-8")
    (uri,) = re.findall(r'<img src="(data:[^"]*)"', page)
    assert base64.b64decode(uri.partition(",")[2]) == kept.read_bytes()
    assert re.search(r"notes/wandb-dpo\.png, \d+ kB", page)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy and "img-src data:;" in policy[1]


@pytest.mark.parametrize("template", ["summary", "assignment"])
def test_without_pictures_a_page_may_show_none(template: str, run: RunFolder) -> None:
    (html,) = render_report(read_run(run), template, formats=["html"])
    assert "img-src" not in html.read_text(encoding="utf-8")


def test_pictures_of_notes_and_panels_may_be_shown_and_stand_on_paper(run: RunFolder) -> None:
    put(run.path / "notes", "curves.md", b"![x](loss.png)")
    put(run.path / "notes", "loss.png", image(size=(64, 48)))
    put(run.path / "notes", "wandb-orpo.jpg", image("JPEG", (640, 360)))
    html, pdf = render_report(read_run(run), "assignment")
    assert "img-src data:" in html.read_text(encoding="utf-8")
    drawn = {shown.image.size for sheet in PdfReader(pdf).pages for shown in sheet.images if shown.image}
    assert drawn == {(64, 48), (640, 360)}


def test_panels_are_found_by_their_names_and_the_run_s_own_come_first(tmp_path: Path) -> None:
    run, here = tmp_path / "run", tmp_path / "here"
    for folder, name in [
        (run, "wandb-dpo.png"), (here, "wandb-dpo.jpg"), (here, "wandb-orpo.svg"), (here, "wandb.webp"),
        (here, "wandb-nobody.png"), (here, "wandb-dpo.txt"), (here, "other.png"),
    ]:  # fmt: skip
        put(folder / "notes", name, image())
    assert panel_files([run, here], ["dpo", "orpo"]) == {
        "dpo": run / "notes" / "wandb-dpo.png",
        "orpo": here / "notes" / "wandb-orpo.svg",
        None: here / "notes" / "wandb.webp",
    }
    assert panel_files([tmp_path / "nowhere"], ["dpo"]) == {}


def test_a_panel_given_again_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    first = keep_panel(tmp_path, f"dpo={put(tmp_path, 'a.png', image())}", ["dpo"])
    second = keep_panel(tmp_path, f"dpo={put(tmp_path, 'b.jpg', image('JPEG'))}", ["dpo"])
    assert not first.exists() and second.name == "wandb-dpo.jpg"
    assert keep_panel(tmp_path, f"dpo={second}", ["dpo"]) == second and second.exists()
    assert keep_panel(tmp_path, str(tmp_path / "a.png"), ["dpo"]).name == "wandb.png"
    assert read_picture(second).source == "notes/wandb-dpo.jpg, 1 kB"


PAGES = [
    b"<!DOCTYPE html><html><body>W&B</body></html>", b"<html lang=en>", b"\n <HTML>", b"<!doctype HTML>\n<head>",
    b"<head><title>W&B</title></head>", b"<body>", b"\xef\xbb\xbf<!DOCTYPE html>",
    b"From: <Saved by Blink>\nSubject: W&B\nContent-Type: multipart/related;\n",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=range(len(PAGES)))
def test_a_saved_page_is_refused_with_what_to_save_instead(page: bytes, tmp_path: Path) -> None:
    for name in ("page.html", "page.mhtml", "page.png"):
        with pytest.raises(HarnessError, match="Save a screenshot as PNG, or print the page as a PDF") as refused:
            keep_panel(tmp_path, str(put(tmp_path, name, page)), ["dpo"])
        assert len(str(refused.value).splitlines()) == 1 and not (tmp_path / "notes").exists()


def document(pages: int, size: tuple[int, int] = (640, 360)) -> bytes:
    """A PDF of so many pages, the first of them blue."""
    first, *others = [Image.new("RGB", size, colour) for colour in ["#0072b2", *["#d55e00"] * (pages - 1)]]
    held = BytesIO()
    first.save(held, "PDF", save_all=True, append_images=others)
    return held.getvalue()


def test_the_first_page_of_a_pdf_becomes_the_panel(run: RunFolder) -> None:
    pytest.importorskip("pypdfium2")
    kept = keep_panel(run.path, f"dpo={put(Path.cwd(), 'page.pdf', document(3))}", ["base", "dpo"])
    assert kept == run.path / "notes" / "wandb-dpo.png"
    with Image.open(kept) as image:
        assert image.format == "PNG" and max(image.size) == 1600
        assert image.convert("RGB").getpixel((800, 400)) == pytest.approx((0, 0x72, 0xB2), abs=3)
    (html,) = render_report(read_run(run), "assignment", "en", ["html"])
    assert "data:image/png;base64," in html.read_text(encoding="utf-8")


def test_a_broken_pdf_is_refused_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    with pytest.raises(HarnessError, match="is damaged") as refused:
        keep_panel(tmp_path, str(put(tmp_path, "page.pdf", b"%PDF-1.7\nnothing")), ["dpo"])
    assert len(str(refused.value).splitlines()) == 1


def test_without_pypdfium2_a_pdf_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(HarnessError, match="pip install pypdfium2"):
        keep_panel(tmp_path, str(put(tmp_path, "page.pdf", document(1))), ["dpo"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("dop=shot.png", "No variant named 'dop'. Did you mean 'dpo'?"),
        ("dpo=nothing.png", "--wandb-panel: nothing.png cannot be read: No such file or directory."),
        ("nothing.png", "nothing.png cannot be read"),
        ("dpo=notes.txt", "notes.txt is no image that a page can show"),
        ("dpo=https://wandb.ai/team/p/runs/x", "a report fetches nothing"),
        ("https://wandb.ai/team/p/runs/x", "a report fetches nothing"),
        ("dpo=.", "cannot be read: Is a directory"),
        ("dpo=", "cannot be read"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong_with_a_panel(given: str, said: str, run: RunFolder) -> None:
    put(Path.cwd(), "shot.png", image())
    put(Path.cwd(), "notes.txt", b"text")
    done = run_harness("report", "panels", "--format", "html", "--wandb-panel", given, folder=Path.cwd())
    assert done.returncode == 2 and said in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not (run.path / "report.html").exists()


def test_the_command_keeps_the_panel_with_the_run(run: RunFolder) -> None:
    put(Path.cwd(), "shot.png", image())
    done = run_harness("report", "panels", "--format", "html", "--wandb-panel", "dpo=shot.png", folder=Path.cwd())
    assert done.returncode == 0, done.stderr
    assert (run.path / "notes" / "wandb-dpo.png").is_file()
    assert "data:image/png" in (run.path / "report.html").read_text(encoding="utf-8")
