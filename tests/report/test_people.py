"""The page on which people judge: blind, by keyboard, kept over a reload, its file read back by the same run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from harness.errors import HarnessError
from harness.judges import cast_ballots, read_verdicts
from harness.report import write_people_page
from harness.store import Run, read_run
from tests.support.report_fixture import make_run, replace_texts

CHROMIUM = shutil.which("chromium")
HOSTILE = "</script><script>document.title = 'caught'</script><!-- \u202e <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = make_run(tmp_path_factory.mktemp("people") / "run", questions=10, benchmarks=False, curves=False)
    replace_texts(folder, {("base", "1"): "The same.", ("dpo", "1"): "The  same.", ("orpo", "2"): HOSTILE})
    return read_run(folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium (sudo apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def test_answers_of_the_same_words_are_left_out_and_the_rest_is_drawn(run: Run, tmp_path: Path) -> None:
    assert write_people_page(run, tmp_path / "all.html") == 19
    assert write_people_page(run, tmp_path / "some.html", most=5) == 5
    assert write_people_page(run, tmp_path / "again.html", most=5) == 5
    assert (tmp_path / "some.html").read_bytes() == (tmp_path / "again.html").read_bytes()


def test_no_name_of_a_variant_can_be_read(run: Run, tmp_path: Path) -> None:
    write_people_page(run, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '"pairs"' in text
    assert not [name for name in ("dpo", "orpo", '"base"') if name in text]


def test_a_baseline_that_is_no_variant_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="No variant named 'gpt-4o'"):
        write_people_page(run, tmp_path / "page.html", against="gpt-4o")


def opened(browser: Browser, path: Path, wrong: list[str], width: int = 1000) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
    page.goto(path.as_uri())
    return page


def test_verdicts_by_keyboard_outlive_a_reload_and_are_read_back(run: Run, tmp_path: Path, chromium: Browser) -> None:
    write_people_page(run, tmp_path / "page.html")
    wrong: list[str] = []
    page = opened(chromium, tmp_path / "page.html", wrong)
    seen = []
    for key in "1201":
        seen.append((page.inner_text("#asked"), page.inner_text("#first"), page.inner_text("#second"), key))
        page.keyboard.press(key)
    page.reload()
    assert page.inner_text("#at") == "Pair 5 of 19; 4 judged"
    page.keyboard.press("ArrowLeft")
    assert page.get_attribute("[data-verdict=first]", "aria-pressed") == "true"
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert download.value.suggested_filename == "run-people.json"
    download.value.save_as(tmp_path / "back.json")
    words = read_verdicts(tmp_path / "back.json").words
    texts = {question.id: question.question for question in run.questions}
    for (asked, first, second, key), word in zip(seen, words, strict=True):
        assert asked == texts[word.question]
        for name, shown in ((word.first, first), (word.second, second)):
            assert run.responses[str(name), word.question].text.split() == shown.split()
        assert word.choice == {"1": "first", "2": "second", "0": "tie"}[key]
    ballots = cast_ballots(read_verdicts(tmp_path / "back.json"), run).ballots
    assert [it.baseline for it in ballots] == ["base"] * 4
    assert not wrong


def test_what_an_answer_holds_is_shown_as_text(run: Run, tmp_path: Path, chromium: Browser) -> None:
    write_people_page(run, tmp_path / "page.html")
    wrong: list[str] = []
    page = opened(chromium, tmp_path / "page.html", wrong)
    found = []
    for _ in range(19):
        found += [page.inner_text("#first"), page.inner_text("#second")]
        page.keyboard.press("ArrowRight")
    assert [text for text in found if text.startswith("</script><script>")]
    assert page.title() == "Which answer is better? – run"
    assert not wrong


@pytest.mark.parametrize(("lang", "width"), [("en", 1000), ("zh-TW", 360)])
def test_everybody_can_use_it(run: Run, tmp_path: Path, chromium: Browser, lang: str, width: int) -> None:
    write_people_page(run, tmp_path / "page.html", lang=lang)
    wrong: list[str] = []
    page = opened(chromium, tmp_path / "page.html", wrong, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert not [(it["id"], json.dumps(it["nodes"])[:300]) for it in found if it["impact"] in ("serious", "critical")]
    assert not wrong
