"""A report for every state of the world, true to its summary, and safe whatever the models wrote."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from harness.errors import HarnessError
from harness.records import Estimate
from harness.report import excerpt, folded, render_report, rendering, segments
from harness.report.highlights import leaked, repeated
from harness.report.summary import build_report
from harness.scorers import read
from harness.store import RunFolder, read_run
from harness.words import numerals, visible
from tests.support.gate_runs import edit_json
from tests.support.report_fixture import make_run, replace_texts

HOSTILE = (
    "<script>alert(1)</script>",
    "</style></script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1) {{ 7 * 7 }} {% include '/etc/passwd' %} {# x #}",
    "<link rel=stylesheet href=file:///etc/passwd><iframe src=http://127.0.0.1:9/></iframe>",
    "url(http://127.0.0.1:9/x.png) @import 'http://127.0.0.1:9/x.css'; } body { display: none",
    "NUL \x00 ESC \x1b[31m red BEL \x07 C1 \x9b DEL \x7f",
    "bidi \u202egnp.exe\u2066 isolate \u200f mark",
    "lone \ud800 surrogate \udfff and \ufffe noncharacter",
    "zalgo " + "e" + "\u0301" * 200,
    "<!-- comment --> ]]> &amp; &#0; & <b>bold</b>",
    "\U0001f600 \U00020000 \U000e0041 \U0010ffff 模型「重複」",
    "x" * 100_000,
)

FOREIGN = {"link", "iframe", "object", "embed", "img", "base", "form"}
"""What could fetch something, or send it."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = make_run(tmp_path_factory.mktemp("whole") / "whole")
    render_report(read_run(run))
    return run


