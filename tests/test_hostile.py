"""Nothing in a text is obeyed, whoever shows it: page, PDF, JUnit, Markdown, terminal, W&B's tables."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from harness.asking import import_answers
from harness.cli.printed import comparison_table
from harness.config import Config
from harness.gate import Policy, check_run, check_table, conclusion, write_check
from harness.publish.wandb_log import answers_table
from harness.report import render_report
from harness.report.assignment.layout import SECTIONS
from harness.report.rendering import list_templates
from harness.score import score_run
from harness.scorers import without_special_tokens
from harness.store import Json, RunFolder, read_run
from harness.words import plain, visible
from tests.conftest import run_harness
from tests.support.hostile import PWNED, hostile_texts

SECRET = "this-line-stands-in-a-file-of-mine"
TITLE = "</title><script>document.documentElement.setAttribute('data-pwned',1)</script> {{7*7}} \u202e\x1b[31m |`=1+1"
NAMES = ("base", "模型 一", "__proto__")
# ROUGE-L compares every word with every word of the reference.
_KEY, _QUESTION, _ID = 60, 2000, 100
# Of what nothing is left on one line, or what a terminal's or a page's own signs could be taken for.
_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff]")


@dataclass(frozen=True)
class Trap:
    """What a text could reach: an address that counts who asks it, and a file."""

    url: str
    asked: list[str]
    file: Path


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    file = tmp_path_factory.mktemp("mine") / "secret.txt"
    file.write_text(SECRET)
    yield Trap(f"http://127.0.0.1:{listening.server_address[1]}", asked, file)
    listening.shutdown()
    listening.server_close()


@pytest.fixture(scope="module")
def texts(trap: Trap) -> list[str]:
    return list(hostile_texts(trap.url, trap.file.as_uri()).values())


def hostile_run(folder: Path, texts: list[str], asked: int, names: tuple[str, ...]) -> RunFolder:
    """A run of so many questions, imported and scored: each variant answers with the texts from another place on."""
    suite = folder / "tasks" / "hostile"
    suite.mkdir(parents=True)
    (suite / "suite.yaml").write_text(json.dumps({"title": TITLE, "system": texts[0]}))
    ids = [text if 0 < len(text) <= _ID else f"q{number}" for number, text in enumerate(texts[:asked])]
    rows: list[Json] = [{"id": ids[number], **_question(texts[number], number)} for number in range(len(ids))]
    _write(suite / "questions.jsonl", rows)
    files = {}
    for place, name in enumerate(names):
        files[name] = folder / f"{place}.jsonl"
        start = place * (asked if asked < len(texts) else 1)
        _write(files[name], [{"id": id_, "response": texts[(start + n) % len(texts)]} for n, id_ in enumerate(ids)])
    run = RunFolder(folder / "runs" / "eval" / "hostile")
    import_answers(run, Config(), str(suite), files, {}, f"harness import {texts[0]}")
    score_run(read_run(run))
    return run


def _question(text: str, number: int) -> Json:
    key = text[:_KEY]
    if not key.strip():
        return {"question": text[:_QUESTION]}
    match = "exact" if number % 2 else "contains"
    rest = {"reference": key, "aliases": [key], "cluster": f"{number // 2} {key}"}
    return {"question": text[:_QUESTION], "answer": key, "match": match, **rest}


def _write(path: Path, rows: list[Json]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> RunFolder:
    return hostile_run(tmp_path_factory.mktemp("all"), texts, len(texts), NAMES)


def told(text: str) -> str:
    """What is to be seen of a text, but for white space."""
    return "".join(visible(text).split())


def test_the_corpus_is_large_and_of_every_kind(trap: Trap) -> None:
    texts = hostile_texts(trap.url, trap.file.as_uri())
    assert len(texts) >= 200
    everything = "".join(texts.values())
    assert {ord(letter) >> 16 for letter in everything} == set(range(17))
    assert max(map(len, texts.values())) >= 200_000


def test_answers_are_kept_as_written_but_for_special_tokens_around_them(run: RunFolder, texts: list[str]) -> None:
    kept = read_run(run).responses
    for number, question in enumerate(read_run(run).questions):
        for place, name in enumerate(NAMES):
            written = texts[(place + number) % len(texts)]
            assert kept[name, question.id].text in (written, without_special_tokens(written))


def test_what_is_made_visible_holds_nothing_that_is_obeyed(texts: list[str]) -> None:
    for text in texts:
        assert not _OBEYED.search(visible(text).replace("\t", ""))
        assert visible(visible(text)) == visible(text)
        assert "\n" not in plain(text)


def test_the_terminal_shows_lines_and_nothing_else(run: RunFolder) -> None:
    assert not _OBEYED.search(comparison_table(read_run(run).summary))
    for command in (("runs", "show", str(run.path)), ("runs",)):
        done = run_harness(*command, folder=run.path.parents[2])
        assert done.returncode == 0 and not _OBEYED.search(done.stdout + done.stderr)
    done = run_harness("tasks", "--check", folder=run.path.parents[2])
    assert not _OBEYED.search(done.stdout + done.stderr) and "Traceback" not in done.stderr


def test_an_error_shows_lines_and_nothing_else(tmp_path: Path) -> None:
    suite = tmp_path / "s"
    suite.mkdir()
    (suite / "suite.yaml").write_text("title: s\n")
    _write(suite / "questions.jsonl", [{"id": "1", "question": "?"}])
    _write(tmp_path / "a.jsonl", [{"id": "\x1b]0;title\x07\u202e\ud800\nforged line", "response": "x"}])
    done = run_harness("import", "base=a.jsonl", "--suite", "s", folder=tmp_path)
    assert done.returncode == 2 and len(done.stderr.strip().split("\n")) == 1
    assert not _OBEYED.search(done.stderr)


def test_a_check_shows_every_lost_item_as_text(run: RunFolder) -> None:
    found = check_run(read_run(run), read_run(run), Policy(), [("base", "模型 一")])
    (row,) = [row for row in found.findings if row.metric == "correct"]
    assert len(row.lost_ids) > 100
    assert not _OBEYED.search(check_table(found) + conclusion(found))
    paths = {path.suffix: path for path in write_check(read_run(run), found)}
    shown = json.loads(paths[".json"].read_text())
    assert [set(it["lost_ids"]) for it in shown["findings"] if it["metric"] == "correct"] == [set(row.lost_ids)]
    _check_junit(paths[".xml"], row.lost_ids)
    _check_markdown(paths[".md"])


def _check_junit(path: Path, lost: tuple[str, ...]) -> None:
    from lxml import etree  # type: ignore[import-untyped]

    root = etree.parse(path, etree.XMLParser(resolve_entities=False, huge_tree=True)).getroot()
    etree.XMLSchema(etree.parse(Path(__file__).parent / "support" / "junit.xsd")).assertValid(root.getroottree())
    kinds = {"testsuites", "testsuite", "testcase", "failure", "skipped", "properties", "property", "system-out"}
    assert {it.tag for it in root.iter()} <= kinds | {"system-err", "error"}
    text = "".join("".join(it.itertext()) for it in root.iter("failure"))
    assert all(plain(name) in text for name in lost)


def _check_markdown(path: Path) -> None:
    """As GitHub would make it: HTML let through, tables, bare addresses linked."""
    markdown_it = pytest.importorskip("markdown_it")
    text = path.read_text()
    assert not _OBEYED.search(text)
    page = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tags = set(re.findall(r"<(/?[a-zA-Z!?][\w-]*)", page))
    ours = {
        "h2",
        "h3",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "code",
        "ul",
        "li",
    }
    assert {tag.strip("/") for tag in tags} <= ours
    assert not re.search(r"https?://|www\.|(?<!&)@\w|!\[|\]\(", text)


# The page.


@pytest.fixture(scope="module")
def page_of(run: RunFolder) -> Path:
    render_report(read_run(run), formats=["html"])
    return run.path / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("the browser tests need chromium")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def test_the_page_shows_every_answer_and_obeys_none(page_of: Path, browser: Any, trap: Trap, texts: list[str]) -> None:
    trap.asked.clear()
    requests: list[str] = []
    dialogs: list[str] = []
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.on("request", lambda request: requests.append(request.url))
    page = context.new_page()
    page.on("dialog", lambda dialog: dialogs.append(dialog.dismiss() or dialog.message))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(page_of.as_uri(), timeout=120_000)
    # Every part of the page in view once.
    for key in ("End", "Home", "j", "n", "ArrowRight", "k", "Tab", "Tab", "Enter", "Escape"):
        page.keyboard.press(key)
    state = page.evaluate(_STATE, PWNED)
    shown = "".join(page.evaluate(_TEXT).split())
    context.close()
    assert not state["pwned"] and not dialogs
    assert [url for url in requests if not url.startswith(("data:", "blob:", page_of.as_uri()))] == []
    assert not trap.asked and SECRET not in shown
    assert not errors
    assert not state["forbidden"], "elements or handlers that no report has"
    assert state["width"] <= 360
    lacking = [text[:80] for text in texts if told(text)[:2000] not in shown]
    assert not lacking
    assert told(TITLE) in shown


_STATE = """(mark) => ({
    pwned: document.documentElement.hasAttribute(mark),
    width: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth),
    forbidden: [
        ...document.querySelectorAll('iframe, frame, object, embed, base, img, video, audio, source, track, marquee,'
            + 'link:not([href^="data:"]), meta[http-equiv=refresh], form[action], [srcdoc], [ping], [background],'
            + 'script[src], [href^="javascript:" i], [href^="file:" i], [src^="http" i], template[shadowrootmode]'),
        ...[...document.querySelectorAll('*')].filter(it => [...it.attributes].some(at => at.name.startsWith('on'))),
        ...[...document.scripts].filter(it => !/json/.test(it.type) && it.textContent.includes(mark)),
    ].map(it => it.outerHTML.slice(0, 200)),
})"""

# Text of the page, and the strings of the data that its script may show.
_TEXT = """() => {
    const strings = (value) => typeof value === 'string' ? [value]
        : value && typeof value === 'object' ? Object.values(value).flatMap(strings) : [];
    const data = [...document.scripts].filter(it => /json/.test(it.type));
    const page = document.documentElement.cloneNode(true);
    page.querySelectorAll('script, style').forEach(it => it.remove());
    return page.textContent + data.flatMap(it => strings(JSON.parse(it.textContent))).join(' ');
}"""


def test_the_page_without_its_scripts_is_as_safe(page_of: Path, trap: Trap) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the browser tests need chromium")
    trap.asked.clear()
    dump = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page_of.as_uri()]
    done = subprocess.run(dump, capture_output=True, timeout=120)
    root = re.search(rb"<html[^>]*>", done.stdout)
    assert root and PWNED.encode() not in root[0]
    assert not trap.asked


# The PDF.


@pytest.mark.slow
@pytest.mark.parametrize("part", range(9))
def test_the_pdf_shows_answers_as_text_and_fetches_nothing(
    tmp_path: Path, texts: list[str], trap: Trap, part: int
) -> None:
    """Four questions are printed of twelve variants, which show a ninth of the texts."""
    trap.asked.clear()
    mine = [text for text in texts if told(text)][48 * part : 48 * (part + 1)]
    run = hostile_run(tmp_path, mine, 4, tuple(f"v{number}" for number in range(12)))
    (path,) = render_report(read_run(run), formats=["pdf"])
    assert not trap.asked
    if shutil.which("qpdf"):
        assert subprocess.run(["qpdf", "--check", path], capture_output=True).returncode == 0
    raw = path.read_bytes()
    assert SECRET.encode() not in raw
    pdf = PdfReader(path)
    assert len(pdf.pages) < 120
    catalog: Any = pdf.root_object
    assert not {"/OpenAction", "/AA", "/JavaScript", "/EmbeddedFiles"} & (
        catalog.keys() | catalog.get("/Names", {}).keys()
    )
    assert not pdf.attachments
    for page in pdf.pages:
        for note in page.get("/Annots", ()):
            assert note.get_object().get("/A", {}).get("/S") in (None, "/GoTo")
    if not shutil.which("pdftotext"):
        pytest.skip("what the PDF shows is read with pdftotext")
    shown = "".join(subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True).stdout.split())
    assert SECRET not in shown
    # Letters that every font has; the first line or so, which is printed of each.
    # What repeats itself is folded there.
    simple = [text for text in mine if text.isascii() and text.isprintable() and len(set(told(text)[:40])) > 2]
    # A hyphen at the end of a line is taken for one of the line's by pdftotext, and a bracket for its mirror image
    # where a text from right to left has it, too.
    read = str.maketrans("([{<", ")]}>", "-")
    assert not [text for text in simple if told(text).translate(read)[:40] not in shown.translate(read)]


# Other templates, and what leaves the house.


@pytest.mark.slow
@pytest.mark.parametrize("template", [name for name in list_templates() if name != "summary"])
def test_other_templates_and_a_users_notes_are_as_safe(
    tmp_path: Path, texts: list[str], browser: Any, trap: Trap, template: str
) -> None:
    trap.asked.clear()
    run = hostile_run(tmp_path, texts[:100], 100, NAMES)
    (run.path / "notes").mkdir()
    for section in (SECTIONS[0], SECTIONS[-1]):
        # Quotes in quotes, 500 deep, are as wide as their author makes them.
        note = "\n\n".join(text[:2000].encode("utf-8", "replace").decode() for text in texts if ">>>" not in text)
        (run.path / "notes" / f"{section}.md").write_text(note)
    paths = render_report(read_run(run), template)
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(next(path for path in paths if path.suffix == ".html").as_uri(), timeout=120_000)
    state = page.evaluate(_STATE, PWNED)
    context.close()
    assert not state["pwned"] and not state["forbidden"] and not trap.asked
    assert state["width"] <= 360
    assert all(SECRET.encode() not in path.read_bytes() for path in paths)


def test_a_table_for_wandb_is_plain_text(run: RunFolder) -> None:
    table = answers_table(read_run(run), read_run(run).summary)
    for row in table.rows:
        for cell in row:
            assert not isinstance(cell, str) or not _OBEYED.search(cell.replace("\t", ""))
    json.dumps(table.rows, ensure_ascii=False).encode()