@pytest.fixture(scope="module")
def html(run: RunFolder) -> str:
    return (run.path / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pdf(run: RunFolder) -> PdfReader:
    return PdfReader(run.path / "report.pdf")


class Page(HTMLParser):
    """The tags, ids and links of a page, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def scripts(self) -> int:
        """How many run; data for them does not."""
        return sum(tag == "script" and row.get("type") != "application/json" for tag, row in self.tags)

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


def test_the_html_shows_the_numbers_of_the_summary(run: RunFolder, html: str) -> None:
    summary = read_run(run).summary
    cells = re.findall(r'<td data-name="(\w+)"[^>]*><span class="figures"><span class="level">([^<]+)</span>', html)
    # The primary ones first; None are those of lm-eval tasks.
    primary: tuple[str | None, ...] = ("correct", "leak", "words", "rep_4", None)
    rows = (*primary, "loop", "truncated", "empty", "answer_words", "tokens", "characters", None, None)
    assert len(cells) == 3 * len(rows)
    for place, (name, shown) in enumerate(cells):
        metric = rows[place // 3]
        if metric is None:
            continue
        cell = summary.metrics[name][metric]
        by = 1 if metric in ("words", "answer_words", "tokens", "characters") else 100
        assert cell.mean is not None
        digits = len(shown.partition(".")[2])
        assert float(shown.replace(",", "")) == pytest.approx(cell.mean * by, abs=0.5 * 10**-digits + 1e-9)


def test_the_html_shows_the_differences_and_verdicts_of_the_summary(run: RunFolder, html: str) -> None:
    text = Page(html).text
    for row in read_run(run).summary.comparisons:
        if row.metric == "correct":
            low, high = (f"{100 * end:+.1f}".replace("-", "−") for end in (row.low or 0, row.high or 0))
            assert f"{100 * row.delta:+.1f} ({low}\u00a0to\u00a0{high})".replace("-", "−") in text
    orpo = next(row for row in read_run(run).summary.comparisons if (row.variant, row.metric) == ("orpo", "correct"))
    assert f"{orpo.gained} gained, {orpo.lost} lost" in text
    rows = [row for row in read_run(run).summary.comparisons if (row.baseline, row.variant) == ("base", "dpo")]
    said = [row.verdict for row in rows if row.primary]
    counted = re.search(r"dpo: ([^.]+) of (\d+) primary measures. (\d+) others are exploratory", text)
    assert counted and (int(counted[2]), int(counted[3])) == (len(said), len(rows) - len(said))
    assert counted[1] == ", ".join(
        f"{said.count(verdict)} {verdict}"
        for verdict in ("improved", "regressed", "shifted", "unchanged", "undecided")
        if verdict in said
    )


def test_the_pdf_shows_the_same_levels(run: RunFolder, html: str, pdf: PdfReader) -> None:
    text = " ".join(page.extract_text() for page in pdf.pages)
    levels = re.findall(r'<span class="level">([^<]+)</span>', html)
    assert levels and all(level in text for level in levels)


def test_nothing_is_loaded_and_nothing_runs_but_the_pages_own_script(html: str) -> None:
    page = Page(html)
    assert not FOREIGN & {tag for tag, _ in page.tags}
    assert page.scripts == 1
    assert page.values("src") == []
    assert all(link.startswith("#") for link in page.values("href"))
    assert "url(" not in html and "@import" not in html
    assert any("default-src 'none'" in value for value in page.values("content"))


def test_every_internal_link_resolves_and_ids_are_unique(html: str) -> None:
    page = Page(html)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.values("href")} <= set(ids)


def test_every_picture_has_words(html: str) -> None:
    pictures = [attributes for tag, attributes in Page(html).tags if tag == "svg"]
    assert pictures and all(it.get("aria-label") or it.get("aria-hidden") == "true" for it in pictures)


def test_the_pdf_has_pages_outline_language_and_tags(pdf: PdfReader) -> None:
    assert 4 <= len(pdf.pages) <= 25
    titles = [item["/Title"] for item in _flat(pdf.outline)]
    for title in (
        "Verdict",
        "What changed",
        "Distributions",
        "Answers side by side",
        "Training",
        "Audit",
        "Provenance",
    ):
        assert title in titles
    catalog: Any = pdf.root_object
    assert catalog["/Lang"] == "en"
    assert catalog["/MarkInfo"]["/Marked"]


def test_the_pdf_embeds_its_fonts(pdf: PdfReader) -> None:
    pages: Any = pdf.pages
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        keys = inner["/FontDescriptor"].get_object().keys()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(keys) or font["/Subtype"] == "/Type3"


def test_what_is_left_out_is_said(run: RunFolder, html: str, pdf: PdfReader) -> None:
    assert html.count('class="exchange"') == 240
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "The first 8 are printed here" in text


@pytest.mark.parametrize("template", ["summary", "assignment"])
def test_tables_and_figures_are_numbered_in_order_and_every_table_has_a_caption(
    template: str, run: RunFolder, tmp_path: Path
) -> None:
    (path,) = render_report(read_run(run), template, "en", ["html"])
    source = path.read_text(encoding="utf-8")
    tables = re.findall(r"<table[^>]*>\s*<caption>\s*<strong>(Table|Figure) (\d+)\.</strong>([^<]*)", source)
    assert len(tables) == source.count("<table") > 3 and all(text.strip() for *_, text in tables)
    for kind in ("Table", "Figure"):
        numbers = [int(number) for number in re.findall(rf"<strong>{kind} (\d+)\.</strong>", source)]
        assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 1


def test_answers_take_a_third_of_the_paper_at_most_and_no_page_is_nearly_empty(pdf: PdfReader) -> None:
    pages = [page.extract_text() for page in pdf.pages]
    # The running head names the section; the cover's contents name them all.
    answers = [text for text in pages[1:] if "Answers side by side" in text]
    assert answers and len(answers) <= len(pages) / 3 + 1
    assert all(len(text) > 500 for text in pages[:-1])


def test_rendering_again_gives_the_same_html(run: RunFolder, html: str) -> None:
    assert render_report(read_run(run), formats=["html"])[0].read_text(encoding="utf-8") == html
    assert not list(run.path.glob(".*"))


def test_a_report_of_no_format_is_refused(run: RunFolder) -> None:
    with pytest.raises(HarnessError, match="No report format named ''"):
        render_report(read_run(run), formats=[])


def test_one_character_that_is_left_out_is_one_character(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", names=("base",), questions=2, curves=False, benchmarks=False)
    texts = " ".join(str(number) for number in range(300))
    replace_texts(run, {("base", "1"): texts[:601], ("base", "2"): texts[:602]})
    rest = {exchange.id: exchange.rows[0][0].rest for exchange in build_report(read_run(run)).answers.shown}
    assert rest == {"1": "1 more character; in full in report.html", "2": "2 more characters; in full in report.html"}


def test_answers_that_were_imported_are_not_said_to_be_asked_then(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", questions=1, recorded=True, curves=False, benchmarks=False)
    for backend, said in (("recorded", "Imported"), ("transformers", "Asked")):
        edit_json(run.path / "manifest.json", serving={"backend": backend})
        shown = build_report(read_run(run))
        assert shown.created and shown.created.startswith(said) and shown.sources[0].what == said


def test_with_one_variant_no_difference_is_claimed(tmp_path: Path) -> None:
    shown = build_report(read_run(make_run(tmp_path / "run", names=("base",), questions=6)))
    assert shown.changes.panels == () and shown.changes.pairs == ()
    assert "nothing to compare with" in shown.subtitle


def test_unjudged_answers_are_neither_right_nor_wrong(tmp_path: Path) -> None:
    shown = build_report(read_run(make_run(tmp_path / "run", questions=6, judged=False)))
    states = {answer.state for exchange in shown.answers.shown for row in exchange.rows for answer in row}
    assert states == {"unjudged"}
    assert any(
        "none of the 6 answers could be judged" in fact.text for card in shown.verdict.cards for fact in card.facts
    )


def test_a_run_with_nothing_but_a_summary_has_a_report(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", questions=6)
    bare = RunFolder(tmp_path / "bare")
    bare.write_summary(read_run(run).summary)
    assert [path.name for path in render_report(read_run(bare))] == ["report.html", "report.pdf"]


def test_a_metric_that_nobody_knows_is_shown_under_its_name(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", questions=6)
    summary = read_run(run).summary
    strange = {
        name: {**cells, "brevity": Estimate(0.25, 0.2, 0.3, "corrected t", 6, 0)}
        for name, cells in summary.metrics.items()
    }
    run.write_summary(replace(summary, metrics=strange))
    titles = {row.title for group in build_report(read_run(run)).verdict.tables[0].groups for row in group.rows}
    assert "brevity" in titles


def test_a_folder_that_was_never_scored_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="harness score"):
        render_report(read_run(tmp_path))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"template": "sumary"}, "Did you mean 'summary'"),
        ({"formats": ("pfd",)}, "Did you mean 'pdf'"),
        ({"lang": "tlh"}, "Known: en"),
    ],
)
def test_unknown_templates_formats_and_languages_are_refused(run: RunFolder, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(HarnessError, match=said):
        render_report(read_run(run), **wrong)  # type: ignore[arg-type]


def test_a_users_own_template_comes_first(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "mine.html.j2").write_text("<p>{{ report.suite }} {{ '<b>' }}</p>", encoding="utf-8")
    path = render_report(read_run(run), "mine", formats=["html"], folders=[tmp_path])[0]
    assert path.read_text(encoding="utf-8") == "<p>Years of opening &lt;b&gt;</p>"


def test_hostile_texts_are_shown_as_text_and_fetch_nothing(tmp_path: Path) -> None:
    names = ("base", "<b>dpo</b>\x00\u202e", "javascript:alert(1)")
    run = make_run(tmp_path / "run", names=names, questions=len(HOSTILE), benchmarks=False)
    replace_texts(run, {(name, str(n + 1)): text for name in names for n, text in enumerate(HOSTILE)})
    html, pdf = render_report(read_run(run))
    source = html.read_text(encoding="utf-8")
    page = Page(source)
    assert not {*FOREIGN, "b"} & {tag for tag, _ in page.tags}
    assert page.scripts == 1
    assert not re.search(r"<script>[^<]*alert\(1\)", source)
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe]", source)
    for sign in ("‹NUL›", "‹ESC›", "‹U+202E›", "{{ 7 * 7 }}", "<script>alert(1)</script>"):
        assert sign in page.text
    assert len(PdfReader(pdf).pages) < 40


def test_the_pdf_engine_may_fetch_nothing() -> None:
    for url in ("http://127.0.0.1:9/x.png", "file:///etc/passwd", "data:text/plain,x"):
        with pytest.raises(ValueError, match="not fetched"):
            rendering._fetcher().fetch(url)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0\u00a0%"),
        (1.0, "100\u00a0%"),
        (1e-17, "0\u00a0%"),
        (0.0004, "<0.1\u00a0%"),
        (0.9996, ">99.9\u00a0%"),
        (0.633, "63.3\u00a0%"),
    ],
)
def test_a_percentage_is_never_rounded_to_0_or_100(share: float, shown: str) -> None:
    assert numerals.percent(share) == shown


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(-1.25, 1, "−1.2"), (1234.5, 1, "+1,234.5"), (0.0, 1, "0"), (-0.01, 1, "0.0")]
)
def test_numbers_have_true_minus_signs_and_thousands_apart(value: float, digits: int, shown: str) -> None:
    assert numerals.signed(value, digits) == shown


@pytest.mark.parametrize(
    ("low", "high", "digits"), [(-1.6, 4.2, 1), (-30, 30, 0), (0.01, 0.02, 2), (3, 3, 0), (3.5, 3.5, 1)]
)
def test_the_interval_chooses_the_digits(low: float, high: float, digits: int) -> None:
    assert numerals.digits_for(low, high) == digits


def test_a_run_of_four_words_is_marked_where_it_comes_again() -> None:
    text = "one two three four, and one two three four end"
    assert [text[start:end] for start, end in repeated(text)] == []
    text = "one two three four and one two three four end"
    assert [text[start:end] for start, end in repeated(text)] == ["one two three four"]


def test_template_lines_are_marked_and_what_follows_is_set_apart() -> None:
    text = "Seven.\n### Input:\nNext?"
    assert [text[start:end] for start, end in leaked(text, ["### Input:"])] == ["### Input:"]
    kinds = [(piece.kind, piece.text) for piece in segments(text, ["### Input:"])]
    assert kinds == [("plain", "Seven.\n"), ("leak", "### Input:"), ("after", "\nNext?")]


def test_what_was_thought_stands_in_pieces_of_its_own_and_leaks_nothing() -> None:
    text = "<think>User: or 4\n### Input: 5</think>Seven.\n### Input:\nNext?"
    pieces = segments(text, ["### Input:"], (), read(text, ["### Input:"]).thoughts)
    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.kind, piece.thought, piece.text) for piece in pieces] == [
        ("plain", True, "<think>User: or 4\n### Input: 5</think>"),
        ("plain", False, "Seven.\n"),
        ("leak", False, "### Input:"),
        ("after", False, "\nNext?"),
    ]
    short = folded(pieces, 10)
    assert [(piece.text, piece.cut) for piece in short[:2]] == [("<think>Use", True), ("Seven.\n", False)]
    assert [piece.text for piece in short[1:]] == [piece.text for piece in pieces[1:]]
    assert folded(pieces, 100) == pieces


@pytest.mark.parametrize(("lang", "label"), [("en", "Thought"), ("zh-TW", "思考過程")])
@pytest.mark.parametrize("template", ["summary", "assignment"])
def test_thoughts_are_folded_on_the_screen_and_short_on_paper(
    template: str, lang: str, label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path / "runs" / "eval" / "r", questions=3)
    thought = " ".join(f"idea{number} is none" for number in range(400))
    replace_texts(run, {("base", "1"): f"<think>\n{thought}\n</think>\n\nIt was opened in 1707, at last."})
    (path,) = render_report(read_run(run), template, lang, ["html"])
    page = path.read_text(encoding="utf-8")
    # The assignment tells one question through besides.
    assert page.count('<details class="thought">') == 1 + (template == "assignment")
    folded_part = page.partition(f'<details class="thought"><summary>{label}</summary>')[2].partition("</details>")
    assert folded_part[0].startswith("&lt;think&gt;")
    assert folded_part[2].lstrip().startswith("It was opened in 1707, at last.")


@pytest.mark.slow
def test_on_paper_the_answer_stands_behind_the_beginning_of_its_thought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path / "runs" / "eval" / "r", questions=3)
    thought = " ".join(f"idea{number} is none" for number in range(400))
    replace_texts(run, {("base", "1"): f"<think>{thought}</think>It was opened in 1707, at last."})
    (path,) = render_report(read_run(run), "summary", "en", ["pdf"])
    text = " ".join("".join(page.extract_text() for page in PdfReader(path).pages).split())
    assert "Thought:" in text and "at last." in text and "idea1 " in text
    assert "idea99 " not in text


@pytest.mark.parametrize("text", ["", " \n", *HOSTILE, "### Input:" * 50, "a b c d " * 50, "模型模型模型模型模型"])
def test_the_pieces_are_the_whole_text(text: str) -> None:
    pieces = segments(text, ["### Input:", "### Response:"])
    assert "".join(piece.text for piece in pieces) == text
    printed, rest = excerpt(pieces, 30, 2, str)
    quoted = [piece.text for piece in printed if piece.kind != "folded"]
    assert all(part in text for part in quoted) and text.startswith("".join(quoted[:1]))
    assert 0 <= rest <= len(text) - sum(map(len, quoted))


def test_what_is_visible_already_stays_as_it_is() -> None:
    text = "Plain, 模型, café, \U0001f468\u200d\U0001f469\u200d\U0001f467, tab\tand\nline"
    assert visible(text) == text


def _flat(outline: Any) -> list[Any]:
    return [it for item in outline for it in (_flat(item) if isinstance(item, list) else [item])]


def test_the_curves_of_a_training_lead_to_its_page_at_wandb(tmp_path: Path) -> None:
    run = make_run(tmp_path / "linked", questions=4)
    sources = {
        "dpo": {"kind": "wandb", "url": "https://wandb.ai/team/tuning/runs/abc"},
        "orpo": {"kind": "wandb", "url": "javascript:alert(1)"},
    }
    run.write_manifest(replace(read_run(run).manifest, curve_sources=sources))
    (path,) = render_report(read_run(run), formats=["html"])
    page = path.read_text(encoding="utf-8")
    assert '<a href="https://wandb.ai/team/tuning/runs/abc" rel="noopener noreferrer">' in page
    assert "javascript:" not in page.split("<script")[0]
